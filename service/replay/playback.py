"""Live through some weeks of a history: events, ticks, due work and answers, each at its moment."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any

from sqlalchemy import func, select

from integrations.files.past import RecordedPast
from service.domain.activity import Activity
from service.domain.planner import Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, log
from service.pipeline.purge import purge
from service.pipeline.receive import ask_to_refresh_all, receive_event
from service.pipeline.steps import keep_planning
from service.pipeline.tools import Tools
from service.ports import HookEvent
from service.replay import lines
from service.replay.lines import Line
from service.replay.runner import Answers, Reply, Runner
from service.replay.service import Phone, SetClock, join, wire_past
from service.replay.span import ONE_DAY, Span, last_weeks, midnight, on_the_wall
from service.store import prompts
from service.store.tables import Work

RUNS_FEWEST = 20  # fewer in the span say nothing
ENTERED_AHEAD = timedelta(days=14)
ENTERED_AT = timedelta(hours=12)  # of the day
ATHLETE = 1
SUBSCRIPTION = 1
ASKED_LATELY = timedelta(days=2)

Happening = Callable[[], None]


class Failed(Exception):
    """A step of the pipeline broke down; the log has its traceback."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all runners of one replay have in common."""

    weeks: int
    lag: timedelta  # from an activity's end to its event
    settle: timedelta  # how long an event rests before it is read
    answers: Answers
    seed: int = 0


def replay(
    runner: str,
    history: Sequence[tuple[int, Activity]],
    conditions: Conditions,
    races: Collection[date] = (),
) -> list[Line] | None:
    """What one runner would have been asked and have done; None if the span holds too few runs.

    ``history``: (index, activity) pairs. ``races``: days of races that the runner enters two weeks ahead.
    """
    indices = {activity.id: index for index, activity in history}
    activities = on_the_wall(activity for _, activity in history)
    span = last_weeks(activities, conditions.weeks)
    if span.runs(activities) < RUNS_FEWEST:
        return None
    with _playback(runner, activities, indices, span, conditions) as playback:
        playback.enter(races)
        return playback.play()


@contextmanager
def _playback(
    runner: str,
    activities: Sequence[Activity],
    indices: Mapping[int, int],
    span: Span,
    conditions: Conditions,
) -> Iterator["Playback"]:
    clock, phone = SetClock(span.starts_at), Phone()
    past = RecordedPast(activities, clock, conditions.lag, athlete_id=ATHLETE)
    tools = wire_past(past, clock, phone, conditions.settle)
    try:
        simulated = Runner(runner, conditions.answers, conditions.seed)
        playback = Playback(runner, indices, span, clock, phone, tools, simulated, join(tools))
        playback.announce(past, activities)
        yield playback
    finally:
        tools.store.close()


