"""Which day brings what: a runner's weeks with their easy days, hard days and whatever comes between."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DEMANDING = frozenset({"intervals", "tempo", "long", "race"})
# (day after the week's easy day, kind, chance)
EXTRAS = ((1, "ride", 0.22), (1, "strength", 0.3), (4, "swim", 0.12), (4, "walk", 0.15), (6, "ride", 0.1))
USUAL_HOUR = {"long": 8, "race": 9, "ride": 17, "swim": 12, "walk": 14, "strength": 19}
RACE_WEEKS_BEFORE_END = 6
LEAST_FOR_A_COLD = 12  # weeks; a shorter history has no week lost to a cold


@dataclass(frozen=True, slots=True)
class Plan:
    """One activity to be, by its local start."""

    kind: str
    start: datetime  # aware, local


def weeks_until(
    last_day: date, weeks: int, easy_day: int, zone: ZoneInfo, rng: random.Random
) -> Iterator[list[Plan]]:
    """Yield weeks oldest first, each from its easy day on; the last one holds ``last_day``."""
    first_of_last = last_day - timedelta(days=(last_day.weekday() - easy_day) % 7)
    for number in range(weeks):
        first = first_of_last - timedelta(weeks=weeks - 1 - number)
        kinds = _kinds(rng, number, weeks)
        yield [Plan(kind, _start(rng, kind, first + timedelta(days=day), zone)) for day, kind in kinds]


def _kinds(rng: random.Random, number: int, weeks: int) -> list[tuple[int, str]]:
    """(day after the week's easy day, kind) pairs in the order of days."""
    race_week = weeks - RACE_WEEKS_BEFORE_END
    if weeks >= LEAST_FOR_A_COLD and number == weeks // 3:
        return [(0, "easy")]
    first = "typed" if number % 8 == 3 else "easy"
    second = "treadmill" if number % 6 == 2 else "easy"
    week = [(0, first), (2, second), (3, "tempo" if number % 2 else "intervals"), (5, "long")]
    if number == race_week:
        week = [(0, "easy"), (2, "easy"), (5, "race")]
    elif number == race_week + 1:
        week = [(2, "easy"), (5, "long")]
    return sorted([*week, *((day, kind) for day, kind, chance in EXTRAS if rng.random() < chance)])


def _start(rng: random.Random, kind: str, day: date, zone: ZoneInfo) -> datetime:
    hour = USUAL_HOUR.get(kind, 7 if rng.random() < 0.25 else 18)
    local = datetime.combine(day, time(hour, rng.randrange(0, 50), rng.randrange(60)))
    return local.replace(tzinfo=zone)
