"""Server time of the dashboard for a runner of ten years."""

from time import perf_counter

from bench.full_cache import Home, ten_years
from bench.promise import Measured, at_most, ms, percentile

ASKED_MS = 30.0
TIMES, TIMES_KEPT = 300, 20


def measure() -> Measured:
    with ten_years(kept=False) as home:
        seconds = _visits(home, TIMES)
        cached = home.cached
    with ten_years(kept=True) as home:
        kept_ms, kept = ms(percentile(_visits(home, TIMES_KEPT), 0.5)), home.cached
    p50, p99 = ms(percentile(seconds, 0.5)), ms(percentile(seconds, 0.99))
    detail = (
        f"p50 {p50:.1f} ms of {TIMES} with ten years of sessions and the {cached} activities of a full cache;"
        f" where AFTERRUN_RETENTION=keep has all {kept:,}, median {kept_ms:.0f} ms"
    )
    return at_most("dashboard", p99, "ms p99", ASKED_MS, detail)


def _visits(home: Home, times: int) -> list[float]:
    seconds = []
    for number in range(times + 3):
        began = perf_counter()
        answer = home.client.get("/progress", headers={"Cookie": home.cookie})
        taken = perf_counter() - began
        if answer.status_code != 200:
            raise RuntimeError(f"the dashboard was answered with {answer.status_code}")
        if number >= 3:  # the first ones compile the templates
            seconds.append(taken)
    return seconds
