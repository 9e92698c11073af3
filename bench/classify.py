"""Runs judged a second, each against the runs before it, with reasons; the domain alone, on one core."""

from statistics import median
from time import perf_counter

from bench.accounts import training
from bench.promise import Measured, at_least
from service.bootstrap import read_rules, real_clock
from service.domain.effort import judge_all

ASKED_PER_S = 5_000.0
HALF_YEARS, SEEDS, TIMES = 20, (7, 8), 3


def measure() -> Measured:
    histories = [training(real_clock(), HALF_YEARS, [seed]) for seed in SEEDS]
    rules = read_rules().effort
    runs = sum(activity.is_run for history in histories for activity in history)
    rates = []
    for _ in range(TIMES):
        began = perf_counter()
        verdicts = [verdict for history in histories for verdict in judge_all(history, rules).values()]
        rates.append(runs / (perf_counter() - began))
    assert len(verdicts) == runs
    explained = sum(bool(verdict.reasons) for verdict in verdicts)
    detail = (
        f"{runs:,} runs of {len(SEEDS)} runners of ten years, {explained:,} with reasons;"
        f" median of {TIMES} passes, best {max(rates):,.0f}"
    )
    return at_least("classify", median(rates), "runs/s", ASKED_PER_S, detail)
