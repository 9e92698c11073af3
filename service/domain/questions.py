"""What Today may ask besides a session, each once: elsewhere now, no runs for days, another hour."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.rules import parse_table
from service.domain.slots import SlotRules


@dataclass(frozen=True, slots=True)
class NoRunsRules:
    days: int
    usual_per_week: float
    usual_days: int


@dataclass(frozen=True, slots=True)
class ZoneRules:
    seen_h: float
    both_quiet_h: float


@dataclass(frozen=True, slots=True)
class QuestionRules:
    stands_days: int
    zone: ZoneRules
    no_runs: NoRunsRules
    slot: SlotRules


def parse_question_rules(mapping: Mapping[str, object]) -> QuestionRules:
    """Read [question] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(QuestionRules, mapping.get("question", {}), "question")
    if not 0 < rules.slot.together <= rules.slot.of_last:
        raise ValueError("rules: question.slot.together must be from 1 to question.slot.of_last")
    if rules.slot.ignored < 1 or rules.slot.round_min < 1:
        raise ValueError("rules: question.slot.ignored and round_min must be at least 1")
    if rules.no_runs.days < 1 or rules.no_runs.usual_days < 1:
        raise ValueError("rules: question.no_runs.days and usual_days must be at least 1")
    return rules


def days_without_run(
    run_on: Collection[date], told_until: date | None, today: date, rules: NoRunsRules
) -> int | None:
    """Days since the last run, where so many are unlike this runner; None where nothing is to be wondered at.

    ``run_on``: the days of all known runs. ``told_until``: the last day of a time away that the runner told
    of; from the day after it the days count anew.
    """
    last_on = max(run_on, default=None)
    if last_on is None:
        return None
    since = max(last_on, told_until) if told_until else last_on
    usual_from = last_on - timedelta(days=rules.usual_days)
    usual = len({on for on in run_on if on > usual_from}) * 7 / rules.usual_days
    if (today - since).days < rules.days or usual < rules.usual_per_week:
        return None
    return (today - last_on).days
