"""Nothing of Strava's outlives its week, nor a farewell; nothing of it ever leaves the server.

A runner whose activities are full of unmistakable marks lives through some days; then every row of every
table and every byte on the disk is searched for them. Source: Strava API Policy of 2026-06-01, 5.5, 5.10,
6.2, 7.4.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, select

from service.domain.activity import Activity, Split
from service.domain.effort import RunKind
from service.domain.planner import Size
from service.pipeline import access, connect, log, receive
from service.pipeline.purge import cache_tables, purge
from service.pipeline.tools import Tools
from service.store import connections, database, proof, sessions
from service.store.own import own_facts
from service.store.tables import ActivityRow, Base, Consent, Deletion
from tests.builders import a_run
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks
from tests.integration.stage import ROME, SilentSource, Stage
from tests.wiring import a_store, make_tools

STRAVA_ATHLETE = 918_273_645
FIRST_ID = 71_234_500_000
TEXT_MARKS = ("ZEBRA", "GIRAFFE", "LION-77", "7654.3", "133.7", "149.6", "88.4", "2871", "41:17", "712345000")


def a_marked_run(number: int, local: str, **of: float) -> Activity:
    run = a_run(
        km=7.6543,
        minutes=2871 / 60,
        hr=133.7,
        start=local,
        id=FIRST_ID + number,
        name=f"ZEBRA-{number} easy",
        device_name="GIRAFFE 9",
        external_id=f"LION-77-{number}.fit",
        elevation_gain_m=88.4,
        max_heartrate_bpm=149.6,
    )
    lap = Split(1000.0, 375, 375, 2.6667, average_heartrate_bpm=133.7)
    return replace(run, splits=(lap,) * 7, **of)  # type: ignore[arg-type]


def marked_history() -> Iterator[Activity]:
    """Nine weeks of evening runs that start at 17:41:17, on Tue, Thu and Sat."""
    monday = date(2030, 3, 4)
    for number in range(27):
        week, place = divmod(number, 3)
        on = monday + timedelta(weeks=week, days=(1, 3, 5)[place])
        yield a_marked_run(number, f"{on} 17:41:17")


# --- the search -----------------------------------------------------------------------------


def marks(ids: Iterable[int] = range(FIRST_ID, FIRST_ID + 60)) -> dict[str, bytes]:
    """What to look for, as text and as the database writes numbers: big-endian, six bytes for these ids."""
    wanted = {text: text.encode() for text in TEXT_MARKS}
    return wanted | {f"id {id}": id.to_bytes(6, "big") for id in ids}


ATHLETE_MARKS = {
    "athlete in words": str(STRAVA_ATHLETE).encode(),
    "athlete": STRAVA_ATHLETE.to_bytes(4, "big"),
}


def found_in_rows(stage: Stage, wanted: Iterable[str] = TEXT_MARKS) -> list[str]:
    """``table.column`` and the mark, over all columns as text."""
    found = []
    with stage.tools.store.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                text = {name: str(value) for name, value in row.items()}
                found += [
                    f"{table.name}.{name}: {mark}" for name in text for mark in wanted if mark in text[name]
                ]
    return found


def found_on_disk(stage: Stage, wanted: dict[str, bytes]) -> list[str]:
    file = Path(str(stage.tools.store.engine.url.database))
    parts = [part for part in file.parent.iterdir() if part.name.startswith(file.name)]
    assert file in parts
    content = {part.name: part.read_bytes() for part in parts}
    return [f"{name}: {mark}" for name in content for mark in wanted if wanted[mark] in content[name]]


def nothing_left(stage: Stage, wanted: dict[str, bytes] | None = None) -> None:
    assert found_in_rows(stage) == []
    assert found_on_disk(stage, marks() if wanted is None else wanted) == []


# --- the stage ------------------------------------------------------------------------------


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Wednesday 8 May, 08:00: connected, nine weeks read, one channel."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)  # a reader in the way is not waited for
    clock = FakeClock("2030-05-08T06:00:00+00:00")
    source, channel = SilentSource(clock, athlete=STRAVA_ATHLETE), FakeChannel()
    store = a_store(f"sqlite:///{tmp_path / 'afterrun.db'}")
    tools = make_tools(store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    stage = Stage(tools, clock, source, channel, connect_runner(tools, source))
    source.record(marked_history())
    receive.ask_to_list(tools, stage.runner, "backfill", clock(), "backfill:1")
    stage.add_channel()
    stage.work()
    yield stage
    store.close()


def run_and_tell(stage: Stage, number: int) -> None:
    """A marked run ends now, and Strava says so."""
    local = stage.clock().astimezone(ROME) - timedelta(seconds=2871)
    stage.source.record([a_marked_run(number, f"{local:%Y-%m-%d %H:%M}:17")])
    stage.event(FIRST_ID + number)


def live_some_days(stage: Stage) -> None:
    """Runs, prompts, a session by link, a snooze, a correction, an edit and a deletion, until Sunday noon."""
    stage.until("2030-05-08 18:29")
    run_and_tell(stage, 40)
    stage.until("2030-05-08 19:30")
    (asked,) = stage.asked()
    with stage.write() as session:
        log.done_now(session, stage.tools, stage.runner, prompt_id=asked.id, size=Size.FULL, origin="link")
    stage.until("2030-05-09 18:29")
    run_and_tell(stage, 41)
    stage.until("2030-05-09 19:00")
    with stage.write() as session:
        assert log.correct(session, stage.tools, stage.runner, FIRST_ID + 41, RunKind.HARD)
    stage.until("2030-05-10 12:00")
    edited = stage.source.history[FIRST_ID + 41]
    stage.source.record([replace(edited, name="ZEBRA renamed")])
    stage.event(FIRST_ID + 41, "update")
    stage.until("2030-05-11 18:29")
    run_and_tell(stage, 42)
    stage.until("2030-05-11 19:00")
    standing = stage.standing()
    if standing is not None:
        with stage.write() as session:
            log.later(session, stage.tools, stage.runner, standing.id)
    stage.until("2030-05-11 20:30")
    stage.delete_run(FIRST_ID + 3)
    receive.ask_to_refresh_all(stage.tools)
    stage.until("2030-05-12 12:00")


def fall_silent(stage: Stage, days: int) -> None:
    assert isinstance(stage.source, SilentSource)
    stage.source.silent = True
    stage.pass_days(days)


def own_kept(stage: Stage) -> dict[str, int]:
    """How many of the runner's own facts there are, by table."""
    with stage.tools.store.read() as session:
        facts = own_facts(session, stage.runner)
    return {
        name: len(facts[name])
        for name in ("session", "prompt", "correction", "planned_session", "week_target")
    }


