"""Races and pauses on the settings page: what is entered, and the two forms with what is wrong in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.calendar import Away, CalendarError, CalendarRules, Distance, Race, Why, rest_after
from service.web.views.pause import end_key, is_clearing
from service.web.views.wall import capital
from service.words import Words

# At which field an entry that cannot be is wrong; any other is wrong at its last day.
FIELDS = {
    "race_over": "race_on",
    "race_far": "race_on",
    "race_twice": "race_on",
    "away_early": "away_first_on",
    "ease_off_days": "away_days",
}


@dataclass(frozen=True, slots=True)
class TypedRace:
    on: str = ""
    distance: str = ""


@dataclass(frozen=True, slots=True)
class TypedPause:
    why: str = Why.HOLIDAY.value
    first_on: str = ""
    last_on: str = ""
    days: str = "7"


def race_in(form: Mapping[str, str]) -> TypedRace:
    return TypedRace(_text(form, "race_on"), _text(form, "race_distance"))


def pause_in(form: Mapping[str, str]) -> TypedPause:
    names = ("away_why", "away_first_on", "away_last_on", "away_days")
    return TypedPause(*(_text(form, name) for name in names))


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()[:40]


def read_race(typed: TypedRace, words: Words) -> tuple[Race | None, Mapping[str, str]]:
    on = _date(typed.on)
    if on is None:
        return None, {"race_on": words("settings.wrong.date")}
    if typed.distance and typed.distance not in list(Distance):
        return None, {"race_distance": words("settings.wrong.choice")}
    return Race(on, Distance(typed.distance) if typed.distance else None), {}


def read_pause(typed: TypedPause, today: date, words: Words) -> tuple[Away | None, Mapping[str, str]]:
    """Only a holiday is told by its days; whatever else begins today."""
    if typed.why not in [why for why in Why if why.is_entered]:
        return None, {"away_why": words("settings.wrong.choice")}
    why = Why(typed.why)
    if why is Why.EASE_OFF:
        if not (typed.days.isascii() and typed.days.isdigit()):
            return None, {"away_days": words("settings.wrong.number")}
        days = min(int(typed.days), 10_000)
        return Away(today, today + timedelta(days=days - 1), why), {}
    if why is not Why.HOLIDAY:
        return Away(today, None, why), {}
    first_on = _date(typed.first_on) if typed.first_on else today
    if first_on is None:
        return None, {"away_first_on": words("settings.wrong.date")}
    last_on = _date(typed.last_on)
    if last_on is None:
        return None, {"away_last_on": words("settings.wrong.date")}
    return Away(first_on, last_on, why), {}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def refused(error: CalendarError, words: Words) -> Mapping[str, str]:
    """The sentence about an entry that cannot be, at its field."""
    return {FIELDS.get(error.rule, "away_last_on"): words(f"settings.wrong.{error.rule}", **error.facts)}


# --- what is entered --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RaceLine:
    on: str  # as the form that removes it sends it
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class PauseLine:
    id: int | None
    text: str
    end: str  # "" where it ends in another place, or by itself
    at_once: bool


def race_lines(
    races: Sequence[Race], today: date, rules: CalendarRules, words: Words
) -> tuple[RaceLine, ...]:
    """Those to come, and those after which the legs still rest."""
    lines = []
    for race in races:
        rested_on = race.on + timedelta(days=1) + rest_after(race.distance, rules)
        if race.on < today and rested_on <= today:
            continue
        hint = words("races.rest", until=rested_on) if race.on < today else ""
        text = words("races.line", on=race.on, distance=words(f"races.distance.{race.distance or 'unknown'}"))
        lines.append(RaceLine(race.on.isoformat(), capital(text), hint))
    return tuple(lines)


def pause_lines(away: Sequence[Away], today: date, words: Words) -> tuple[PauseLine, ...]:
    """Those that last, and those to come."""
    return tuple(
        PauseLine(
            each.id,
            words("pause.line", what=words(f"pause.chip.{each.why}"), days=_days(each, words)),
            _end(each, today, words) if each.why.is_entered else "",
            is_clearing(each),
        )
        for each in away
        if each.last_on is None or each.last_on >= today
    )


def _end(away: Away, today: date, words: Words) -> str:
    return words(end_key(away)) if away.first_on <= today else words("pause.remove")


def _days(away: Away, words: Words) -> str:
    if away.last_on is None:
        return words("pause.since", first=away.first_on)
    if away.last_on == away.first_on:
        return words("pause.one_day", first=away.first_on)
    return words("pause.days", first=away.first_on, last=away.last_on)
