"""The words a runner reads: filled in their unit, every template sound, and none that claims too much."""

import re
import string
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

import pytest

from service.domain.activity import Reason
from service.domain.planner import Size
from service.domain.prompting import Trigger, Wording
from service.words import Words
from tests.builders_week import WORDS


@pytest.fixture
def words() -> Words:
    return Words({"en": WORDS})


def said(template: str, units: str = "km", language: str = "en", **fields: Any) -> str:
    return Words({"en": {}, language: {"text": template}}, language, units)("text", **fields)


# --- formats --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "s_per_km", "text"),
    [
        ("km", 358, "5:58/km"),
        ("mi", 358, "9:36/mi"),
        ("km", 300, "5:00/km"),
        ("km", 359.6, "6:00/km"),
        ("km", 605, "10:05/km"),
    ],
)
def test_a_pace_is_minutes_and_seconds_for_the_runners_unit(units: str, s_per_km: float, text: str) -> None:
    assert said("{s:pace}", units, s=s_per_km) == text


@pytest.mark.parametrize(
    ("units", "metres", "text"),
    [("km", 8249, "8.2 km"), ("mi", 8046.72, "5.0 mi"), ("km", 0, "0.0 km"), ("km", 123_456, "123 km")],
)
def test_a_distance_has_a_decimal_until_a_hundred(units: str, metres: float, text: str) -> None:
    assert said("{m:km}", units, m=metres) == text


@pytest.mark.parametrize(
    ("template", "value", "text"),
    [
        ("{x:minutes}", 11.6, "12"),
        ("{x:percent}", 0.724, "72%"),
        ("{x:clock}", datetime(2030, 5, 9, 7, 52), "07:52"),
        ("{x:clock}", time(18, 30), "18:30"),
        ("{x:day}", date(2030, 5, 9), "Thu"),
        ("{x:weekday}", date(2030, 5, 9), "Thursday"),
        ("{x:weekday}", 6, "Sunday"),
        ("{x:date}", date(2030, 11, 19), "19 November"),
        ("{x:g}", 0.5, "0.5"),
        ("{x:.0f}", 178.5, "178"),
        ("{x}", "{y}", "{y}"),
    ],
)
def test_a_value_is_written_as_its_format_says(template: str, value: Any, text: str) -> None:
    assert said(template, x=value) == text


def test_words_in_another_unit_are_the_same_words(words: Words) -> None:
    shown = words.in_units("mi").reason(Reason("short.distance", 0, {"least_m": 1609.344}))
    assert shown == "Under 1.0 mi a run does not count"


# --- keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["nothing", "kind.nothing", "kind.easy.deeper", "kind", "message.full", ""])
def test_a_word_that_is_missing_is_a_defect_and_not_a_blank(words: Words, key: str) -> None:
    with pytest.raises(KeyError):
        words(key)


def test_a_field_that_is_missing_is_a_defect_too(words: Words) -> None:
    with pytest.raises(KeyError):
        words("prompt.easy_run.full_certain")


def test_variants_take_turns_and_come_round(words: Words) -> None:
    fields = {"minutes": 12, "done": "1", "target": 2}
    texts = [words.rotated("message.full.text", turn, **fields) for turn in range(12)]

    assert len(set(texts)) == len(words.variants("message.full.text")) == 6
    assert texts[:6] == texts[6:]
    assert all(one != other for one, other in pairwise(texts))


SITUATIONS = [
    *(
        f"prompt.{trigger.value}.{size.value}_{wording.value}"
        for trigger in Trigger
        for size in Size
        for wording in Wording
    ),
    *(f"message.{size}.{part}" for size in ("full", "mini", "off") for part in ("title", "text")),
    *(f"today.done.{headline}" for headline in ("headline", "headline_all", "headline_back")),
]
HEADLINES = [key for key in SITUATIONS if not key.startswith("message.")]
OFFERS = re.compile(r"\b(if|could|would)\b", re.IGNORECASE)
OPEN_DAY = re.compile(r"(No run|A rest day[?]|If) ", re.IGNORECASE)
BLAME = re.compile(r"\b(miss\w*|skip\w*|fail\w*|lazy|must|should|late|behind|lost)\b|!", re.IGNORECASE)


def all_turns(words: Words, key: str, turns: int = 12) -> list[str]:
    return [words.rotated(key, turn, minutes=12, done="1", target=2) for turn in range(turns)]


