"""What comes back from the phone counts once, whenever and however often it comes, and moves the ladder."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from service.domain.fitness import Rotation
from service.domain.planner import Size
from service.pipeline import log, results, situation
from service.pipeline.results import ResultRefused, told_from
from service.pipeline.tools import Tools
from service.store import athletes, own, sessions
from service.store import results as stored
from service.store.database import Store
from service.store.tables import Prompt, StrengthSession
from service.web.views.changes import sentences
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.wiring import make_tools

SQUAT, BRIDGE, CLAM, STEP_DOWN = "single_leg_squat", "glute_bridge", "clamshell", "step_down"
TODAY = date(2030, 5, 8)


@dataclass
class Phone:
    """Plays what was prescribed, as it is told to."""

    tools: Tools
    clock: FakeClock
    runner: int

    def begin(self, size: Size = Size.FULL) -> StrengthSession:
        with self.tools.store.write() as session:
            return log.start(session, self.tools, self.runner, prompt_id=None, size=size, origin="page")

    def send(self, row: StrengthSession, body: Mapping[str, Any], runner: int | None = None) -> str:
        with self.tools.store.write() as session:
            return results.store_result(session, self.tools, runner or self.runner, row.id, body).state

    def play(self, **changes: Any) -> StrengthSession:
        """A whole session, now."""
        row = self.begin()
        self.clock.tick(minutes=14)
        self.send(row, a_play(row, self.clock(), **changes))
        return self.row(row.id)

    def by_hand(self, on: date, size: Size = Size.FULL) -> StrengthSession:
        with self.tools.store.write() as session:
            return log.log_past(session, self.tools, self.runner, on, size)

    def edit(self, row: StrengthSession, **said: Any) -> None:
        body = {"feedback": "right", "pain": None, "forms": {}, **said}
        with self.tools.store.write() as session:
            results.edit_result(session, self.tools, self.runner, row.id, body)

    def undo(self, row: StrengthSession) -> bool:
        with self.tools.store.write() as session:
            return log.undo(session, self.tools, self.runner, row.id)

    def row(self, session_id: int) -> StrengthSession:
        with self.tools.store.read() as session:
            return session.get_one(StrengthSession, session_id)

    def told(self, row: StrengthSession) -> tuple[str, ...]:
        return sentences(told_from(self.row(row.id).told), self.tools.words)

    def credit(self) -> float:
        with self.tools.store.read() as session:
            return situation.load(session, self.runner, self.tools, self.clock()).credit

    def set(self, **changes: Any) -> None:
        """The runner's preferences, and what they told of themselves."""
        with self.tools.store.write() as session:
            athlete = athletes.get(session, self.runner)
            assert athlete is not None
            athlete.max_minutes = changes.pop("max_minutes", athlete.max_minutes)
            athletes.put_fitness(athlete, replace(athletes.fitness(athlete), **changes))


@pytest.fixture
def phone(tools: Tools, runner: int, clock: FakeClock) -> Phone:
    return Phone(tools, clock, runner)


