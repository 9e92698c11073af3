"""Reads at Strava: one per new run, ceil(n/200)+1 per backfill, at most two per athlete and day otherwise."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.promise import Measured
from integrations.strava.sandbox import World, synthetic_runner
from integrations.strava.sandbox.shapes import Json, end_of
from tests.fakes import FakeClock
from tests.town import REFRESH_AT, Town, a_town

END = datetime(2030, 5, 12, 20, 0, tzinfo=UTC)
DAYS = 14
UPLOADED_AFTER = timedelta(minutes=3)


def measure() -> Measured:
    clock = FakeClock(END - timedelta(days=DAYS))
    world = World(clock, callback_domain="127.0.0.1", deliver="manual")
    athlete = world.add_athlete(synthetic_runner(5, weeks=28, end=END))
    to_come = [item for item in athlete.newest_first()[::-1] if end_of(item) > clock()]
    for item in to_come:
        athlete.drop(item["id"])
    with TemporaryDirectory(prefix="afterrun-bench-") as name, a_town(Path(name), world, clock) as town:
        town.connect(athlete.id)
        town.work_off()
        backfill = len(_reads(town))
        pages = math.ceil(len(athlete.activities) / 200) + 1
        _live(town, athlete.id, to_come)
        reads = _reads(town)[backfill:]
    single = sum("/activities/" in call["path"] for call in reads)
    per_day = Counter(call["at"][:10] for call in reads if "/activities/" not in call["path"])
    worst = max(per_day.values())
    met = single == len(to_come) and backfill == pages and worst <= 2
    detail = (
        f"{single} single reads for {len(to_come)} new activities; backfill {backfill} (asked {pages});"
        f" otherwise at most {worst} a day over {DAYS} days"
    )
    return Measured("strava_reads", float(worst), "reads a day", 2.0, met, detail)


def _live(town: Town, athlete_id: int, to_come: list[Json]) -> None:
    midnight = town.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    moments: list[tuple[datetime, Json | None]] = [
        (midnight + timedelta(days=day) + REFRESH_AT, None) for day in range(1, DAYS + 1)
    ]
    moments += [(end_of(item) + UPLOADED_AFTER, item) for item in to_come]
    for at, item in sorted(moments, key=lambda moment: moment[0]):
        town.live_until(at)
        if item is None:
            town.refresh()
        else:
            town.world.add_activity(athlete_id, item)
            town.work_off()
    town.live_until(END)


def _reads(town: Town) -> list[Json]:
    """Calls that Strava counts."""
    return [
        call
        for call in town.calls()
        if call["path"].startswith("/api/v3/") and "push_subscriptions" not in call["path"]
    ]
