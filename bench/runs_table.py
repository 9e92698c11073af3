"""Verdicts against stated intents, where the shared score says nothing: UNSURE, EASY, cold start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EASY = frozenset({"easy", "recovery"})
SCORED = EASY | {"steady", "tempo", "intervals", "hills", "progression", "race", "workout", "long"}
LEAST_EACH = 2  # easy runs and others among a runner's first, or no accuracy can be told


@dataclass(frozen=True, slots=True)
class Row:
    """One run with what was said of it."""

    runner: str
    position: int  # among this runner's runs, from 0
    intent: str  # "" or "none" where nobody stated one
    from_tag: bool  # the intent was read off workout_type, which the product may read as well
    kind: str
    predicted: str
    p_easy: float

    @property
    def scored(self) -> bool:
        return self.intent in SCORED and not self.from_tag

    @property
    def is_easy(self) -> bool:
        return self.intent in EASY

    @property
    def said_easy(self) -> bool:
        """May light strength follow? A run without a class goes by its chance."""
        return self.predicted in EASY if self.predicted != "unknown" else self.p_easy >= 0.5


@dataclass(frozen=True, slots=True)
class Accuracy:
    macro: float  # balanced accuracy, mean over runners; NaN where there are none
    pooled: float
    runners: int
    runs: int


def unsure_share(rows: Sequence[Row], after: int = 30) -> float:
    """Of each runner's runs after the first, labelled or not."""
    later = [row.kind == "unsure" for row in rows if row.position >= after]
    return _mean(later)


def easy_precision(rows: Sequence[Row], after: int = 0) -> tuple[float, int]:
    """(share that was meant to be easy, how many) of the labelled runs that were called EASY."""
    called = [row.is_easy for row in rows if row.scored and row.kind == "easy" and row.position >= after]
    return _mean(called), len(called)


def cold_start(rows: Sequence[Row], first: int = 20) -> Accuracy:
    """Over each runner's first runs alone."""
    early = [row for row in rows if row.scored and row.position < first]
    by_runner: dict[str, list[Row]] = {}
    for row in early:
        by_runner.setdefault(row.runner, []).append(row)
    counted = [own for own in by_runner.values() if _enough(own)]
    macro = _mean([balanced_accuracy(own) for own in counted])
    return Accuracy(macro, balanced_accuracy(early), len(counted), len(early))


def said_easy_by_intent(rows: Sequence[Row]) -> Mapping[str, float]:
    found: dict[str, list[bool]] = {}
    for row in rows:
        if row.scored:
            found.setdefault(row.intent, []).append(row.said_easy)
    return {intent: _mean(said) for intent, said in sorted(found.items())}


def balanced_accuracy(rows: Sequence[Row]) -> float:
    """Mean of the share of easy runs called so and of others not called so; NaN where one kind is missing."""
    easy = [row.said_easy for row in rows if row.is_easy]
    other = [not row.said_easy for row in rows if not row.is_easy]
    return (_mean(easy) + _mean(other)) / 2


def _enough(rows: Sequence[Row]) -> bool:
    easy = sum(row.is_easy for row in rows)
    return min(easy, len(rows) - easy) >= LEAST_EACH


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
