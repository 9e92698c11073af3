"""Why: one to three sentences, the first of which speaks for the verdict."""

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service.domain import effort
from service.domain.activity import Activity
from service.domain.effort import RunKind, Verdict, judge_next
from service.domain.figures import figures
from service.domain.form import Form
from service.domain.points import OWN_MIX, Weighed, weigh
from service.domain.points.course import USUAL
from service.domain.points.heart import HEART
from service.domain.points.pace import PACE
from service.domain.signs import read_signs
from service.domain.told import HeartRateZones, Offsets, Told
from service.words import Words
from tests.builders import CONFIG, a_lap, a_run, form_after, judged, kilometres, mixed_history, the_rules

RULES = the_rules()
MESSAGES: dict[str, Any] = tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8"))
WORDS = Words({"en": MESSAGES})
KNOWN = Told(heart_max_bpm=190)
LATER = "2030-05-09 07:00"
REPEATS = (a_lap(1500, 510), *[a_lap(400, 85), a_lap(200, 110)] * 10, a_lap(1500, 510))
LIGHTS = kilometres([360, 430, 350, 440, 355, 425, 360, 350])
OF_EFFORT = (  # groups of words that speak of a run; the others of days, plans and prompts
    *(
        "heart",
        "pace",
        "top",
        "swing",
        "load",
        "parts",
        "splits",
        "laps",
        "stops",
        "length",
        "usual",
        "climb",
    ),
    *("session", "declared", "context", "race", "long", "said", "short", "unsure", "record", "figure"),
)
# Rules that decide alone and are no points: what they lead to.
DECIDES = {
    "unsure.close": RunKind.UNSURE,
    "unsure.between": RunKind.UNSURE,
    "unsure.no_signs": RunKind.UNSURE,
    "unsure.first_runs": RunKind.UNSURE,
    "unsure.part": RunKind.UNSURE,
    "splits.alternate": RunKind.UNSURE,
    "record.slow": RunKind.UNSURE,
    "record.times": RunKind.UNSURE,
    "record.distance": RunKind.UNSURE,
    "record.speed": RunKind.UNSURE,
    "laps.alternate": RunKind.HARD,
    "declared.workout": RunKind.HARD,
    "race.tag": RunKind.RACE,
    "race.title": RunKind.RACE,
    "long.minutes": RunKind.LONG,
    "long.for_you": RunKind.LONG,
    "long.tag": RunKind.LONG,
    "long.title": RunKind.LONG,
    "short.minutes": RunKind.TOO_SHORT,
    "short.distance": RunKind.TOO_SHORT,
}


def full_history() -> list[Activity]:
    """Recordings that hold all there is, some of them odd."""
    chance = random.Random(5)
    runs = [
        replace(
            run,
            suffer_score=chance.uniform(20, 120),
            max_speed_mps=chance.uniform(3.6, 6),
            elevation_gain_m=chance.choice([0.0, 20.0, 60.0, 140.0]),
            elapsed_time_s=round(run.moving_time_s * chance.choice([1, 1, 1.05, 1.3])),
            perceived_exertion=chance.choice([None, None, None, 3.0, 5.0, 8.0]),
            workout_type=chance.choice([None] * 8 + [1, 2, 3]),
            name=chance.choice(["", "", "Easy run", "Tempo run", "City race", "Long run", "Run"]),
            laps=REPEATS if chance.random() < 0.1 else (),
            average_heartrate_bpm=chance.choice([run.average_heartrate_bpm] * 6 + [None, 0.0]),
            sport_type=chance.choice(["Run"] * 5 + ["TrailRun", "VirtualRun"]),
        )
        for run in mixed_history(200)
    ]
    return [*runs, *odd_runs()]


def odd_runs() -> list[Activity]:
    """One for each sentence that a history rarely needs."""
    runs: list[dict[str, Any]] = [
        {"hr": 136, "max_hr": 150, "splits": LIGHTS, "km": 8, "minutes": 51},
        {"km": 16, "minutes": 95, "hr": 140},
        {"km": 16, "minutes": 95, "hr": 140, "splits": kilometres([350] * 16, hr=141)},
        {"km": 20, "minutes": 95, "hr": 178, "max_hr": 188, "splits": kilometres([285] * 20, hr=178)},
        {"km": 11, "minutes": 68, "hr": 140, "name": "Long run"},
        {"km": 11, "minutes": 70, "hr": 138},
        {"km": 10.4, "minutes": 50, "name": "City race"},
        {"km": 45, "minutes": 60},
        {"km": 1, "minutes": 12},
        {"km": 1, "minutes": 5},
        {"km": 0},
        {"moving_time_s": -1},
        {"km": 3, "minutes": 49},
        {"km": 0, "trainer": True},
        {"km": 2.5, "minutes": 16},
        {"km": 11, "minutes": 50, "start": "2030-05-20 07:20"},
        {"km": 8.0, "minutes": 55, "start": "2030-05-21 07:00"},
        {"km": 2.5, "minutes": 16, "name": "Cool down"},
    ]
    return [a_run(**{"start": f"2030-05-{6 + n:02} 07:00", **run}) for n, run in enumerate(runs)]