# --- the search works -----------------------------------------------------------------------


def test_while_the_cache_lives_the_search_finds_every_mark(stage: Stage) -> None:
    live_some_days(stage)

    told = " ".join(found_in_rows(stage))
    assert [mark for mark in TEXT_MARKS if mark not in told] == []
    assert len(found_on_disk(stage, marks())) > 30
    assert found_on_disk(stage, ATHLETE_MARKS)


# --- the week is over -----------------------------------------------------------------------


def test_after_eight_days_without_strava_nothing_of_it_is_left_and_the_runners_own_facts_are(
    stage: Stage,
) -> None:
    live_some_days(stage)
    before = own_kept(stage)
    fall_silent(stage, 8)

    nothing_left(stage)
    after = own_kept(stage)
    assert all(after[name] >= before[name] for name in ("session", "prompt", "correction", "week_target"))
    assert after["session"] == 1
    assert after["correction"] == 1
    assert any(row.answer == "done" for row in stage.prompts())
    with stage.tools.store.read() as session:
        assert sessions.planned(session, stage.runner, date(2030, 5, 20))


def test_what_is_concluded_late_in_an_outage_goes_with_what_it_rests_on(stage: Stage) -> None:
    """The hour from which a day counts as a rest day is the runner's habit, read from the starts."""
    live_some_days(stage)
    assert "18:11" in str(found_in_rows(stage, ["18:11"]))
    with stage.tools.store.read() as session:
        listed_at = min(session.scalars(select(ActivityRow.fetched_at)))
    fall_silent(stage, 5)
    concluded = [name for name in cache_tables() if name not in ("work", "sync")]
    with stage.tools.store.read() as session:
        ends = [at for name in concluded for at in session.scalars(select(table(name).c.expires_at))]
        decided_at = session.scalars(select(table("outlook").c.decided_at)).one()
    assert decided_at > listed_at + timedelta(days=4)
    assert max(ends) <= stage.clock() + timedelta(days=2)
    assert table_ends(stage, "outlook") == listed_at + timedelta(days=6, hours=12)

    stage.pass_days(2)
    assert found_in_rows(stage, ["18:11"]) == []


