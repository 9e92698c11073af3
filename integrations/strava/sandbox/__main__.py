"""`python -m integrations.strava.sandbox`"""

import sys

from integrations.strava.sandbox import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
