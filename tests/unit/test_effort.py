"""What kind of run it was, and why."""

import random
import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.activity import Activity
from service.domain.effort import Confidence, RunKind, Verdict, corrected, judge, judge_all
from service.domain.physiology import (
    Baseline,
    HeartMax,
    HeartRateZones,
    Offsets,
    Threshold,
    baseline,
)
from service.domain.points import points
from service.domain.rules import parse_rules
from service.domain.signals import Signals, Title, read_title
from service.domain.structure import Structure
from service.words import Words
from tests.builders import CONFIG, a_lap, a_ride, a_run, kilometres, steady_history, the_rules

RULES = the_rules()
HISTORY = steady_history()


def known_runner(spread: float = 1.2) -> Baseline:
    return Baseline(
        runs=60,
        recent_runs=30,
        heart_max=HeartMax(190, Confidence.HIGH),
        threshold=Threshold(3.5, spread, Confidence.HIGH),
        median_speed_mps=2.9,
    )


def signs(
    f: float | None = None,
    fm: float | None = None,
    r: float | None = None,
    rm: float | None = None,
    ev: float | None = None,
    lcv: float | None = None,
    *,
    w_hr: float = 1.0,
    w_p: float = 1.0,
    hilly: bool = False,
    trail: bool = False,
    rated: float | None = None,
    title: str = "",
) -> Signals:
    return Signals(
        heart_bpm=f and 190 * f,
        heart_share=f,
        peak_bpm=fm and 190 * fm,
        peak_share=fm,
        heart_weight=w_hr if f else 0.0,
        speed_mps=r and 3.5 * r,
        pace_share=r,
        usual_share=rm,
        pace_weight=w_p,
        structure=Structure(split_share=ev, lap_share=lcv, hilly=hilly, trail=trail),
        rated=rated,
        title=Title(easy=title),
    )


@pytest.mark.parametrize(
    ("given_signs", "spread", "expected"),
    [
        pytest.param(signs(0.72, 0.82, 0.80, 0.97, 0.03), 1.2, 5.70, id="clean easy"),
        pytest.param(signs(0.78, 0.88, 0.84, 1.00, 0.04), 1.2, 3.47, id="easy, heart a bit up"),
        pytest.param(signs(0.82, 0.91, 0.88, 1.03, 0.04), 1.2, -0.07, id="steady"),
        pytest.param(signs(0.87, 0.94, 0.95, 1.10, 0.08), 1.2, -6.18, id="tempo"),
        pytest.param(signs(0.75, 0.95, 0.84, 0.98, 0.18, 0.45), 1.2, -2.17, id="track, long rests"),
        pytest.param(signs(0.77, 0.90, 0.80, 0.95, 0.11, hilly=True), 1.2, 3.58, id="hilly easy"),
        pytest.param(signs(0.76, 0.89, 0.70, 0.80, 0.25, w_p=0.3, trail=True), 1.2, 2.78, id="trail easy"),
        pytest.param(signs(None, None, 0.80, 0.97, 0.03), 1.2, 3.00, id="no heart rate"),
        pytest.param(signs(0.74, 0.84, w_p=0.0), 1.2, 2.70, id="treadmill with heart rate"),
        pytest.param(signs(rated=3, w_p=0.0), 1.2, 2.00, id="typed in, rated 3"),
        pytest.param(signs(0.76, 0.85, w_hr=0.5, w_p=0.0), 1.2, 1.02, id="assumed highest heart rate"),
        pytest.param(signs(0.86, 0.92, 0.99, 1.00, 0.03), 1.05, -1.13, id="one-pace novice"),
        pytest.param(signs(0.76, 0.86, 0.82, 0.98, 0.03, rated=8), 1.2, 0.78, id="rated 8, heart easy"),
        pytest.param(signs(0.81, 0.90, 0.86, 1.00, 0.04, title="easy"), 1.2, 3.36, id="named easy, 81 %"),
    ],
)
def test_points_add_up(given_signs: Signals, spread: float, expected: float) -> None:
    found = points(given_signs, known_runner(spread), RULES)

    assert sum(reason.points for reason in found) == pytest.approx(expected, abs=0.01)


