"""Which part of a history is lived through. Days and hours are the file's wall time, taken for UTC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from service.domain.activity import Activity
from service.domain.hours import ONE_DAY as ONE_DAY
from service.domain.planner import WEEK, week_start

MONDAY = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Whole weeks that begin on Monday."""

    starts_on: date
    ends_on: date  # the first day after

    @property
    def starts_at(self) -> datetime:
        return midnight(self.starts_on)

    @property
    def ends_at(self) -> datetime:
        return midnight(self.ends_on)

    @property
    def weeks(self) -> list[date]:
        """Their first days."""
        return [self.starts_on + number * WEEK for number in range((self.ends_on - self.starts_on) // WEEK)]

    def runs(self, history: Iterable[Activity]) -> int:
        return sum(run.is_run and self.starts_on <= run.local_on < self.ends_on for run in history)


def on_the_wall(history: Iterable[Activity]) -> list[Activity]:
    """The same with wall time for UTC, so that a runner's days and hours stay exact without a zone.

    Where the source told UTC and no offset, the wall time is UTC itself and a day may be off by one.
    """
    return [replace(each, start_at=each.start_local.replace(tzinfo=UTC), timezone="UTC") for each in history]


def last_weeks(history: Sequence[Activity], weeks: int) -> Span:
    """The last ``weeks`` weeks; fewer where the history is shorter. A week that its end cuts is left out."""
    days = [activity.local_on for activity in history]
    ends_on = week_start(max(days) + ONE_DAY, MONDAY)
    first_on = week_start(min(days) + WEEK - ONE_DAY, MONDAY)
    return Span(max(min(first_on, ends_on), ends_on - weeks * WEEK), ends_on)


def midnight(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)