def a_play(
    row: StrengthSession,
    at: datetime,
    *,
    moves: int = 4,
    form: str = "clean",
    reps: int | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """All that was prescribed of the first ``moves`` exercises, over ``at``."""
    sets = [
        {
            "exercise": item["exercise"],
            "level": item["level"],
            "number": number,
            "side": side,
            "reps": item["reps"] if reps is None else reps,
            "form": form,
            "pain": None,
        }
        for item in row.prescription["items"][:moves]
        for number in range(1, item["sets"] + 1)
        for side in (("left", "right") if item["sides"] == 2 else ("both",))
    ]
    return {
        "play_id": str(uuid4()),
        "session_id": row.id,
        "started_at": (at - timedelta(minutes=13)).isoformat(),
        "ended_at": at.isoformat(),
        "ended": "done",
        "sets": sets,
        "skips": [],
        "feedback": "right",
        "pain": 0,
        **changes,
    }


def asked(row: StrengthSession) -> dict[str, tuple[int, int, int]]:
    """Level, sets and repetitions of each exercise."""
    return {
        item["exercise"]: (item["level"], item["sets"], item["reps"]) for item in row.prescription["items"]
    }


# --- once, whenever it comes ----------------------------------------------------------------------


def test_a_result_that_arrives_twice_counts_once(phone: Phone) -> None:
    row = phone.begin()
    phone.clock.tick(minutes=14)
    body = a_play(row, phone.clock())

    assert [phone.send(row, body), phone.send(row, body)] == ["stored", "known"]
    assert phone.credit() == 1.0
    kept = phone.row(row.id)
    assert (kept.ended, kept.feedback, kept.pain, kept.share, kept.minutes) == ("done", "right", 0, 1.0, 13.0)
    assert kept.done_at == phone.clock()


def test_two_phones_tell_of_one_session_set_by_set(phone: Phone) -> None:
    row = phone.begin()
    phone.clock.tick(minutes=14)
    whole = a_play(row, phone.clock())
    first = {**whole, "sets": whole["sets"][:6], "ended": "idle", "feedback": ""}
    second = {**whole, "sets": whole["sets"][4:], "play_id": str(uuid4()), "pain": 2}

    assert phone.send(row, first) == "stored"
    assert phone.row(row.id).share == 0.5
    assert [phone.send(row, second), phone.send(row, second), phone.send(row, first)] == [
        "merged",
        "known",
        "known",
    ]
    kept = phone.row(row.id)
    assert (kept.share, kept.ended, kept.feedback, kept.pain) == (1.0, "done", "right", 2)
    assert phone.credit() == 1.0


def test_a_play_that_went_on_after_it_was_told_of_is_taken_with_all_of_it(phone: Phone) -> None:
    """A phone that was left alone sends what it has; its runner comes back and plays to the end."""
    row = phone.begin()
    phone.clock.tick(minutes=50)
    whole = a_play(row, phone.clock())
    assert phone.send(row, {**whole, "sets": whole["sets"][:6], "ended": "idle", "feedback": ""}) == "stored"
    assert phone.send(row, whole) == "merged"

    kept = phone.row(row.id)
    assert (kept.share, kept.ended, kept.feedback) == (1.0, "done", "right")


def test_a_page_left_open_overnight_counts_for_the_day_it_was_played(phone: Phone) -> None:
    row = phone.begin()
    phone.clock.tick(days=1)
    phone.send(row, a_play(row, phone.clock()))

    assert phone.row(row.id).on == TODAY + timedelta(days=1)


def test_a_session_begun_and_left_is_not_the_one_that_is_told_of_by_hand(phone: Phone) -> None:
    left = phone.begin()
    told = phone.by_hand(TODAY, Size.MINI)

    assert (told.size, told.origin) == ("mini", "log")
    assert phone.row(left.id).undone_at is not None
    assert phone.credit() == 0.5


def test_how_a_session_told_of_by_hand_felt_invents_no_sets(phone: Phone) -> None:
    row = phone.by_hand(TODAY)
    phone.edit(row, forms={SQUAT: "", BRIDGE: ""})

    with phone.tools.store.read() as session:
        assert stored.of(session, [row.id])[row.id] == ((), {})


@pytest.fixture
def anywhere(any_store: Store, clock: FakeClock) -> Phone:
    source = FakeSource(clock)
    tools = make_tools(any_store, clock=clock, source=source, channel=FakeChannel(), hooks=FakeHooks())
    return Phone(tools, clock, connect_runner(tools, source))


def test_results_that_arrive_in_one_instant_count_once_on_both_databases(anywhere: Phone) -> None:
    row = anywhere.begin()
    anywhere.clock.tick(minutes=14)
    bodies = [a_play(row, anywhere.clock()) for _ in range(3)] * 2

    with ThreadPoolExecutor(6) as pool:
        states = sorted(pool.map(lambda body: anywhere.send(row, body), bodies))

    assert states.count("stored") == 1
    assert "merged" not in states  # all three tell the same
    assert anywhere.credit() == 1.0


def test_a_result_a_week_late_counts_for_its_own_day_and_leaves_todays_prompt_alone(phone: Phone) -> None:
    row = phone.begin()
    body = a_play(row, phone.clock() + timedelta(minutes=14))
    phone.clock.tick(days=7)
    with phone.tools.store.write() as session:
        now = phone.clock()
        prompt = Prompt(
            athlete_id=phone.runner,
            local_on=TODAY + timedelta(days=7),
            size="full",
            send_at=now,
            sent_at=now,
            valid_until=now + timedelta(hours=4),
            state="sent",
            snoozes=0,
        )
        session.add(prompt)

    assert phone.send(row, body) == "stored"
    kept = phone.row(row.id)
    assert (kept.on, kept.done_at) == (TODAY, kept.started_at + timedelta(minutes=13))
    assert phone.credit() == 0.0  # of this week
    with phone.tools.store.read() as session:
        assert session.get_one(Prompt, prompt.id).answer is None


def test_fourteen_days_late_is_taken_and_fifteen_is_not(phone: Phone) -> None:
    row = phone.begin()
    body = a_play(row, phone.clock())
    phone.clock.tick(days=14)
    assert phone.send(row, body) == "stored"

    other = phone.begin()
    body = a_play(other, phone.clock())
    phone.clock.tick(days=15)
    with pytest.raises(ResultRefused) as refused:
        phone.send(other, body)
    assert phone.tools.words(refused.value.key) == "This session was too long ago to be counted."
    assert phone.row(other.id).done_at is None


def test_a_session_taken_back_meanwhile_stays_taken_back(phone: Phone) -> None:
    row = phone.begin()
    phone.undo(row)

    assert phone.send(row, a_play(row, phone.clock())) == "late"
    assert phone.credit() == 0.0
    assert held(phone)["set_result"] == 0


def test_a_day_waved_off_meanwhile_counts_all_the_same(phone: Phone) -> None:
    with phone.tools.store.write() as session:
        now = phone.clock()
        prompt = Prompt(
            athlete_id=phone.runner,
            local_on=TODAY,
            size="full",
            send_at=now,
            sent_at=now,
            valid_until=now + timedelta(hours=4),
            state="sent",
            snoozes=0,
        )
        session.add(prompt)
        session.flush()
        row = log.start(
            session, phone.tools, phone.runner, prompt_id=prompt.id, size=Size.FULL, origin="page"
        )
        prompt.state = "sent"
        assert log.not_today(session, phone.tools, phone.runner, prompt.id)

    assert phone.send(row, a_play(row, phone.clock())) == "stored"
    assert phone.credit() == 1.0
    with phone.tools.store.read() as session:
        assert session.get_one(Prompt, prompt.id).answer == "done"


def test_a_phone_whose_clock_is_wrong_tells_how_long_but_not_when(phone: Phone) -> None:
    row = phone.begin()
    phone.clock.tick(minutes=14)
    phone.send(row, a_play(row, phone.clock() + timedelta(hours=3)))
    kept = phone.row(row.id)
    assert (kept.started_at, kept.done_at, kept.minutes) == (phone.clock(), phone.clock(), 13.0)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"sets": [{"exercise": "standing_clam", "level": 1, "number": 1, "side": "left", "reps": 8}]},
        {"skips": [{"exercise": "seated_squeeze", "reason": "time"}]},
        {"sets": None},
        {"play_id": None},
        {"session_id": 4711},
        {"pain": 12},
    ],
)
def test_a_broken_result_changes_nothing(phone: Phone, changes: dict[str, Any]) -> None:
    row = phone.begin()
    with pytest.raises(ResultRefused) as refused:
        phone.send(row, a_play(row, phone.clock(), **changes))

    assert phone.tools.words(refused.value.key)
    assert phone.row(row.id).done_at is None
    assert held(phone)["set_result"] == held(phone)["skipped"] == 0


