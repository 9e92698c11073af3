"""The ladder, step by step and over a year: what moves, what stays, and what the runner is told."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.bootstrap import CONFIG, read_words_and_routine
from service.domain.calendar import Race
from service.domain.fitness import NEW_RUNNER, Fitness, Rotation
from service.domain.planner import Size
from service.domain.progression import (
    Change,
    Ladder,
    Standing,
    Standings,
    after_gap,
    after_session,
    climb,
    lighter,
    parse_progression_rules,
    plan,
    start,
)
from service.domain.results import (
    SIDES,
    ExerciseResult,
    SessionResult,
    SetResult,
    SideGap,
    credit,
    share_done,
    side_gaps,
    weaker_side,
)
from service.domain.routine import ExerciseKey, Item, Lighter, parse_dose_rules, prescribe
from service.web.views.changes import sentences
from tests.builders_week import MONDAY, RULES_FILE
from tests.builders_week import WORDS as ENGLISH

WORDS, ROUTINE = read_words_and_routine()
DOSE, RULES = parse_dose_rules(RULES_FILE), parse_progression_rules(RULES_FILE)
BANDS = NEW_RUNNER.equipment | {"light_band", "medium_band"}
SQUAT, BRIDGE, CLAM, STEP_DOWN = ExerciseKey
REPS = (8, 10, 12, 15)  # of the steps D0 to D3, two sets each
KNEES = Fitness(equipment=BANDS)
DOMAIN = CONFIG.parent / "service" / "domain"
TOP = {"sessions": 5, "met_top": 1, "good": 1}  # one more at D2 or D3 leads to the next level


def a_ladder(minutes: float = 60, fitness: Fitness = KNEES, **changes: Any) -> Ladder:
    return Ladder(ROUTINE, DOSE, RULES, replace(fitness, **changes), minutes)


LADDER = a_ladder()


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def stands(level: int, step: int, since: int = 0, **more: Any) -> Standing:
    if "pains" in more:
        more["pains"] = tuple(day(on) for on in more["pains"])
    return Standing(level, step, day(since), **more)


def done_item(
    key: str = SQUAT,
    level: int = 1,
    reps: int = 10,
    *,
    sets: int = 2,
    left: str = "clean",
    right: str = "clean",
    less_left: int = 0,
    less_right: int = 0,
    pain: int | None = None,
    skipped: str = "",
    sides: int = 2,
) -> ExerciseResult:
    """What was asked, done; ``less_left``: repetitions missing from the last set on that side."""
    if skipped:
        return ExerciseResult(key, level, sets, reps, (), skipped)
    rows = []
    for number in range(1, sets + 1):
        if sides == 1:
            rows.append(SetResult(number, "both", reps - less_left * (number == sets), left, pain))
            continue
        for side, form, less in (("left", left, less_left), ("right", right, less_right)):
            rows.append(SetResult(number, side, reps - less * (number == sets), form, pain))
    return ExerciseResult(key, level, sets, reps, tuple(rows))


def a_result(*items: ExerciseResult, on: int = 20, feedback: str = "right", **more: Any) -> SessionResult:
    return SessionResult(day(on), more.pop("size", Size.FULL), items, feedback, **more)


def at(standing: Standing) -> tuple[int, int]:
    return standing.level, standing.step


def one(
    before: Standing, result: SessionResult, races: Collection[Race] = (), ladder: Ladder = LADDER
) -> tuple[Standing, list[str]]:
    """Squats alone: where the runner stands, and the rules that were told."""
    after, told = after_session({SQUAT: before}, result, races, ladder)
    return after[SQUAT], [change.rule for change in told]


# --- the beginning --------------------------------------------------------------------------------


def test_all_begins_on_the_first_level_with_ten_or_carefully_with_eight() -> None:
    assert set(map(at, start(day(0), LADDER).values())) == {(1, 1)}
    assert set(map(at, start(day(0), a_ladder(cautious=True)).values())) == {(1, 0)}
    assert list(start(day(0), LADDER)) == list(ExerciseKey)


def test_what_stands_in_for_an_exercise_has_a_standing_of_its_own() -> None:
    upright = a_ladder(cannot=frozenset({"kneel"}))
    standings = start(day(0), upright)
    assert list(standings) == [SQUAT, "seated_squeeze", "standing_clam", STEP_DOWN]
    swaps = [own.swap for own in plan(standings, upright).values()]
    assert swaps == ["", "seated_squeeze", "standing_clam", ""]


# --- each transition, by a table ------------------------------------------------------------------

# before, what was done -> (level, step), rules told. All on day 20 unless said.
UP_AND_HOLD = [
    # the dose: two in a row
    (stands(1, 1), {}, (1, 1), []),
    (stands(1, 1, good=1), {}, (1, 2), ["dose_up"]),
    (stands(1, 0, good=1), {}, (1, 1), ["dose_up"]),
    (stands(1, 2, good=1), {}, (1, 3), ["dose_up"]),
    (stands(1, 3, good=1), {}, (1, 3), []),
    (stands(4, 2, **TOP | {"met_top": 9}), {}, (4, 3), ["dose_up"]),
    (stands(4, 3, **TOP), {}, (4, 3), []),
    # the level: D2 or D3 met twice, four sessions, fourteen days
    (stands(1, 2, **TOP), {}, (2, 0), ["level_up"]),
    (stands(1, 3, **TOP), {}, (2, 0), ["level_up"]),
    (stands(3, 3, **TOP), {}, (4, 0), ["level_up"]),
    (stands(1, 2, **TOP | {"good": 0}), {}, (2, 0), ["level_up"]),
    (stands(1, 1, **TOP | {"met_top": 1}), {}, (1, 2), ["dose_up"]),
    (stands(1, 2, **TOP | {"met_top": 0, "good": 0}), {}, (1, 2), []),
    (stands(1, 2, since=7, **TOP), {}, (1, 3), ["dose_up"]),
    (stands(1, 2, since=6, **TOP), {}, (2, 0), ["level_up"]),
    (stands(1, 2, **TOP | {"sessions": 3}), {}, (2, 0), ["level_up"]),
    (stands(1, 2, **TOP | {"sessions": 2}), {}, (1, 3), ["dose_up"]),
    # what holds
    (stands(1, 1, good=1), {"less_left": 1}, (1, 1), ["hold_missed"]),
    (stands(1, 1, good=1), {"left": "broke"}, (1, 1), ["hold_missed"]),
    (stands(1, 1, good=1), {"left": "wobbly"}, (1, 1), ["hold_wobbly"]),
    (stands(1, 1, good=1), {"left": "wobbly", "right": "wobbly"}, (1, 1), ["hold_wobbly"]),
    (stands(1, 1, good=1), {"right": ""}, (1, 1), ["hold_form_unsaid"]),
    (stands(1, 1, good=1), {"pain": 2}, (1, 2), ["dose_up"]),
    (stands(1, 1, good=1), {"pain": 3}, (1, 1), ["hold_pain"]),
    (stands(1, 1, good=1), {"pain": 4}, (1, 1), ["hold_pain"]),
    (stands(1, 1, good=1), {"feedback": "too_easy"}, (1, 2), ["dose_up"]),
    (stands(1, 1, good=1), {"feedback": "too_hard"}, (1, 1), ["hold_effort"]),
    (stands(1, 1, good=1), {"feedback": ""}, (1, 1), ["hold_effort_unsaid"]),
    (stands(1, 1, good=1), {"at_end": 2}, (1, 2), ["dose_up"]),
    (stands(1, 1, good=1), {"at_end": 3}, (1, 1), ["hold_pain_after"]),
    (stands(1, 2, **TOP), {"feedback": "too_hard"}, (1, 2), ["hold_effort"]),
    (stands(1, 1, good=1), {"ended": "stopped"}, (1, 1), ["hold_partial"]),
    (stands(1, 1, good=1), {"ended": "pain"}, (1, 1), ["hold_partial"]),
    (stands(1, 1, good=1), {"skipped": "time"}, (1, 1), ["hold_skipped"]),
    (stands(1, 1, good=1), {"skipped": "pain"}, (1, 1), ["hold_pain"]),
    (stands(1, 1, good=1), {"level": 2}, (1, 1), ["hold_other_level"]),
    # down a dose: two in a row
    (stands(1, 2, missed=1), {"less_right": 1}, (1, 1), ["dose_down"]),
    (stands(1, 3, missed=1), {"right": "broke"}, (1, 2), ["dose_down"]),
    (stands(2, 1, missed=1), {"left": "broke"}, (2, 0), ["dose_down"]),
    (stands(2, 0, missed=1), {"less_left": 3}, (2, 0), ["hold_lowest"]),
    (stands(1, 2, missed=1, pains=(20,)), {"left": "wobbly"}, (1, 2), ["hold_wobbly"]),
    # down a level: pain twice in fourteen days
    (stands(3, 2, pains=(6,)), {"pain": 3}, (2, 0), ["level_down"]),
    (stands(3, 2, pains=(5,)), {"pain": 3}, (3, 2), ["hold_pain"]),
    (stands(3, 2, pains=(19,)), {"skipped": "pain"}, (2, 0), ["level_down"]),
    (stands(1, 2, pains=(19,)), {"pain": 7}, (1, 0), ["dose_down_pain"]),
    (stands(1, 0, pains=(19,)), {"pain": 3}, (1, 0), ["hold_pain"]),
    (stands(2, 2, missed=1), {"pain": 3, "less_left": 1}, (2, 1), ["dose_down"]),
    (stands(2, 2, missed=1, pains=(19,)), {"pain": 3, "less_left": 1}, (1, 0), ["level_down"]),
    # minis and lighter weeks tell nothing but pain
    (stands(1, 1, good=1), {"size": Size.MINI}, (1, 1), []),
    (stands(1, 2, missed=1), {"size": Size.MINI, "left": "broke"}, (1, 2), []),
    (stands(2, 2, pains=(19,)), {"size": Size.MINI, "pain": 3}, (1, 0), ["level_down"]),
    (stands(1, 1, good=1), {"lighter": Lighter.RACE_WEEK}, (1, 1), []),
    (stands(1, 2, missed=1), {"lighter": Lighter.LIGHT_WEEK, "less_left": 2}, (1, 2), []),
]
OF_SESSION = {"size", "lighter", "ended", "feedback"}


@pytest.mark.parametrize(("before", "happened", "after", "told"), UP_AND_HOLD)
def test_the_ladder_moves_by_its_table(
    before: Standing, happened: dict[str, Any], after: tuple[int, int], told: list[str]
) -> None:
    of_session = {name: what for name, what in happened.items() if name in OF_SESSION}
    of_item = {name: what for name, what in happened.items() if name not in {*OF_SESSION, "at_end"}}
    item = done_item(**{"level": before.level, "reps": REPS[before.step], **of_item})
    found, rules = one(before, a_result(item, pain=happened.get("at_end"), **of_session))
    assert (at(found), rules) == (after, told)


def test_what_breaks_a_good_row_begins_it_anew() -> None:
    ends_it: list[dict[str, Any]] = [{"left": "wobbly"}, {"less_left": 1}, {"pain": 3}, {"skipped": "other"}]
    for happened in ends_it:
        found, _ = one(stands(1, 1, good=1), a_result(done_item(**happened)))
        assert found.good == 0
    assert one(stands(1, 1, good=1), a_result(done_item(), feedback="too_hard"))[0].good == 0


def test_a_row_of_misses_ends_with_all_repetitions_and_goes_on_past_a_skip() -> None:
    assert one(stands(1, 2, missed=1), a_result(done_item(reps=12)))[0].missed == 0
    assert one(stands(1, 2, missed=1), a_result(done_item(reps=12, left="wobbly")))[0].missed == 0
    assert one(stands(1, 2, missed=1), a_result(done_item(reps=12, skipped="time")))[0].missed == 1


def test_sets_that_a_stopped_session_never_came_to_are_not_missed() -> None:
    half = replace(done_item(reps=12), sets=done_item(reps=12).sets[:2])
    found, told = one(stands(1, 2, missed=1), a_result(half, ended="stopped"))
    assert (at(found), found.missed, told) == ((1, 2), 1, ["hold_partial"])
    broken = replace(half, sets=done_item(reps=12, left="broke").sets[:2])
    assert one(stands(1, 2, missed=1), a_result(broken, ended="stopped"))[1] == ["dose_down"]


def test_only_whole_sessions_count_on_a_level() -> None:
    assert one(stands(1, 1), a_result(done_item(left="wobbly")))[0].sessions == 1
    assert one(stands(1, 1), a_result(done_item(), ended="idle"))[0].sessions == 0
    assert one(stands(1, 1), a_result(done_item(), size=Size.MINI))[0].sessions == 0


def test_an_exercise_that_the_routine_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="plank"):
        after_session({}, a_result(done_item("plank")), (), LADDER)


def test_a_session_with_less_than_three_quarters_lifts_nothing() -> None:
    left_out = [done_item(key, skipped="other") for key in (CLAM, STEP_DOWN)]
    found, told = one(stands(1, 1, good=1), a_result(done_item(), *left_out))
    assert (at(found), told) == ((1, 1), ["hold_skipped", "hold_skipped", "hold_partial"])


def test_who_has_no_step_climbs_with_the_rest() -> None:
    lacking = [done_item(key, skipped="equipment") for key in (CLAM, STEP_DOWN)]
    assert at(one(stands(1, 1, good=1), a_result(done_item(), *lacking))[0]) == (1, 2)


def test_one_that_was_made_easier_half_way_stays_and_is_not_missed() -> None:
    begun = replace(done_item(level=2, reps=12), sets=done_item(level=2, reps=12).sets[:2])
    found, told = one(stands(2, 2, missed=1, good=0), a_result(begun, done_item(level=1, reps=12)))
    assert (at(found), found.missed, told) == ((2, 2), 1, ["hold_other_level"])


def test_a_level_that_is_left_begins_with_clean_counts() -> None:
    up, _ = one(stands(1, 2, **TOP, pains=(12,)), a_result(done_item(reps=12)))
    assert up == stands(2, 0, since=20, pains=(12,))
    down, _ = one(stands(3, 2, **TOP, pains=(12,)), a_result(done_item(level=3, reps=12, pain=3)))
    assert (down.level, down.since, down.sessions, down.met_top, down.pains) == (2, day(20), 0, 0, ())


def test_an_exercise_done_for_the_first_time_begins() -> None:
    after, told = after_session({}, a_result(done_item(CLAM)), (), LADDER)
    assert (after, told) == ({CLAM: stands(1, 1, since=20, sessions=1, good=1)}, ())


# --- one level at a time, races, equipment, minutes -----------------------------------------------


def all_at(level: int, step: int, **more: Any) -> dict[str, Standing]:
    return {key.value: stands(level, step, **more) for key in ExerciseKey}


def as_asked(standings: Standings, ladder: Ladder, on: int, turn: int = 0, **more: Any) -> SessionResult:
    """A clean session of all that is prescribed."""
    asked = prescribe(
        ROUTINE, plan(standings, ladder), Size.FULL, ladder.max_minutes, DOSE, ladder.fitness, turn
    )
    return a_result(*map(as_item, asked.items), on=on, **more)


def as_item(item: Item, **changes: Any) -> ExerciseResult:
    return done_item(item.exercise, item.level, item.reps, sets=item.sets, sides=item.sides, **changes)


def test_of_four_that_are_ready_the_one_that_waits_longest_goes_up_and_then_the_next() -> None:
    since = {SQUAT: 3, BRIDGE: 2, CLAM: 0, STEP_DOWN: 1}
    standings: Standings = {key: stands(1, 2, on, **TOP) for key, on in since.items()}
    risen = []
    for on in (20, 23, 26, 29):
        standings, told = after_session(standings, as_asked(standings, LADDER, on), (), LADDER)
        risen += [change.exercise for change in told if change.rule == "level_up"]
        assert sum(change.rule == "hold_one" for change in told) == 4 - len(risen)
    assert risen == [CLAM, STEP_DOWN, BRIDGE, SQUAT]


@pytest.mark.parametrize(("race_on", "rule"), [(16, 0), (17, 1), (20, 1), (23, 1), (24, 0)])
def test_no_new_level_within_72_hours_of_a_race(race_on: int, rule: int) -> None:
    before = stands(1, 2, **TOP)
    found, told = one(before, a_result(done_item(reps=12)), [Race(day(race_on))])
    assert (at(found), told) == [((2, 0), ["level_up"]), ((1, 2), ["hold_race"])][rule]


def test_a_level_that_waited_for_a_race_comes_right_after_it() -> None:
    waiting, _ = one(stands(1, 2, **TOP), a_result(done_item(reps=12)), [Race(day(22))])
    assert one(waiting, a_result(done_item(reps=12), on=26), [Race(day(22))])[1] == ["level_up"]


# exercise, level, what is at home besides the usual -> the level after it, or what is missing
EQUIPMENT = [
    (BRIDGE, 1, set(), 3),  # the hold on one leg needs no band
    (BRIDGE, 1, {"light_band"}, 2),
    (CLAM, 1, set(), "light_band"),  # the leg lift would be twice the load
    (CLAM, 1, {"medium_band"}, "light_band"),
    (CLAM, 2, {"light_band"}, 4),
    (CLAM, 2, {"light_band", "medium_band"}, 3),
    ("standing_clam", 1, set(), "light_band"),
]


@pytest.mark.parametrize(("key", "level", "things", "after"), EQUIPMENT)
def test_a_level_without_its_equipment_is_passed_or_waited_for(
    key: str, level: int, things: set[str], after: int | str
) -> None:
    ladder = a_ladder(equipment=NEW_RUNNER.equipment | things)
    before = {key: stands(level, 3, **TOP | {"sessions": 7})}
    item = done_item(key, level, 15, sides=ROUTINE.exercise(key).level(level).sides)
    found, told = after_session(before, a_result(item), (), ladder)
    if isinstance(after, int):
        assert (at(found[key]), [change.rule for change in told]) == ((after, 0), ["level_up"])
    else:
        assert (at(found[key]), told) == ((level, 3), (Change(key, "hold_equipment", {"equipment": after}),))


def test_that_a_band_is_missing_is_said_every_fourth_session() -> None:
    ladder, standings, said = a_ladder(fitness=NEW_RUNNER), {str(CLAM): stands(1, 3, **TOP)}, []
    for on in range(20, 20 + 3 * 12, 3):
        found, told = after_session(standings, a_result(done_item(CLAM, 1, 15), on=on), (), ladder)
        standings = dict(found)
        said.append([change.rule for change in told])
    assert at(standings[CLAM]) == (1, 3)
    assert [number for number, rules in enumerate(said, 6) if rules] == [8, 12, 16]


def test_down_from_a_level_that_was_passed_goes_past_it_again() -> None:
    ladder = a_ladder(fitness=NEW_RUNNER)
    hurt = done_item(BRIDGE, 3, 10, pain=3)
    found, _ = after_session({BRIDGE: stands(3, 1, pains=(18,))}, a_result(hurt), (), ladder)
    assert at(found[BRIDGE]) == (1, 0)


def test_twelve_minutes_lead_up_by_levels_where_they_hold_no_greater_dose() -> None:
    ladder, standings, told_in_all = a_ladder(12), start(day(0), a_ladder(12)), list[str]()
    levels = []
    for on in range(0, 21, 3):
        standings, told = after_session(standings, as_asked(standings, ladder, on), (), ladder)
        told_in_all += [change.rule for change in told]
        levels.append([standing.level for standing in standings.values()])
    assert levels == [[1, 1, 1, 1]] * 5 + [[2, 1, 1, 1], [2, 2, 1, 1]]
    assert "dose_up" not in told_in_all  # 2 x 10 would take 14 minutes


def test_ten_minutes_still_lead_up_and_six_say_that_they_do_not() -> None:
    for limit, rule, never in ((10, "level_up", "hold_minutes"), (6, "hold_minutes", "level_up")):
        ladder = a_ladder(limit)
        results = [as_asked(start(day(0), ladder), ladder, on) for on in (0, 3, 6, 9, 14)]
        _, told = climb(start(day(0), ladder), None, results, (), ladder)
        rules = {change.rule for changes in told for change in changes}
        assert rule in rules
        assert never not in rules


def test_no_exercise_takes_the_minutes_of_another() -> None:
    ladder, standings = a_ladder(15), all_at(1, 1, good=1)
    after, told = after_session(standings, as_asked(standings, ladder, 3), (), ladder)
    assert [change.exercise for change in told] == [SQUAT]
    assert [item.wanted_reps for item in as_asked(after, ladder, 6).items] == [12, 10, 10, 10]


def test_two_moves_by_turns_climb_to_three_times_twelve_and_then_by_levels() -> None:
    ladder = a_ladder(15, rotation=Rotation.AB)
    standings, doses, lowest = start(day(0), ladder), [], list[int]()
    for turn, on in enumerate(range(0, 60, 3)):
        result = as_asked(standings, ladder, on, turn)
        squats = [item for item in result.items if item.exercise == SQUAT]
        doses += [(item.level, item.wanted_sets, item.wanted_reps) for item in squats]
        lowest += [item.wanted_reps for item in result.items if item.exercise == STEP_DOWN]
        standings, told = after_session(standings, result, (), ladder)
        rises = [change.facts for change in told if change.rule == "dose_up"]
        assert all(int(facts["reps"]) > int(facts["reps_before"]) for facts in rises)
    assert doses == [
        (1, 3, 10), (1, 3, 10), (1, 3, 12), (1, 3, 12),
        (2, 3, 8), (2, 3, 8), (2, 3, 10), (2, 3, 10), (2, 3, 12), (2, 3, 12),
    ]  # fmt: skip
    assert lowest[:4] == [10, 10, 12, 12]


def test_a_dose_goes_down_to_what_is_really_less() -> None:
    ladder = a_ladder(12)
    short = done_item(reps=8, less_left=1)  # D3 on paper, 2 x 8 in twelve minutes
    found, told = after_session(all_at(1, 3, missed=1), a_result(short), (), ladder)
    assert (at(found[SQUAT]), [change.rule for change in told]) == ((1, 3), ["hold_lowest"])


# --- gaps -----------------------------------------------------------------------------------------

# days since the last session, level and step before -> after, what is told
GAPS = [
    (14, (3, 2), (3, 2), None),
    (15, (3, 2), (3, 1), "gap_dose"),
    (28, (3, 2), (3, 1), "gap_dose"),
    (28, (3, 0), (3, 0), None),
    (29, (3, 2), (2, 1), "gap_level"),
    (56, (3, 0), (2, 1), "gap_level"),
    (56, (1, 3), (1, 1), "gap_level"),
    (56, (1, 0), (1, 0), None),
    (57, (4, 3), (1, 1), "gap_start"),
    (57, (1, 3), (1, 1), "gap_start"),
    (400, (1, 1), (1, 1), None),
    (400, (1, 0), (1, 0), None),
]


@pytest.mark.parametrize(("days", "before", "after", "rule"), GAPS)
def test_a_gap_takes_off_a_dose_a_level_or_all(
    days: int, before: tuple[int, int], after: tuple[int, int], rule: str | None
) -> None:
    standings, told = after_gap(all_at(*before, **TOP), day(0), day(days), LADDER)
    assert set(map(at, standings.values())) == {after}
    assert told == ((Change("", rule, {"days": days}),) if rule else ())


def test_after_a_gap_all_is_counted_anew() -> None:
    for days in (15, 29, 57):
        standings, _ = after_gap(all_at(3, 2, **TOP, missed=1), day(0), day(days), LADDER)
        assert {(own.good, own.met_top, own.missed) for own in standings.values()} == {(0, 0, 0)}


def test_sides_that_differed_before_a_gap_are_looked_at_anew() -> None:
    standings, _ = after_gap(all_at(1, 1, weak_side="left", weak_since=day(0)), day(1), day(40), LADDER)
    _, told = after_session(standings, a_result(done_item(less_left=3), on=40), (), LADDER)
    assert [change.rule for change in told] == ["hold_missed"]


def test_who_began_carefully_comes_back_carefully() -> None:
    careful = a_ladder(cautious=True)
    assert set(map(at, after_gap(all_at(3, 3), day(0), day(99), careful)[0].values())) == {(1, 0)}


# --- lighter weeks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "light_weeks", "race_on", "found"),
    [
        (34, True, None, ""),
        (35, True, None, "light_week"),
        (41, True, None, "light_week"),
        (42, True, None, ""),
        (77, True, None, "light_week"),
        (35, False, None, ""),
        (10, False, 16, "race_week"),
        (10, False, 17, ""),
        (10, False, 10, "race_week"),
        (10, False, 9, ""),
        (35, True, 37, "light_week"),
    ],
)
def test_every_sixth_week_is_light_for_who_wants_it_and_a_race_week_for_all(
    on: int, light_weeks: bool, race_on: int | None, found: str
) -> None:
    races = [] if race_on is None else [Race(day(race_on))]
    kind, told = lighter(day(on), day(0), races, a_ladder(light_weeks=light_weeks))
    assert (kind, [change.rule for change in told]) == (found, [found] if found else [])


# --- the two sides --------------------------------------------------------------------------------


def history(*items: ExerciseResult) -> list[SessionResult]:
    return [a_result(item, on=3 * number) for number, item in enumerate(items)]


def test_the_side_with_fewer_repetitions_in_the_last_three_sessions_goes_first() -> None:
    even, left, right = done_item(), done_item(less_left=2), done_item(less_right=1)
    assert weaker_side(history(even, even), SQUAT, RULES.sides) is None
    assert weaker_side(history(left, right), SQUAT, RULES.sides) == "left"
    assert weaker_side(history(left, right, even, even), SQUAT, RULES.sides) == "right"
    assert weaker_side(history(left, right, even, even, even), SQUAT, RULES.sides) is None
    assert weaker_side(history(left), CLAM, RULES.sides) is None
    assert weaker_side([], SQUAT, RULES.sides) is None


def test_of_equal_repetitions_the_side_in_worse_form_goes_first() -> None:
    wobbly, broke = done_item(right="wobbly"), done_item(left="broke")
    assert weaker_side(history(wobbly), SQUAT, RULES.sides) == "right"
    assert weaker_side(history(wobbly, broke), SQUAT, RULES.sides) == "left"
    assert weaker_side(history(done_item(less_left=1, right="broke")), SQUAT, RULES.sides) == "left"
    assert plan(start(day(0), LADDER), LADDER, history(wobbly))[SQUAT].first_side == "right"


def test_the_chart_of_the_sides_begins_with_six_sessions() -> None:
    items = [done_item(less_left=2)] * 5
    assert side_gaps(history(*items), RULES.sides) == {}
    gaps = side_gaps(history(*items, done_item(), done_item(BRIDGE, sides=1)), RULES.sides)
    assert list(gaps) == [SQUAT]
    assert (gaps[SQUAT][0], gaps[SQUAT][5]) == (SideGap(day(0), 18, 20), SideGap(day(15), 20, 20))


UNEVEN = {"reps": {"less_left": 3}, "form": {"left": "wobbly"}}


def sides_told(items: list[ExerciseResult], every: int = 7) -> list[int]:
    """Days on which the hint came."""
    standings: Standings = {SQUAT: stands(1, 1)}
    found = []
    for on, item in zip(range(0, 999, every), items, strict=False):
        standings, told = after_session(standings, a_result(item, on=on), (), LADDER)
        standings = {SQUAT: replace(standings[SQUAT], level=1)}
        found += [on for change in told if change.rule == "sides_differ"]
    return found


@pytest.mark.parametrize("how", UNEVEN)
def test_sides_that_differ_for_four_weeks_are_spoken_of_once(how: str) -> None:
    uneven = done_item(**UNEVEN[how])  # type: ignore[arg-type]
    assert sides_told([uneven] * 12) == [28]
    assert sides_told([uneven] * 4 + [done_item()] + [uneven] * 4) == []
    assert sides_told([uneven] * 3 + [done_item()] + [uneven] * 12) == [56]


def test_a_small_difference_and_both_sides_wobbly_are_not_spoken_of() -> None:
    assert sides_told([done_item(less_left=2)] * 12) == []
    assert sides_told([done_item(left="wobbly", right="wobbly")] * 12) == []
    assert sides_told([done_item(less_left=3), done_item(less_right=3)] * 12) == []


# --- how much of a session ------------------------------------------------------------------------


def test_a_pair_of_sides_is_one_and_more_in_one_set_makes_up_for_nothing() -> None:
    assert share_done([done_item(reps=10, less_left=10, less_right=10)]) == 0.5
    assert share_done([done_item(reps=10, less_left=10)]) == 0.75
    assert share_done([done_item(BRIDGE, reps=10, sides=1, less_left=5)]) == 0.75
    assert share_done([done_item(reps=10, less_left=10, less_right=-10)]) == 0.75
    assert share_done([done_item(), done_item(CLAM, skipped="pain")]) == 0.5
    assert share_done([]) == 0.0


@pytest.mark.parametrize(
    ("share", "full", "mini"),
    [(1.0, 1.0, 0.5), (0.75, 1.0, 0.5), (0.74, 0.5, 0.25), (0.4, 0.5, 0.25), (0.39, 0.0, 0.0)],
)
def test_a_part_counts_by_its_share(share: float, full: float, mini: float) -> None:
    assert credit(Size.FULL, share, RULES.share) == full
    assert credit(Size.MINI, share, RULES.share) == mini


# --- a year ---------------------------------------------------------------------------------------

# Two sessions a week, Monday and Thursday, all four moves alike. After each: where the squat stands, which is
# the first to go up of those that wait alike, and the step-down, which is the last. L2 D0 is "20".
#   c clean · w left side wobbly · m one repetition missing · b form broke · p pain of 3 · h too hard
#   u not said how hard · s stopped after the first sets · i mini · r race week, a set fewer
#   k the step-down left out · - no session
YEAR = """
 1  c 11 11   c 12 12  # two at D1
 2  c 12 12   c 13 13  # two at D2 after ten days: the level has to wait
 3  c 20 13   c 20 13  # fourteen days: the squat, then the bridge
 4  c 21 13   c 21 20  # the clamshell, then the step-down
 5  c 22 20   w 22 20
 6  c 22 20   m 22 20
 7  c 30 20   c 30 21  # D2 met twice, not in a row
 8  m 30 21   b 30 20  # missed twice: a dose less, where there is one
 9  p 30 20   c 30 20
