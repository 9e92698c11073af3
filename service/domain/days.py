"""Say what kind of day it is for a runner, from what was recorded so far and the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from service.domain.activity import Activity, Reason
from service.domain.effort import Judged, RunKind, Verdict
from service.domain.habits import HARDEST_FIRST, RUN_DAYS
from service.domain.habits import Habits as Habits
from service.domain.habits import habits as habits
from service.domain.hours import ONE_DAY
from service.domain.recordings import efforts, ended_at
from service.domain.recordings import without_duplicates as without_duplicates
from service.domain.rules import Rules
from service.domain.sports import DayKind as DayKind
from service.domain.sports import Part, other_part

MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    kind: DayKind
    reasons: tuple[Reason, ...]
    activity_ids: tuple[int, ...] = ()  # of all that counted, oldest first
    finished_at: datetime | None = None  # aware UTC: end of the last activity that made the day what it is
    deciding_id: int | None = None  # the activity that made the day what it is


def day_of(
    on: date,
    judged: Sequence[Judged],
    now_local: datetime,
    habits: Habits,
    rules: Rules,
    *,
    heart_max_bpm: float | None = None,
) -> Day:
    """The day's hardest part makes it; without any it is REST once the hour allows to say so, else OPEN.

    ``judged`` may hold other days too. ``now_local`` is the runner's wall time. ``finished_at`` is ``None``
    where the platform hides the hour, and for a commute, whose runner may not be home yet.
    """
    near = (on - ONE_DAY, on, on + ONE_DAY)  # an effort that ends after midnight counts where it began
    kept = without_duplicates(
        (each.activity for each in judged if each.activity.local_on in near), rules.days.duplicate_share
    )
    joined = efforts([each for each in kept if each.is_run], timedelta(minutes=rules.days.join_minutes))
    groups = [group for group in joined if group[0].local_on == on]
    others = [each for each in kept if not each.is_run and each.local_on == on]
    verdicts = {each.activity.id: each.verdict for each in judged}
    parts = [part for group in groups if (part := _run_part(group, verdicts, rules))]
    parts += [part for each in others if (part := other_part(each, rules, heart_max_bpm))]
    parts += _bricks(parts, rules)
    if not parts:
        return _empty_day(on, now_local.replace(tzinfo=None), habits, bool(groups or others))
    hardest = min(HARDEST_FIRST.index(part.kind) for part in parts)
    deciding = max(
        (part for part in parts if HARDEST_FIRST.index(part.kind) == hardest), key=lambda part: _end(part)
    )
    counted = sorted((each for part in parts for each in part.activities), key=lambda each: each.start_at)
    elsewhere = any(each.start_hidden or each.commute for each in deciding.activities)
    return Day(
        on=on,
        kind=deciding.kind,
        reasons=deciding.reasons[:MOST_REASONS],
        activity_ids=tuple(each.id for each in counted),
        finished_at=None if elsewhere else _end(deciding),
        deciding_id=_hardest_run(deciding, verdicts).id,
    )


def _empty_day(on: date, now_local: datetime, habits: Habits, moved: bool) -> Day:
    """``moved``: something was recorded, but nothing that counts."""
    if now_local.date() < on:
        return Day(on, DayKind.OPEN, (Reason("day.ahead"),))
    over = now_local.date() > on
    until = {"rest_from": f"{habits.rest_from:%H:%M}"}
    if not over and now_local.time() < habits.rest_from:
        return Day(on, DayKind.OPEN, (Reason("day.open", 0.0, until),))
    if moved:
        return Day(on, DayKind.REST, (Reason("day.rest_calm"),))
    reason = Reason("day.rest_over") if over else Reason("day.rest_hour", 0.0, until)
    return Day(on, DayKind.REST, (reason,))


def _run_part(group: tuple[Activity, ...], verdicts: dict[int, Verdict | None], rules: Rules) -> Part | None:
    """The kind of the hardest file; files that are long only together make a long run."""
    minutes = sum(run.moving_time_s for run in group) / 60
    facts = {"files": float(len(group)), "moving_minutes": minutes}
    counted = [run for run in group if _kind(run, verdicts) is not RunKind.TOO_SHORT]
    if not counted:
        if len(group) == 1 or minutes < rules.effort.label.least_minutes:
            return None
        return Part(DayKind.RUN_UNSURE, group, (Reason("day.joined_short", 0.0, facts),))
    hardest = min(counted, key=lambda run: HARDEST_FIRST.index(RUN_DAYS[_kind(run, verdicts)]))
    kind, verdict = RUN_DAYS[_kind(hardest, verdicts)], verdicts.get(hardest.id)
    reasons = verdict.reasons if verdict else (Reason("unsure.no_signs"),)
    if len(group) == 1:
        return Part(kind, group, reasons)
    if kind in (DayKind.RUN_EASY, DayKind.RUN_UNSURE) and minutes >= rules.effort.long.minutes:
        return Part(DayKind.LONG, group, (Reason("day.joined_long", 0.0, facts), *reasons))
    return Part(kind, group, (*reasons[: MOST_REASONS - 1], Reason("day.joined", 0.0, facts)))


def _bricks(parts: Sequence[Part], rules: Rules) -> list[Part]:
    """A ride and a run with hardly a break between them are one hard effort, as triathletes know it."""
    own = rules.days
    found = []
    rides = [part for part in parts if part.activities[0].sport_type in own.sports.ride]
    for ride, run in product(rides, (part for part in parts if part.activities[0].is_run)):
        first, second = sorted((ride, run), key=_end)
        gap = second.activities[0].start_at - _end(first)
        together = (*first.activities, *second.activities)
        minutes = sum(each.moving_time_s for each in together) / 60
        if gap <= timedelta(minutes=own.brick_gap_minutes) and minutes >= own.brick_minutes:
            reason = Reason("day.brick", 0.0, {"moving_minutes": minutes})
            found.append(Part(DayKind.XT_HARD, together, (reason,)))
    return found


def _hardest_run(part: Part, verdicts: dict[int, Verdict | None]) -> Activity:
    """The file that decided; of several the last."""
    decided = [each for each in part.activities if RUN_DAYS.get(_kind(each, verdicts)) is part.kind]
    return (decided or part.activities)[-1]


def _kind(run: Activity, verdicts: dict[int, Verdict | None]) -> RunKind:
    verdict = verdicts.get(run.id)
    return verdict.kind if verdict else RunKind.UNSURE


def _end(part: Part) -> datetime:
    return max(map(ended_at, part.activities))
