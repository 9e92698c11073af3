"""What is past its time goes: cached rows by their own end, sign-ins and links by theirs, nothing else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.domain.effort import RunKind
from service.engine.drain import drain
from service.pipeline import HANDLERS, receive
from service.pipeline.purge import cache_tables, purge
from service.pipeline.tools import Tools
from service.store import activities, athletes, cache
from service.store.database import Store
from service.store.tables import ActivityDetail, ActivityRow, Athlete, Base, LoginSession
from tests.builders import a_run, kilometres
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.integration.stage import Stage
from tests.wiring import a_store, make_tools


@pytest.fixture
def stage(any_store: Store, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Four weeks read, on SQLite and on PostgreSQL."""
    tools = make_tools(any_store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    stage = Stage(tools, clock, source, channel, connect_runner(tools, source))
    stage.read_history(weeks=4)
    return stage


def rows(stage: Stage, table: str) -> int:
    with stage.tools.store.read() as session:
        return session.scalar(select(func.count()).select_from(Base.metadata.tables[table])) or 0


def test_a_row_stays_until_its_last_second_and_then_goes(stage: Stage) -> None:
    with stage.tools.store.read() as session:
        ends_at: datetime = session.scalars(select(ActivityRow.expires_at)).first() or stage.clock()
    assert ends_at == stage.clock() + timedelta(days=6, hours=12)
    stage.clock.at = ends_at - timedelta(seconds=1)
    purge(stage.tools)
    assert rows(stage, "activity") == 16
    stage.clock.tick(seconds=1)
    assert purge(stage.tools) >= 16
    assert rows(stage, "activity") == 0


def test_a_row_that_is_over_is_not_shown_even_before_the_purge(stage: Stage) -> None:
    stage.clock.tick(days=7)
    with stage.tools.store.read() as session:
        known = session.scalars(select(ActivityRow.id)).first()
        assert known is not None
        assert activities.judged(session, stage.runner, stage.clock()) == []
        assert activities.get(session, stage.runner, known, stage.clock()) is None


def test_a_second_purge_finds_nothing(stage: Stage) -> None:
    stage.clock.tick(days=7)
    purge(stage.tools)
    assert purge(stage.tools) == 0


def test_every_cache_table_is_emptied(stage: Stage) -> None:
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=5)
    stage.clock.tick(days=60)
    purge(stage.tools)

    assert {name: rows(stage, name) for name in cache_tables()} == dict.fromkeys(cache_tables(), 0)


def test_a_verdict_that_rests_on_splits_does_not_outlive_them(stage: Stage) -> None:
    """The list renews a run's summary day by day; its splits were read once and expire alone."""
    start = stage.clock() - timedelta(minutes=60)
    run = a_run(km=8, minutes=48, start=f"{start:%Y-%m-%d %H:%M}", zone="UTC", splits=kilometres([360] * 8))
    stage.source.record([run])
    stage.event(run.id)
    stage.pass_days(7)

    with stage.tools.store.read() as session:
        row = session.get_one(ActivityRow, (stage.runner, run.id))
        assert session.get(ActivityDetail, (stage.runner, run.id)) is None
    assert row.judged_at is not None
    assert row.judged_at > stage.clock() - timedelta(days=1)
    assert row.kind in {kind.value for kind in RunKind}
    assert row.verdict is not None
    assert "splits" not in str(row.verdict)


def test_sign_ins_links_and_invitations_go_when_they_are_over(stage: Stage) -> None:
    now = stage.clock()
    with stage.write() as session:
        athletes.sign_in(session, stage.runner, "a" * 64, now, "a browser")
        athletes.invite(session, stage.runner, "b" * 64, now)
        athletes.use_link(session, stage.runner, "c" * 64, now, now + timedelta(hours=12))
    stage.clock.tick(hours=12)
    purge(stage.tools)
    assert [rows(stage, name) for name in ("login_session", "invitation", "used_link")] == [1, 1, 0]
    stage.clock.tick(days=7)
    purge(stage.tools)
    assert [rows(stage, name) for name in ("login_session", "invitation", "used_link")] == [1, 0, 0]
    stage.clock.tick(days=83)
    purge(stage.tools)
    assert rows(stage, "login_session") == 0


def test_a_browser_that_is_used_stays_signed_in(stage: Stage) -> None:
    with stage.write() as session:
        athletes.sign_in(session, stage.runner, "a" * 64, stage.clock(), "a browser")
    for _month in range(6):
        stage.clock.tick(days=30)
        purge(stage.tools)
        with stage.write() as session:
            athletes.touch(session.get_one(LoginSession, "a" * 64), stage.clock())

    assert rows(stage, "login_session") == 1


def test_another_runners_fresh_rows_stay(stage: Stage, clock: FakeClock) -> None:
    clock.tick(days=7)
    other_source = FakeSource(clock, athlete=9002)
    other_source.record([a_run(start="2030-05-14 07:00")])
    tools = make_tools(
        stage.tools.store, clock=clock, source=other_source, channel=FakeChannel(), hooks=FakeHooks()
    )
    other = connect_runner(tools, other_source)
    receive.ask_to_list(tools, other, "backfill", clock(), "backfill:other")
    drain(tools, HANDLERS, other)
    purge(tools)

    with tools.store.read() as session:
        assert list(session.scalars(select(ActivityRow.athlete_id))) == [other]
        assert session.scalar(select(func.count()).select_from(Athlete)) == 2


def test_an_operator_who_decides_to_keep_keeps(tools: Tools, clock: FakeClock, source: FakeSource) -> None:
    """AFTERRUN_RETENTION=keep, the operator's own legal decision."""
    keeping = Store(str(tools.store.engine.url), kept=cache.KEEP_ON)
    mine = make_tools(keeping, clock=clock, source=source, channel=FakeChannel(), hooks=FakeHooks())
    stage = Stage(mine, clock, source, FakeChannel(), connect_runner(mine, source))
    stage.read_history(weeks=4)
    clock.tick(days=365)
    purge(mine)

    assert rows(stage, "activity") == 16
    keeping.close()


def test_strict_is_what_a_store_does_unless_told_otherwise() -> None:
    store = a_store("sqlite://")
    with store.read() as session:
        assert session.info["kept"] == cache.STRICT < timedelta(days=7)
    store.close()
