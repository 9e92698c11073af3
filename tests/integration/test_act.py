"""One-tap links: looking changes nothing, the first tap acts, the second says the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.pipeline.deliver import action_url
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import athletes, sessions
from service.store.tables import Prompt, StrengthSession
from tests.browser import Browser, a_web, main_text
from tests.conftest import connect_runner
from tests.fakes import FakeClock, FakeSource, RecordingWake

ACTIONS = ("start", "done", "later", "not_today")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2030-05-08T16:30:00+00:00")  # a Wednesday, 18:30 in Rome


@pytest.fixture
def web(tools: Tools, wake: RecordingWake) -> Flask:
    return a_web(tools, wake)


@pytest.fixture
def phone(web: Flask) -> Browser:
    """A browser that nobody is signed in with."""
    return Browser(web)


def a_prompt(tools: Tools, athlete_id: int, **fields: Any) -> Prompt:
    now = tools.clock()
    row = Prompt(
        **{
            "athlete_id": athlete_id,
            "local_on": date(2030, 5, 8),
            "size": "full",
            "send_at": now,
            "sent_at": now,
            "valid_until": now + timedelta(hours=2),
            "state": "sent",
            "snoozes": 0,
            **fields,
        }
    )
    with tools.store.write() as session:
        session.add(row)
        session.flush()
    return row


def link(tools: Tools, row: Prompt, action: str) -> str:
    return action_url(tools, row, action).removeprefix("http://afterrun.test")


def prompt_now(tools: Tools, row: Prompt) -> Prompt:
    with tools.store.read() as session:
        found = session.get(Prompt, row.id)
    assert found is not None
    return found


def all_sessions(tools: Tools) -> list[StrengthSession]:
    with tools.store.read() as session:
        return list(session.scalars(select(StrengthSession)))


# --- looking --------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
def test_looking_shows_one_button_and_changes_nothing(
    phone: Browser, tools: Tools, wake: RecordingWake, runner: int, action: str
) -> None:
    row = a_prompt(tools, runner)

    answers = [phone.get(link(tools, row, action)) for _ in range(3)]
    answers.append(phone.client.head(link(tools, row, action), base_url="http://afterrun.test"))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[0].text.count("<button") == 1
    assert prompt_now(tools, row).state == "sent"
    assert all_sessions(tools) == []
    assert wake.nudges == []


def test_page_of_a_link_is_neither_kept_nor_passed_on(phone: Browser, tools: Tools, runner: int) -> None:
    answer = phone.get(link(tools, a_prompt(tools, runner), "done"))

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers


# --- tapping --------------------------------------------------------------------------------


def test_done_counts_a_session_and_says_so(
    phone: Browser, tools: Tools, wake: RecordingWake, runner: int
) -> None:
    row = a_prompt(tools, runner)

    answer = phone.post(link(tools, row, "done"))

    assert answer.status_code == 200
    assert "That counts: 1 of 2 this week." in main_text(answer)
    assert [(one.origin, one.done_at is not None) for one in all_sessions(tools)] == [("link", True)]
    assert prompt_now(tools, row).answer == "done"
    assert wake.nudges == [(runner, Lane.LIVE)]


@pytest.mark.parametrize("action", ACTIONS)
def test_second_tap_says_the_same_and_changes_nothing(
    phone: Browser, tools: Tools, clock: FakeClock, runner: int, action: str
) -> None:
    row = a_prompt(tools, runner)
    address = link(tools, row, action)
    first = phone.post(address)
    before = (prompt_now(tools, row).answered_at, prompt_now(tools, row).send_at, len(all_sessions(tools)))
    clock.tick(minutes=5)

    second, looked = phone.post(address), phone.get(address)

    assert (second.status_code, second.headers.get("Location")) == (
        first.status_code,
        first.headers.get("Location"),
    )
    assert main_text(second) == main_text(first) == main_text(looked)
    after = (prompt_now(tools, row).answered_at, prompt_now(tools, row).send_at, len(all_sessions(tools)))
    assert after == before


def test_later_names_the_hour_before_and_after(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner)
    address = link(tools, row, "later")

    asked, answered = main_text(phone.get(address)), main_text(phone.post(address))

    moved = prompt_now(tools, row)
    hour = f"{moved.send_at + timedelta(hours=2):%H:%M}"  # Rome in summer
    assert moved.state == "planned"
    assert moved.send_at > tools.clock()
    assert f"asked again: {hour}" in asked
    assert f"asked again: {hour}" in answered


def test_later_without_room_says_so_at_once(
    phone: Browser, tools: Tools, clock: FakeClock, runner: int
) -> None:
    clock.at = datetime(2030, 5, 8, 18, 55, tzinfo=UTC)  # 20:55, five minutes before the quiet hours
    row = a_prompt(tools, runner)

    answer = phone.get(link(tools, row, "later"))

    assert "No later moment left" in main_text(answer)
    assert "<button" not in answer.text


def test_not_today_is_the_answer(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner)

    answer = phone.post(link(tools, row, "not_today"))

    assert "Nothing more is asked today" in main_text(answer)
    assert prompt_now(tools, row).answer == "not_today"


def test_session_can_be_done_from_the_link_alone(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner)

    begun = phone.post(link(tools, row, "start"))
    assert begun.status_code == 303
    moves = phone.get(begun.headers["Location"])
    assert moves.status_code == 200
    for move in ("Single-leg squat", "Glute bridge", "Clamshell", "Step-down"):
        assert move in main_text(moves)
    assert [one.done_at for one in all_sessions(tools)] == [None]  # looking at the moves ends nothing

    done = phone.post(begun.headers["Location"])

    assert "That counts: 1 of 2 this week." in main_text(done)
    assert [one.done_at is not None for one in all_sessions(tools)] == [True]
    assert main_text(phone.post(begun.headers["Location"])) == main_text(done)
    assert phone.get("/").status_code == 303  # the link has signed nobody in


def test_mini_is_begun_as_a_mini(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner, size="mini")

    phone.post(link(tools, row, "done"))

    assert [one.size for one in all_sessions(tools)] == ["mini"]


def test_answers_to_one_message_do_not_fight(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner)
    phone.post(link(tools, row, "done"))

    for action in ("not_today", "later", "start", "done"):
        answer = phone.post(link(tools, row, action))
        assert "That counts: 1 of 2" in main_text(answer), action
    assert prompt_now(tools, row).answer == "done"
    assert len(all_sessions(tools)) == 1


def test_what_was_answered_is_not_asked_again(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner)
    phone.post(link(tools, row, "done"))

    for action in ACTIONS:
        answer = phone.get(link(tools, row, action))
        assert "That counts: 1 of 2" in main_text(answer), action
        assert "<button" not in answer.text, action


def test_answer_after_start_leads_back_to_the_session(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner)
    phone.post(link(tools, row, "start"))

    assert "A session was begun today" in main_text(phone.get(link(tools, row, "later")))
    assert "That counts" in main_text(phone.post(link(tools, row, "done")))
    assert len(all_sessions(tools)) == 1


def test_session_that_was_taken_back_stays_taken_back(phone: Browser, tools: Tools, runner: int) -> None:
    begun = phone.post(link(tools, a_prompt(tools, runner), "start"))
    with tools.store.write() as session:
        row = sessions.get(session, runner, all_sessions(tools)[0].id)
        assert row is not None
        row.undone_at = tools.clock()

    for answer in (phone.get(begun.headers["Location"]), phone.post(begun.headers["Location"])):
        assert "taken back" in main_text(answer)
    assert all_sessions(tools)[0].done_at is None


def test_prompt_that_is_over_is_answered_honestly(phone: Browser, tools: Tools, runner: int) -> None:
    row = a_prompt(tools, runner, state="expired")

    assert "That moment is over" in main_text(phone.post(link(tools, row, "not_today")))
    assert prompt_now(tools, row).answer is None


# --- links that lead nowhere ----------------------------------------------------------------


def test_forged_expired_and_foreign_links_get_one_and_the_same_answer(
    phone: Browser, tools: Tools, source: FakeSource, clock: FakeClock, runner: int
) -> None:
    source.athlete = 9002
    other = connect_runner(tools, source)
    theirs = a_prompt(tools, other)
    mine = a_prompt(tools, runner)
    ends_at = clock() + timedelta(hours=1)
    sign = tools.keys.sign_link
    good = link(tools, mine, "done")
    links = [
        "/act/made-up",
        "/act/" + "x" * 5000,
        good[:-6] + "AAAAAA",
        good.replace("/act/", "/act/e30"),
        "/act/" + sign("act", {"a": runner, "p": theirs.id, "do": "done"}, ends_at),
        "/act/" + sign("act", {"a": runner, "p": 4711, "do": "done"}, ends_at),
        "/act/" + sign("act", {"a": 4711, "p": mine.id, "do": "done"}, ends_at),
        "/act/" + sign("act", {"a": runner, "p": mine.id, "do": "delete"}, ends_at),
        "/act/" + sign("act", {"a": runner, "s": 4711, "do": "finish"}, ends_at),
        "/act/" + sign("act", {"a": runner, "p": mine.id, "do": "done"}, clock()),
        "/act/" + sign("login", {"a": runner, "p": mine.id, "do": "done"}, ends_at),
        "/act/" + sign("act", {}, ends_at),
    ]

    told = {
        (answer.status_code, main_text(answer))
        for address in links
        for answer in (phone.get(address), phone.post(address))
    }

    assert len(told) == 1
    assert next(iter(told))[0] == 404
    assert all_sessions(tools) == []
    assert prompt_now(tools, theirs).state == prompt_now(tools, mine).state == "sent"


def test_link_ends_twelve_hours_after_its_prompt(
    phone: Browser, tools: Tools, clock: FakeClock, runner: int
) -> None:
    address = link(tools, a_prompt(tools, runner), "done")
    clock.tick(hours=13, minutes=59)
    assert phone.get(address).status_code == 200
    clock.tick(minutes=1)

    assert phone.get(address).status_code == phone.post(address).status_code == 404


def test_link_that_is_spelt_differently_is_still_used_up(phone: Browser, tools: Tools, runner: int) -> None:
    """The last letter of a signature has two bits to spare, so four spellings of it are valid."""
    row = a_prompt(tools, runner)
    address = link(tools, row, "start")
    phone.post(address)
    with tools.store.write() as session:
        begun = sessions.under_way(session, runner, date(2030, 5, 8))
        assert begun is not None
        begun.undone_at = tools.clock()  # so that a second start would show
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    answers = [phone.post(address[:-1] + letter) for letter in letters]

    assert {answer.status_code for answer in answers} == {200, 404}
    assert len(all_sessions(tools)) == 1


def test_links_of_a_deleted_account_lead_nowhere(phone: Browser, tools: Tools, runner: int) -> None:
    address = link(tools, a_prompt(tools, runner), "done")
    with tools.store.write() as session:
        athletes.remove(session, runner)

    assert phone.get(address).status_code == phone.post(address).status_code == 404


def test_clock_that_is_set_back_does_not_make_a_link_act_twice(
    phone: Browser, tools: Tools, clock: FakeClock, runner: int
) -> None:
    row = a_prompt(tools, runner)
    phone.post(link(tools, row, "done"))
    clock.tick(hours=-1)

    assert "That counts" in main_text(phone.post(link(tools, row, "done")))
    assert len(all_sessions(tools)) == 1


def test_two_taps_in_one_instant_act_once(
    phone: Browser, tools: Tools, runner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many writers at once both may find the link unused; the second then fails to note its use."""
    use_link = athletes.use_link

    def beaten(*_args: object) -> bool:
        monkeypatch.setattr(athletes, "use_link", use_link)
        raise IntegrityError("INSERT INTO used_link", {}, Exception("UNIQUE constraint failed"))

    monkeypatch.setattr(athletes, "use_link", beaten)

    assert "That counts" in main_text(phone.post(link(tools, a_prompt(tools, runner), "done")))
    assert len(all_sessions(tools)) == 1