def test_another_runners_session_is_none(phone: Phone, source: FakeSource) -> None:
    row = phone.begin()
    with phone.tools.store.write() as session:
        other = athletes.create(session, phone.clock(), timezone="Europe/Rome").id
    with pytest.raises(LookupError):
        phone.send(row, a_play(row, phone.clock()), runner=other)
    assert phone.row(row.id).done_at is None


# --- what it counts for ---------------------------------------------------------------------------


@pytest.mark.parametrize(("moves", "credit", "size"), [(4, 1.0, "full"), (2, 0.5, "mini"), (1, 0.0, "")])
def test_a_part_counts_by_what_was_done_of_it(phone: Phone, moves: int, credit: float, size: str) -> None:
    row = phone.play(moves=moves, ended="stopped")
    assert (phone.credit(), row.size) == (credit, size)
    with phone.tools.store.read() as session:
        assert len(sessions.finished_rows(session, phone.runner, TODAY)) == 1  # told of in any case
        assert sessions.count_done(session, phone.runner)[0] == (1 if credit else 0)


def test_a_mini_counts_half_and_half_a_mini_nothing(phone: Phone) -> None:
    row = phone.begin(Size.MINI)
    half = a_play(row, phone.clock(), moves=2)
    phone.send(row, half)
    assert phone.credit() == 0.0
    phone.send(row, a_play(row, phone.clock()))
    assert phone.credit() == 0.5


