"""A runner comes, connects Strava, comes back, disconnects, or leaves for good."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from service.engine.drain import drain
from service.keys import Keys
from service.pipeline import HANDLERS, connect, receive
from service.pipeline.connect import Arrival, NotInvited, TakenElsewhere
from service.pipeline.tools import Tools
from service.ports import CapacityFull, Lane, SourceDown, SourceError, Unauthorized
from service.store import athletes, connections, holds, prompts, proof, work
from service.store.database import Store
from service.store.tables import ActivityRow, Base
from service.store.work import HoldLost, Job
from tests.builders import steady_history
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.wiring import make_tools

FULL = "read,activity:read,activity:read_all"


@pytest.fixture
def anywhere(any_store: Store, clock: FakeClock, source: FakeSource) -> Tools:
    """On SQLite and on PostgreSQL."""
    return make_tools(any_store, clock=clock, source=source, channel=FakeChannel(), hooks=FakeHooks())


def come(
    tools: Tools, *, signed_in_as: int | None = None, may_create: bool = True, scope: str = FULL
) -> Arrival:
    return connect.complete(
        tools,
        code="code",
        scope=scope,
        signed_in_as=signed_in_as,
        may_create=may_create,
        timezone="Europe/Rome",
        consent_version=connect.CONSENT_VERSION,
    )


def as_other_athlete(tools: Tools, number: int) -> tuple[Tools, FakeSource]:
    """The same service, and somebody else at Strava's consent page."""
    other = FakeSource(tools.clock, athlete=number)
    return replace(tools, source=other), other


def rows(tools: Tools, table: str) -> int:
    with tools.store.read() as session:
        return session.scalar(select(func.count()).select_from(Base.metadata.tables[table])) or 0


# --- coming ---------------------------------------------------------------------------------


def test_the_first_account_owns_the_installation_and_its_history_is_read(anywhere: Tools) -> None:
    source = anywhere.source
    assert isinstance(source, FakeSource)
    source.record(steady_history(weeks=4))
    arrival = come(anywhere)
    drain(anywhere, HANDLERS, arrival.athlete_id)

    with anywhere.store.read() as session:
        athlete = athletes.get(session, arrival.athlete_id)
        progress = connections.progress(session, arrival.athlete_id)
    assert arrival.new
    assert athlete is not None
    assert (athlete.role, athlete.timezone) == ("owner", "Europe/Rome")
    assert progress is not None
    assert (progress.backfill_read, progress.backfill_share) == (16, 1.0)
    assert progress.backfilled_at is not None


def test_whoever_comes_second_is_a_member(tools: Tools) -> None:
    come(tools)
    other, _ = as_other_athlete(tools, 9002)
    arrival = come(other)

    with tools.store.read() as session:
        athlete = athletes.get(session, arrival.athlete_id)
    assert athlete is not None
    assert athlete.role == "member"


def test_tokens_are_sealed_and_open_again(tools: Tools) -> None:
    arrival = come(tools)
    with tools.store.read() as session:
        row = connections.get(session, arrival.athlete_id)
        assert row is not None
        assert "access-1" not in row.access_sealed + row.refresh_sealed
        assert connections.tokens(row, tools.keys).refresh == "refresh-1"


def test_the_consent_is_kept_with_its_version_and_scopes_and_no_name(tools: Tools) -> None:
    come(tools, scope="read,activity:read")
    with tools.store.read() as session:
        (row,) = proof.consents(session, tools.keys.digest("subject", 9001))
    assert (row.version, row.scopes) == (connect.CONSENT_VERSION, "read,activity:read")


def test_a_stranger_is_not_let_in_nothing_is_kept_and_the_tokens_are_given_back(anywhere: Tools) -> None:
    with pytest.raises(NotInvited):
        come(anywhere, may_create=False)

    assert isinstance(anywhere.source, FakeSource)
    assert anywhere.source.revoked
    assert {name: rows(anywhere, name) for name in ("athlete", "connection", "consent", "work", "hold")} == {
        "athlete": 0,
        "connection": 0,
        "consent": 0,
        "work": 0,
        "hold": 0,
    }


def test_tokens_that_cannot_be_given_back_are_forgotten_all_the_same(tools: Tools) -> None:
    class Unreachable(FakeSource):
        def revoke(self, tokens: object) -> None:
            raise SourceDown("Strava does not answer")

    with pytest.raises(NotInvited):
        come(replace(tools, source=Unreachable(tools.clock)), may_create=False)
    assert rows(tools, "connection") == 0