def judged(
    run: Activity, past: tuple[Activity, ...] = HISTORY, zones: HeartRateZones | None = None
) -> Verdict:
    return judge(run, baseline(past, run.start_at, RULES, zones=zones), RULES)


def rules_of(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]


EVEN = kilometres([360, 358, 362, 361, 359, 360, 362, 358])
INTERVALS = (a_lap(2000, 720), *[a_lap(800, 190), a_lap(300, 150)] * 5, a_lap(2000, 720))


def test_a_calm_even_run_is_easy_and_says_why() -> None:
    verdict = judged(a_run(km=8, minutes=48, hr=136, max_hr=150, splits=EVEN))

    assert (verdict.kind, verdict.confidence) == (RunKind.EASY, Confidence.HIGH)
    assert verdict.p_easy > 0.9
    assert verdict.reasons[0].rule == "heart.level"
    assert verdict.reasons[0].facts is not None
    assert verdict.reasons[0].facts["heart_bpm"] == 136


def test_a_quick_run_at_a_high_heart_rate_is_hard() -> None:
    verdict = judged(a_run(km=10, minutes=45, hr=172, max_hr=186))

    assert (verdict.kind, verdict.confidence) == (RunKind.HARD, Confidence.HIGH)
    assert verdict.p_easy < 0.1


def test_intervals_are_hard_however_low_the_average() -> None:
    verdict = judged(a_run(km=9.5, minutes=60, hr=132, max_hr=150, laps=INTERVALS))

    assert verdict.kind is RunKind.HARD
    assert verdict.reasons[0].rule == "laps.alternate"
    assert verdict.p_easy < 0.5


def test_traffic_lights_do_not_make_intervals_while_the_heart_stays_calm() -> None:
    uneven = kilometres([360, 430, 350, 440, 355, 425, 360, 350])
    base = replace(known_runner(), median_speed_mps=2.9)
    run = a_run(km=8, minutes=51, hr=133, max_hr=150, splits=uneven)

    assert judge(run, base, RULES).kind is RunKind.EASY
    assert judge(replace(run, max_heartrate_bpm=185), base, RULES).kind is RunKind.HARD


def test_a_beginner_running_and_walking_in_turn_does_no_intervals() -> None:
    laps = (a_lap(400, 300), *[a_lap(330, 120), a_lap(150, 90)] * 9)
    run = a_run(km=4.7, minutes=37, hr=135, max_hr=158, laps=laps)

    assert judged(run).kind is RunKind.EASY


def test_a_race_tag_makes_a_race() -> None:
    verdict = judged(a_run(workout_type=1, hr=130))

    assert (verdict.kind, verdict.confidence) == (RunKind.RACE, Confidence.HIGH)
    assert rules_of(verdict)[0] == "race.tag"


def test_a_race_by_its_title_needs_race_pace() -> None:
    assert judged(a_run(name="Stadtlauf", km=10, minutes=45, hr=172)).kind is RunKind.RACE
    assert judged(a_run(name="Jog to the race", km=8, minutes=50, hr=134)).kind is RunKind.EASY


def test_a_long_run_is_long_however_easy() -> None:
    verdict = judged(a_run(km=15, minutes=95, hr=134, max_hr=150))

    assert verdict.kind is RunKind.LONG
    assert verdict.reasons[0].rule == "long.minutes"
    assert verdict.p_easy > 0.8


