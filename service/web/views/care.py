"""When it hurts: the page that stops and refers on, the question of the morning after, and the card of rest.

Nothing here names a condition, or says what it may be.
"""

from dataclasses import dataclass
from datetime import timedelta

from service.domain.hours import ONE_DAY
from service.domain.pain import PAIN_MAX, Felt, Gate, PainRules
from service.pipeline.situation import Situation
from service.web.views.wall import day_and_hour
from service.words import Words

MORNINGS = ("better", "same", "worse")  # in the order of the buttons


@dataclass(frozen=True, slots=True)
class Care:
    """What is known of pain when Today is drawn."""

    gate: Gate
    rules: PainRules
    check: Felt | None = None  # the session whose morning after is asked about


# --- the page -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlagGroup:
    key: str
    title: str
    text: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CarePage:
    groups: tuple[FlagGroup, ...]  # the most pressing first
    sore: tuple[int, ...]
    sore_text: str


def care_page(rules: PainRules, words: Words) -> CarePage:
    groups = {
        "emergency": rules.flags.emergency,
        "urgent": rules.flags.urgent,
        "soon": rules.flags.soon,
    }
    return CarePage(
        groups=tuple(
            FlagGroup(
                key,
                words(f"care.group.{key}_title"),
                words(f"care.group.{key}_text"),
                tuple(words(f"care.flag.{flag}") for flag in flags),
            )
            for key, flags in groups.items()
        ),
        sore=tuple(range(PAIN_MAX + 1)),
        sore_text=words("care.sore.text", most=PAIN_MAX, least=rules.sore_min),
    )


# --- on Today -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    answer: str
    label: str


@dataclass(frozen=True, slots=True)
class CheckInCard:
    title: str
    text: str
    session_id: int
    choices: tuple[Choice, ...]


def check_in_card(care: Care | None, words: Words) -> CheckInCard | None:
    if care is None or care.check is None:
        return None
    return CheckInCard(
        title=words("checkin.title"),
        text=words("checkin.text"),
        session_id=care.check.session_id,
        choices=tuple(Choice(answer, words(f"checkin.{answer}")) for answer in MORNINGS),
    )


def may_be_fine(care: Care, known: Situation) -> bool:
    """Whether the runner may end the rest now."""
    return care.gate.fine_from is not None and known.now >= care.gate.fine_from


def why_it_rests(care: Care, known: Situation, words: Words) -> str:
    """The cause, and what ends it where only the runner can."""
    cause = f"{words.reason(care.gate.reason)}." if care.gate.reason else ""
    if care.gate.fine_from is None:
        return cause
    key = "care.rest.fine_now" if may_be_fine(care, known) else "care.rest.fine_from"
    days = max((row.fine_h for row in care.rules.table), default=0) / (ONE_DAY / timedelta(hours=1))
    from_ = day_and_hour(care.gate.fine_from, known.zone, words)
    return f"{cause} {words(key, most=care.rules.green_max, days=days, moment=from_)}".strip()