def test_a_known_athlete_comes_back_to_their_account_without_an_invitation(tools: Tools) -> None:
    first = come(tools)
    again = come(tools, may_create=False)

    assert again == Arrival(first.athlete_id, new=False)
    assert rows(tools, "athlete") == 1


def test_a_strava_athlete_of_another_account_is_refused_and_stays_connected_there(anywhere: Tools) -> None:
    first = come(anywhere)
    other, _ = as_other_athlete(anywhere, 9002)
    second = come(other)
    with pytest.raises(TakenElsewhere):
        come(anywhere, signed_in_as=second.athlete_id)

    with anywhere.store.read() as session:
        one, two = (connections.get(session, each.athlete_id) for each in (first, second))
    assert one is not None
    assert two is not None
    assert (one.strava_athlete_id, two.strava_athlete_id) == (9001, 9002)
    assert isinstance(anywhere.source, FakeSource)
    assert not anywhere.source.revoked, "revoking would end the other account's connection too"


def test_whoever_connects_another_strava_athlete_leaves_the_first_ones_data_behind(anywhere: Tools) -> None:
    assert isinstance(anywhere.source, FakeSource)
    anywhere.source.record(steady_history(weeks=4))
    arrival = come(anywhere)
    drain(anywhere, HANDLERS, arrival.athlete_id)
    other, _ = as_other_athlete(anywhere, 9002)
    come(other, signed_in_as=arrival.athlete_id)

    with anywhere.store.read() as session:
        row = connections.get(session, arrival.athlete_id)
        gone = proof.deletions(session, anywhere.keys.digest("subject", 9001))
        assert session.scalars(select(ActivityRow)).first() is None
    assert row is not None
    assert row.strava_athlete_id == 9002
    assert [each.what for each in gone] == ["strava"]


def test_the_permission_of_the_athlete_that_was_left_behind_is_withdrawn_at_strava(
    tools: Tools, source: FakeSource
) -> None:
    arrival = come(tools)
    other, _ = as_other_athlete(tools, 9002)
    other.source.revoke = source.revoke  # type: ignore[method-assign]
    come(other, signed_in_as=arrival.athlete_id)

    assert source.revoked


@pytest.mark.parametrize(
    "failure", [SourceDown("no answer"), Unauthorized("code is over"), CapacityFull("full")]
)
def test_an_exchange_that_fails_keeps_nothing(tools: Tools, source: FakeSource, failure: SourceError) -> None:
    source.failures = [failure]
    with pytest.raises(type(failure)):
        come(tools)
    assert rows(tools, "athlete") == rows(tools, "connection") == 0


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (FULL, ()),
        ("read activity:read activity:read_all", ()),
        ("read,activity:read_all", ()),
        ("read,activity:read", ("activity:read_all",)),
        ("read", ("activity:read", "activity:read_all")),
        ("", connect.SCOPES),
    ],
)
def test_what_was_not_granted_is_named(granted: str, missing: tuple[str, ...]) -> None:
    assert connect.missing_scopes(granted) == missing


def test_reconnecting_ends_the_trouble_and_reads_the_history_again(tools: Tools, source: FakeSource) -> None:
    arrival = come(tools)
    with tools.store.write() as session:
        connections.note_trouble(session, arrival.athlete_id, "unauthorized", tools.clock())
    source.record(steady_history(weeks=4))
    tools.clock.tick(hours=1)  # type: ignore[attr-defined]
    come(tools, signed_in_as=arrival.athlete_id)
    drain(tools, HANDLERS, arrival.athlete_id)

    with tools.store.read() as session:
        row = connections.get(session, arrival.athlete_id)
    assert row is not None
    assert (row.trouble, row.trouble_since) == ("", None)
    assert rows(tools, "activity") == 16


# --- leaving --------------------------------------------------------------------------------


@pytest.fixture
def connected(tools: Tools, source: FakeSource) -> int:
    source.record(steady_history(weeks=4))
    arrival = come(tools)
    drain(tools, HANDLERS, arrival.athlete_id)
    return arrival.athlete_id


