"""The figures that the bench tells of verdicts against stated intents."""

from math import isnan

import pytest

from bench.runs_table import Row, cold_start, easy_precision, said_easy_by_intent, unsure_share


def a_row(intent: str, kind: str, position: int = 0, runner: str = "r1", **more: object) -> Row:
    predicted = {"easy": "easy", "hard": "workout", "long": "long"}.get(kind, "unknown")
    fields = {"from_tag": False, "predicted": predicted, "p_easy": 0.4} | more
    return Row(runner=runner, position=position, intent=intent, kind=kind, **fields)  # type: ignore[arg-type]


def test_unsure_is_counted_after_a_runners_first_runs_labelled_or_not() -> None:
    rows = [a_row("none", "unsure", at) for at in range(30)]
    rows += [a_row("easy", "easy", 30), a_row("none", "unsure", 31), a_row("", "too_short", 32)]
    assert unsure_share(rows) == pytest.approx(1 / 3)


def test_precision_is_of_runs_called_easy_whose_intent_is_known() -> None:
    rows = [a_row("easy", "easy"), a_row("recovery", "easy"), a_row("tempo", "easy"), a_row("none", "easy")]
    rows += [a_row("easy", "easy", from_tag=True), a_row("easy", "hard"), a_row("easy", "unsure", p_easy=0.9)]
    precision, called = easy_precision(rows)
    assert (precision, called) == pytest.approx((2 / 3, 3))


def test_cold_start_is_the_mean_over_runners_with_both_sorts_of_runs() -> None:
    good = [a_row("easy", "easy")] * 2 + [a_row("race", "hard")] * 2
    half = [a_row("easy", "hard", runner="r2")] * 2 + [a_row("long", "long", runner="r2")] * 2
    alone = [a_row("easy", "easy", runner="r3")] * 9
    late = [a_row("easy", "hard", 20)] * 9
    found = cold_start([*good, *half, *alone, *late])
    assert (found.macro, found.runners, found.runs) == (0.75, 2, 17)
    assert isnan(cold_start([]).macro)


def test_a_run_without_a_class_goes_by_its_chance() -> None:
    rows = [a_row("tempo", "unsure", p_easy=0.6), a_row("tempo", "unsure", p_easy=0.4)]
    assert said_easy_by_intent([*rows, a_row("warmup", "easy")]) == {"tempo": 0.5}