@cache
def all_verdicts() -> tuple[tuple[Activity, Verdict], ...]:
    """Of runners of whom more or less is known."""
    zones = HeartRateZones((122, 152, 167, 182), custom=False)
    found = []
    for told in (Told(), KNOWN, Told(zones=zones), Told(use_heart=False), Told(use_pace=False)):
        form = Form(RULES, told)
        found += [(run, judge_next(run, form)) for run in full_history()]
    for run in odd_runs():
        found += [(run, judged(run, mixed_history(), KNOWN)), (run, judged(run, (), KNOWN))]
    found += [(run, judged(run, [])) for run in mixed_history()[:3]]
    return tuple(found)


def test_a_verdict_has_one_to_three_reasons() -> None:
    for _, verdict in all_verdicts():
        assert 1 <= len(verdict.reasons) <= 3


def test_no_reason_is_given_twice() -> None:
    for _, verdict in all_verdicts():
        rules = [reason.rule for reason in verdict.reasons]
        assert len(set(rules)) == len(rules)


def test_the_first_reason_speaks_for_the_verdict() -> None:
    for _, verdict in all_verdicts():
        first = verdict.reasons[0]
        if first.rule in DECIDES:
            assert verdict.kind is DECIDES[first.rule]
        elif first.rule == "declared.rated" and verdict.kind is RunKind.UNSURE:
            assert (first.facts or {})["rated"] >= RULES.effort.declared.never_easy_rating  # type: ignore[operator]
        else:
            assert (verdict.kind, first.points > 0) in ((RunKind.EASY, True), (RunKind.HARD, False)), first


def test_no_reason_speaks_against_the_verdict() -> None:
    for _, verdict in all_verdicts():
        if verdict.kind in (RunKind.EASY, RunKind.LONG):
            assert all(reason.points >= 0 for reason in verdict.reasons), verdict
        if verdict.kind in (RunKind.HARD, RunKind.RACE):
            assert all(reason.points <= 0 for reason in verdict.reasons), verdict


def test_signs_that_point_both_ways_are_told_from_both_sides() -> None:
    for _, verdict in all_verdicts():
        if verdict.reasons[0].rule in ("unsure.close", "unsure.between"):
            sides = {reason.points > 0 for reason in verdict.reasons[1:] if reason.points}
            assert (len(sides) == 2) is (verdict.reasons[0].rule == "unsure.close"), verdict


def test_every_reason_reads_as_a_plain_sentence() -> None:
    sentences = {WORDS.reason(reason) for _, verdict in all_verdicts() for reason in verdict.reasons}

    assert len(sentences) > 300
    for sentence in sentences:
        assert re.fullmatch(r"[A-Z0-9][^{}]+", sentence), sentence
        assert not re.search(r"\b(nan|inf|None)\b", sentence), sentence


def test_every_point_that_speaks_has_its_sentence() -> None:
    form = form_after(full_history(), KNOWN)
    for run in (*full_history()[:20], *odd_runs()):
        if effort.unreadable(run, RULES) is None:
            form.come_to(run.start_at.timestamp())
            for reason in weigh(read_signs(run, RULES), form).reasons():
                assert WORDS.reason(reason)


# --- words and rules belong together ----------------------------------------------------------------


def templates() -> set[str]:
    return {f"{group}.{name}" for group in OF_EFFORT for name in MESSAGES["reason"][group]}


def spoken() -> Iterator[str]:
    """Keys of the rules that the code speaks of; those put together from parts are spelt out here."""
    folder = Path(effort.__file__).parent
    for path in (folder / "effort.py", folder / "figures.py", *sorted((folder / "points").glob("*.py"))):
        yield from re.findall(r'"([a-z]+\.[a-z_]+)"', path.read_text("utf-8"))
    yield from (f"figure.heart_max_{source}" for source in ("runner", "runs", "zones", "assumed"))


def test_every_rule_that_can_speak_has_words_and_every_word_is_spoken() -> None:
    assert set(spoken()) == templates()


def test_nearly_every_sentence_is_heard_in_these_histories() -> None:
    heard = {reason.rule for _, verdict in all_verdicts() for reason in verdict.reasons}
    explained = {"context.own_mix", "heart.brisk", "said.kind"}  # elsewhere
    silent = {rule for rule in templates() - heard - explained if not rule.startswith("figure.")}

    assert silent == set()


