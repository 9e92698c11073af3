"""What is counted in the lines of `afterrun replay` besides the shared tool's figures: weeks against what a
planner who knows them could reach, and how soon somebody who never answers is left alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bench.oracle import best_count

Line = Mapping[str, Any]
Moments = Mapping[date, Sequence[datetime]]  # by the week's first day

MONTH, FOURTH_WEEK, LEFT_ALONE = timedelta(days=28), timedelta(days=21), timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Weeks:
    """Of those that are not excused."""

    counted: int
    reached: int
    reachable: int  # all that were reached among them

    @property
    def share(self) -> float:
        """Reached of those that could be; 1 where none could."""
        return self.reached / self.reachable if self.reachable else 1.0


def weeks_reached(lines: Iterable[Line], moments: Moments) -> Weeks:
    """One runner's. The planner who knows the week starts it after the sessions that were really done."""
    counted = reached = reachable = 0
    done = [_moment(line["done_at_local"]) for line in lines if line["kind"] == "session"]
    for line in lines:
        if line["kind"] != "week" or line["excused"]:
            continue
        week_on = date.fromisoformat(line["week"])
        before = [at for at in done if at < datetime.combine(week_on, time(), UTC)]
        got_there = line["done"] >= line["target"]
        could = best_count(moments[week_on], max(before, default=None), line["target"]) >= line["target"]
        counted, reached, reachable = counted + 1, reached + got_there, reachable + (got_there or could)
    return Weeks(counted, reached, reachable)


def together(found: Iterable[Weeks]) -> Weeks:
    every = list(found)
    return Weeks(
        sum(each.counted for each in every),
        sum(each.reached for each in every),
        sum(each.reachable for each in every),
    )


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Prompts to one runner who never answers, counted from the first."""

    fourth_week: int
    busiest_month: int  # of four weeks each, from the fourth week on
    after_60_days: int


def unanswered(lines: Iterable[Line]) -> Unanswered:
    sent = sorted(_moment(line["sent_at_local"]) for line in lines if line["kind"] == "prompt")
    since = [at - sent[0] for at in sent]
    months: dict[int, int] = defaultdict(int)
    for passed in since:
        if passed >= FOURTH_WEEK:
            months[(passed - FOURTH_WEEK) // MONTH] += 1
    return Unanswered(
        fourth_week=sum(FOURTH_WEEK <= passed < MONTH for passed in since),
        busiest_month=max(months.values(), default=0),
        after_60_days=sum(passed > LEFT_ALONE for passed in since),
    )


def _moment(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=UTC)
