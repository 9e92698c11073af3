"""The one thing Today asks besides a session: a recording, elsewhere now, no runs for days, another hour."""

from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from service.domain.slots import SlotKind, SlotMove
from service.pipeline.questions import Elsewhere, NoRuns, Open, Recorded
from service.web.views.wall import long
from service.words import Words

COUNTED = ("full", "mini", "no")
GAPS = ("holiday", "ill", "injured", "fine")


@dataclass(frozen=True, slots=True)
class Choice:
    answer: str
    label: str


@dataclass(frozen=True, slots=True)
class AskedCard:
    title: str
    text: str
    endpoint: str  # where the answer goes, and what comes along
    fields: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]


def asked_card(asked: Open, home: ZoneInfo, words: Words) -> AskedCard:
    match asked.what:
        case Recorded() as recorded:
            return _recorded(recorded, asked.about, words)
        case Elsewhere(zone):
            return _elsewhere(zone, home, words)
        case NoRuns(days):
            return _no_runs(days, words)
        case SlotMove(kind, time() as hour, now):
            return _own_hour(kind, hour, now, words)
        case SlotMove(kind, _, now):
            return _other_hour(kind, now, words)


def place(zone: ZoneInfo) -> str:
    """Lisbon, for Europe/Lisbon."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def _recorded(recorded: Recorded, about: str, words: Words) -> AskedCard:
    activity = recorded.activity
    when = "today" if activity.local_on == recorded.today else "before"
    if activity.start_hidden:
        when = f"{when}_some_time"
    return AskedCard(
        title=words("question.recorded.title"),
        text=words(
            f"question.recorded.text_{when}",
            length=long(activity.moving_time_s),
            at=activity.start_local.time(),
            on=activity.local_on,
        ),
        endpoint="questions.recorded",
        fields=(("about", about),),
        choices=tuple(Choice(answer, words(f"question.recorded.{answer}")) for answer in COUNTED),
    )


def _elsewhere(zone: ZoneInfo, home: ZoneInfo, words: Words) -> AskedCard:
    return AskedCard(
        title=words("question.zone.title", place=place(zone)),
        text=words("question.zone.text"),
        endpoint="questions.zone",
        fields=(("zone", zone.key),),
        choices=(
            Choice("yes", words("question.zone.yes")),
            Choice("no", words("question.zone.no", home=place(home))),
        ),
    )


def _no_runs(days: int, words: Words) -> AskedCard:
    return AskedCard(
        title=words("question.no_runs.title", days=days),
        text=words("question.no_runs.text"),
        endpoint="questions.no_runs",
        fields=(),
        choices=tuple(Choice(why, words(f"question.no_runs.{why}")) for why in GAPS),
    )


def _own_hour(kind: SlotKind, hour: time, now: time, words: Words) -> AskedCard:
    return AskedCard(
        title=words(f"question.slot.title_{kind}", hour=hour),
        text=words(f"question.slot.text_{kind}", hour=hour),
        endpoint="questions.slot",
        fields=(("slot", kind), ("hour", f"{hour:%H:%M}")),
        choices=(
            Choice("yes", words("question.slot.yes", hour=hour)),
            Choice("no", words("question.slot.no", now=now)),
        ),
    )


def _other_hour(kind: SlotKind, now: time, words: Words) -> AskedCard:
    return AskedCard(
        title=words(f"question.other_hour.title_{kind}", now=now),
        text=words("question.other_hour.text"),
        endpoint="questions.slot",
        fields=(("slot", kind), ("hour", "")),
        choices=(
            Choice("yes", words("question.other_hour.yes")),
            Choice("no", words("question.slot.no", now=now)),
        ),
    )
