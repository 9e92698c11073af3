"""The words a runner reads, from config/messages, filled with numbers in the runner's unit.

A template is ``str.format`` with named fields and these specs besides the usual ones:
``{s_per_km:pace}`` 5:58/km · ``{m:km}`` 8.2 km · ``{minutes:minutes}`` 12 · ``{share:percent}`` 72 % ·
``{at:clock}`` 07:52 · ``{on:day}`` Thu · ``{on:weekday}`` Thursday · ``{on:date}`` 19 November.
A key may hold a list: variants of one text, so that it does not wear out.
"""

import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from service.domain.activity import Reason

METRES = {"km": 1000.0, "mi": 1609.344}


class Words:
    """Raises KeyError for an unknown key: a missing word is a defect, not a blank."""

    def __init__(self, messages: Mapping[str, Any], units: str = "km") -> None:
        self._messages = messages
        self._format = _Formatter(messages["calendar"], units)

    def in_units(self, units: str) -> "Words":
        return Words(self._messages, units)

    def __call__(self, key: str, **fields: Any) -> str:
        return self._format.vformat(self.variants(key)[0], (), fields)

    def variants(self, key: str) -> tuple[str, ...]:
        found: Any = self._messages
        for part in key.split("."):
            if not isinstance(found, Mapping):
                raise KeyError(key)
            found = found[part]
        if isinstance(found, Mapping):
            raise KeyError(key)
        return (found,) if isinstance(found, str) else tuple(found)

    def rotated(self, key: str, turn: int, **fields: Any) -> str:
        """The ``turn``-th variant, going round."""
        texts = self.variants(key)
        return self._format.vformat(texts[turn % len(texts)], (), fields)

    def reason(self, reason: Reason) -> str:
        return self(f"reason.{reason.rule}", **dict(reason.facts or {}))


class _Formatter(string.Formatter):
    def __init__(self, calendar: Mapping[str, Sequence[str]], units: str) -> None:
        self._calendar = calendar
        self._units = units

    def format_field(self, value: Any, format_spec: str) -> str:
        written = getattr(self, f"_as_{format_spec}", None) if format_spec.isalpha() else None
        text: str = written(value) if written else super().format_field(value, format_spec)
        return text

    def _as_pace(self, s_per_km: float) -> str:
        seconds = round(s_per_km * METRES[self._units] / 1000)
        return f"{seconds // 60}:{seconds % 60:02}/{self._units}"

    def _as_km(self, metres: float) -> str:
        distance = metres / METRES[self._units]
        return f"{distance:.0f} {self._units}" if distance >= 100 else f"{distance:.1f} {self._units}"

    def _as_minutes(self, minutes: float) -> str:
        return f"{minutes:.0f}"

    def _as_percent(self, share: float) -> str:
        return f"{share * 100:.0f} %"

    def _as_clock(self, at: datetime | time) -> str:
        return f"{at:%H:%M}"

    def _as_day(self, on: date) -> str:
        return self._calendar["days_short"][on.weekday()]

    def _as_weekday(self, on: date | int) -> str:
        return self._calendar["days"][on if isinstance(on, int) else on.weekday()]

    def _as_date(self, on: date) -> str:
        return f"{on.day} {self._calendar['months'][on.month - 1]}"
