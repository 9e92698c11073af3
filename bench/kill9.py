"""Days of events through the real engine and store, killed with SIGKILL at commits and random moments."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.promise import Measured
from service.store.database import Store
from tests.integration.kill.story import steps
from tests.integration.test_kill9 import (
    at_commits,
    at_random,
    at_starts,
    mixed,
    nothing_is_lost_and_nothing_is_double,
    replay,
)

DAYS = 3
AT_STARTS, AT_COMMITS, AT_RANDOM = 2, 12, 6


def measure() -> Measured:
    events = len(steps(DAYS))
    ends = at_starts(AT_STARTS) + mixed(at_commits(AT_COMMITS, events), at_random(AT_RANDOM))
    with TemporaryDirectory(prefix="afterrun-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'afterrun.db'}"
        result = replay(url, folder, DAYS, ends)
        store = Store(url)
        try:
            nothing_is_lost_and_nothing_is_double(store, folder, DAYS, kills=len(ends))
        except AssertionError as broken:
            return Measured("kill9", 1.0, "faults", 0.0, False, str(broken).splitlines()[0][:200])
        finally:
            store.close()
    killed = int(result["killed"])
    detail = (
        f"{killed} kills in {events} events ({AT_RANDOM} of them at random moments): none lost, no session"
        " twice, no two handlers at one athlete"
    )
    met = killed == len(ends) and bool(result["finished"])
    return Measured("kill9", 0.0, "faults", 0.0, met, detail)