10  p 20 10   c 20 10  # pain twice in fourteen days
11  c 21 11   c 21 11
12  c 22 12   c 22 12
13  - 22 12   - 22 12
14  - 22 12   - 22 12
15  c 21 11   c 22 12  # eighteen days off
16  c 22 12   c 30 12
17  c 30 12   c 31 12
18  c 31 20   c 32 20
19  h 32 20   s 32 20
20  c 32 20   i 32 20
21  c 40 21   c 40 21
22  c 41 22   c 41 22
23  c 42 30   r 42 30
24  c 42 30   c 43 31
25  c 43 31   c 43 32
26  c 43 32   c 43 40  # all there is
27  - 43 40   - 43 40
28  - 43 40   - 43 40
29  - 43 40   - 43 40
30  - 43 40   - 43 40
31  c 31 31   c 32 32  # 32 days off: a level less
32  c 32 32   c 33 33
33  c 40 33   c 40 33
34  c 41 33   c 41 40
35  c 42 40   c 42 41
36  - 42 41   - 42 41
37  - 42 41   - 42 41
38  - 42 41   - 42 41
39  - 42 41   - 42 41
40  - 42 41   - 42 41
41  - 42 41   - 42 41
42  - 42 41   - 42 41
43  - 42 41   - 42 41
44  - 42 41   - 42 41
45  c 11 11   c 12 12  # 67 days off: from the start
46  c 12 12   c 13 13
47  c 20 13   c 20 13
48  c 21 13   c 21 20
49  k 22 20   c 22 20
50  c 30 21   c 30 21
51  u 30 21   c 30 21
52  c 31 22   c 31 22
"""
HAPPENS: dict[str, dict[str, Any]] = {
    "w": {"left": "wobbly"},
    "m": {"less_left": 1},
    "b": {"right": "broke"},
    "p": {"pain": 3},
}


def year() -> Iterator[tuple[int, str, str, str]]:
    for line in YEAR.strip().splitlines():
        week, *both = line.split("#")[0].split()
        for offset, (kind, squat, step_down) in zip((0, 3), (both[:3], both[3:]), strict=True):
            yield 7 * (int(week) - 1) + offset, kind, squat, step_down


def played(kind: str, standings: Standings, on: int) -> SessionResult:
    size = Size.MINI if kind == "i" else Size.FULL
    kept = Lighter.RACE_WEEK if kind == "r" else Lighter.NO
    asked = prescribe(ROUTINE, plan(standings, LADDER), size, 60, DOSE, KNEES, 0, kept)
    items = [as_item(item, **HAPPENS.get(kind, {})) for item in asked.items]
    if kind == "k":
        items[3] = replace(items[3], sets=(), skipped="time")
    if kind == "s":
        items = [replace(item, sets=tuple(one for one in item.sets if one.number == 1)) for item in items]
    feedback = {"h": "too_hard", "u": ""}.get(kind, "right")
    ended = "stopped" if kind == "s" else "done"
    return a_result(*items, on=on, size=size, lighter=kept, feedback=feedback, ended=ended)


def test_a_year_of_sessions_follows_the_ladder_exactly() -> None:
    standings, last_on, told_in_all = start(day(0), LADDER), day(0), set[str]()
    for on, kind, squat, step_down in year():
        told: tuple[Change, ...] = ()
        if kind != "-":
            standings, of_gap = after_gap(standings, last_on, day(on), LADDER)
            standings, of_session = after_session(standings, played(kind, standings, on), (), LADDER)
            last_on, told = day(on), (*of_gap, *of_session)
        found = ["{}{}".format(*at(standings[key])) for key in (SQUAT, STEP_DOWN)]
        assert (on, kind, *found) == (on, kind, squat, step_down)
        assert sum(change.rule == "level_up" for change in told) <= 1
        assert all(sentences(told, WORDS))
        told_in_all |= {change.rule for change in told}
    assert told_in_all == {
        "dose_up", "dose_down", "level_up", "level_down", "gap_dose", "gap_level", "gap_start", "hold_one",
        "hold_missed", "hold_lowest", "hold_wobbly", "hold_pain", "hold_effort", "hold_effort_unsaid",
        "hold_partial", "hold_skipped",
    }  # fmt: skip


def test_the_year_told_at_once_ends_where_the_year_told_day_by_day_does() -> None:
    standings, last_on, results = start(day(0), LADDER), day(0), []
    for on, kind, *_ in year():
        if kind != "-":
            standings, _ = after_gap(standings, last_on, day(on), LADDER)
            results.append(played(kind, standings, on))
            standings, _ = after_session(standings, results[-1], (), LADDER)
            last_on = day(on)
    at_once, told = climb(start(day(0), LADDER), None, results, (), LADDER)
    assert (at_once, len(told)) == (standings, len(results))


# --- whatever is done -----------------------------------------------------------------------------

FITNESS = st.builds(
    Fitness,
    equipment=st.sampled_from([NEW_RUNNER.equipment, BANDS]),
    cautious=st.booleans(),
    cannot=st.sampled_from([frozenset(), frozenset({"lie"})]),
    rotation=st.sampled_from(Rotation),
)
LADDERS = st.builds(a_ladder, st.sampled_from([6, 8, 10, 12, 15, 20, 30]), FITNESS)
EVENTS = st.fixed_dictionaries(
    {
        "days": st.integers(1, 70) | st.integers(1, 4),
        "size": st.sampled_from([Size.FULL, Size.FULL, Size.MINI]),
        "feedback": st.sampled_from(["right", "right", "too_easy", "too_hard", ""]),
        "ended": st.sampled_from(["done", "done", "stopped"]),
        "pain": st.none() | st.integers(0, 10),
        "items": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "left": st.sampled_from(["clean", "wobbly", "broke", ""]),
                    "less_left": st.integers(0, 8),
                    "less_right": st.integers(0, 8),
                    "pain": st.integers(0, 10),
                    "skipped": st.sampled_from(["pain", "equipment", "time", "other"]),
                },
            ),
            min_size=4,
            max_size=4,
        ),
    }
)


@settings(max_examples=30, deadline=None)  # a history each
@given(LADDERS, st.lists(EVENTS, max_size=15), st.lists(st.integers(0, 200), max_size=2))
def test_whatever_is_done_the_runner_stays_on_the_ladder_and_goes_up_one_level_at_most(
    ladder: Ladder, events: list[dict[str, Any]], races_on: list[int]
) -> None:
    standings, last_on, on = start(day(0), ladder), day(0), 0
    races = [Race(day(race_on)) for race_on in races_on]
    for turn, event in enumerate(events):
        on += event.pop("days")
        standings, _ = after_gap(standings, last_on, day(on), ladder)
        last_on = day(on)
        size, happened, own = event.pop("size"), event.pop("items"), plan(standings, ladder)
        asked = prescribe(ROUTINE, own, size, ladder.max_minutes, DOSE, ladder.fitness, turn)
        items = [as_item(item, **how) for item, how in zip(asked.items, happened, strict=False)]
        result = a_result(*items, on=on, size=size, **event)
        after, told = after_session(standings, result, races, ladder)
        higher = [key for key in after if after[key].level > standings[key].level]
        for key, standing in after.items():
            levels = ROUTINE.exercise(key).levels
            assert 1 <= standing.level <= len(levels)
            assert 0 <= standing.step <= 3
            assert not ladder.lacks(levels[standing.level - 1])
            before, rules = standings[key], {change.rule for change in told if change.exercise == key}
            assert standing.level == before.level or rules & {"level_up", "level_down"}
            if standing.level == before.level:
                assert standing.step - before.step <= ("dose_up" in rules)
                assert standing.step >= before.step or rules & {"dose_down", "dose_down_pain"}
        assert len(higher) <= 1
        assert not higher or all(abs((race.on - day(on)).days) > 3 for race in races)
        assert higher == [change.exercise for change in told if change.rule == "level_up"]
        assert all(sentences(told, WORDS))
        standings = after


@given(LADDERS, st.integers(0, 300), st.sampled_from(Size), st.sampled_from(["", "right", "too_hard"]))
def test_nothing_done_changes_nothing(ladder: Ladder, on: int, size: Size, feedback: str) -> None:
    standings = start(day(0), ladder)
    nothing = a_result(on=on, size=size, feedback=feedback)
    assert after_session(standings, nothing, (), ladder) == (standings, ())
    assert after_gap(standings, day(on), day(on), ladder) == (standings, ())


@settings(max_examples=15, deadline=None)  # a year each
@given(LADDERS, st.integers(2, 4))
def test_a_clean_year_only_climbs_and_reaches_what_can_be_reached(ladder: Ladder, every: int) -> None:
    standings = start(day(0), ladder)
    for turn, on in enumerate(range(0, 364, every)):
        after, _ = after_session(standings, as_asked(standings, ladder, on, turn), (), ladder)
        assert all(at(after[key]) >= at(standings[key]) for key in after)
        standings = after
    for key, standing in standings.items():
        above = ladder.levels(key)[standing.level :]
        is_short = ladder.max_minutes < 10  # holds less work than leads on
        assert is_short or not above or ladder.lacks(above[0]), key


@given(
    st.builds(
        Standing,
        st.integers(1, 4),
        st.integers(0, 3),
        st.dates(),
        sessions=st.integers(0, 99),
        pains=st.lists(st.dates()).map(tuple),
        weak_side=st.sampled_from(["", *SIDES]),
        weak_since=st.none() | st.dates(),
        sides_told=st.booleans(),
    )
)
def test_a_standing_comes_back_as_it_was_kept(standing: Standing) -> None:
    assert Standing.from_json(json.loads(json.dumps(standing.as_json()))) == standing


# --- what is said ---------------------------------------------------------------------------------


def test_every_change_is_a_sentence_with_its_names_and_numbers() -> None:
    said = sentences(
        [
            Change(STEP_DOWN, "dose_up", {"reps": 12, "reps_before": 10, "sessions": 2}),
            Change(CLAM, "level_up", {"level": 2}),
            Change(CLAM, "hold_equipment", {"equipment": "light_band"}),
            Change("", "gap_dose", {"days": 18}),
        ],
        WORDS,
    )
    assert said == (
        "Step-down: 12 instead of 10, after 2 clean sessions in a row.",
        "Clamshell goes up to “With a light band”.",
        "Clamshell stays on its level: the next one would need a light band.",
        "18 days off: one step lower to begin with.",
    )


def test_every_rule_of_the_ladder_has_its_sentence_and_none_is_idle() -> None:
    ladder = (DOMAIN / "progression.py").read_text("utf-8")
    rules = set(re.findall(r'"((?:dose|level|hold|gap|light|race|sides)_[a-z_]+)"', ladder))
    assert rules <= set(ENGLISH["change"])
    spelt = "".join(file.read_text("utf-8") for file in DOMAIN.glob("*.py"))
    assert [rule for rule in ENGLISH["change"] if f'"{rule}"' not in spelt] == []


def test_no_sentence_blames_or_promises() -> None:
    for text in ENGLISH["change"].values():
        assert not re.search(r"prevent|treat|risk|injur|heal|fail|weak\b|missed|must", text, re.I), text


# --- the rules file -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"gap_days": [14, 28]}, r"progression\.gap_days"),
        ({"gap_days": [14, 56, 28]}, r"progression\.gap_days"),
        ({"share": {"full": 0.4, "half": 0.75}}, r"progression\.share\.half"),
        ({"miss_sessions": 0}, r"progression\.miss_sessions must be at least 1"),
        ({"level_up_step": -1}, r"progression\.level_up_step"),
        ({"gap_step": 4}, r"progression\.gap_step must be the number of a step in dose\.steps"),
        ({"sides": RULES_FILE["progression"]["sides"] | {"differ_reps": 0}}, r"sides\..* differ_reps"),
        ({"moon": 1}, r"progression\.moon"),
    ],
)
def test_wrong_rules_name_the_key(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_progression_rules({**RULES_FILE, "progression": RULES_FILE["progression"] | wrong})
