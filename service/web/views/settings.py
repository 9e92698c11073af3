"""The form of the runner's preferences: what was typed, what is wrong with it, and what it means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta

from service.domain.calendar import without_a_slot
from service.domain.preferences import HEART_MAX_BPM, NeverHours, Preferences
from service.pipeline.situation import zone_named
from service.words import Words

TARGETS = (2, 3)
MINUTES = (6, 8, 10, 12, 15, 20, 30)
UNITS = ("km", "mi")
WEEK_STARTS = (0, 6)
LEAST_AWAKE = timedelta(hours=4)
LEAST_DAYS = 2
MOST_NEVER_HOURS = 4


@dataclass(frozen=True, slots=True)
class TypedHours:
    weekdays: frozenset[str] = frozenset()
    from_: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as the runner left it: strings, so that nothing typed is lost when something is wrong."""

    target_per_week: str
    weekday_slot: str
    weekend_slot: str
    quiet_from: str
    quiet_until: str
    max_minutes: str
    units: str
    language: str
    week_starts_on: str
    never_weekdays: frozenset[str]
    never_hours: tuple[TypedHours, ...]  # those that hold anything
    timezone: str
    ignore_pace: bool
    ignore_heart: bool
    heart_max_bpm: str  # a number, or ""

    @property
    def never_rows(self) -> tuple[TypedHours, ...]:
        """As the page shows them: one more to fill, while there is room."""
        return (*self.never_hours, TypedHours())[:MOST_NEVER_HOURS]


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a form. ``prefs`` is None if something is wrong; then ``errors`` says what, by field."""

    typed: Typed
    prefs: Preferences | None
    timezone: str
    errors: Mapping[str, str] = field(default_factory=dict)


def typed_from(prefs: Preferences, timezone: str, language: str) -> Typed:
    """``language``: the one that is shown, where none was chosen yet."""
    return Typed(
        target_per_week=f"{prefs.target_per_week}",
        weekday_slot=f"{prefs.weekday_slot:%H:%M}",
        weekend_slot=f"{prefs.weekend_slot:%H:%M}",
        quiet_from=f"{prefs.quiet_from:%H:%M}",
        quiet_until=f"{prefs.quiet_until:%H:%M}",
        max_minutes=f"{prefs.max_minutes}",
        units=prefs.units,
        language=prefs.language or language,
        week_starts_on=f"{prefs.week_starts_on}",
        never_weekdays=frozenset(f"{day}" for day in prefs.never_weekdays),
        never_hours=tuple(
            TypedHours(
                frozenset(f"{day}" for day in hours.weekdays), f"{hours.from_:%H:%M}", f"{hours.until:%H:%M}"
            )
            for hours in prefs.never_hours
        ),
        timezone=timezone,
        ignore_pace=not prefs.use_pace,
        ignore_heart=not prefs.use_heart,
        heart_max_bpm=f"{prefs.heart_max_bpm:g}" if prefs.heart_max_bpm is not None else "",
    )


def typed_in(form: Mapping[str, str], ticked: Callable[[str], Sequence[str]]) -> Typed:
    """``ticked``: the values of all boxes of a name that were ticked."""

    def text(name: str) -> str:
        return form.get(name, "").strip()[:64]

    def weekdays(name: str) -> frozenset[str]:
        return frozenset(day for day in ticked(name) if day in "0123456" and len(day) == 1)

    def hours(row: str) -> TypedHours:
        if text(f"{row}_remove"):
            return TypedHours()
        return TypedHours(weekdays(f"{row}_days"), text(f"{row}_from"), text(f"{row}_until"))

    rows = [hours(f"never_{number}") for number in range(1, MOST_NEVER_HOURS + 1)]
    return Typed(
        target_per_week=text("target_per_week"),
        weekday_slot=text("weekday_slot"),
        weekend_slot=text("weekend_slot"),
        quiet_from=text("quiet_from"),
        quiet_until=text("quiet_until"),
        max_minutes=text("max_minutes"),
        units=text("units"),
        language=text("language"),
        week_starts_on=text("week_starts_on"),
        never_weekdays=weekdays("never_weekdays"),
        never_hours=tuple(row for row in rows if row != TypedHours()),
        timezone=text("timezone"),
        ignore_pace=bool(text("ignore_pace")),
        ignore_heart=bool(text("ignore_heart")),
        heart_max_bpm=text("heart_max_bpm"),
    )


def read_form(typed: Typed, words: Words) -> Read:
    """Check every field; a first mistake does not hide the next."""
    check = _Check(words, {})
    check.zone(typed.timezone)
    prefs = Preferences(
        target_per_week=check.choice("target_per_week", typed.target_per_week, TARGETS),
        week_starts_on=check.choice("week_starts_on", typed.week_starts_on, WEEK_STARTS),
        weekday_slot=check.hour("weekday_slot", typed.weekday_slot),
        weekend_slot=check.hour("weekend_slot", typed.weekend_slot),
        quiet_from=check.hour("quiet_from", typed.quiet_from),
        quiet_until=check.hour("quiet_until", typed.quiet_until),
        max_minutes=check.choice("max_minutes", typed.max_minutes, MINUTES),
        never_weekdays=frozenset(int(day) for day in typed.never_weekdays),
        never_hours=tuple(
            check.hours(f"never_{number}", row) for number, row in enumerate(typed.never_hours, 1)
        ),
        units=check.units(typed.units),
        language=check.language(typed.language),
        use_heart=not typed.ignore_heart,
        use_pace=not typed.ignore_pace,
        heart_max_bpm=check.heart_max(typed.heart_max_bpm),
    )
    if not check.errors:
        check.together(prefs)
    return Read(typed, None if check.errors else prefs, typed.timezone, check.errors)


@dataclass(frozen=True, slots=True)
class _Check:
    words: Words
    errors: dict[str, str]  # filled as the fields are read

    def wrong(self, name: str, rule: str, **fields: float) -> None:
        self.errors.setdefault(name, self.words(f"settings.wrong.{rule}", **fields))

    def choice(self, name: str, text: str, allowed: Sequence[int]) -> int:
        if text not in {f"{value}" for value in allowed}:
            self.wrong(name, "choice")
            return allowed[0]
        return int(text)

    def units(self, text: str) -> str:
        if text not in UNITS:
            self.wrong("units", "choice")
            return UNITS[0]
        return text

    def language(self, text: str) -> str:
        if text not in self.words.languages:
            self.wrong("language", "choice")
            return ""
        return text

    def heart_max(self, text: str) -> float | None:
        if not text:
            return None
        try:
            bpm = float(text.replace(",", "."))
        except ValueError:
            bpm = 0.0
        least, most = HEART_MAX_BPM
        if not least <= bpm <= most:  # nor is it where it is no number at all
            self.wrong("heart_max_bpm", "heart_max", least=least, most=most)
            return None
        return bpm

    def hour(self, name: str, text: str) -> time:
        try:
            return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            self.wrong(name, "hour")
            return time(0)

    def hours(self, row: str, typed: TypedHours) -> NeverHours:
        if not typed.weekdays:
            self.wrong(f"{row}_days", "never_days")
        hours = NeverHours(
            frozenset(int(day) for day in typed.weekdays),
            self.hour(f"{row}_from", typed.from_),
            self.hour(f"{row}_until", typed.until),
        )
        if hours.from_ == hours.until:
            self.wrong(f"{row}_until", "never_same")
        return hours

    def zone(self, name: str) -> None:
        if name and zone_named(name) is None:
            self.wrong("timezone", "timezone")

    def together(self, prefs: Preferences) -> None:
        """What only shows when fields meet."""
        if _quiet_length(prefs) > timedelta(days=1) - LEAST_AWAKE:
            self.wrong("quiet_until", "quiet")
        for name in ("weekday_slot", "weekend_slot"):
            if _in_quiet(getattr(prefs, name), prefs):
                self.wrong(name, "slot_quiet")
        if 7 - len(prefs.never_weekdays) < LEAST_DAYS:
            self.wrong("never_weekdays", "days")
        if without_a_slot(prefs) == "never_hours":
            self.wrong("never_1_until", "never_hours")


def _quiet_length(prefs: Preferences) -> timedelta:
    start, end = prefs.quiet_from, prefs.quiet_until
    return timedelta(minutes=((end.hour - start.hour) * 60 + end.minute - start.minute) % (24 * 60))


def _in_quiet(hour: time, prefs: Preferences) -> bool:
    start, end = prefs.quiet_from, prefs.quiet_until
    return start <= hour < end if start <= end else hour >= start or hour < end


def masked(address: str) -> str:
    """The service of a channel's address and nothing else: any other part may be the secret."""
    scheme = address.split("://", 1)[0] if "://" in address else ""
    return f"{scheme[:20]}://…" if scheme.isalnum() else "…"
