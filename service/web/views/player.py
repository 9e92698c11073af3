"""What the player plays: the moves of one session with all that it draws and says, as one piece of JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.pain import PainRules
from service.domain.play import ResultRules
from service.domain.routine import DoseRules, Exercise, Level, Routine
from service.web.figures import frames, mirrors
from service.web.views.care import CarePage, care_page
from service.web.views.moves import figure_name, needs_line
from service.words import Words

Json = dict[str, Any]

SIDES = ("left", "right")
ON_THE_SIDE = ("clamshell",)  # a side of the body works, not a leg
# Said by the script, which fills in the numbers itself: [player] of the messages.
SAID = (
    "set_done", "start_now", "of", "second_of", "line", "left", "reps", "reps_unit", "next", "where",
    "longer",
    "ready", "ready_line", "rest", "rest_line", "change_line", "switch", "by_itself",
    "spoken_ready", "spoken_work", "spoken_switch", "spoken_rest", "spoken_next",
    "ask", "pain", "pain_of", "end", "end_line", "stopped", "left_out", "do_now",
    "sending", "stored", "late", "waits", "waiting", "sign_in", "refused", "ended_idle", "sent", "sets",
    "care", "care_line",
    "no_voice", "no_sound", "no_vibration", "no_wake_lock", "no_storage", "no_offline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    dose: DoseRules
    pain: PainRules
    result: ResultRules


@dataclass(frozen=True, slots=True)
class Addresses:
    play_url: str  # where the result goes
    home_url: str  # where the runner goes afterwards
    worker_url: str  # of the service worker; "" where nothing may be kept of the page


@dataclass(frozen=True, slots=True)
class MoreFigure:
    """Of a level beside the prescribed one."""

    exercise: str
    level: int
    name: str


@dataclass(frozen=True, slots=True)
class Play:
    script: Json
    more_figures: tuple[MoreFigure, ...]
    care: CarePage  # shown when it hurts, so it must be there without a connection


def play(
    session_id: int,
    prescription: Mapping[str, Any],
    minutes: float,
    routine: Routine,
    rules: Rules,
    addresses: Addresses,
    words: Words,
) -> Play | None:
    """``prescription`` and its computed ``minutes``: as stored with the session. None without any move."""
    items = [_item(item, routine, rules.dose, words) for item in prescription.get("items", ())]
    if not items:
        return None
    own = {item["figure"] for item in items}
    more = {
        near["figure"]: MoreFigure(item["exercise"], near["level"], near["figure"])
        for item in items
        for near in _neighbours(item)
        if near["figure"] not in own
    }
    script = {
        "session_id": session_id,
        "size": prescription.get("size", "full"),
        "minutes": minutes,
        "language": words.language,
        "play_url": addresses.play_url,
        "home_url": addresses.home_url,
        "worker_url": addresses.worker_url,
        "rests": {
            "rest_s": rules.dose.rest_s,
            "side_change_s": rules.dose.side_change_s,
            "exercise_change_s": rules.dose.exercise_change_s,
            "set_up_s": rules.dose.set_up_s,
        },
        "pain": {"ease": rules.pain.green_max + 1, "stop": rules.pain.amber_max + 1},
        "reps_max": rules.result.reps_max,
        "items": items,
        "frames": {name: frames(name)._asdict() for name in sorted(own | more.keys())},
        "words": {key: words.variants(f"player.{key}")[0] for key in SAID},
    }
    return Play(script, tuple(more.values()), care_page(rules.pain, words))


def _item(item: Mapping[str, Any], routine: Routine, rules: DoseRules, words: Words) -> Json:
    exercise = routine.exercise(item["exercise"])
    level, reps = int(item["level"]), int(item["reps"])
    key = f"exercise.{exercise.key}"
    prescribed = {
        "exercise": exercise.key,
        "title": words(f"{key}.name"),
        "how": words(f"{key}.how"),
        "focus": words(f"{key}.focus"),
        "sets": int(item["sets"]),
        "first_side": item.get("first_side") or SIDES[0],
        **_leveled(exercise, exercise.level(level), reps, words),
        "easier": None,
        "harder": None,
    }
    if (easier := exercise.easier(level)) is not None:
        prescribed["easier"] = _leveled(exercise, exercise.level(easier), reps, words)
    if (harder := exercise.harder(level)) is not None:  # begins with the smallest dose, as the ladder does
        fewest = min(reps, rules.steps[0][1])
        prescribed["harder"] = _leveled(exercise, exercise.level(harder), fewest, words)
    return prescribed


def _leveled(exercise: Exercise, level: Level, reps: int, words: Words) -> Json:
    """What differs from level to level."""
    key = f"exercise.{exercise.key}.level_{level.number}"
    figure = figure_name(exercise.key, level.number)
    part = "body" if exercise.key in ON_THE_SIDE else "leg"
    sides = SIDES if level.sides == len(SIDES) else ("both",)
    return {
        "level": level.number,
        "variant": words(f"{key}.name"),
        "cues": words.variants(f"{key}.cues"),
        "needs": needs_line([words(f"exercise.equipment.{thing}") for thing in level.equipment], words),
        "reps": reps,
        "sides": level.sides,
        "side_names": {side: words(f"player.{part}_{side}") for side in sides},
        "places": {side: _place(exercise, side, words) for side in sides},
        "tempo": [
            {"part": part.part, "word": words(f"exercise.tempo.{part.part}"), "seconds": part.seconds}
            for part in level.tempo
        ],
        "figure": figure,
        "mirrored_for": next((side for side in sides if mirrors(figure, side)), ""),
    }


def _place(exercise: Exercise, side: str, words: Words) -> str:
    """How to stand or lie for a side; "" where both work at once."""
    return "" if side == "both" else words(f"player.place.{exercise.key}_{side}")


def _neighbours(item: Json) -> Iterator[Json]:
    yield from (item[which] for which in ("easier", "harder") if item[which] is not None)
