"""A runner of ten years, as the dashboard meets one: a full cache, and every session since the first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient

from bench.accounts import add_account, settings_for, training
from bench.browser import signed_in
from service.bootstrap import real_clock, wire
from service.cli.serve import settle_memory, web_settings
from service.domain.activity import Activity
from service.domain.effort import judge_all
from service.domain.planner import Size, week_start
from service.pipeline.receive import BACKFILL_DAYS
from service.pipeline.tools import Tools
from service.store import activities
from service.store.cache import STRICT
from service.store.tables import StrengthSession, WeekTarget
from service.web.app import create_app
from tests.fakes import RecordingWake

HALF_YEARS = 20
SESSION_MINUTES = 12.0


@dataclass(frozen=True, slots=True)
class Home:
    client: FlaskClient
    cookie: str
    cached: int  # activities
    tools: Tools
    athlete_id: int


@contextmanager
def ten_years(*, kept: bool) -> Iterator[Home]:
    """``kept``: with AFTERRUN_RETENTION=keep, all activities; else those of the last 180 days, with splits
    and laps where the single read is no older than the cache allows.
    """
    now = real_clock()
    known = training(now, HALF_YEARS)
    if not kept:
        since = now - timedelta(days=BACKFILL_DAYS)
        known = [_as_cached(item, now) for item in known if item.start_at > since]
    with TemporaryDirectory(prefix="afterrun-bench-") as name:
        settings = settings_for(Path(name), retention="keep" if kept else "strict")
        tools = wire(settings, real_clock)
        athlete_id = add_account(tools, 9001)
        _fill(tools, athlete_id, known)
        _have_done_sessions(tools, athlete_id)
        app = create_app(tools, RecordingWake(), web_settings(settings, tools, None))
        cached = len(known)
        known.clear()  # what the bench alone made is no weight for the service's garbage collector
        settle_memory()  # as the service does after its start
        client = app.test_client(use_cookies=False)
        yield Home(client, signed_in(tools, athlete_id), cached, tools, athlete_id)
        tools.store.close()


def _as_cached(activity: Activity, now: datetime) -> Activity:
    if activity.start_at > now - STRICT:
        return activity
    return activity.as_listed()


def _fill(tools: Tools, athlete_id: int, known: Sequence[Activity]) -> None:
    now = tools.clock()
    with tools.store.write() as session:
        for activity in known:
            activities.put(session, athlete_id, activity, now)
        activities.put_verdicts(session, athlete_id, judge_all(known, tools.rules.effort), now)


def _have_done_sessions(tools: Tools, athlete_id: int) -> None:
    """Two a week."""
    now = tools.clock()
    this_week = week_start(now.date(), 0)
    with tools.store.write() as session:
        for back in range(1, HALF_YEARS * 26):
            week_on = this_week - timedelta(weeks=back)
            session.add(WeekTarget(athlete_id=athlete_id, week_on=week_on, target=2))
            for day in (1, 4):
                began = now - timedelta(weeks=back) + timedelta(days=day)
                session.add(
                    StrengthSession(
                        athlete_id=athlete_id,
                        on=week_on + timedelta(days=day),
                        size=Size.FULL.value,
                        started_at=began,
                        done_at=began + timedelta(minutes=SESSION_MINUTES),
                        minutes=SESSION_MINUTES,
                        origin="page",
                    )
                )