# --- particular sentences -----------------------------------------------------------------------------


def sentences(verdict: Verdict) -> list[str]:
    return [WORDS.reason(reason) for reason in verdict.reasons]


def test_an_easy_run_says_so_with_numbers() -> None:
    run = a_run(km=8.4, minutes=50, hr=132, max_hr=148, start=LATER, splits=kilometres([357] * 8))

    assert sentences(judged(run, mixed_history(), KNOWN)) == [
        "Pace 5:57/km: 23% slower than your quick runs, hills and length allowed for",
        "Run evenly: its parts differ by 0%",
        "Heart rate calmer than in 96% of your runs: 132 on average, 69% of your max 190",
    ]


def test_a_long_run_tells_its_length_once() -> None:
    run = a_run(km=17, minutes=125, hr=132, max_hr=150, start=LATER)
    verdict = judged(run, mixed_history(), KNOWN)

    assert verdict.reasons[0].rule == "long.minutes"
    assert sum("125 minutes" in sentence for sentence in sentences(verdict)) == 1


def test_a_round_hardly_ever_run_is_told_without_a_share_of_nothing() -> None:
    run = a_run(km=11.7, minutes=50, hr=170, max_hr=186, start=LATER)
    told = [
        WORDS.reason(reason)
        for reason in weigh(read_signs(run, RULES), form_after(mixed_history())).reasons()
    ]

    assert "11.7 km with such hills is rare for you: hardly a run in a year" in told
    assert not [sentence for sentence in told if " 0% of your runs" in sentence]


def test_a_run_rated_hard_says_so_once() -> None:
    run = a_run(km=8.4, minutes=50, hr=132, max_hr=148, name="Easy", perceived_exertion=8.0, start=LATER)
    verdict = judged(run, mixed_history(), KNOWN)

    assert [reason.rule for reason in verdict.reasons].count("declared.rated") == 1


def test_a_missing_or_impossible_heart_rate_is_said() -> None:
    past = mixed_history(hr=False)
    bare = a_run(km=8.4, minutes=50, start=LATER)

    assert sentences(judged(bare, past))[-1] == "No heart rate, so judged without it: less certain"
    for rate in (0.0, 251.0, float("nan"), -3.0):
        wrong = judged(replace(bare, average_heartrate_bpm=rate), past)
        assert sentences(wrong)[-1] == "The recorded heart rate cannot be right, so it was left out"


def weighed(*parts: tuple[Any, float]) -> Weighed:
    """Points as given, of a run known well enough."""
    found = weigh(
        read_signs(a_run(km=8.4, minutes=50, hr=140, start=LATER), RULES), form_after(mixed_history())
    )
    score = RULES.effort.context.base + sum(points for _, points in parts)
    return Weighed(found.run, list(parts), score, score, found.families)


@pytest.mark.parametrize(
    ("parts", "kind", "first"),
    [
        ([(PACE, 0.01), (OWN_MIX, 0.9)], RunKind.EASY, "context.own_mix"),
        ([(PACE, 0.01), (OWN_MIX, -1.5)], RunKind.HARD, "context.own_mix"),
        ([(HEART, 0.4), (OWN_MIX, -1.5)], RunKind.HARD, "context.own_mix"),
        ([(USUAL, -0.2), (OWN_MIX, 1.5)], RunKind.EASY, "context.own_mix"),
        ([(PACE, 0.9), (OWN_MIX, 1.5)], RunKind.EASY, "pace.slower"),
    ],
)
def test_where_no_sign_speaks_for_it_the_runners_other_runs_do(
    parts: list[tuple[Any, float]], kind: RunKind, first: str
) -> None:
    verdict = effort._Case(weighed(*parts), tell=True).verdict()

    assert (verdict.kind, verdict.reasons[0].rule) == (kind, first)
    assert len(verdict.reasons) >= 1


def test_the_figures_of_a_runner_are_sentences_too() -> None:
    spiky = [
        replace(run, max_heartrate_bpm=215.0 if number % 3 == 0 else run.max_heartrate_bpm)
        for number, run in enumerate(mixed_history())
    ]
    moved = Told(offsets=Offsets(0.05, 0.01), heart_max_bpm=190)
    zones = Told(zones=HeartRateZones((122, 152, 167, 182), custom=False))
    forms = [Form(RULES), Form(RULES, zones), form_after(spiky), form_after(mixed_history(), moved)]
    found = [figures(form) for form in forms]
    rules = {reason.rule for each in found for reason in each}

    assert all(WORDS.reason(reason) for each in found for reason in each)
    assert [each[0].rule for each in found] == ["figure.runs"] * 4
    missing = {f"figure.{name}" for name in MESSAGES["reason"]["figure"]} - rules
    assert missing <= {"figure.heart_max_runs"}
