"""The settings page: choices with their consequence in minutes, channels, the connection, what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from service.domain.calendar import Away, Distance, Race, Why, without_a_slot
from service.domain.preferences import HEART_MAX_BPM
from service.domain.routine import Prescription
from service.domain.told import Offsets
from service.pipeline.connect import SCOPES, missing_scopes
from service.pipeline.tools import Rules
from service.store import athletes
from service.store.tables import Athlete, Connection, Consent, Invitation, Sync
from service.web.views.calendar import PauseLine, RaceLine, pause_lines, race_lines
from service.web.views.limits import standing
from service.web.views.settings import MINUTES, TARGETS, WEEK_STARTS
from service.web.views.source import short_state
from service.web.views.upload import WriteCard, write_card
from service.web.views.wall import day_and_hour
from service.words import Words

WHYS = (Why.HOLIDAY, Why.ILL, Why.INJURED, Why.EASE_OFF)


@dataclass(frozen=True, slots=True)
class ChannelView:
    id: int
    label: str
    address: str  # masked
    trouble: str


@dataclass(frozen=True, slots=True)
class YouFacts:
    athlete: Athlete
    zone: ZoneInfo
    now: datetime
    today: date
    races: tuple[Race, ...]
    away: tuple[Away, ...]
    connection: Connection | None
    sync: Sync | None
    refused: int
    channels: tuple[ChannelView, ...]
    invitations: tuple[Invitation, ...]
    held: Mapping[str, int]
    sessions_in_all: int
    consent: Consent | None
    offsets: Offsets
    rules: Rules
    fitting: Mapping[int, Prescription]  # by a limit in minutes: the session that the runner would get


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ScopeLine:
    granted: bool
    text: str


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    state: str  # connected | limited | trouble | not_connected
    chip: str
    text: str
    scopes: tuple[ScopeLine, ...]
    read: str


@dataclass(frozen=True, slots=True)
class Held:
    what: str
    how_long: str
    count: str


@dataclass(frozen=True, slots=True)
class YouPage:
    targets: tuple[Choice, ...]
    minutes: tuple[Choice, ...]
    weekdays: tuple[Choice, ...]
    week_starts: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    limits: tuple[str, ...]  # those that corrections moved, a sentence each
    heart_max_bpm: tuple[int, int]  # lowest and highest that may be given
    impossible: str  # "" unless the choices leave no hour for a prompt
    today: str
    races: tuple[RaceLine, ...]
    distances: tuple[Choice, ...]
    pauses: tuple[PauseLine, ...]
    whys: tuple[Choice, ...]
    ease_off_days: tuple[int, int]  # least and most
    channels: tuple[ChannelView, ...]
    connection: ConnectionCard
    write: WriteCard | None
    is_owner: bool
    invitations: tuple[str, ...]
    held: tuple[Held, ...]
    consent: str


def you_page(facts: YouFacts, words: Words) -> YouPage:
    calendar = facts.rules.plan.calendar
    return YouPage(
        targets=tuple(_target(target, facts, words) for target in TARGETS),
        minutes=tuple(Choice(f"{minutes}", _minutes(minutes, facts, words)) for minutes in MINUTES),
        weekdays=tuple(
            Choice(f"{day}", words.weekday(day, short=True)) for day in range(7)
        ),
        week_starts=tuple(Choice(f"{day}", words.weekday(day)) for day in WEEK_STARTS),
        languages=tuple(Choice(code, name) for code, name in words.languages.items()),
        limits=standing(facts.offsets, facts.rules.effort, words),
        heart_max_bpm=(round(HEART_MAX_BPM[0]), round(HEART_MAX_BPM[1])),
        impossible=_impossible(facts, words),
        today=facts.today.isoformat(),
        races=race_lines(facts.races, facts.today, calendar, words),
        distances=(
            Choice("", words("races.distance.unknown")),
            *(Choice(far.value, words(f"races.distance.{far}")) for far in Distance),
        ),
        pauses=pause_lines(facts.away, facts.today, words),
        whys=tuple(_why(why, facts, words) for why in WHYS),
        ease_off_days=calendar.ease_off_days,
        channels=facts.channels,
        connection=_connection(facts, words),
        write=write_card(facts.athlete, facts.connection, words),
        is_owner=facts.athlete.role == "owner",
        invitations=tuple(
            words("you.invitations.open", until=day_and_hour(row.ends_at, facts.zone, words))
            for row in facts.invitations
        ),
        held=_held(facts, words),
        consent=_consent(facts, words),
    )


def _why(why: Why, facts: YouFacts, words: Words) -> Choice:
    calendar = facts.rules.plan.calendar
    least, most = calendar.ease_off_days
    hint = words(f"pause.hint.{why}", days=calendar.ill_clear_days, least=least, most=most)
    return Choice(why.value, words(f"pause.choice.{why}"), hint)


def _impossible(facts: YouFacts, words: Words) -> str:
    found = without_a_slot(athletes.preferences(facts.athlete))
    return f"{words(f'reason.prompt.no_{found}')}." if found else ""


def _target(target: int, facts: YouFacts, words: Words) -> Choice:
    minutes = round(facts.fitting[facts.athlete.max_minutes].minutes) * target
    hint = words(f"settings.target_{target}_hint", minutes=minutes)
    return Choice(f"{target}", words(f"settings.target_{target}"), hint)


def _minutes(most: int, facts: YouFacts, words: Words) -> str:
    """The limit, and what fits into it."""
    dose = facts.fitting[most].dose
    return words("settings.minutes_option", most=most, sets=dose.sets, reps=dose.reps)


# --- the connection ---------------------------------------------------------------------------


def _connection(facts: YouFacts, words: Words) -> ConnectionCard:
    row = facts.connection
    state = short_state(row)
    missing = missing_scopes(row.scope) if row else SCOPES
    trouble = row.trouble if row and row.trouble else "unauthorized"
    is_open = row is not None and bool(row.access_sealed) and row.trouble != "unauthorized"
    text = words(f"you.connection.text_{state if state != 'trouble' else trouble}")
    scopes = tuple(
        ScopeLine(scope not in missing, words(f"you.connection.scope.{key}"))
        for scope, key in (("activity:read", "activities"), ("activity:read_all", "private"))
    )
    return ConnectionCard(
        state=state,
        chip=words(f"you.connection.chip_{state}"),
        text=text,
        scopes=scopes if is_open else (),
        read=_read(facts, words) if is_open else "",
    )


def _read(facts: YouFacts, words: Words) -> str:
    sync = facts.sync
    lines = []
    if sync is not None and sync.listed_at is not None:
        at = day_and_hour(sync.listed_at, facts.zone, words)
        lines.append(words("you.connection.listed", at=at, activities=facts.held.get("activity", 0)))
    else:
        lines.append(words("you.connection.not_listed"))
    if facts.refused:
        lines.append(words("you.connection.refused", refused=facts.refused))
    return " ".join(lines)


# --- what is kept -----------------------------------------------------------------------------


def _held(facts: YouFacts, words: Words) -> tuple[Held, ...]:
    counts = {
        "strava": words("you.data.activities", activities=facts.held.get("activity", 0)),
        "own": words(
            "you.data.own_count", sessions=facts.sessions_in_all, prompts=facts.held.get("prompt", 0)
        ),
        "connection": words("you.data.connected" if facts.connection else "you.data.not_connected"),
        "proof": words("you.data.proof_count"),
    }
    return tuple(
        Held(words(f"you.data.{name}"), words(f"you.data.{name}_kept"), count)
        for name, count in counts.items()
    )


def _consent(facts: YouFacts, words: Words) -> str:
    if facts.consent is None:
        return words("you.data.no_consent")
    at = day_and_hour(facts.consent.given_at, facts.zone, words)
    return words("you.data.consent", at=at, version=facts.consent.version)
