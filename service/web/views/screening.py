"""The questions before the first session: what was ticked, what is wrong with it, what the page says."""

from collections.abc import Collection
from dataclasses import dataclass

from service.domain.fitness import Fitness, Screening, ScreeningRules
from service.words import Words


@dataclass(frozen=True, slots=True)
class Ticked:
    """The list as the runner left it. Nothing of it is kept."""

    yes: frozenset[str] = frozenset()
    none: bool = False
    cleared: bool = False  # a professional has agreed


NOTHING_TICKED = Ticked()


@dataclass(frozen=True, slots=True)
class Line:
    key: str
    text: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class ScreeningPage:
    lines: tuple[Line, ...]
    none_ticked: bool
    error: str
    advises: bool  # whether clearance is all that is missing
    on_hold: bool
    told: str  # the answer that stands, where it lets the runner begin


def wrong(ticked: Ticked) -> str:
    """A key of [screening], or "" where the answers are clear."""
    if ticked.none and ticked.yes:
        return "wrong_both"
    return "" if ticked.none or ticked.yes else "wrong_empty"


def screening_page(
    fitness: Fitness, rules: ScreeningRules, words: Words, ticked: Ticked = NOTHING_TICKED, error: str = ""
) -> ScreeningPage:
    """``fitness`` holds the answer as it stands now; ``ticked`` is what was sent a moment ago."""
    is_no = fitness.screening is Screening.NO
    advises = is_no and not error and _only_clearance(ticked.yes, rules)
    return ScreeningPage(
        lines=tuple(
            Line(key, words(f"screening.line.{key}"), key in ticked.yes) for key in rules.questions
        ),
        none_ticked=ticked.none,
        error=words(f"screening.{error}") if error else "",
        advises=advises,
        on_hold=is_no and not error and not advises,
        told=_told(fitness, words),
    )


def _only_clearance(yes: Collection[str], rules: ScreeningRules) -> bool:
    return bool(yes) and not set(yes) & set(rules.rules_out)


def _told(fitness: Fitness, words: Words) -> str:
    if not fitness.may_begin or fitness.screened_on is None:
        return ""
    return words(f"screening.is_{fitness.screening}", on=fitness.screened_on)
