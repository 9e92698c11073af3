"""From the start of the process to the first answer, on a database that is there already."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.accounts import open_service
from bench.child import serving
from bench.promise import Measured, at_most
from service.bootstrap import real_clock

ASKED_S = 1.5
TIMES = 5


def measure() -> Measured:
    with TemporaryDirectory(prefix="afterrun-bench-") as name:
        folder = Path(name)
        open_service(folder, real_clock).store.close()
        seconds = [_once(folder) for _ in range(TIMES)]
    detail = f"median of {TIMES} starts, {min(seconds):.2f} to {max(seconds):.2f} s"
    return at_most("startup", median(seconds), "s", ASKED_S, detail)


def _once(folder: Path) -> float:
    with serving(folder, poll_minutes=0) as child:
        return child.up_after_s
