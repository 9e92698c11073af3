"""The words a runner reads, from config/messages, filled with numbers in the runner's language and unit.

A template is ``str.format`` with named fields and these specs besides the usual ones:
``{s_per_km:pace}`` 5:58/km · ``{m:km}`` 8.2 km · ``{minutes:minutes}`` 12 · ``{share:percent}`` 72% ·
``{at:clock}`` 07:52 · ``{on:day}`` Thu · ``{on:weekday}`` Thursday · ``{on:date}`` 19 November ·
``{on:short_date}`` Tue 19 Nov · ``{on:month_day}`` 19 Nov · ``{on:full_date}`` 19 November 2030 ·
``{on:month}`` November 2030 ·
``{runs:one=run|other=runs}`` the word that goes with a number.
A key may hold a list: variants of one text, so that it does not wear out.
Names of days, decimals and which number is a plural come from Unicode's CLDR, by Babel.
"""

import string
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, get_day_names
from babel.numbers import format_decimal, get_decimal_symbol

from service.domain.activity import Reason

METRES = {"km": 1000.0, "mi": 1609.344}
SOURCE = "en"  # in which all texts are written first; it stands in where a translation lacks one
REGIONS = {"en": "en_GB"}  # whose dates and numbers a language follows, where its own are not meant

Messages = Mapping[str, Any]


class Words:
    """Raises KeyError for an unknown key: a missing word is a defect, not a blank."""

    def __init__(self, catalogues: Mapping[str, Messages], language: str = SOURCE, units: str = "km") -> None:
        self._catalogues = catalogues
        self._format = _Formatter(_locale(language), units)
        self.language = language
        self.units = units

    @property
    def languages(self) -> Mapping[str, str]:
        """Each by its own name: {"de": "Deutsch"}."""
        return {code: _own_name(code) for code in self._catalogues}

    def in_units(self, units: str) -> "Words":
        return Words(self._catalogues, self.language, units)

    def in_language(self, language: str) -> "Words":
        """In that language if it is there, else in the one all texts are written in."""
        return Words(self._catalogues, language if language in self._catalogues else SOURCE, self.units)

    def __call__(self, key: str, **fields: Any) -> str:
        return self._format.vformat(self.variants(key)[0], (), fields)

    def variants(self, key: str) -> tuple[str, ...]:
        found = _found(self._catalogues[self.language], key) or _found(self._catalogues[SOURCE], key)
        if not found:
            raise KeyError(key)
        return found

    def rotated(self, key: str, turn: int, **fields: Any) -> str:
        """The ``turn``-th variant, going round."""
        texts = self.variants(key)
        return self._format.vformat(texts[turn % len(texts)], (), fields)

    def reason(self, reason: Reason) -> str:
        return self(f"reason.{reason.rule}", **dict(reason.facts or {}))

    def weekday(self, weekday: int, *, short: bool = False) -> str:
        """0 is Monday."""
        return self._format.weekday(weekday, short=short)

    def percent(self, share: float, digits: int = 0) -> str:
        return self._format.percent(share, digits)


def _found(messages: Messages, key: str) -> tuple[str, ...]:
    found: Any = messages
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if found is None or isinstance(found, Mapping):
        return ()
    return (found,) if isinstance(found, str) else tuple(found)


@cache
def _own_name(language: str) -> str:
    name = Locale.parse(language).get_display_name(language) or language
    return f"{name[:1].upper()}{name[1:]}"


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(REGIONS.get(language, language))


class _Formatter(string.Formatter):
    def __init__(self, locale: Locale, units: str) -> None:
        self._locale = locale
        self._units = units

    def weekday(self, weekday: int, *, short: bool = False) -> str:
        names = get_day_names("abbreviated" if short else "wide", "stand-alone", self._locale)
        return str(names[weekday]).removesuffix(".")

    def format_field(self, value: Any, format_spec: str) -> str:
        if "=" in format_spec:
            return self._plural(value, format_spec)
        written = getattr(self, f"_as_{format_spec}", None) if format_spec.isidentifier() else None
        if written:
            return str(written(value))
        if not isinstance(value, float):
            return str(super().format_field(value, format_spec))
        text: str = super().format_field(value, format_spec or "g")
        return text.replace(".", get_decimal_symbol(self._locale))

    def percent(self, share: float, digits: int = 0) -> str:
        pattern = self._locale.percent_formats[None].pattern
        number = format_decimal(share * 100, "0." + "0" * digits if digits else "0", self._locale)
        return str(pattern).replace("#,##0", number)

    def _plural(self, number: float, forms: str) -> str:
        """``one=run|other=runs``: the form for a number, by the language's own rule; "other" is a must."""
        by_category = dict(form.split("=", 1) for form in forms.split("|"))
        return by_category.get(self._locale.plural_form(number), by_category["other"])

    def _as_pace(self, s_per_km: float) -> str:
        seconds = round(s_per_km * METRES[self._units] / 1000)
        return f"{seconds // 60}:{seconds % 60:02}/{self._units}"

    def _as_km(self, metres: float) -> str:
        distance = metres / METRES[self._units]
        figure = format_decimal(distance, "0" if distance >= 100 else "0.0", self._locale)
        return f"{figure} {self._units}"

    def _as_minutes(self, minutes: float) -> str:
        return f"{minutes:.0f}"

    def _as_percent(self, share: float) -> str:
        return self.percent(share)

    def _as_clock(self, at: datetime | time) -> str:
        return f"{at:%H:%M}"

    def _as_day(self, on: date) -> str:
        return self.weekday(on.weekday(), short=True)

    def _as_weekday(self, on: date | int) -> str:
        return self.weekday(on if isinstance(on, int) else on.weekday())

    def _as_date(self, on: date) -> str:
        return format_skeleton("MMMMd", on, locale=self._locale)

    def _as_short_date(self, on: date) -> str:
        return format_skeleton("MMMEd", on, locale=self._locale)

    def _as_month_day(self, on: date) -> str:
        return format_skeleton("MMMd", on, locale=self._locale)

    def _as_full_date(self, on: date) -> str:
        return format_date(on, "long", self._locale)

    def _as_month(self, on: date) -> str:
        return format_skeleton("yMMMM", on, locale=self._locale)
