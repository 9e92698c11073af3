"""Where the latest activity was, or the phone is -> by which clocks the runner is asked, once they say so.

The zone of an activity is Strava's: it is compared and shown, and kept only when the runner confirms it.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.questions import ZoneRules
from service.keys import Keys
from service.pipeline import situation
from service.pipeline.situation import Situation, zone_named
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.store import athletes, questions
from service.store.tables import Athlete

log = structlog.get_logger()

TOPIC = "zone"


class UnknownZone(ValueError):
    """No zone of that name."""


def elsewhere(session: Session, known: Situation, tools: Tools, phone: str = "") -> ZoneInfo | None:
    """The zone of the phone, else of the latest activity, where clocks show another hour than the runner's.

    None also where the runner has said that it does not count. ``phone``: as its browser names it, or "".
    """
    athlete, row = athletes.get(session, known.athlete_id), questions.get(session, known.athlete_id, TOPIC)
    declined = row.about if row is not None and row.answer == "no" else ""
    moved_at = athlete.moved_at if athlete is not None else None
    for zone in (zone_named(phone), _seen(known, moved_at, tools.rules.question.zone)):
        if zone is None or not differ(zone, known.zone, known.now):
            continue
        if digest(tools.keys, known.athlete_id, zone) != declined:
            return zone
    return None


def differ(one: ZoneInfo, other: ZoneInfo, at: datetime) -> bool:
    return at.astimezone(one).utcoffset() != at.astimezone(other).utcoffset()


def also_quiet_in(session: Session, known: Situation, tools: Tools) -> tuple[ZoneInfo, ...]:
    """Zones whose quiet hours hold besides the runner's own: one just left, and one perhaps come to."""
    athlete = athletes.get(session, known.athlete_id)
    left = _just_left(athlete, known.now, tools.rules.question.zone) if athlete is not None else None
    return tuple(zone for zone in (left, elsewhere(session, known, tools)) if zone is not None)


def zone_at(athlete: Athlete, at: datetime, now_in: ZoneInfo) -> ZoneInfo:
    """The runner's zone at a moment that is over."""
    before = athlete.moved_at is not None and at < athlete.moved_at
    return (zone_named(athlete.former_timezone) if before else None) or now_in


def move(session: Session, tools: Tools, athlete_id: int, name: str) -> ZoneInfo:
    """From now on the runner is asked by the clocks there. Raises UnknownZone."""
    zone = _known(name)
    known = situation.load_locked(session, athlete_id, tools)
    athlete = athletes.get(session, athlete_id)
    assert athlete is not None
    _note(session, known, tools, zone, "yes")
    if athletes.move(athlete, zone.key, known.now):
        ask_to_plan(session, athlete_id, known.now)
        log.info("moved", athlete=athlete_id)
    return zone


def stay(session: Session, tools: Tools, athlete_id: int, name: str) -> ZoneInfo:
    """The clocks there do not count; the zone that does. Raises UnknownZone."""
    zone = _known(name)
    known = situation.load_locked(session, athlete_id, tools)
    _note(session, known, tools, zone, "no")
    ask_to_plan(session, athlete_id, known.now)  # the quiet hours there hold no more
    return known.zone


def digest(keys: Keys, athlete_id: int, zone: ZoneInfo) -> str:
    """As a zone is remembered that may be Strava's."""
    return keys.digest("zone", f"{athlete_id}:{zone.key}")


def _known(name: str) -> ZoneInfo:
    zone = zone_named(name)
    if zone is None:
        raise UnknownZone(name[:64])
    return zone


def _note(session: Session, known: Situation, tools: Tools, zone: ZoneInfo, answer: str) -> None:
    about = digest(tools.keys, known.athlete_id, zone)
    questions.put(session, known.athlete_id, TOPIC, about, known.today, answer)


def _seen(known: Situation, moved_at: datetime | None, rules: ZoneRules) -> ZoneInfo | None:
    """Of the latest activity, unless it is older than the runner's own word, or too old to tell."""
    started = (item.activity for item in reversed(known.judged) if item.activity.start_at <= known.now)
    latest = next((activity for activity in started if _tells_a_place(activity)), None)
    if latest is None or known.now - latest.end_at > timedelta(hours=rules.seen_h):
        return None
    if moved_at is not None and latest.start_at < moved_at:
        return None
    return zone_named(latest.timezone)


def _tells_a_place(activity: Activity) -> bool:
    """Indoors or typed in, the zone is that of a profile; in a game it is that of an island nobody is on."""
    virtual = activity.sport_type.startswith("Virtual")
    return bool(activity.timezone) and not (activity.trainer or activity.manual or virtual)


def _just_left(athlete: Athlete, now: datetime, rules: ZoneRules) -> ZoneInfo | None:
    moved_at = athlete.moved_at
    if moved_at is None or now - moved_at >= timedelta(hours=rules.both_quiet_h):
        return None
    return zone_named(athlete.former_timezone)