def test_long_is_against_the_runners_own_usual_but_not_below_an_hour() -> None:
    short_weeks = tuple(
        replace(run, moving_time_s=1800, elapsed_time_s=1800, distance_m=5000) for run in HISTORY
    )

    assert judged(a_run(km=10.2, minutes=62, hr=134), short_weeks).reasons[0].rule == "long.for_you"
    assert judged(a_run(km=8, minutes=48, hr=134), short_weeks).kind is not RunKind.LONG


def test_a_high_rating_is_never_easy() -> None:
    easy = a_run(km=8, minutes=48, hr=128, max_hr=140, splits=EVEN)

    assert judged(easy).kind is RunKind.EASY
    assert judged(replace(easy, perceived_exertion=8.0)).kind is not RunKind.EASY


def test_the_runners_own_word_wins() -> None:
    hard = a_run(km=10, minutes=42, hr=178)
    verdict = judge(hard, baseline(HISTORY, hard.start_at, RULES), RULES, said=RunKind.EASY)

    assert (verdict.kind, verdict.p_easy, rules_of(verdict)) == (RunKind.EASY, 1.0, ["said.kind"])


def test_only_runs_are_judged() -> None:
    with pytest.raises(ValueError, match="not a run"):
        judged(a_ride())


@pytest.mark.parametrize("run", [a_run(km=1.6, minutes=8), a_run(km=1.2, minutes=14)])
def test_a_short_run_is_neither_cue_nor_load(run: Activity) -> None:
    assert judged(run).kind is RunKind.TOO_SHORT


def test_the_first_run_of_an_unknown_runner_is_asked_about() -> None:
    verdict = judged(a_run(hr=136, splits=EVEN), ())

    assert (verdict.kind, verdict.confidence) == (RunKind.UNSURE, Confidence.LOW)
    assert rules_of(verdict)[0] == "unsure.first_runs"


def test_zones_or_a_rating_are_enough_for_a_first_run() -> None:
    zones = HeartRateZones((122.0, 152.0, 167.0, 182.0), custom=False)

    assert judged(a_run(hr=132, max_hr=145, splits=EVEN), (), zones=zones).kind is RunKind.EASY
    assert judged(a_run(hr=132, max_hr=145, perceived_exertion=3.0), ()).kind is RunKind.EASY


def test_until_eight_runs_nothing_is_sure() -> None:
    verdict = judged(a_run(km=8, minutes=50, hr=128, max_hr=140, splits=EVEN), HISTORY[:7])

    assert verdict.kind is RunKind.EASY
    assert verdict.confidence is not Confidence.HIGH


def test_without_heart_rate_pace_and_even_splits_decide_less_surely() -> None:
    past = steady_history(hr=False)
    verdict = judged(a_run(km=8, minutes=50, splits=kilometres([375] * 8)), past)

    assert (verdict.kind, verdict.confidence) == (RunKind.EASY, Confidence.MEDIUM)
    assert "heart.none" in rules_of(verdict)


def test_without_heart_rate_and_with_few_recent_runs_it_asks() -> None:
    verdict = judged(a_run(km=8, minutes=50, start="2030-09-01 07:00"), steady_history(hr=False))

    assert rules_of(verdict)[0] == "unsure.no_heart"


def test_a_treadmill_run_is_judged_by_heart_alone() -> None:
    verdict = judged(a_run(km=0, minutes=40, hr=134, max_hr=148, trainer=True))

    assert (verdict.kind, verdict.confidence) == (RunKind.EASY, Confidence.MEDIUM)
    assert not any(rule.startswith("pace") for rule in rules_of(verdict))


def test_a_typed_in_run_is_never_hard_by_its_pace() -> None:
    assert judged(a_run(km=12, minutes=40, manual=True)).kind is RunKind.UNSURE
    assert judged(a_run(km=12, minutes=40, manual=True, perceived_exertion=3.0)).kind is RunKind.EASY


def test_hills_and_uneven_ground_do_not_make_a_trail_run_hard() -> None:
    ground = kilometres([430, 520, 410, 560, 430, 500])
    run = a_run(km=6, minutes=47, sport="TrailRun", hr=135, max_hr=152, splits=ground, elevation_gain_m=240)

    assert judged(run).kind is RunKind.EASY