def test_a_session_said_to_be_done_is_not_taken_back_by_a_phone_that_was_left_lying(phone: Phone) -> None:
    row = phone.begin()
    with phone.tools.store.write() as session:
        log.finish(session, phone.tools, phone.runner, row.id)
    phone.send(row, a_play(row, phone.clock(), moves=1, ended="idle"))
    assert phone.credit() == 1.0


# --- the ladder -----------------------------------------------------------------------------------


def test_three_sessions_climb_the_ladder_and_each_says_what_it_changed(phone: Phone) -> None:
    phone.set(max_minutes=20)
    first = phone.play()
    phone.clock.tick(days=2)
    second = phone.play()
    phone.clock.tick(days=2)
    third = phone.play(form="wobbly")

    assert asked(first) == asked(second)
    assert asked(first)[SQUAT] == (1, 2, 10)
    assert asked(third)[SQUAT] == (1, 2, 12)
    assert phone.told(first) == ()
    assert "Single-leg squat: 12 instead of 10, after 2 clean sessions in a row." in phone.told(second)
    assert "Single-leg squat stays as it is until it feels steady on both sides." in phone.told(third)


def test_a_result_that_comes_out_of_order_moves_what_came_after_it(phone: Phone) -> None:
    phone.set(max_minutes=20)
    offline = phone.begin()
    body = a_play(offline, phone.clock() + timedelta(minutes=14))
    phone.clock.tick(days=2)
    later = phone.play()
    assert phone.told(later) == ()

    phone.send(offline, body)
    assert any("after 2 clean sessions" in each for each in phone.told(later))


def test_an_undo_in_the_middle_takes_back_what_the_session_had_led_to(phone: Phone) -> None:
    phone.set(max_minutes=20)
    rows = []
    for _ in range(3):
        rows.append(phone.play())
        phone.clock.tick(days=2)
    assert phone.row(rows[2].id).standing[SQUAT]["step"] == 2

    assert phone.undo(rows[1])
    assert phone.told(rows[1]) == phone.told(rows[0]) == ()
    after = phone.row(rows[2].id).standing[SQUAT]
    assert (after["step"], after["good"]) == (1, 2)  # now the second in a row
    assert asked(phone.begin())[SQUAT] == (1, 2, 10)


def test_a_level_beside_the_prescribed_one_is_taken_and_holds(phone: Phone) -> None:
    row = phone.begin()
    body = a_play(row, phone.clock())
    for one in body["sets"]:
        if one["exercise"] == SQUAT:
            one["level"] = 2
    assert phone.send(row, body) == "stored"
    assert "Single-leg squat stays as it is: it was done on another level." in phone.told(row)
    assert phone.credit() == 1.0


def test_three_weeks_off_ask_for_a_step_less_and_say_so_at_the_start(phone: Phone) -> None:
    phone.set(max_minutes=20)
    phone.play()
    phone.clock.tick(days=21)
    row = phone.begin()
    assert asked(row)[SQUAT] == (1, 2, 8)
    assert phone.told(row) == ("21 days off: one step lower to begin with.",)


def test_the_side_that_was_behind_goes_first_the_next_time(phone: Phone) -> None:
    row = phone.begin()
    body = a_play(row, phone.clock())
    for one in body["sets"]:
        if one["exercise"] == CLAM and one["side"] == "right":
            one["reps"] -= 3
    phone.send(row, body)
    phone.clock.tick(days=2)
    sides = {item["exercise"]: item["first_side"] for item in phone.begin().prescription["items"]}
    assert sides[CLAM] == "right"
    assert sides[SQUAT] == ""


