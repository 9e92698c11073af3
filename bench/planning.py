"""Planning one runner's week, for a runner of ten years, with the strict cache and with all of it kept."""

from collections.abc import Callable
from time import perf_counter

from bench.full_cache import Home, ten_years
from bench.promise import Measured, at_most, ms, percentile
from service.pipeline import situation
from service.pipeline.situation import week_of

ASKED_MS = 5.0
TIMES = 200


def measure() -> Measured:
    with ten_years(kept=False) as home:
        plan_ms, load_ms = _medians(home)
    with ten_years(kept=True) as home:
        kept_plan_ms, kept_load_ms = _medians(home)
        kept = home.cached
    detail = (
        f"median of {TIMES}; reading what it rests on {load_ms:.1f} ms"
        f"; where AFTERRUN_RETENTION=keep has {kept:,} activities, {kept_plan_ms:.2f} and {kept_load_ms:.1f}"
    )
    return at_most("planning", max(plan_ms, kept_plan_ms), "ms", ASKED_MS, detail)


def _medians(home: Home) -> tuple[float, float]:
    """To plan, and to read what the plan rests on."""
    tools, now = home.tools, home.tools.clock()
    with tools.store.read() as session:
        known = situation.load(session, home.athlete_id, tools, now)
        plan = _median(lambda: week_of(session, known, tools))
        load = _median(lambda: situation.load(session, home.athlete_id, tools, now))
    return plan, load


def _median(job: Callable[[], object]) -> float:
    seconds = []
    for _ in range(TIMES):
        began = perf_counter()
        job()
        seconds.append(perf_counter() - began)
    return ms(percentile(seconds, 0.5))