@dataclass
class Playback:
    runner: str
    indices: Mapping[int, int]  # index in the file by activity id
    span: Span
    clock: SetClock
    phone: Phone
    tools: Tools
    simulated: Runner
    athlete_id: int
    asked: list[lines.Moment] = field(default_factory=list)
    planned: dict[date, int] = field(default_factory=dict)  # sessions by week, as first planned
    _ahead: list[tuple[datetime, int, Happening]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)  # what comes at one moment stays in order

    # --- what will happen

    def announce(self, past: RecordedPast, activities: Sequence[Activity]) -> None:
        """Let each activity of the span be pushed when it can be read."""
        for activity in activities:
            if self.clock() < (at := past.arrives_at(activity)) < self.span.ends_at:
                self._at(at, lambda id=activity.id: self._event(id))  # type: ignore[misc]
        on = self.span.starts_on
        while on < self.span.ends_on:
            self._at(midnight(on), self._new_day)
            on += ONE_DAY

    def enter(self, races: Collection[date]) -> None:
        """A race of the first two weeks is entered at the start."""
        for on in sorted(races):
            at = max(midnight(on) - ENTERED_AHEAD + ENTERED_AT, self.clock())
            if self.clock() <= midnight(on) and at < self.span.ends_at:
                self._at(at, lambda on=on: self._enter(on))  # type: ignore[misc]

    def _at(self, at: datetime, happening: Happening) -> None:
        heappush(self._ahead, (at, next(self._numbers), happening))

    # --- time

    def play(self) -> list[Line]:
        """All that was asked and done, in the order of time."""
        while (at := self._next_at()) is not None and at < self.span.ends_at:
            self.clock.set(at)
            while self._ahead and self._ahead[0][0] <= self.clock():
                heappop(self._ahead)[2]()
            drain(self.tools, HANDLERS, self.athlete_id)
            self._look()
        with self.tools.store.read() as session:
            done = lines.sessions(session, self.athlete_id, self.runner)
            weeks = lines.weeks(session, self.athlete_id, self.runner, self.span, self.planned)
        return lines.in_order([*self.asked, *done, *weeks])

    def _next_at(self) -> datetime | None:
        with self.tools.store.read() as session:
            due, tries = session.execute(
                select(func.min(Work.due_at), func.max(Work.attempts)).where(
                    Work.state == "open", Work.athlete_id == self.athlete_id
                )
            ).one()
        if tries:  # nothing here is down for a while: what fails once would fail for ever
            raise Failed(f"runner {self.runner}: a step failed at {lines.wall(self.clock())}")
        ahead = self._ahead[0][0] if self._ahead else None
        return min((at for at in (due, ahead) if at is not None), default=None)

    def _look(self) -> None:
        """At the phone, if it rang; and at a week that has just been planned."""
        if self.phone.picked_up():
            self._answer_new_prompts()
        week_on = lines.week_of(self.clock())
        if week_on not in self.planned:
            with self.tools.store.read() as session:
                planned = lines.planned(session, self.athlete_id, week_on)
            if planned is not None:
                self.planned[week_on] = planned

    # --- what happens

    def _event(self, activity_id: int) -> None:
        receive_event(
            self.tools,
            HookEvent("activity", "create", activity_id, ATHLETE, SUBSCRIPTION, self.clock(), {}),
        )

    def _new_day(self) -> None:
        """The engine's daily ticks."""
        ask_to_refresh_all(self.tools)
        with self.tools.store.write() as session:
            keep_planning(session, self.athlete_id, self.clock())
        purge(self.tools)

    def _enter(self, on: date) -> None:
        with self.tools.store.write() as session:
            log.enter_race(session, self.tools, self.athlete_id, on)

    # --- what the runner answers

    def _answer_new_prompts(self) -> None:
        since = self.clock().date() - ASKED_LATELY
        with self.tools.store.read() as session:
            new = [
                lines.prompt(session, row, self.runner, self.indices, self.tools.words, self.clock())
                for row in prompts.sent(session, self.athlete_id, since)
                if row.sent_at == self.clock()
            ]
        for id, size, moment in new:
            self.asked.append(moment)
            reply = self.simulated.reply(self.clock())
            if reply is not None:
                self._at(reply[0], lambda id=id, size=size, what=reply[1]: self._reply(id, size, what))  # type: ignore[misc]

    def _reply(self, prompt_id: int, size: Size, what: Reply) -> None:
        """Nothing if the prompt was taken back meanwhile."""
        tools, athlete_id = self.tools, self.athlete_id
        with tools.store.write() as session:
            row = prompts.get(session, athlete_id, prompt_id)
            if row is None or row.state not in ("sent", "expired"):
                return
            asked: dict[str, Any] = {"prompt_id": prompt_id, "size": size, "origin": "page"}
            if what is Reply.NOT_TODAY:
                log.not_today(session, tools, athlete_id, prompt_id)
            elif what is Reply.DONE:
                log.done_now(session, tools, athlete_id, **asked)
            else:
                begun = log.start(session, tools, athlete_id, **asked)
                over_at = self.clock() + timedelta(minutes=begun.minutes)
                self._at(over_at, lambda: self._finish(begun.id))

    def _finish(self, session_id: int) -> None:
        with self.tools.store.write() as session:
            log.finish(session, self.tools, self.athlete_id, session_id)