def test_two_moves_by_turns_change_with_each_whole_session(phone: Phone) -> None:
    phone.set(rotation=Rotation.AB, max_minutes=20)
    first = phone.play()
    phone.clock.tick(days=2)
    second = phone.play()
    assert set(asked(first)) == {SQUAT, BRIDGE}
    assert set(asked(second)) == {CLAM, STEP_DOWN}


def test_the_minutes_that_are_said_are_those_of_the_next_session(phone: Phone) -> None:
    phone.set(max_minutes=20)
    phone.play()
    phone.clock.tick(days=2)
    phone.play()
    phone.clock.tick(days=2)
    with phone.tools.store.read() as session:
        known = situation.load(session, phone.runner, phone.tools, phone.clock())
    assert situation.minutes(phone.tools, known, Size.FULL) == round(phone.begin().minutes)
    assert situation.minutes(phone.tools, known, Size.FULL) > 14


# --- told of by hand ------------------------------------------------------------------------------


def test_a_session_of_yesterday_can_be_told_of_and_counts_for_its_day(phone: Phone) -> None:
    row = phone.by_hand(TODAY - timedelta(days=1))
    assert (row.on, row.origin, row.size) == (TODAY - timedelta(days=1), "log", "full")
    assert row.done_at is not None
    assert row.done_at < phone.clock() - timedelta(hours=6)
    assert phone.credit() == 1.0


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (1, "That day is still to come."),
        (-15, "Sessions of the last 14 days can be entered."),
        (-3, "That day has a session already."),
    ],
)
def test_a_day_that_cannot_have_it_is_refused_with_a_sentence(phone: Phone, days: int, sentence: str) -> None:
    phone.by_hand(TODAY - timedelta(days=3))
    phone.by_hand(TODAY - timedelta(days=14))
    with pytest.raises(ResultRefused) as refused:
        phone.by_hand(TODAY + timedelta(days=days))
    assert phone.tools.words(refused.value.key, **refused.value.facts) == sentence


def test_a_session_told_of_by_hand_moves_the_ladder_once_its_form_is_told(phone: Phone) -> None:
    phone.set(max_minutes=20)
    row = phone.by_hand(TODAY)
    phone.clock.tick(days=2)
    later = phone.play()
    assert phone.told(later) == ()

    phone.edit(row, forms=dict.fromkeys((SQUAT, BRIDGE, CLAM, STEP_DOWN), "clean"))
    assert any("after 2 clean sessions" in each for each in phone.told(later))


def test_how_it_felt_can_be_put_right_for_a_week(phone: Phone) -> None:
    row = phone.play(form="wobbly", feedback="too_hard")
    phone.clock.tick(days=7)
    phone.edit(row, feedback="too_easy", pain=1, forms={SQUAT: "clean"})
    kept = phone.row(row.id)
    assert (kept.feedback, kept.pain) == ("too_easy", 1)
    assert not any("Single-leg squat" in each for each in phone.told(row))

    phone.clock.tick(minutes=1)
    with pytest.raises(ResultRefused) as refused:
        phone.edit(row)
    assert phone.tools.words(refused.value.key, **refused.value.facts) == (
        "A session can be changed for 7 days."
    )


def test_a_session_can_be_undone_for_thirty_days(phone: Phone) -> None:
    early, late = phone.by_hand(TODAY - timedelta(days=1)), phone.play()
    phone.clock.tick(days=30)
    assert not phone.undo(early)
    assert phone.undo(late)
    assert phone.row(early.id).undone_at is None


# --- the runner's own -----------------------------------------------------------------------------


def held(phone: Phone) -> dict[str, int]:
    with phone.tools.store.read() as session:
        return own.held(session, phone.runner)


def test_what_was_done_can_be_taken_along_and_goes_with_the_account(phone: Phone) -> None:
    row = phone.play(moves=3, skips=[{"exercise": STEP_DOWN, "reason": "equipment"}])
    with phone.tools.store.read() as session:
        facts = own.own_facts(session, phone.runner)
    assert {each["exercise"] for each in facts["set_result"]} == {SQUAT, BRIDGE, CLAM}
    assert [each["reason"] for each in facts["skipped"]] == ["equipment"]
    assert facts["session"][0]["standing"] == row.standing

    with phone.tools.store.write() as session:
        athletes.remove(session, phone.runner)
    assert not any(held(phone).values())
