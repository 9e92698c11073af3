"""What kind of run it was. Why is asked in test_reasons, each kind of point in test_points."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.activity import Activity, Split
from service.domain.effort import Confidence, Family, RunKind, Verdict, judge_all, judge_next, weigh_run
from service.domain.form import Form
from service.domain.told import HeartRateZones, Offsets, Told
from tests.builders import (
    HIGHEST_BPM,
    a_lap,
    a_ride,
    a_run,
    form_after,
    judged,
    kilometres,
    mixed_history,
    steady_history,
    the_rules,
)

RULES = the_rules()
LABEL = RULES.effort.label
EASY, HARD, UNSURE, LONG = RunKind.EASY, RunKind.HARD, RunKind.UNSURE, RunKind.LONG
PAST = mixed_history()  # ends on 4 May
WITHOUT_HEART = mixed_history(hr=False)
KNOWN = Told(heart_max_bpm=HIGHEST_BPM)
LATER = "2030-05-09 07:00"  # no run for days before: nothing follows from them
REPEATS = (a_lap(1500, 510), *[a_lap(400, 85), a_lap(200, 110)] * 10, a_lap(1500, 510))
LIGHTS = kilometres([360, 430, 350, 440, 355, 425, 360, 350])


def an_easy_run(**more: Any) -> Activity:
    """Gentle and calm for the runner of ``PAST``."""
    return a_run(**{"km": 8.4, "minutes": 50, "hr": 136, "max_hr": 154, "start": LATER, **more})


def a_hard_run(**more: Any) -> Activity:
    return a_run(**{"km": 10.5, "minutes": 50, "hr": 171, "max_hr": 188, "start": LATER, **more})


def first_rule(verdict: Verdict) -> str:
    return verdict.reasons[0].rule


def kind_of(run: Activity, past: tuple[Activity, ...] = PAST, told: Told = KNOWN) -> RunKind:
    return judged(run, past, told).kind


def test_a_gentle_run_is_easy_and_a_quick_one_hard() -> None:
    easy, hard = judged(an_easy_run(), PAST, KNOWN), judged(a_hard_run(), PAST, KNOWN)

    assert (easy.kind, easy.confidence) == (EASY, Confidence.HIGH)
    assert (hard.kind, hard.confidence) == (HARD, Confidence.HIGH)
    assert easy.p_easy > 0.8 > 0.2 > hard.p_easy


def test_what_lies_between_is_asked_about() -> None:
    between = judged(a_run(km=9.4, minutes=50, hr=157, max_hr=175, start=LATER), PAST, KNOWN)

    assert (between.kind, between.confidence) == (UNSURE, Confidence.LOW)
    assert 0.3 < between.p_easy < 0.7


def test_only_runs_are_judged() -> None:
    with pytest.raises(ValueError, match="not a run"):
        judged(a_ride(), PAST)


def test_verdicts_without_their_reasons_are_the_same_verdicts() -> None:
    bare = judge_all(PAST, RULES, tell=False)

    assert {id: replace(verdict, reasons=()) for id, verdict in judge_all(PAST, RULES).items()} == bare


def test_only_some_may_be_asked_for_while_all_teach() -> None:
    wanted = {PAST[20].id, PAST[-1].id}
    everything = judge_all(PAST, RULES)

    assert judge_all(PAST, RULES, only=wanted) == {id: everything[id] for id in wanted}


def test_other_sports_in_a_history_are_left_out() -> None:
    assert judge_all([*PAST, a_ride()], RULES) == judge_all(PAST, RULES)


# --- the runner's word, tags and titles -----------------------------------------------------------


def test_the_runners_own_word_wins() -> None:
    told = judge_next(a_hard_run(), form_after(PAST), said=EASY)

    assert (told.kind, told.p_easy, first_rule(told)) == (EASY, 1.0, "said.kind")
    broken = judge_next(a_run(km=90), form_after(PAST), said=HARD)
    assert (broken.kind, broken.p_easy) == (HARD, 0.0)
    assert judge_all(PAST, RULES, said={PAST[-1].id: HARD})[PAST[-1].id].kind is HARD


def test_a_race_tag_makes_a_race_and_a_workout_tag_a_hard_run_however_gentle() -> None:
    race, workout = (judged(an_easy_run(workout_type=tag), PAST, KNOWN) for tag in (1, 3))

    assert (race.kind, race.confidence, first_rule(race)) == (RunKind.RACE, Confidence.HIGH, "race.tag")
    assert (workout.kind, first_rule(workout)) == (HARD, "declared.workout")
    assert max(race.p_easy, workout.p_easy) < 0.2


def test_a_race_by_its_title_needs_race_pace() -> None:
    raced = judged(a_hard_run(name="City race"), PAST, KNOWN)

    assert (raced.kind, first_rule(raced)) == (RunKind.RACE, "race.title")
    assert kind_of(an_easy_run(name="City race")) is not RunKind.RACE
    assert kind_of(a_hard_run(name="City race"), ()) is not RunKind.RACE  # whose race pace is not known


def test_a_warm_up_or_cool_down_by_its_title_is_part_of_a_session_and_no_cue() -> None:
    verdict = judged(an_easy_run(name="Warm up"), PAST, KNOWN)

    assert (verdict.kind, first_rule(verdict)) == (UNSURE, "unsure.part")
    assert first_rule(judged(an_easy_run(name="Warm up, 6x400, cool down"), PAST, KNOWN)) != "unsure.part"


def test_the_runners_word_counts_for_the_day_after() -> None:
    said_on = an_easy_run(start="2030-05-09 07:00")
    next_day = an_easy_run(start="2030-05-10 07:00")

    def context(said: RunKind | None) -> set[str]:
        form = form_after(PAST, KNOWN)
        judge_next(said_on, form, said=said)
        weighed = weigh_run(next_day, form)
        return {reason.rule for reason in weighed.reasons()} if weighed else set()

    assert "context.after_easy" in context(None)
    assert "context.after_hard" in context(HARD)
    assert "context.after_easy" in context(EASY)


def test_words_in_the_title_speak_for_easy_or_hard_and_together_for_nothing() -> None:
    plain, easy, hard, both = (
        judged(an_easy_run(name=name), PAST, KNOWN).score
        for name in ("Morning run", "Easy run", "Tempo run", "Easy run with tempo")
    )

    assert easy == pytest.approx(plain + RULES.effort.declared.title_easy_points)
    assert hard == pytest.approx(plain + RULES.effort.declared.title_hard_points)
    assert both == plain


@pytest.mark.parametrize("rated", [7.0, 8.0, 10.0])
def test_a_run_rated_seven_or_more_is_never_easy(rated: float) -> None:
    gentlest = an_easy_run(km=8, hr=126, max_hr=140, name="Easy run", perceived_exertion=rated)
    verdict = judged(gentlest, PAST, KNOWN)

    assert verdict.kind is not EASY
    assert verdict.p_easy < 0.5


@pytest.mark.parametrize("rated", [0.0, 11.0, -3.0, float("nan")])
def test_a_rating_off_the_scale_is_none(rated: float) -> None:
    assert judged(an_easy_run(perceived_exertion=rated), PAST) == judged(an_easy_run(), PAST)


# --- fast and slow parts ---------------------------------------------------------------------------


def test_laps_that_alternate_are_hard_however_calm_the_average() -> None:
    verdict = judged(a_run(km=9, minutes=50, hr=128, max_hr=140, laps=REPEATS, start=LATER), PAST, KNOWN)

    assert (verdict.kind, verdict.confidence, first_rule(verdict)) == (
        HARD,
        Confidence.HIGH,
        "laps.alternate",
    )


def test_kilometres_that_swing_are_asked_about_unless_the_heart_stayed_calm() -> None:
    swinging = an_easy_run(km=8, minutes=51.2, hr=146, max_hr=164, splits=LIGHTS)
    verdict = judged(swinging, PAST, KNOWN)

    assert (verdict.kind, first_rule(verdict)) == (UNSURE, "splits.alternate")
    assert kind_of(replace(swinging, max_heartrate_bpm=160.0)) is EASY
    lucky = mixed_history(runs=10)  # of whom the highest heart rate is not known well
    assert kind_of(replace(swinging, max_heartrate_bpm=160.0), lucky, Told()) is not EASY


def test_a_beginner_who_runs_and_walks_in_turn_does_no_intervals() -> None:
    laps = (a_lap(400, 250), *[a_lap(330, 130), a_lap(150, 95)] * 9)
    run = a_run(km=4.72, minutes=37.9, hr=136, max_hr=152, laps=laps, start=LATER)
    beginner = tuple(
        replace(
            run,
            id=each.id,
            start_at=each.start_at,
            start_local=each.start_local,
            average_heartrate_bpm=each.average_heartrate_bpm,
            max_heartrate_bpm=each.max_heartrate_bpm,
        )
        for each in PAST
    )
    verdict = judged(run, beginner, KNOWN)

    assert verdict.kind is EASY
    assert Family.PACE not in verdict.families  # neither pace nor unevenness says anything then
    assert kind_of(replace(run, max_heartrate_bpm=189.0), beginner) is HARD


@pytest.mark.parametrize(
    "splits",
    [
        kilometres([360, 200, 360, 200]),  # four kilometres of eight
        kilometres([360, 200] * 9),  # eighteen
        tuple(replace(split, moving_time_s=0) for split in LIGHTS),
        (),
    ],
)
def test_splits_and_laps_that_do_not_add_up_are_ignored(splits: tuple[Split, ...]) -> None:
    wrong = an_easy_run(splits=splits, laps=splits)

    assert judged(wrong, PAST, KNOWN) == judged(an_easy_run(), PAST, KNOWN)


# --- long -----------------------------------------------------------------------------------------


def a_slow_long_run(minutes: float, **more: Any) -> Activity:
    return an_easy_run(km=minutes * 0.165, minutes=minutes, **more)


def test_a_run_of_an_hour_and_a_half_is_long_however_easy() -> None:
    verdict = judged(a_slow_long_run(92), PAST, KNOWN)

    assert (verdict.kind, first_rule(verdict)) == (LONG, "long.minutes")
    assert verdict.p_easy > 0.5


def test_a_run_is_long_for_you_from_1_3_of_the_usual_and_nearly_the_longest_of_two_weeks() -> None:
    own = RULES.effort.long
    enough = form_after(PAST).usual_minutes or 0.0
    assert own.times_median * enough > own.from_minutes

    verdict = judged(a_slow_long_run(own.times_median * enough + 1), PAST, KNOWN)
    assert (verdict.kind, first_rule(verdict)) == (LONG, "long.for_you")
    assert kind_of(a_slow_long_run(own.times_median * enough - 2)) is not LONG
    longest = a_slow_long_run(110, start="2030-05-02 17:00")
    assert kind_of(a_slow_long_run(own.times_median * enough + 1), (*PAST, longest)) is not LONG


def test_a_run_below_an_hour_is_not_long_for_anyone() -> None:
    short_days = tuple(
        replace(
            run,
            moving_time_s=run.moving_time_s // 2,
            elapsed_time_s=run.moving_time_s // 2,
            distance_m=run.distance_m / 2,
        )
        for run in PAST
    )

    assert kind_of(a_slow_long_run(58), short_days) is not LONG
    assert kind_of(a_slow_long_run(61), short_days) is LONG


@pytest.mark.parametrize(
    ("run", "rule"),
    [
        (an_easy_run(workout_type=2), "long.tag"),
        (a_slow_long_run(62, name="Long run"), "long.title"),
    ],
)
def test_a_run_that_is_called_long_is_long(run: Activity, rule: str) -> None:
    verdict = judged(run, PAST, KNOWN)

    assert (verdict.kind, first_rule(verdict)) == (LONG, rule)


def test_a_title_alone_makes_no_short_run_long() -> None:
    assert kind_of(an_easy_run(name="Long run")) is EASY


def test_long_but_hard_is_hard() -> None:
    run = a_run(km=20, minutes=100, hr=171, max_hr=187, start=LATER)

    assert kind_of(run) is HARD
    assert kind_of(replace(run, workout_type=2)) is HARD


# --- short ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "rule"),
    [
        (an_easy_run(km=1.6, minutes=8), "short.minutes"),
        (an_easy_run(km=1.2, minutes=14), "short.distance"),
        (an_easy_run(km=0, minutes=0), "short.minutes"),
        (an_easy_run(km=1.6, minutes=8, workout_type=3), "short.minutes"),
    ],
)
def test_a_short_run_is_neither_cue_nor_load(run: Activity, rule: str) -> None:
    verdict = judged(run, PAST)

    assert (verdict.kind, first_rule(verdict)) == (RunKind.TOO_SHORT, rule)


# --- the first runs -------------------------------------------------------------------------------

ZONES = HeartRateZones((122.0, 152.0, 167.0, 182.0), custom=False)
OWN_ZONES = HeartRateZones((120.0, 150.0, 167.0, 182.0), custom=True)


def test_the_first_runs_are_asked_about_until_the_runner_is_known() -> None:
    form, verdicts = Form(RULES), list[Verdict]()
    for run in PAST[:5]:
        verdicts.append(judge_next(run, form))

    assert [first_rule(verdict) for verdict in verdicts[:3]] == ["unsure.first_runs"] * 3
    assert {verdict.confidence for verdict in verdicts} == {Confidence.LOW}
    assert verdicts[3].kind is not UNSURE or first_rule(verdicts[3]) != "unsure.first_runs"


@pytest.mark.parametrize(
    ("told", "more", "expected"),
    [
        (Told(zones=ZONES), {"hr": 132, "max_hr": 145}, EASY),
        (Told(zones=ZONES), {"hr": 172, "max_hr": 182}, HARD),
        (Told(zones=OWN_ZONES), {"hr": 134, "max_hr": 145}, EASY),
        (Told(heart_max_bpm=190), {"hr": 132, "max_hr": 145}, EASY),
        (Told(heart_max_bpm=190), {"hr": 176, "max_hr": 186}, HARD),
        (Told(), {"hr": None, "max_hr": None, "perceived_exertion": 2.0}, EASY),
        (Told(), {"perceived_exertion": 9.0}, HARD),
        (Told(), {"name": "Easy run"}, EASY),
        (Told(), {"name": "Tempo run"}, HARD),
        (Told(), {"workout_type": 1}, RunKind.RACE),
        (Told(), {"laps": REPEATS, "km": 9}, HARD),
        (Told(), {"minutes": 95, "km": 15}, LONG),
        (Told(use_heart=False, zones=ZONES), {"hr": 132}, UNSURE),
    ],
)
def test_what_is_told_decides_the_first_run(told: Told, more: dict[str, Any], expected: RunKind) -> None:
    assert kind_of(an_easy_run(**more), (), told) is expected


def test_the_first_runs_are_never_sure() -> None:
    for runs in range(20):
        verdict = judged(an_easy_run(start="2030-06-01 07:00"), PAST[:runs], KNOWN)
        assert verdict.confidence is not Confidence.HIGH
        assert (verdict.confidence is Confidence.LOW) == (runs < LABEL.known_runs)


# --- what the runner decided about the judging ------------------------------------------------------


def test_a_heart_rate_that_tells_nothing_is_not_looked_at() -> None:
    told = replace(KNOWN, use_heart=False)
    verdict = judged(an_easy_run(hr=185, max_hr=189), PAST, told)

    assert verdict.kind is EASY
    assert Family.HEART not in verdict.families
    assert verdict.score == judged(an_easy_run(hr=110, max_hr=120), PAST, told).score


def test_a_pace_that_tells_nothing_is_not_looked_at() -> None:
    told = replace(KNOWN, use_pace=False)
    walked = an_easy_run(km=4, hr=128, max_hr=140)
    swung = an_easy_run(km=8, minutes=51.2, hr=128, max_hr=140, splits=LIGHTS, laps=REPEATS)

    for run in (walked, swung):
        verdict = judged(run, PAST, told)
        assert Family.PACE not in verdict.families
        assert not {"record.slow", "splits.alternate", "laps.alternate"} & {r.rule for r in verdict.reasons}


def test_without_heart_and_pace_only_what_is_declared_decides() -> None:
    told = Told(use_heart=False, use_pace=False)

    for run in (an_easy_run(), a_hard_run(), an_easy_run(laps=REPEATS, km=9)):
        verdict = judged(run, PAST, told)
        assert (verdict.kind, first_rule(verdict)) == (UNSURE, "unsure.no_signs")
    assert kind_of(a_hard_run(perceived_exertion=2.0), PAST, told) is EASY
    assert kind_of(an_easy_run(perceived_exertion=9.0), PAST, told) is HARD
    assert kind_of(an_easy_run(workout_type=3), PAST, told) is HARD
    assert kind_of(an_easy_run(workout_type=1), PAST, told) is RunKind.RACE


def test_offsets_move_the_verdict_of_a_run_between() -> None:
    between = a_run(km=9.4, minutes=50, hr=157, max_hr=175, start=LATER)
    kinds = [
        kind_of(between, PAST, replace(KNOWN, offsets=Offsets(share, share / 4)))
        for share in (-0.2, 0.0, 0.2)
    ]

    assert kinds == [HARD, UNSURE, EASY]


# --- the days before ------------------------------------------------------------------------------


def test_the_day_after_a_hard_one_is_rather_easy_and_after_an_easy_one_rather_hard() -> None:
    own = RULES.effort.context
    alone = judged(an_easy_run(), PAST).score
    after_hard = judged(an_easy_run(), (*PAST, a_hard_run(start="2030-05-08 07:00"))).score
    after_easy = judged(an_easy_run(), (*PAST, an_easy_run(start="2030-05-08 07:00"))).score
    two_days = judged(an_easy_run(), (*PAST, a_hard_run(start="2030-05-07 07:00"))).score

    assert after_hard - alone == pytest.approx(own.after_hard, abs=0.15)
    assert after_easy - alone == pytest.approx(own.after_easy, abs=0.15)
    assert two_days - alone == pytest.approx(own.before_that_hard, abs=0.15)


def test_an_easy_history_in_any_order_is_judged_day_by_day() -> None:
    history = steady_history()

    assert judge_all(reversed(history), RULES) == judge_all(history, RULES)


def test_most_easy_and_hard_runs_of_a_known_runner_are_told_apart() -> None:
    verdicts = judge_all(PAST, RULES, told=KNOWN)
    easiest = [verdicts[run.id].kind for n, run in enumerate(PAST) if n >= 20 and n % 10 in (2, 6)]
    hardest = [verdicts[run.id].kind for n, run in enumerate(PAST) if n >= 20 and n % 10 in (3, 7)]

    assert HARD not in easiest
    assert EASY not in hardest
