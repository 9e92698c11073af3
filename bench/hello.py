"""The bare server: waitress, and an application that does nothing. ``python -m bench.hello PORT``."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from waitress.server import create_server

from service.cli.serve import THREADS


def hello(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "12")])
    return [b"hello, world"]


if __name__ == "__main__":
    create_server(hello, host="127.0.0.1", port=int(sys.argv[1]), threads=THREADS, ident=None).run()
