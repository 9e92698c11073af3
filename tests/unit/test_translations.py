"""Every language says all that English says, with the same numbers in it, and claims no more."""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pytest
from babel import Locale

from service.bootstrap import CONFIG
from service.words import Words
from tests.builders_week import WORDS

LANGUAGES = ("de", "es", "fr", "it", "nl")
CATALOGUES = {"en": WORDS} | {
    language: tomllib.loads((CONFIG / "messages" / f"{language}.toml").read_text("utf-8"))
    for language in LANGUAGES
}
Texts = Mapping[str, tuple[str, ...]]


def texts(table: Mapping[str, Any], path: str = "") -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            found |= texts(value, key)
        else:
            found[key] = (value,) if isinstance(value, str) else tuple(value)
    return found


ENGLISH = texts(WORDS)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def said(language: str) -> Texts:
    return texts(CATALOGUES[language])


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Its fields, each with its format."""
    for _, name, spec, _ in string.Formatter().parse(text):
        if name is not None:
            yield name.split(".")[0], spec or ""


def test_nothing_is_left_in_english_and_nothing_is_said_that_english_does_not_say(said: Texts) -> None:
    assert sorted(set(ENGLISH) - set(said)) == []
    assert sorted(set(said) - set(ENGLISH)) == []


def test_a_list_has_as_many_texts_and_none_twice(said: Texts) -> None:
    assert [key for key in ENGLISH if len(said[key]) != len(ENGLISH[key])] == []
    assert [key for key, lines in said.items() if len(set(lines)) != len(set(ENGLISH[key]))] == []


def test_the_same_numbers_and_names_stand_in_every_text(said: Texts) -> None:
    def names(lines: tuple[str, ...]) -> list[set[str]]:
        return [{name for name, _ in parts(line)} for line in lines]

    assert [key for key in ENGLISH if names(said[key]) != names(ENGLISH[key])] == []


def test_formats_are_those_of_english(said: Texts) -> None:
    """A heart rate without decimals stays one; which words go with a number is each language's own affair."""

    def formats(lines: tuple[str, ...]) -> set[tuple[str, str]]:
        return {(name, spec) for line in lines for name, spec in parts(line) if "=" not in spec}

    plain = {"", "day", "weekday", "date", "short_date"}  # each language has its own way to put a day
    wrong = [
        key
        for key in ENGLISH
        if {each for each in formats(said[key]) ^ formats(ENGLISH[key]) if each[1] not in plain}
    ]
    assert wrong == []


def test_a_number_has_a_word_for_each_of_its_forms(language: str, said: Texts) -> None:
    """Where one counts at all, "other" must be there, and no form that the language does not have."""
    known = {*Locale.parse(language).plural_form.tags, "other"}
    for key, lines in said.items():
        for line in lines:
            for _, spec in parts(line):
                if "=" in spec:
                    forms = {form.split("=", 1)[0] for form in spec.split("|")}
                    assert "other" in forms, key
                    assert forms <= known, key


def test_every_text_can_be_filled(language: str, said: Texts) -> None:
    days = ("day", "weekday", "date", "short_date", "month_day", "full_date")
    for key, lines in said.items():
        for turn, line in enumerate(lines):
            fields: dict[str, Any] = {}
            for name, spec in parts(line):
                fields.setdefault(name, date(2030, 5, 9) if spec in days or f"{{{name}." in line else 7)
                if spec == "clock":
                    fields[name] = datetime(2030, 5, 9, 7, 52)
            filled = Words(CATALOGUES, language).rotated(key, turn, **fields)
            assert filled.strip(), key
            assert "{" not in filled, key


def test_a_headline_or_a_button_still_fits_a_phone(said: Texts) -> None:
    first = ("prompt.", "silence.headline.", "today.done.headline")
    headlines = [key for key in said if key.startswith(first)]
    assert [line for key in headlines for line in said[key] if len(line) > 75] == []
    short = [key for key in said if max(map(len, ENGLISH[key])) <= 14]
    assert [(key, line) for key in short for line in said[key] if len(line) > 26] == []


