"""How sessions felt -> rest as the gate asks for it: prompts are silent until it has settled.

Whatever changes what is known of it ends here: a result, an undo, a morning, sore muscles, "fine again".
Every function may be called twice: the second time changes nothing.
"""

from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy.orm import Session

from service.domain.calendar import Away, Why, ended
from service.domain.hours import ONE_DAY, day_start
from service.domain.pain import Action, Felt, Gate, Sore, gate, to_check
from service.pipeline import situation
from service.pipeline.amend import withdraw
from service.pipeline.situation import Situation
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.store import calendar, checkins, prompts, questions
from service.store.tables import StrengthSession

log = structlog.get_logger()

FLARE, SORE = "flare", "sore"  # topics: "fine again" and the number, each about its moment
Morning = Literal["same", "better", "worse"]


class TooEarly(ValueError):
    """ "Fine again" before it can have been so for long enough."""

    def __init__(self, fine_from: datetime) -> None:
        super().__init__("it cannot have been fine for long enough yet")
        self.fine_from = fine_from


def gate_of(session: Session, tools: Tools, known: Situation) -> Gate:
    """What holds today, from its first minute on: prompts rest by whole days."""
    sore, fine = (questions.get(session, known.athlete_id, topic) for topic in (SORE, FLARE))
    return gate(
        checkins.felt(session, known.athlete_id),
        day_start(known.today, known.zone),
        tools.rules.pain,
        Sore(datetime.fromisoformat(sore.about), int(sore.answer)) if sore and sore.answer else None,
        datetime.fromisoformat(fine.about) if fine else None,
    )


def after_result(session: Session, tools: Tools, athlete_id: int, row: StrengthSession) -> Gate:
    """A session was stored, changed, or taken back."""
    found = _settle(session, tools, situation.load_locked(session, athlete_id, tools))
    if found.action is not Action.GO_ON:
        log.info("it hurt", athlete=athlete_id, session=row.id, action=found.action.value)
    return found


def check_in(session: Session, tools: Tools, athlete_id: int, session_id: int, answer: Morning) -> bool:
    """The morning after. False where it is not, or no longer, asked about."""
    known = situation.load_locked(session, athlete_id, tools)
    asked = morning_after(session, known, tools)
    if asked is None or asked.session_id != session_id:
        return False
    checkins.put(session, athlete_id, session_id, known.today, answer)
    _settle(session, tools, known)
    log.info("morning after", athlete=athlete_id, session=session_id)
    return True


def muscles_sore(session: Session, tools: Tools, athlete_id: int, of_ten: int) -> Gate:
    """Not a pain: at most it puts off what would be asked today."""
    known = situation.load_locked(session, athlete_id, tools)
    before = questions.get(session, athlete_id, SORE)
    if before is None or before.asked_on != known.today or before.answer != str(of_ten):
        questions.put(session, athlete_id, SORE, known.now.isoformat(), known.today, str(of_ten))
    return _settle(session, tools, known)


def fine_again(session: Session, tools: Tools, athlete_id: int) -> bool:
    """The runner's own word ends a flare. False where none waits for it. Raises TooEarly."""
    known = situation.load_locked(session, athlete_id, tools)
    found = gate_of(session, tools, known)
    if found.fine_from is None:
        return False
    if known.now < found.fine_from:
        raise TooEarly(found.fine_from)
    questions.put(session, athlete_id, FLARE, known.now.isoformat(), known.today, "fine")
    if gate_of(session, tools, known).until is None:  # else what is left of the rest is set to its end
        for each in _resting(session, known, Why.FLARE):
            over = ended(each, known.today, tools.rules.plan.calendar)
            if over is not None:  # those days stay told: they asked for nothing
                calendar.put_away(session, athlete_id, over)
    _settle(session, tools, known)
    ask_to_plan(session, athlete_id, known.now)
    log.info("fine again", athlete=athlete_id)
    return True


def morning_after(session: Session, known: Situation, tools: Tools) -> Felt | None:
    """The session of yesterday that Today asks about."""
    return to_check(checkins.felt(session, known.athlete_id), known.today, tools.rules.pain)


# --- the rest it asks for -----------------------------------------------------------------------


def _settle(session: Session, tools: Tools, known: Situation) -> Gate:
    """Rest as long as the gate says: what is stored of it follows, also where a session was taken back."""
    found = gate_of(session, tools, known)
    wanted = _rest(found, known)
    changed = False
    for why in (Why.FLARE, Why.SORE):
        away = wanted if wanted is not None and wanted.why is why else None
        changed |= _hold(session, known, why, away)
    if changed:
        ask_to_plan(session, known.athlete_id, known.now)
        log.info("rest", athlete=known.athlete_id, action=found.action.value)
    return found


def _rest(found: Gate, known: Situation) -> Away | None:
    """In days of the runner, up to the one in which the hours end; for sore muscles, to the one before."""
    if found.until is None and found.fine_from is None:
        return None
    first_on = found.since or known.today
    last_on = situation.today_of(found.until, known.zone) if found.until else None
    if found.action is not Action.POSTPONE:
        return Away(first_on, last_on, Why.FLARE)
    assert last_on is not None
    return Away(last_on - ONE_DAY, last_on - ONE_DAY, Why.SORE)


def _hold(session: Session, known: Situation, why: Why, wanted: Away | None) -> bool:
    """Keep just the one that is wanted from today on. False if that is so already."""
    if wanted is not None and wanted.last_on is not None and wanted.last_on < known.today:
        wanted = None
    stored = _resting(session, known, why)
    if stored == ([wanted] if wanted is not None else []):
        return False
    calendar.drop_away(session, known.athlete_id, stored)
    if wanted is not None:
        calendar.put_away(session, known.athlete_id, wanted)
        for row in prompts.unanswered(session, known.athlete_id):
            if wanted.holds(row.local_on):
                withdraw(session, row, known.now)
    return True


def _resting(session: Session, known: Situation, why: Why) -> list[Away]:
    return [each for each in calendar.away(session, known.athlete_id, known.today) if each.why is why]