def test_the_gentler_runs_of_a_runner_with_one_brisk_pace_are_easy() -> None:
    start = a_run().start_at
    brisk = tuple(
        a_run(km=8, minutes=44, hr=164 + day % 6, max_hr=178, start_at=start - timedelta(days=day))
        for day in range(1, 25)
    )
    gentle = a_run(km=8, minutes=44, hr=163, max_hr=174)
    base = baseline(brisk, gentle.start_at, RULES, heart_max_bpm=188)

    assert rules_of(judge(gentle, base, RULES))[0] == "relative.gentle"
    assert judge(replace(gentle, average_heartrate_bpm=172.0), base, RULES).kind is not RunKind.EASY


def test_an_hour_of_a_long_run_speaks_for_its_heart_rate() -> None:
    drifting = tuple(a_lap(1000, 380, 132.0 if number < 9 else 165.0) for number in range(14))
    verdict = judged(a_run(km=14, minutes=88.7, hr=146, max_hr=170, splits=drifting))

    level = next(reason for reason in verdict.reasons if reason.rule == "heart.first_hour")
    assert level.facts is not None
    assert level.facts["heart_bpm"] == 132


@pytest.mark.parametrize(
    ("run", "rule"),
    [
        (a_run(km=0), "record.distance"),
        (a_run(distance_m=-5000.0), "record.distance"),
        (a_run(distance_m=float("nan")), "record.times"),
        (a_run(elapsed_time_s=600), "record.times"),
        (a_run(moving_time_s=-1), "record.times"),
        (a_run(km=45, minutes=60, hr=110), "record.speed"),
        (a_run(minutes=0), "short.minutes"),
    ],
)
def test_what_cannot_be_is_never_easy_and_says_so(run: Activity, rule: str) -> None:
    verdict = judged(run)

    assert verdict.kind in (RunKind.UNSURE, RunKind.TOO_SHORT)
    assert rules_of(verdict) == [rule]


@pytest.mark.parametrize("rate", [0.0, 251.0, float("nan"), -3.0])
def test_an_impossible_heart_rate_is_left_out_and_said_so(rate: float) -> None:
    verdict = judged(a_run(km=8, minutes=50, hr=rate))

    assert "heart.unusable" in rules_of(verdict)
    assert verdict.confidence is not Confidence.HIGH


@pytest.mark.parametrize(
    ("name", "easy", "hard"),
    [
        ("Easy 8k", True, False),
        ("lockerer Dauerlauf", True, False),
        ("Hardlopen in de ochtend", False, False),
        ("Carrera por la mañana", False, False),
        ("Corsa mattutina", False, False),
        ("Course à pied le matin", False, False),
        ("6x400 on the track", False, True),
        ("5 × 1 km", False, True),
        ("Easy + 4x100 strides", True, False),
        ("Intervalltraining", False, True),
        ("ripetute", False, True),
        ("Récup du lundi", True, False),
        ("", False, False),
        ("Jogginghose [[{0}", False, False),
    ],
)
def test_titles_in_six_languages(name: str, easy: bool, hard: bool) -> None:
    title = read_title(name, RULES.words)

    assert (bool(title.easy), bool(title.hard)) == (easy, hard)


def test_a_title_that_says_both_says_nothing() -> None:
    both = judged(a_run(name="easy with tempo", hr=136, splits=EVEN))
    none = judged(a_run(name="", hr=136, splits=EVEN))

    assert both.score == none.score


