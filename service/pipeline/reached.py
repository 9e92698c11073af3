"""How far a runner has come with the routine, and what the next session therefore asks for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from service.domain.calendar import Race
from service.domain.fitness import NEW_RUNNER, Fitness
from service.domain.planner import Size
from service.domain.preferences import Preferences
from service.domain.progression import (
    Ladder,
    Standing,
    Standings,
    Told,
    after_gap,
    lighter,
    plan,
    start,
)
from service.domain.results import SessionResult
from service.domain.routine import Lighter, Prescription, prescribe
from service.pipeline.tools import Tools
from service.store import athletes, sessions
from service.store.tables import Athlete


@dataclass(frozen=True, slots=True)
class Reached:
    fitness: Fitness = NEW_RUNNER
    standings: Standings = field(default_factory=dict)  # after the last session; what is missing begins
    last_on: date | None = None
    first_on: date | None = None
    turn: int = 0  # whole sessions so far


NOTHING_REACHED = Reached()


def reached(session: Session, athlete: Athlete) -> Reached:
    fitness, latest = athletes.fitness(athlete), sessions.latest(session, athlete.id)
    if latest is None:
        return Reached(fitness)
    return Reached(fitness, standings_from(latest.standing), latest.on, latest.first_on, latest.full)


def standings_from(stored: Mapping[str, Any]) -> Standings:
    return {key: Standing.from_json(standing) for key, standing in stored.items()}


def ladder_of(tools: Tools, fitness: Fitness, max_minutes: float) -> Ladder:
    return Ladder(tools.routine, tools.rules.dose, tools.rules.progression, fitness, max_minutes)


def standing_now(tools: Tools, come: Reached, prefs: Preferences, on: date) -> tuple[Ladder, Standings]:
    """Where a session on ``on`` would begin."""
    ladder = ladder_of(tools, come.fitness, prefs.max_minutes)
    return ladder, _after_gap(come, on, ladder)[0]


def _after_gap(come: Reached, on: date, ladder: Ladder) -> tuple[Standings, Told]:
    return after_gap(come.standings or start(on, ladder), come.last_on or on, on, ladder)


def prescribed(
    tools: Tools,
    come: Reached,
    prefs: Preferences,
    size: Size,
    on: date,
    races: Collection[Race],
    eased: tuple[Lighter, Told] = (Lighter.NO, ()),
    history: Sequence[SessionResult] = (),
) -> tuple[Prescription, Told]:
    """What a session on ``on`` asks for, and what there is to say about that.

    ``races``: at least those of the week after. ``eased``: over pain, which outweighs all other reasons.
    ``history``: the last results, oldest first; they tell which side goes first, and nothing else.
    """
    ladder = ladder_of(tools, come.fitness, prefs.max_minutes)
    standings, of_gap = _after_gap(come, on, ladder)
    less, why = eased if eased[0] else lighter(on, come.first_on or on, races, ladder)
    prescription = prescribe(
        tools.routine,
        plan(standings, ladder, history),
        size,
        prefs.max_minutes,
        tools.rules.dose,
        come.fitness,
        come.turn,
        less,
    )
    return prescription, (*of_gap, *why)