# What would make medicine of it, or blame; disclaimers say what it is not.
CLAIMS = {
    "de": (
        r"\b(verhinder|vorbeug|beug\w* vor|heilt|heilen|Risik|Therapie|behandelt|"
        r"Verletzungsgefahr|versäumt|verpasst)"
    ),
    "es": (
        r"\b(previen|preven|trata(?!r de)\b|riesgo|cura\b|curar|terapia|rehabilit|fallaste|"
        r"perdiste)"
    ),
    "fr": r"\b(prévien|préven|soigne|guéri|risque|thérap|rééduc|raté|manqué)",
    "it": (
        r"\b(previen|preven|cura\b|curare|guari(?!to\b|ta\b)|rischi|terapi|riabilit|"
        r"mancat[oi]\b|saltat)"
    ),
    "nl": r"\b(voorkom|geneest|genezen|risico|therapie|revalid|gemist|gefaald)",
}
DISCLAIMERS = ("nav.disclaimer", "legal.terms.fitness.text", "consent.disclaimer", "nav.disclaimer_short")


def test_no_text_claims_more_than_a_strength_routine(language: str, said: Texts) -> None:
    claims = re.compile(CLAIMS[language], re.IGNORECASE)
    found = [(key, line) for key, lines in said.items() for line in lines if claims.search(line)]
    assert [each for each in found if each[0] not in DISCLAIMERS] == []


# What a message may say is a promise: kinds of activity, distances, speeds and hearts stay on our page.
TELLING = {
    "de": (
        r"\b(Lauf\w*|läuf\w*|gelaufen|locker\w*|hart\w*|lang|Rennen|Tempo|Intervall\w*|km|"
        r"Puls|Herz\w*|warm\w*|Ruhe\w*|Strava)\b"
    ),
    "es": (
        r"\b(correr|carrera|corriste|suave|dur[oa]|larg[oa]|ritmo|series|km|pulso|coraz\w*|"
        r"calor|caliente|descanso|Strava)\b"
    ),
    "fr": (
        r"\b(courir|course|couru|footing|facile|dur[e]?|long(ue)?|allure|fractionné|km|"
        r"pouls|cœur|chaud|repos|Strava)\b"
    ),
    "it": (
        r"\b(correre|corsa|corso|facile|lento|dur[oa]|lung[oa]|gara|ritmo|ripetute|km|"
        r"battiti|cuore|cald[oi]|riposo|Strava)\b"
    ),
    "nl": (
        r"\b(lopen|loop|gelopen|rustig\w*|zwa[a]?r\w*|lang\w*|wedstrijd|tempo|interval\w*|"
        r"km|hartslag|hart|warm|rust|Strava)\b"
    ),
}


def test_what_leaves_the_server_tells_nothing_of_any_activity(language: str, said: Texts) -> None:
    telling = re.compile(TELLING[language], re.IGNORECASE)
    told = [(key, line) for key, lines in said.items() if key.startswith("message.") for line in lines]
    assert [each for each in told if telling.search(each[1])] == []


def test_a_translation_that_lacks_a_text_says_it_in_english() -> None:
    words = Words({"en": {"a": "one", "b": "two"}, "de": {"a": "eins"}}, "de")
    assert (words("a"), words("b")) == ("eins", "two")


@pytest.mark.parametrize(
    ("language", "runs", "text"),
    [
        ("en", 1, "1 run"),
        ("en", 0, "0 runs"),
        ("fr", 0, "0 run"),
        ("fr", 1.5, "1,5 run"),
        ("de", 1.5, "1,5 runs"),
    ],
)
def test_the_word_beside_a_number_follows_the_languages_own_rule(
    language: str, runs: float, text: str
) -> None:
    words = Words({"en": {}, language: {"text": "{n} {n:one=run|other=runs}"}}, language)
    assert words("text", n=runs) == text
