"""What each family of rules adds to the verdicts: the same histories judged with that family left out."""

from collections.abc import Iterator
from dataclasses import replace

from service.domain.rules import Rules

FAMILIES = {
    "pace": ("pace", "top"),
    "heart": ("heart", "swing", "load"),
    "parts": ("uneven", "stops"),
    "length": ("length",),
    "usual-round": ("usual",),
    "climb": ("climb",),
    "session": ("session",),
}
NEVER = 1e9


def without_each_family(rules: Rules) -> Iterator[tuple[str, Rules]]:
    """The rules as they are, then with one family less each."""
    effort = rules.effort
    yield "all", rules
    for name, points in FAMILIES.items():
        unweighted = {point: replace(getattr(effort, point), weight=0.0) for point in points}
        yield f"no-{name}", replace(rules, effort=replace(effort, **unweighted))
    declared = replace(effort.declared, rated_weight=0.0, title_easy_points=0.0, title_hard_points=0.0)
    yield "no-rating", replace(rules, effort=replace(effort, declared=declared))
    context = replace(effort.context, own_share=0.0, after_hard=0.0, after_easy=0.0, before_that_hard=0.0)
    yield "no-context", replace(rules, effort=replace(effort, context=context))
    laps = replace(effort.structure, veto_lap_share=NEVER, veto_alternating_lap_share=NEVER)
    yield "no-laps-veto", replace(rules, effort=replace(effort, structure=laps))
    long = replace(effort.long, minutes=NEVER, from_minutes=NEVER)
    yield "no-long-rule", replace(rules, effort=replace(effort, long=long))
