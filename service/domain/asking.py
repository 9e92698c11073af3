"""Which unsure runs to ask the runner about: few, and none that is old."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.effort import Judged, RunKind
from service.domain.planner import WEEK
from service.domain.rules import parse_table


@dataclass(frozen=True, slots=True)
class AskRules:
    per_week: int
    days: int


def parse_ask_rules(mapping: Mapping[str, object]) -> AskRules:
    """Read [ask] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(AskRules, mapping.get("ask", {}), "ask")
    if rules.per_week < 0:
        raise ValueError("rules: ask.per_week must not be below 0")
    if rules.days < 0:
        raise ValueError("rules: ask.days must not be below 0")
    return rules


def runs_to_ask(
    judged: Sequence[Judged], said: Collection[int], week_on: date, today: date, rules: AskRules
) -> tuple[int, ...]:
    """Ids of the runs to ask about on ``today``, oldest first: of the week's unsure ones the first few.

    ``said``: ids of the runs the runner has spoken of. Each counts as one of the few, whatever it was, and so
    does an unsure run that was never answered: an answer makes no room for another question. ``week_on`` is
    the first day of the runner's own week.
    """
    runs = sorted(
        (each for each in judged if week_on <= each.activity.local_on < week_on + WEEK),
        key=lambda each: (each.activity.start_at, each.activity.id),
    )
    answered = sum(each.activity.id in said for each in runs)
    unsure = [each.activity for each in runs if each.activity.id not in said and _is_unsure(each)]
    asked = unsure[: max(0, rules.per_week - answered)]
    return tuple(run.id for run in asked if 0 <= (today - run.local_on).days <= rules.days)


def _is_unsure(each: Judged) -> bool:
    return each.verdict is not None and each.verdict.kind is RunKind.UNSURE
