"""The light of pain: what a session that hurt, and the morning after it, ask of the days that follow.

It may only stop or ease training and refer on. What it is that hurts, or why, is not for it to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from service.domain.activity import Reason
from service.domain.hours import ONE_DAY
from service.domain.ladder import Change, Told
from service.domain.routine import Lighter
from service.domain.rules import parse_table

PAIN_MAX = 10
MORNINGS = ("same", "better", "worse")
NOT_SETTLED = ("same", "worse")


class Light(StrEnum):
    """From good to bad."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Action(StrEnum):
    """From the gravest on."""

    STOP = "stop"  # prompts rest until the runner says that it is fine again
    REFER = "refer"  # they rest, and it should be looked at
    PAUSE = "pause"  # they rest
    POSTPONE = "postpone"  # over sore muscles: no pain, and only for a day
    EASE = "ease"  # the next session: an easier level, half the repetitions, and nothing goes up
    GO_ON = "go_on"


RESTS = (Action.STOP, Action.REFER, Action.PAUSE)  # over pain


@dataclass(frozen=True, slots=True)
class Felt:
    """How a session felt, as far as it was told."""

    session_id: int
    on: date
    at: datetime  # its end
    pain: int | None = None  # 0 to 10, the worst of its sets and of its end
    stopped: bool = False  # ended for pain, with or without a number
    left_out: bool = False  # an exercise was skipped for pain
    morning: str = ""  # of MORNINGS, against the evening; "" not told


@dataclass(frozen=True, slots=True)
class Sore:
    """Muscles, not joints: asked apart."""

    at: datetime
    of_ten: int


@dataclass(frozen=True, slots=True)
class Gate:
    """What the last sessions ask for now. ``until``: None where nothing rests, or only the runner ends it."""

    action: Action
    until: datetime | None = None
    reason: Reason | None = None  # words in config/messages, [reason.pain]
    since: date | None = None  # the day of the session, or of the word, that decides
    fine_from: datetime | None = None  # from then on the runner may say that it is fine again
    eases: bool = False  # whether the next session is an easier one, whenever that is


GO_ON = Gate(Action.GO_ON)


# --- rules ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """Of so many sessions with this light or a worse one follows the action."""

    action: str
    light: str
    times: int
    days: int  # within so many; 0: in a row
    rest_h: float  # after the last of them
    fine_h: float  # so long it must have been green before the runner may end it; 0: it ends by itself


@dataclass(frozen=True, slots=True)
class Flags:
    """What ends with "see a professional". Words in config/messages, [care.flag]."""

    emergency: tuple[str, ...]
    urgent: tuple[str, ...]
    soon: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        return (*self.emergency, *self.urgent, *self.soon)


@dataclass(frozen=True, slots=True)
class PainRules:
    green_max: int
    amber_max: int
    morning_h: float
    sore_min: int
    sore_rest_h: float
    table: tuple[Row, ...]  # the first that holds counts
    flags: Flags