def test_a_correction_moves_the_limits_a_little_and_a_confirmation_less() -> None:
    steady = a_run(km=9, minutes=50, hr=152, max_hr=168)
    base = baseline(HISTORY, steady.start_at, RULES)
    easier = corrected(steady, base, RULES, RunKind.EASY)

    assert easier.heart_share == pytest.approx(0.010)
    assert easier.pace_share == pytest.approx(0.010)
    assert corrected(steady, base, RULES, RunKind.UNSURE) == Offsets()
    clear = a_run(km=8, minutes=52, hr=130, max_hr=144)
    assert corrected(clear, base, RULES, RunKind.EASY).heart_share == pytest.approx(0.0025)


def test_corrections_never_leave_their_bounds() -> None:
    run = a_run(km=9, minutes=50, hr=152, max_hr=168)
    offsets = Offsets()
    for _ in range(40):
        offsets = corrected(run, baseline(HISTORY, run.start_at, RULES, offsets=offsets), RULES, RunKind.HARD)

    assert (offsets.heart_share, offsets.pace_share) == (-0.05, -0.05)


def test_a_history_is_judged_as_if_each_day_were_its_own() -> None:
    shuffled = [*HISTORY, a_ride(start="2030-05-01 18:00")]
    random.Random(3).shuffle(shuffled)
    verdicts = judge_all(shuffled, RULES)

    assert verdicts.keys() == {run.id for run in HISTORY}
    last = HISTORY[-1]
    assert verdicts[last.id] == judge(last, baseline(HISTORY, last.start_at, RULES), RULES)


def test_words_of_the_runner_win_in_a_history() -> None:
    verdicts = judge_all(HISTORY, RULES, said={HISTORY[-1].id: RunKind.HARD})

    assert verdicts[HISTORY[-1].id].kind is RunKind.HARD


numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(min_value=-10, max_value=60_000),
    st.sampled_from([0.0, -1.0, 1e308, 5e-324, 251.0]),
)
counts = st.one_of(st.integers(-100, 20_000), st.integers(-(10**12), 10**12))
pieces = st.builds(
    lambda metres, seconds, climb, rate, adjusted: replace(
        a_lap(1000, 300, rate, climb),
        distance_m=metres,
        moving_time_s=seconds,
        grade_adjusted_speed_mps=adjusted,
    ),
    numbers,
    counts,
    st.none() | numbers,
    st.none() | numbers,
    st.none() | numbers,
)
any_run = st.builds(
    lambda **more: a_run(**more),
    sport=st.sampled_from(["Run", "TrailRun", "VirtualRun"]),
    distance_m=numbers,
    moving_time_s=counts,
    elapsed_time_s=counts,
    elevation_gain_m=numbers,
    average_heartrate_bpm=st.none() | numbers,
    max_heartrate_bpm=st.none() | numbers,
    average_cadence=st.none() | numbers,
    perceived_exertion=st.none() | numbers,
    workout_type=st.none() | st.integers(-1, 12),
    name=st.text(max_size=30),
    trainer=st.booleans(),
    manual=st.booleans(),
    splits=st.lists(pieces, max_size=8).map(tuple),
    laps=st.lists(pieces, max_size=8).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(any_run, st.lists(any_run, max_size=4))
def test_no_recording_is_too_odd_to_be_judged(run: Activity, odd_past: list[Activity]) -> None:
    earlier = [
        replace(each, start_at=run.start_at - timedelta(days=n + 1)) for n, each in enumerate(odd_past)
    ]
    verdict = judge(run, baseline([*HISTORY, *earlier], run.start_at, RULES), RULES)

    assert 0 <= verdict.p_easy <= 1
    assert 1 <= len(verdict.reasons) <= 3
    absurd = not 0 < run.distance_m < 1e7 and not (run.trainer or run.manual)
    if absurd or run.moving_time_s <= 0:
        assert verdict.kind in (RunKind.UNSURE, RunKind.TOO_SHORT)


@settings(max_examples=60, deadline=None)
@given(st.floats(110, 200), st.floats(110, 200), st.floats(230, 480), st.sampled_from([0.0, 5.0, 12.0]))
def test_a_higher_heart_rate_never_makes_a_run_easier(
    low: float, high: float, pace_s: float, more: float
) -> None:
    low, high = min(low, high), max(low, high)
    runs = [a_run(km=8, minutes=8 * pace_s / 60, hr=hr, max_hr=hr + more) for hr in (low, high)]
    base = known_runner()

    assert judge(runs[0], base, RULES).score >= judge(runs[1], base, RULES).score


# --- words and thresholds ----------------------------------------------------------------------


def spoken_rules() -> set[str]:
    folder = Path(judge.__code__.co_filename).parent
    sources = [folder / f"{name}.py" for name in ("effort", "points", "days", "sports", "habits")]
    found = {rule for path in sources for rule in re.findall(r'"([a-z]+\.[a-z_]+)"', path.read_text("utf-8"))}
    return {rule for rule in found if not rule.startswith(("service.", "rules."))}


def templates() -> dict[str, str]:
    words = tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8"))["reason"]
    return {f"{group}.{name}": text for group, texts in words.items() for name, text in texts.items()}


def test_every_rule_that_can_speak_has_its_words() -> None:
    assert spoken_rules() <= templates().keys()


def test_reasons_read_as_plain_sentences() -> None:
    words = Words(tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8")))
    runs = [
        *HISTORY,
        a_run(km=9.5, minutes=60, hr=132, laps=INTERVALS),
        a_run(km=8, minutes=48, hr=138, splits=kilometres([360, 300] * 4)),
        a_run(km=15, minutes=95, hr=134, start="2030-05-08 07:00"),
        a_run(name="easy", perceived_exertion=4.0),
        a_run(name="tempo", workout_type=3),
        a_run(km=10, minutes=40, name="race"),
        a_run(km=45, minutes=60),
        a_run(km=1, minutes=12),
        a_run(km=1, minutes=5),
    ]
    for run in runs:
        for reason in judged(run).reasons:
            assert "{" not in words.reason(reason)
    first = judged(a_run(km=8, minutes=48, hr=136, max_hr=150)).reasons
    assert words.reason(first[0]) == "Average heart rate 136: 74 % of your max 184"
    assert words.reason(first[1]).startswith("Hill-adjusted pace 6:00/km: ")


@pytest.mark.parametrize("kind", list(RunKind))
def test_every_kind_of_run_has_a_name(kind: RunKind) -> None:
    words = tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8"))

    assert words["kind"][kind]


def shipped() -> dict[str, dict[str, dict[str, object]]]:
    return tomllib.loads((CONFIG / "rules.toml").read_text("utf-8"))


def test_thresholds_that_are_missing_unknown_or_wrong_are_named() -> None:
    missing = shipped()
    del missing["effort"]["heart"]["level_centre_share"]
    unknown = shipped()
    unknown["effort"]["pace"]["speed_of_light"] = 1
    worded = shipped()
    worded["days"]["rest"]["earliest"] = "soon"
    zero = shipped()
    zero["effort"]["heart"]["peak_scale_share"] = 0
    backwards = shipped()
    backwards["physiology"]["valid"]["heart_bpm"] = [220, 35]
    uneven = shipped()
    uneven["effort"]["declared"]["rated_points"] = [1.0]

    for mapping, named in [
        (missing, "effort.heart.level_centre_share is missing"),
        (unknown, "effort.pace.speed_of_light is not a known key"),
        (worded, "days.rest.earliest must be a time"),
        (zero, "effort.heart.peak_scale_share must be above zero"),
        (backwards, "physiology.valid.heart_bpm must be a low and a high value"),
        (uneven, "rated_points needs one value more"),
        ({}, "effort is missing"),
    ]:
        with pytest.raises(ValueError, match=re.escape(named)):
            parse_rules(mapping)


def test_sections_of_others_are_left_to_them() -> None:
    assert parse_rules({**shipped(), "plan": {"anything": 1}}) == RULES
