"""The session page: the moves in order, each with its dose, its tempo, its cues and its sets to tick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.web.figures import SCENES
from service.web.views.changes import stored_sentences
from service.words import Words

SIDES = ("left", "right")
FIGURES = {
    "single_leg_squat": "squat",
    "glute_bridge": "bridge",
    "clamshell": "clamshell",
    "step_down": "step-down",
    "standing_clam": "standing-clam",
    "seated_squeeze": "seated-squeeze",
}


@dataclass(frozen=True, slots=True)
class Tick:
    id: str  # unique on the page and stable, so that a browser can keep it
    label: str


@dataclass(frozen=True, slots=True)
class Move:
    exercise: str
    level: int
    figure: str
    title: str
    variant: str
    dose: str
    tempo: str
    cues: tuple[str, ...]
    how: str
    why: str
    focus: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class SessionPage:
    session_id: int
    title: str
    line: str
    chip: str
    state: str  # open | done | undone
    needs: str  # what to have at hand
    told: tuple[str, ...]  # why it is less than the last time, where it is
    moves: tuple[Move, ...]

    @property
    def sets(self) -> int:
        return sum(len(move.ticks) for move in self.moves)


def session_page(
    session_id: int,
    prescription: Mapping[str, Any],
    minutes: float,
    state: str,
    equipment: Sequence[str],
    words: Words,
    told: Sequence[Mapping[str, Any]] = (),
) -> SessionPage:
    """``prescription`` as stored with the session; ``equipment`` in its words, each once."""
    items: Sequence[Mapping[str, Any]] = prescription.get("items", ())
    mini = prescription.get("size") == "mini"
    first = items[0] if items else {"sets": 0, "reps": 0}
    return SessionPage(
        session_id=session_id,
        title=words("session.title_mini" if mini else "session.title"),
        line=words("session.line", moves=len(items), sets=first["sets"], reps=first["reps"]),
        chip=words("session.minutes", minutes=minutes),
        state=state,
        needs=needs_line(equipment, words),
        told=stored_sentences(told, words),
        moves=tuple(_move(number, item, words) for number, item in enumerate(items, 1)),
    )


def figure_name(exercise: str, level: int) -> str:
    """What the figure is called. An alternative has one picture for all its levels."""
    leveled = f"{FIGURES[exercise]}-{level}"
    return leveled if leveled in SCENES else FIGURES[exercise]


def _move(number: int, item: Mapping[str, Any], words: Words) -> Move:
    exercise, level = str(item["exercise"]), int(item["level"])
    key = f"exercise.{exercise}"
    sided = int(item["sides"]) == 2
    return Move(
        exercise=exercise,
        level=level,
        figure=figure_name(exercise, level),
        title=words(f"{key}.name"),
        variant=words(f"{key}.level_{level}.name"),
        dose=words(
            "session.dose_sided" if sided else "session.dose",
            sets=words("session.sets", sets=int(item["sets"])),
            reps=item["reps"],
        ),
        tempo=_tempo(item["tempo_s"], words),
        cues=words.variants(f"{key}.level_{level}.cues"),
        how=words(f"{key}.how"),
        why=words(f"{key}.why"),
        focus=words(f"{key}.focus"),
        ticks=tuple(_ticks(number, int(item["sets"]), sided, words)),
    )


def _ticks(number: int, sets: int, sided: bool, words: Words) -> list[Tick]:
    if not sided:
        return [Tick(f"m{number}s{one}", words("session.set", number=one)) for one in range(1, sets + 1)]
    return [
        Tick(f"m{number}s{one}{side[0]}", words(f"session.set_{side}", number=one))
        for one in range(1, sets + 1)
        for side in SIDES
    ]


def _tempo(parts: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Lower 2 s, touch, rise 2 s: parts under a second carry no number."""
    told = []
    for part in parts:
        name = words(f"exercise.tempo.{part['part']}")
        told.append(
            words("session.tempo_part", part=name, seconds=part["seconds"]) if part["seconds"] >= 1 else name
        )
    return ", ".join(told[:1] + [one[0].lower() + one[1:] for one in told[1:]])


def needs_line(things: Sequence[str], words: Words) -> str:
    """What to have at hand; "" for nothing."""
    return words("session.needs", things=_list(things, words)) if things else ""


def _list(things: Sequence[str], words: Words) -> str:
    if len(things) == 1:
        return things[0]
    return words("session.and", first=", ".join(things[:-1]), last=things[-1])
