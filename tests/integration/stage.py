"""One runner on a stage: the service as the engine would drive it, hour by hour, on a clock that is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.domain.activity import Reason
from service.engine.drain import drain
from service.pipeline import HANDLERS, receive
from service.pipeline.purge import purge
from service.pipeline.steps import ask_to_plan, keep_planning
from service.pipeline.tools import Tools
from service.ports import HookEvent, SourceDown
from service.store import athletes, prompts, sessions
from service.store.activities import reasons_from
from service.store.tables import Athlete, Delivery, Prompt, Work
from tests.builders import a_run, steady_history
from tests.fakes import FakeChannel, FakeClock, FakeSource

ROME = ZoneInfo("Europe/Rome")
EASY: dict[str, Any] = {"km": 7.2, "minutes": 45, "hr": 132, "max_hr": 146}
HARD: dict[str, Any] = {"km": 10.0, "minutes": 44, "hr": 172, "max_hr": 188}


@dataclass
class SilentSource(FakeSource):
    """A Strava that can be switched off: then every call fails like an outage."""

    silent: bool = False

    def _call(self, name: str, access_token: str | None = None) -> None:
        if self.silent:
            raise SourceDown("Strava does not answer")
        super()._call(name, access_token)


@dataclass
class Stage:
    tools: Tools
    clock: FakeClock
    source: FakeSource
    channel: FakeChannel
    runner: int
    sent_at: list[datetime] = field(default_factory=list)  # when each message went out

    # --- time

    def work(self) -> None:
        """Do what is due now."""
        before = len(self.channel.sent)
        drain(self.tools, HANDLERS, self.runner)
        self.sent_at += [self.clock()] * (len(self.channel.sent) - before)

    def until(self, at: str | datetime, zone: ZoneInfo = ROME) -> None:
        """Let time pass, doing each row when it is due; ``at`` as text is a wall hour in ``zone``."""
        moment = datetime.fromisoformat(at).replace(tzinfo=zone) if isinstance(at, str) else at
        self.work()
        while (due := self._next_due()) is not None and due <= moment:
            self.clock.at = max(self.clock.at, due)
            self.work()
        self.clock.at = max(self.clock.at, moment)
        self.work()

    def pass_time(self, **delta: float) -> None:
        self.until(self.clock() + timedelta(**delta))

    def pass_days(self, days: int, *, tick_h: int = 6) -> None:
        """With the engine's other ticks: the purge, the daily listing, and a plan where none is open."""
        for _tick in range(days * 24 // tick_h):
            self.pass_time(hours=tick_h)
            purge(self.tools)
            receive.ask_to_refresh_all(self.tools)
            with self.write() as session:
                known = athletes.get(session, self.runner) is not None
                if known:
                    keep_planning(session, self.runner, self.clock())

    def _next_due(self) -> datetime | None:
        with self.tools.store.read() as session:
            mine = (Work.state == "open") & (Work.athlete_id == self.runner)
            due: datetime | None = session.scalar(select(func.min(Work.due_at)).where(mine))
        return due

    # --- what the runner does

    def read_history(self, weeks: int = 10, hour: str = "07:00") -> None:
        """Whole weeks up to Sunday: Tue and Thu easy, Wed brisk, Sat long."""
        self.source.record(steady_history(weeks=weeks, hour=hour))
        now = self.clock()
        receive.ask_to_list(self.tools, self.runner, "backfill", now, f"backfill:{now}")
        self.work()

    def finish_run(self, minutes_ago: float = 0, *, event: bool = True, **of: Any) -> int:
        """A run that ended so long ago, and its event; the id."""
        of = EASY | of
        start = self.clock() - timedelta(minutes=minutes_ago + of["minutes"])
        local = start.astimezone(ROME)
        run = a_run(start=f"{local:%Y-%m-%d %H:%M:%S}", **of)
        self.source.record([run])
        if event:
            self.event(run.id)
        return run.id

    def event(self, activity_id: int, aspect: str = "create") -> None:
        receive.receive_event(
            self.tools,
            HookEvent("activity", aspect, activity_id, self.source.athlete, 77, self.clock(), {}),  # type: ignore[arg-type]
        )

    def delete_run(self, activity_id: int) -> None:
        self.source.history.pop(activity_id)
        self.event(activity_id, "delete")

    def prefer(self, **preferences: Any) -> None:
        with self.write() as session:
            athlete = session.get_one(Athlete, self.runner)
            for name, value in preferences.items():
                setattr(athlete, name, value)
            ask_to_plan(session, self.runner, self.clock())

    def add_channel(self, address: str = "json://runner.test") -> int:
        with self.write() as session:
            return prompts.add_channel(
                session,
                self.tools.keys,
                athlete_id=self.runner,
                kind="apprise",
                label="phone",
                address=address,
                now=self.clock(),
            ).id

    # --- what there is to see

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.tools.store.write() as session:
            yield session

    def prompts(self) -> list[Prompt]:
        with self.tools.store.read() as session:
            return list(
                session.scalars(select(Prompt).where(Prompt.athlete_id == self.runner).order_by(Prompt.id))
            )

    def asked(self) -> list[Prompt]:
        """All prompts the runner saw."""
        return [row for row in self.prompts() if row.sent_at is not None]

    def standing(self) -> Prompt | None:
        with self.tools.store.read() as session:
            return prompts.standing(session, self.runner, self.clock())

    def silence(self) -> tuple[Reason, dict[str, Any] | None]:
        """Why nothing is asked now, and the next moment."""
        with self.tools.store.read() as session:
            outlook = prompts.outlook(session, self.runner, self.clock())
        assert outlook is not None
        assert outlook.body["state"] == "silence", outlook.body
        return reasons_from([outlook.body["reason"]])[0], outlook.body["next"]

    def deliveries(self) -> list[Delivery]:
        with self.tools.store.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def done(self) -> list[datetime]:
        with self.tools.store.read() as session:
            since = self.clock().date() - timedelta(days=400)
            return [each.at for each in sessions.done(session, self.runner, since)]


def wall(at: datetime | None, zone: ZoneInfo = ROME) -> str:
    return f"{at.astimezone(zone):%a %H:%M}" if at else "never"
