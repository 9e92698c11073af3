"""What the page of a guided session weighs on the wire in all, compressed, at the first visit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.accounts import add_account, open_service, settings_for
from bench.browser import signed_in, wire_bytes
from bench.promise import Measured, at_most
from service.bootstrap import real_clock
from service.cli.serve import web_settings
from service.domain.planner import Size
from service.pipeline import log
from service.web.app import create_app
from tests.fakes import RecordingWake

ASKED_KB = 80.0
LEVELS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that was begun, in a database in this folder."""

    folder: Path
    path: str
    cookie: str


@contextmanager
def begun(level: int) -> Iterator[Begun]:
    """All four moves on one level. Those in the middle bring the figures of both levels beside them."""
    with TemporaryDirectory(prefix="afterrun-bench-") as name:
        tools = open_service(Path(name), real_clock)
        athlete_id = add_account(tools, 9001)
        with tools.store.write() as store:
            row = log.start(store, tools, athlete_id, prompt_id=None, size=Size.FULL, origin="page")
            items = [item | {"level": level} for item in row.prescription["items"]]
            row.prescription = row.prescription | {"items": items}
            store.flush()
            path = f"/sessions/{row.id}"
        cookie = signed_in(tools, athlete_id)
        tools.store.close()
        yield Begun(Path(name), path, cookie)


def measure() -> Measured:
    found = max((_weighed(level) for level in LEVELS), key=lambda parts: sum(parts.values()))
    parts = ", ".join(
        f"{path.rpartition('/')[2]} {size / 1000:.1f}"
        for path, size in sorted(found.items(), key=lambda part: -part[1])[:5]
    )
    detail = f"{len(found)} files with gzip, on the heaviest level; {parts} kB"
    return at_most("player_bytes", sum(found.values()) / 1000, "kB", ASKED_KB, detail)


def _weighed(level: int) -> dict[str, int]:
    with begun(level) as session:
        tools = open_service(session.folder, real_clock)
        settings = settings_for(session.folder)
        app = create_app(tools, RecordingWake(), web_settings(settings, tools, None))
        found = wire_bytes(app.test_client(use_cookies=False), session.path, session.cookie)
        tools.store.close()
        return found