def table(name: str) -> Table:
    return Base.metadata.tables[name]


def table_ends(stage: Stage, name: str) -> datetime:
    with stage.tools.store.read() as session:
        ends_at: datetime = session.scalars(select(table(name).c.expires_at)).one()
    return ends_at


def test_while_reading_works_the_cache_lives_on_and_its_end_moves(stage: Stage) -> None:
    live_some_days(stage)
    stage.pass_days(9)

    with stage.tools.store.read() as session:
        rows = list(session.scalars(select(ActivityRow)))
    assert len(rows) == len(stage.source.history)
    assert all(row.expires_at > stage.clock() + timedelta(days=5) for row in rows)
    assert all(row.fetched_at > stage.clock() - timedelta(days=1, hours=7) for row in rows)
    assert all(row.kind is not None for row in rows)


def test_without_its_splits_a_run_is_judged_anew_from_what_the_list_renews(stage: Stage) -> None:
    live_some_days(stage)
    stage.pass_days(8)

    with stage.tools.store.read() as session:
        assert session.scalars(select(table("activity_detail").c.id)).all() == []
        judged_at = [
            row.judged_at
            for row in session.scalars(select(ActivityRow).where(ActivityRow.id >= FIRST_ID + 40))
        ]
    assert all(at is not None and at > datetime(2030, 5, 14, tzinfo=UTC) for at in judged_at)


# --- farewells ------------------------------------------------------------------------------


def test_disconnecting_leaves_nothing_of_strava_and_a_record_of_it(stage: Stage) -> None:
    live_some_days(stage)
    before = own_kept(stage)
    connect.disconnect(stage.tools, stage.runner, "asked")

    nothing_left(stage, marks() | ATHLETE_MARKS)
    assert own_kept(stage) == before
    assert stage.source.revoked
    assert [(row.what, row.cause) for row in deletions(stage)] == [("strava", "asked")]


def test_deleting_the_account_leaves_only_proof_that_names_nobody(stage: Stage) -> None:
    live_some_days(stage)
    connect.delete_account(stage.tools, stage.runner)

    nothing_left(stage, marks() | ATHLETE_MARKS)
    assert left(stage) == {"deletion"}
    assert sorted((row.what, row.cause) for row in deletions(stage)) == [
        ("account", "asked"),
        ("strava", "asked"),
    ]


def test_losing_the_permission_leaves_nothing_that_was_read(stage: Stage) -> None:
    live_some_days(stage)
    stage.source.revoked = True
    assert not access.still_authorized(stage.tools, stage.runner)

    nothing_left(stage)
    with stage.tools.store.read() as session:
        row = connections.get(session, stage.runner)
    assert row is not None
    assert (row.trouble, row.access_sealed, row.refresh_sealed) == ("unauthorized", "", "")

    stage.pass_days(31, tick_h=24)
    nothing_left(stage, marks() | ATHLETE_MARKS)
    assert ("strava", "revoked") in [(row.what, row.cause) for row in deletions(stage)]


def test_losing_the_permission_is_recorded_at_once(stage: Stage) -> None:
    stage.source.revoked = True
    assert not access.still_authorized(stage.tools, stage.runner)

    assert [(row.what, row.cause) for row in deletions(stage)] == [("strava", "revoked")]


def test_a_deleted_run_is_gone_from_the_disk_with_the_next_purge(stage: Stage) -> None:
    wanted = {"name": b"ZEBRA-40", "id": (FIRST_ID + 40).to_bytes(6, "big"), "file": b"LION-77-40"}
    stage.until("2030-05-08 18:29")
    run_and_tell(stage, 40)
    stage.until("2030-05-08 19:30")
    assert found_on_disk(stage, wanted)
    stage.delete_run(FIRST_ID + 40)
    stage.pass_time(minutes=5)
    with stage.tools.store.read() as session:
        assert session.get(ActivityRow, (stage.runner, FIRST_ID + 40)) is None

    stage.pass_days(1)  # the work rows that name it stay a little longer
    assert [found for found in found_on_disk(stage, wanted) if "id" not in found] == []