def test_disconnecting_revokes_and_a_second_time_changes_nothing(
    tools: Tools, connected: int, source: FakeSource
) -> None:
    connect.disconnect(tools, connected, "asked")
    connect.disconnect(tools, connected, "asked")

    assert source.calls.count("revoke") == 1
    assert rows(tools, "connection") == rows(tools, "activity") == 0
    assert rows(tools, "deletion") == 1


@pytest.mark.parametrize("failure", [SourceDown("no answer"), Unauthorized("dead already")])
def test_the_data_goes_also_if_strava_cannot_be_reached(
    tools: Tools, connected: int, source: FakeSource, failure: SourceError
) -> None:
    source.failures = [failure]
    connect.disconnect(tools, connected, "asked")
    assert rows(tools, "connection") == rows(tools, "activity") == 0


def test_the_data_goes_also_if_the_key_of_the_tokens_is_lost(tools: Tools, connected: int) -> None:
    new = Keys(["ABCDEFGHIJKLMNOPABCDEFGHIJKLMNOP0123456789A="])
    connect.disconnect(replace(tools, keys=new), connected, "asked")
    assert rows(tools, "connection") == rows(tools, "activity") == 0


def test_after_disconnecting_the_week_is_planned_anew(tools: Tools, connected: int) -> None:
    connect.disconnect(tools, connected, "asked")
    drain(tools, HANDLERS, connected)

    with tools.store.read() as session:
        outlook = prompts.outlook(session, connected, tools.clock())
    assert outlook is not None
    assert outlook.decided_at == tools.clock()


def test_after_disconnecting_neither_event_nor_poll_nor_refresh_concerns_the_runner(
    tools: Tools, connected: int
) -> None:
    connect.disconnect(tools, connected, "asked")

    assert receive.ask_to_refresh_all(tools) == receive.ask_to_poll_all(tools, 15) == []


def test_what_a_worker_read_before_the_farewell_is_not_written_after(tools: Tools, connected: int) -> None:
    """A decision that was on its way would bring back what was just wiped."""
    now = tools.clock()
    with tools.store.write() as session:
        work.drop_open(session, connected, ("plan", "prompt"))
        work.enqueue(session, athlete_id=connected, kind="prompt", now=now)
        assert holds.take(session, connected, "worker", now)
        job = work.next_due(session, connected, now)
    assert isinstance(job, Job)
    commit = HANDLERS["prompt"](job, tools)
    connect.disconnect(tools, connected, "asked")

    def end() -> None:
        with tools.store.write() as session:
            work.finish(session, job, "worker")
            commit(session)

    with pytest.raises(HoldLost):
        end()
    assert rows(tools, "outlook") == 0


def test_the_account_goes_with_everything_and_only_proof_stays(anywhere: Tools) -> None:
    arrival = come(anywhere)
    drain(anywhere, HANDLERS, arrival.athlete_id)
    connect.delete_account(anywhere, arrival.athlete_id)

    kept = {table for table in Base.metadata.tables if rows(anywhere, table)}
    assert kept == {"consent", "deletion"}


def test_after_the_owner_left_the_next_account_owns_the_installation(tools: Tools) -> None:
    connect.delete_account(tools, come(tools).athlete_id)
    with tools.store.read() as session:
        assert not athletes.has_owner(session)
    arrival = come(tools)
    with tools.store.read() as session:
        owner = athletes.owner(session)
    assert owner is not None
    assert owner.id == arrival.athlete_id


def test_a_connection_lost_for_a_month_is_forgotten_and_one_that_came_back_is_not(
    tools: Tools, connected: int, clock: FakeClock
) -> None:
    other, _ = as_other_athlete(tools, 9002)
    back = come(other).athlete_id
    with tools.store.write() as session:
        for athlete_id in (connected, back):
            connections.note_trouble(session, athlete_id, "unauthorized", clock())
        connections.note_trouble(session, back, "", clock())
    clock.tick(days=29, hours=23)
    assert connect.forget_lost(tools) == []
    clock.tick(hours=2)
    assert connect.forget_lost(tools) == [connected]

    with tools.store.read() as session:
        assert [row.athlete_id for row in connections.everyone(session)] == [back]


def test_lanes_of_what_connecting_asks_for(tools: Tools) -> None:
    """A backfill must not stand in the way of somebody who waits."""
    arrival = come(tools)
    with tools.store.read() as session:
        assert work.due(session, tools.clock()) == [(arrival.athlete_id, Lane.BULK)]