def test_no_situation_is_without_words() -> None:
    said = {key for key, _ in every_text(WORDS["prompt"], "prompt")}
    assert said == {key for key in SITUATIONS if key.startswith("prompt.")}


@pytest.mark.parametrize("key", SITUATIONS)
def test_every_situation_has_six_texts_and_no_two_in_a_row_read_the_same(words: Words, key: str) -> None:
    texts = all_turns(words, key)

    assert len(set(words.variants(key))) == len(words.variants(key)) >= 6
    assert len(set(texts)) >= 6
    assert all(one != other for one, other in pairwise(texts))


@pytest.mark.parametrize("key", HEADLINES)
def test_a_headline_is_short_and_blames_nobody(words: Words, key: str) -> None:
    texts = all_turns(words, key)

    assert [text for text in texts if len(text) > 60] == []
    assert [text for text in texts if BLAME.search(text)] == []


@pytest.mark.parametrize("key", [key for key in HEADLINES if key.startswith("prompt.")])
def test_a_prompt_names_its_minutes_and_a_mini_says_that_it_is_short(words: Words, key: str) -> None:
    texts = all_turns(words, key)

    assert all("12 minutes" in text for text in texts)
    if ".mini_" in key:
        assert [text for text in texts if not re.search(r"\b(mini|short|one set)\b", text, re.I)] == []


@pytest.mark.parametrize("key", [key for key in SITUATIONS if key.endswith("_conditional")])
def test_a_conditional_text_only_offers(words: Words, key: str) -> None:
    texts = all_turns(words, key)

    assert [text for text in texts if not OFFERS.search(text)] == []
    assert [text for text in texts if re.search(r"\b(just|while|still warm|done)\b", text, re.I)] == []
    if ".rest_day." in key:  # said on a day that may still bring a run
        assert [text for text in texts if not OPEN_DAY.match(text)] == []


@pytest.mark.parametrize("size", ["full", "mini"])
def test_where_the_occasion_is_not_known_any_more_none_is_named(words: Words, size: str) -> None:
    texts = all_turns(words, f"prompt.rest_day.{size}_certain")
    assert [text for text in texts if re.search(r"\b(run|rest|train\w*|warm|week)\b", text, re.I)] == []


# --- every text -----------------------------------------------------------------------------


def every_text(table: Any = None, path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in (WORDS if table is None else table).items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            yield from every_text(value, key)
        else:
            yield from ((key, text) for text in ([value] if isinstance(value, str) else value))


A_VALUE: dict[str, Any] = {
    "pace": 358.0,
    "km": 8200.0,
    "minutes": 12,
    "percent": 0.7,
    "clock": time(7, 52),
    **dict.fromkeys(("day", "weekday", "date", "short_date", "month_day", "full_date"), date(2030, 5, 9)),
}


def some_fields(text: str) -> dict[str, Any]:
    return {
        name.split(".")[0]: A_VALUE.get(spec or "", date(2030, 5, 9) if "." in name else 7)
        for _, name, spec, _ in string.Formatter().parse(text)
        if name
    }


def test_every_text_can_be_filled() -> None:
    for key, text in every_text():
        filled = said(text, **some_fields(text))
        assert filled.strip(), key
        assert "{" not in filled, key


MEDICINE = re.compile(r"\b(prevent|treat|risk|cure|heal\b|diagnos|therap|rehab)", re.IGNORECASE)
DISCLAIMER = "It does not diagnose, treat or prevent any condition."
# What a message may say is a promise: kinds of activity, distances, speeds and hearts stay on our page.
TELLING = re.compile(
    r"\b(run|runs|ran|running|easy|hard|long|race|raced|tempo|intervals?|workout|ride|activit\w+|km|mi|miles?"
    r"|pace|heart|bpm|warm|rest|strava)\b",
    re.IGNORECASE,
)


def test_no_text_claims_more_than_a_strength_routine() -> None:
    said = [(key, text.replace(DISCLAIMER, "")) for key, text in every_text()]
    assert [key for key, text in said if MEDICINE.search(text)] == []


def test_what_leaves_the_server_tells_nothing_of_any_activity() -> None:
    told = [(key, text) for key, text in every_text(WORDS["message"], "message") if TELLING.search(text)]
    assert told == []


def test_what_leaves_the_server_knows_only_minutes_and_the_runners_own_count() -> None:
    names = {
        name
        for _, text in every_text(WORDS["message"])
        for _, name, _, _ in string.Formatter().parse(text)
        if name
    }
    assert names == {"minutes", "done", "target"}
