"""What the runner told of body, things at hand and wishes -> own facts. Each change asks for a new plan."""

from dataclasses import replace

from sqlalchemy.orm import Session

from service.domain.fitness import Fitness, Screening
from service.pipeline import situation
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.store import athletes
from service.store.tables import Athlete


def of(session: Session, athlete_id: int) -> Fitness:
    """Raises LookupError if the account is gone, as all here do."""
    return athletes.fitness(_athlete(session, athlete_id))


def keep(session: Session, tools: Tools, athlete_id: int, fitness: Fitness) -> None:
    now = tools.clock()
    athletes.put_fitness(_athlete(session, athlete_id), fitness)
    ask_to_plan(session, athlete_id, now)


def screen(session: Session, tools: Tools, athlete_id: int, screening: Screening) -> None:
    """Only what the answers came to, and the day."""
    today = situation.today_of(tools.clock(), situation.zone_of(_athlete(session, athlete_id)))
    told = of(session, athlete_id)
    keep(session, tools, athlete_id, replace(told, screening=screening, screened_on=today))


def _athlete(session: Session, athlete_id: int) -> Athlete:
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        raise LookupError(f"athlete {athlete_id} is gone")
    return athlete