def test_a_reader_in_the_way_of_the_wipe_only_delays_it_to_the_next_purge(stage: Stage) -> None:
    live_some_days(stage)
    with stage.tools.store.read() as reader:
        reader.scalars(select(ActivityRow)).first()
        connect.disconnect(stage.tools, stage.runner, "asked")
    purge(stage.tools)

    nothing_left(stage, marks() | ATHLETE_MARKS)


def deletions(stage: Stage) -> list[Deletion]:
    with stage.tools.store.read() as session:
        return list(session.scalars(select(Deletion).order_by(Deletion.id)))


def left(stage: Stage) -> set[str]:
    """Tables with a row."""
    with stage.tools.store.read() as session:
        return {table.name for table in Base.metadata.sorted_tables if session.execute(select(table)).first()}


# --- what leaves the server -----------------------------------------------------------------

KIND_WORDS = re.compile(
    r"\b(easy|hard|long|race|tempo|intervals?|workout|runs?|ran|running|ride|rest day|warm|ended|finished)\b",
    re.I,
)
MEASURES = re.compile(r"\d\s?(km|mi|bpm|m|k)\b|\d:\d\d|/km|/mi", re.I)


def payloads(stage: Stage) -> Iterator[str]:
    """Every text that went out, and every link's content as anybody can read it."""
    for message in (*stage.channel.sent, *stage.channel.changes):
        yield f"{message.title}\n{message.text}\n{message.tag}"
        for link in message.links:
            token = link.url.rsplit("/", 1)[1]
            body = token.split(".")[0]
            yield link.label + " " + base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()


def test_no_message_and_no_link_tells_anything_of_an_activity(stage: Stage) -> None:
    live_some_days(stage)
    fall_silent(stage, 8)

    sent = list(payloads(stage))
    assert len(stage.channel.sent) >= 3
    assert len(stage.channel.changes) >= 2
    assert [text for text in sent if KIND_WORDS.search(text) or MEASURES.search(text)] == []
    assert [text for text in sent for mark in TEXT_MARKS if mark in text] == []
    contents = [
        json.loads(text.split(" ", 1)[1][text.split(" ", 1)[1].index("{") :]) for text in sent if "{" in text
    ]
    assert {key for content in contents for key in content} == {"a", "p", "do", "exp"}
    assert all(content["exp"] % 900 == 0 for content in contents)


def test_no_log_line_tells_more_of_an_activity_than_its_number(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    live_some_days(stage)
    fall_silent(stage, 1)
    stage.source.revoked = True
    connect.disconnect(stage.tools, stage.runner, "asked")

    lines = re.sub(r"\d\d:\d\d:\d\d(\.\d+)?", "", capsys.readouterr().out)  # the lines' own hours
    assert "activity read" in lines
    secret = ("access-", "refresh-", "json://runner", str(STRAVA_ATHLETE))
    told = [mark for mark in (*TEXT_MARKS[:-1], *secret) if mark in lines]
    assert told == []
    assert stage.channel.sent[0].text not in lines


def test_the_export_holds_the_runners_own_facts_and_nothing_of_an_activity(stage: Stage) -> None:
    live_some_days(stage)
    with stage.tools.store.read() as session:
        facts = own_facts(session, stage.runner)
    text = json.dumps(facts)

    assert [mark for mark in (*TEXT_MARKS, str(STRAVA_ATHLETE)) if mark in text] == []
    told = ("session", "prompt", "planned_session", "delivery")
    said = json.dumps([list(row.values()) for table in told for row in facts[table]])
    assert not KIND_WORDS.search(said)
    assert [row["said"] for row in facts["correction"]] == ["hard"]  # the runner's own word
    assert not {"connection", "activity", "outlook", "work", "prompt_reason", "sync"} & set(facts)


def test_proof_is_a_digest_and_no_number(stage: Stage, tools: Tools) -> None:
    subject = tools.keys.digest("subject", STRAVA_ATHLETE)
    with stage.write() as session:
        proof.consent(session, subject=subject, version="1", scopes="read", now=stage.clock())
    with stage.tools.store.read() as session:
        (row,) = session.scalars(select(Consent))
        assert proof.consents(session, subject) == [row]
    assert str(STRAVA_ATHLETE) not in row.subject_digest