def parse_pain_rules(mapping: Mapping[str, object]) -> PainRules:
    """Read [pain] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(PainRules, mapping.get("pain", {}), "pain")
    if not 0 <= rules.green_max < rules.amber_max < PAIN_MAX:
        raise ValueError("rules: pain.green_max must be below pain.amber_max, and that below 10")
    for number, row in enumerate(rules.table):
        if row.action not in list(Action) or row.light not in list(Light):
            raise ValueError(f"rules: pain.table[{number}] needs an action and a light that there are")
        if row.times < 1 or min(row.days, row.rest_h, row.fine_h) < 0:
            raise ValueError(f"rules: pain.table[{number}] needs times of at least 1, and nothing below 0")
        if (Action(row.action) in RESTS) != (row.rest_h > 0):
            raise ValueError(f"rules: pain.table[{number}].rest_h must be above 0 just for what rests")
    if len(set(rules.flags.every)) < len(rules.flags.every):
        raise ValueError("rules: pain.flags must name each flag once")
    return rules


# --- the light ------------------------------------------------------------------------------------


def light(felt: Felt, rules: PainRules) -> Light:
    """Stopped for pain is red whatever the number, and without one: that is how sharp pain is told."""
    pain = felt.pain or 0
    if felt.stopped or pain > rules.amber_max:
        return Light.RED
    is_amber = pain > rules.green_max or felt.left_out or felt.morning == "worse"
    return Light.AMBER if is_amber else Light.GREEN


def gate(
    felt: Sequence[Felt],
    now: datetime,
    rules: PainRules,
    sore: Sore | None = None,
    fine_at: datetime | None = None,
) -> Gate:
    """``felt``: the last sessions, any order. ``fine_at``: when the runner last said that it is fine."""
    past = sorted(felt, key=lambda each: (each.at, each.session_id))
    found = next(filter(None, (_gate(row, past, now, rules, fine_at) for row in rules.table)), GO_ON)
    if found.action in RESTS or sore is None or sore.of_ten < rules.sore_min:
        return found
    until = sore.at + timedelta(hours=rules.sore_rest_h)
    if now >= until:
        return found
    reason = Reason("pain.postpone", facts={"sore": sore.of_ten})
    return Gate(Action.POSTPONE, until, reason, eases=found.eases)


def _gate(
    row: Row, past: Sequence[Felt], now: datetime, rules: PainRules, fine_at: datetime | None
) -> Gate | None:
    """What the row asks for now; None where it does not hold, or no longer."""
    met = [number for number in range(len(past)) if _holds(row, past[: number + 1], rules)]
    if not met:
        return None
    last = past[met[-1]]
    is_open = row.fine_h > 0 and (fine_at is None or fine_at < last.at)
    until = None if is_open or not row.rest_h else last.at + timedelta(hours=row.rest_h)
    if until is not None and now >= until:
        return None
    if not row.rest_h and last is not past[-1]:
        return None
    return Gate(
        Action(row.action),
        until,
        _reason(row, last),
        last.on,
        _hurt_until(past[met[-1] :], rules) + timedelta(hours=row.fine_h) if is_open else None,
        eases=light(past[-1], rules) is not Light.GREEN,
    )


def _holds(row: Row, past: Sequence[Felt], rules: PainRules) -> bool:
    """Whether the last session of ``past`` is the one that fills the row."""
    hurt = [each for each in past if _is_at_least(row.light, each, rules)]
    if not hurt or hurt[-1] is not past[-1]:
        return False
    if row.days:
        return sum((past[-1].on - each.on).days <= row.days for each in hurt) >= row.times
    return hurt[-row.times :] == list(past[-row.times :]) and len(past) >= row.times


def _is_at_least(least: str, felt: Felt, rules: PainRules) -> bool:
    order = list(Light)
    return order.index(light(felt, rules)) >= order.index(Light(least))


def _hurt_until(since: Sequence[Felt], rules: PainRules) -> datetime:
    """When it last hurt, as far as is known; a morning that did not settle it counts as a day later."""
    morning = timedelta(hours=rules.morning_h)
    hurt = [each for each in since if light(each, rules) is not Light.GREEN]
    return max(each.at + (morning if each.morning in NOT_SETTLED else timedelta()) for each in hurt)


def _reason(row: Row, last: Felt) -> Reason:
    if row.action == Action.STOP and last.pain is None:
        return Reason("pain.stop_untold")
    return Reason(f"pain.{row.action}", facts={"pain": last.pain or 0, "times": row.times, "days": row.days})


# --- the morning after ----------------------------------------------------------------------------


def to_check(felt: Sequence[Felt], today: date, rules: PainRules) -> Felt | None:
    """The session of yesterday whose morning after is asked about: it hurt, or the one before it did."""
    past = sorted(felt, key=lambda each: (each.at, each.session_id))
    yesterday = [number for number, each in enumerate(past) if each.on == today - ONE_DAY]
    if not yesterday or past[yesterday[-1]].morning:
        return None
    two = past[max(0, yesterday[-1] - 1) : yesterday[-1] + 1]
    return two[-1] if any(light(each, rules) is not Light.GREEN for each in two) else None


# --- the next session -----------------------------------------------------------------------------


def lighter(found: Gate) -> tuple[Lighter, Told]:
    """How the next session is made easier, and the sentence for it."""
    return (Lighter.PAIN, (Change("", "after_pain"),)) if found.eases else (Lighter.NO, ())
