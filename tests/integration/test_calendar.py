"""Races and times away, entered by the runner: each entry counts once, and the week follows."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from service.domain.calendar import Away, CalendarError, Distance, Race, Why
from service.domain.planner import Size
from service.pipeline import connect, log, situation
from service.pipeline.tools import Tools
from service.store import calendar, sessions
from service.store.database import Store
from service.store.own import own_facts
from service.store.tables import AwayRow, Base, RaceRow, WeekTarget
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.integration.stage import Stage
from tests.wiring import make_tools

MONDAY = date(2030, 5, 6)
WED, THU, FRI, SUN = (MONDAY + timedelta(days=number) for number in (2, 3, 4, 6))


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 08:00 in Rome, with ten weeks of history."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.add_channel()
    stage.read_history()
    return stage


def go_away(stage: Stage, why: Why, first_on: date, last_on: date | None = None) -> Away:
    with stage.write() as session:
        away = log.go_away(session, stage.tools, stage.runner, why, first_on, last_on)
    stage.work()
    return away


def come_back(stage: Stage, away: Away, *, at_once: bool = False) -> None:
    assert away.id is not None
    with stage.write() as session:
        assert log.come_back(session, stage.tools, stage.runner, away.id, at_once=at_once)
    stage.work()


def enter_race(stage: Stage, on: date, distance: Distance | None = None) -> None:
    with stage.write() as session:
        log.enter_race(session, stage.tools, stage.runner, on, distance)
    stage.work()


def known(stage: Stage) -> situation.Situation:
    with stage.tools.store.read() as session:
        return situation.load(session, stage.runner, stage.tools, stage.clock())


def targets(stage: Stage) -> dict[date, tuple[int, bool]]:
    with stage.tools.store.read() as session:
        rows = sessions.targets(session, stage.runner, date(2030, 1, 1))
    return {on: (row.target, row.excused) for on, row in rows.items()}


def cause(stage: Stage) -> str:
    return stage.silence()[0].rule.removeprefix("prompt.")


def count(stage: Stage, table: type[Base]) -> int:
    with stage.tools.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# --- races ----------------------------------------------------------------------------------------


def test_a_race_changes_the_week_at_once_and_is_entered_once(stage: Stage) -> None:
    assert targets(stage)[MONDAY] == (2, False)
    enter_race(stage, SUN, Distance.MARATHON)
    enter_race(stage, SUN, Distance.MARATHON)

    assert known(stage).races == (Race(SUN, Distance.MARATHON),)
    assert targets(stage)[MONDAY] == (1, False)
    assert all(session.on <= THU for session in known(stage).planned)


def test_the_week_after_a_marathon_is_out_of_the_count(stage: Stage) -> None:
    enter_race(stage, SUN, Distance.MARATHON)
    stage.until("2030-05-13 12:00")

    assert targets(stage)[MONDAY + timedelta(days=7)] == (0, True)
    assert cause(stage) == "week_off"


def test_a_race_that_is_dropped_gives_the_week_back(stage: Stage) -> None:
    enter_race(stage, SUN)
    with stage.write() as session:
        assert log.drop_race(session, stage.tools, stage.runner, SUN)
        assert not log.drop_race(session, stage.tools, stage.runner, SUN)
    stage.work()

    assert known(stage).races == ()
    assert targets(stage)[MONDAY] == (2, False)


@pytest.mark.parametrize(
    ("on", "rule"), [(MONDAY, "race_over"), (date(2032, 1, 1), "race_far"), (SUN, "race_twice")]
)
def test_a_race_that_cannot_be_changes_nothing(stage: Stage, on: date, rule: str) -> None:
    enter_race(stage, SUN, Distance.HALF)
    with pytest.raises(CalendarError) as caught, stage.write() as session:
        log.enter_race(session, stage.tools, stage.runner, on)

    assert caught.value.rule == rule
    assert known(stage).races == (Race(SUN, Distance.HALF),)


def test_nothing_is_asked_around_a_race(stage: Stage) -> None:
    enter_race(stage, SUN, Distance.HALF)
    stage.until("2030-05-15 12:00")

    days = [row.local_on for row in stage.asked()]
    assert all(on <= FRI for on in days)
    assert [row.size for row in stage.asked() if row.local_on == FRI] in ([], [Size.MINI.value])


# --- times away -----------------------------------------------------------------------------------


def test_a_holiday_is_silent_and_its_weeks_are_out_of_the_count(stage: Stage) -> None:
    go_away(stage, Why.HOLIDAY, WED, MONDAY + timedelta(days=11))
    stage.until("2030-05-17 22:00")

    assert stage.channel.sent == []
    assert cause(stage) == "holiday"
    assert targets(stage)[MONDAY] == (0, True)
    assert targets(stage)[MONDAY + timedelta(days=7)] == (0, True)
    stage.until("2030-05-26 22:00")
    assert targets(stage)[MONDAY + timedelta(days=14)] == (2, False)
    assert stage.channel.sent


def test_a_prompt_that_is_out_is_taken_back_by_a_pause(stage: Stage) -> None:
    stage.until("2030-05-09 08:00")
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=10)
    assert stage.standing() is not None
    go_away(stage, Why.ILL, THU)

    assert stage.standing() is None
    assert cause(stage) == "ill"


def test_going_away_twice_changes_nothing(stage: Stage) -> None:
    first = go_away(stage, Why.HOLIDAY, WED, SUN)
    again = go_away(stage, Why.HOLIDAY, WED, SUN)
    inside = go_away(stage, Why.HOLIDAY, THU, FRI)

    assert first.id == again.id == inside.id
    assert known(stage).away == (Away(WED, SUN, Why.HOLIDAY),)
    longer = go_away(stage, Why.HOLIDAY, FRI, SUN + timedelta(days=3))
    assert known(stage).away == (longer,) == (Away(WED, SUN + timedelta(days=3), Why.HOLIDAY),)
    assert count(stage, AwayRow) == 1


def test_after_an_illness_prompts_begin_again_after_two_days_without_symptoms(stage: Stage) -> None:
    ill = go_away(stage, Why.ILL, WED)
    come_back(stage, ill)
    come_back(stage, ill)  # a second tap does not end the two days

    assert known(stage).away == (Away(WED, FRI, Why.ILL),)
    stage.until("2030-05-10 22:00")
    assert stage.channel.sent == []
    assert cause(stage) == "ill"


def test_the_days_after_an_illness_can_be_skipped(stage: Stage) -> None:
    ill = go_away(stage, Why.ILL, WED)
    stage.until("2030-05-09 08:00")
    come_back(stage, ill)
    come_back(stage, ill, at_once=True)

    assert known(stage).away == (Away(WED, WED, Why.ILL),)
    assert cause(stage) != "ill"


def test_a_pause_that_was_a_mistake_leaves_nothing(stage: Stage) -> None:
    before = targets(stage)
    hurt = go_away(stage, Why.INJURED, WED)
    assert targets(stage)[MONDAY] == (0, True)
    come_back(stage, hurt)

    assert count(stage, AwayRow) == 0
    assert targets(stage) == before


def test_an_injury_is_silent_until_the_runner_says_otherwise(stage: Stage) -> None:
    hurt = go_away(stage, Why.INJURED, WED)
    stage.pass_days(20)
    assert stage.channel.sent == []
    assert hurt.id is not None
    with stage.write() as session:
        assert log.still_hurt(session, stage.tools, stage.runner, hurt.id)
        assert log.still_hurt(session, stage.tools, stage.runner, hurt.id)
    (now,) = known(stage).away
    assert now.answered_on == known(stage).today
    come_back(stage, hurt)
    stage.pass_days(7)

    assert stage.channel.sent


def test_easing_off_asks_for_one_mini_a_week_and_names_no_count(stage: Stage) -> None:
    stage.until("2030-05-13 06:00")
    asked_before, sent_before = len(stage.asked()), len(stage.channel.sent)
    first = MONDAY + timedelta(days=7)
    go_away(stage, Why.EASE_OFF, first, first + timedelta(days=13))
    for day in range(14):
        stage.until(f"{first + timedelta(days=day)} 07:00")
        if day in (1, 3, 8, 10):
            stage.finish_run(minutes_ago=1)
        stage.until(f"{first + timedelta(days=day)} 23:00")
        standing = stage.asked()[-1]
        if standing.local_on == first + timedelta(days=day) and standing.answer is None:
            with stage.write() as session:
                log.done_now(
                    session, stage.tools, stage.runner, prompt_id=standing.id, size=Size.MINI, origin="page"
                )
            stage.work()

    asked = stage.asked()[asked_before:]
    assert {row.size for row in asked} == {Size.MINI.value}
    weeks = [(row.local_on - first).days // 7 for row in asked]
    assert weeks == [0, 1]
    told = [message.text for message in stage.channel.sent[sent_before:]]
    assert len(told) == 2
    assert all(" of " not in text for text in told)
    assert targets(stage)[first] == (0, True)


def test_easing_off_takes_a_whole_session_back_and_offers_none_that_day(stage: Stage) -> None:
    stage.until("2030-05-09 08:00")
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=10)
    go_away(stage, Why.EASE_OFF, THU, THU + timedelta(days=6))

    assert stage.standing() is None


def test_a_pause_told_late_also_excuses_the_week_before(stage: Stage) -> None:
    stage.until("2030-05-14 08:00")
    assert targets(stage)[MONDAY] == (2, False)
    go_away(stage, Why.ILL, WED)

    assert targets(stage)[MONDAY] == (0, True)


def test_another_runners_entries_are_not_found(stage: Stage, tools: Tools, source: FakeSource) -> None:
    hurt = go_away(stage, Why.INJURED, WED)
    enter_race(stage, SUN)
    source.athlete = 9002
    other = connect_runner(tools, source)
    assert hurt.id is not None
    with stage.write() as session:
        assert not log.come_back(session, tools, other, hurt.id)
        assert not log.still_hurt(session, tools, other, hurt.id)
        assert not log.drop_race(session, tools, other, SUN)

    assert (count(stage, AwayRow), count(stage, RaceRow)) == (1, 1)


# --- own facts ------------------------------------------------------------------------------------


def test_the_export_has_both_and_deleting_the_account_removes_them(stage: Stage) -> None:
    go_away(stage, Why.HOLIDAY, WED, SUN)
    enter_race(stage, SUN, Distance.ULTRA)
    with stage.tools.store.read() as session:
        facts = own_facts(session, stage.runner)
    assert [row["why"] for row in facts["away"]] == ["holiday"]
    assert facts["race"] == [{"on": "2030-05-12", "distance": "ultra"}]
    connect.disconnect(stage.tools, stage.runner, "asked")
    assert (count(stage, AwayRow), count(stage, RaceRow)) == (1, 1)
    connect.delete_account(stage.tools, stage.runner)

    assert [count(stage, table) for table in (AwayRow, RaceRow, WeekTarget)] == [0, 0, 0]


def test_entries_are_kept_alike_on_both_databases(
    any_store: Store, clock: FakeClock, source: FakeSource, channel: FakeChannel
) -> None:
    tools = make_tools(any_store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    runner = connect_runner(tools, source)
    with any_store.write() as session:
        for _twice in range(2):
            log.enter_race(session, tools, runner, SUN, Distance.HALF)
            log.go_away(session, tools, runner, Why.ILL, WED)
            away = log.go_away(session, tools, runner, Why.HOLIDAY, FRI, SUN)
    with any_store.read() as session:
        assert calendar.races(session, runner, WED) == [Race(SUN, Distance.HALF)]
        assert calendar.away(session, runner, WED) == [Away(WED, None, Why.ILL), Away(FRI, SUN, Why.HOLIDAY)]
        assert away.id is not None
        assert calendar.one_away(session, runner, away.id) == away
