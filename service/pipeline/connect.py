"""A runner comes, connects Strava, disconnects, or leaves for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.keys import Unreadable
from service.pipeline.receive import ask_to_list
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.ports import Connected, SourceError, Tokens
from service.store import athletes, connections, proof
from service.store.tables import Connection

log = structlog.get_logger()

SCOPES = ("read", "activity:read", "activity:read_all")
NEEDED = "activity:read"
WRITE = "activity:write"  # asked for only when the runner wants sessions written
CONSENT_VERSION = "2026-11"  # of the text on the consent page; change it with the text
FORGET_LOST_AFTER = timedelta(days=30)  # Strava API Policy 7.4


class NotInvited(Exception):
    """Nobody let this Strava athlete in; nothing about them was kept."""


class TakenElsewhere(Exception):
    """This Strava athlete is connected to another account here."""


@dataclass(frozen=True, slots=True)
class Arrival:
    athlete_id: int
    new: bool  # the account was made now


def missing_scopes(scope: str) -> tuple[str, ...]:
    """What was asked for and not granted. ``scope`` as the redirect brings it: comma- or space-separated.

    ``activity:read_all`` includes ``activity:read``.
    """
    given = granted(scope)
    if "activity:read_all" in given:
        given.add("activity:read")
    return tuple(asked for asked in SCOPES if asked not in given)


def may_write(scope: str) -> bool:
    return WRITE in granted(scope)


def granted(scope: str) -> set[str]:
    """``scope`` as the redirect brings it: comma- or space-separated."""
    return set(scope.replace(",", " ").split())


def complete(
    tools: Tools,
    *,
    code: str,
    scope: str,
    signed_in_as: int | None,
    may_create: bool,
    timezone: str,
    consent_version: str,
    language: str = "",
) -> Arrival:
    """Trade the code for tokens, find or make the account, and ask for the history to be read.

    Raises NotInvited, TakenElsewhere or a SourceError; then nothing is kept, and a stranger's tokens are
    given back.
    """
    connected = tools.source.exchange(code)
    now = tools.clock()
    try:
        with tools.store.write() as session:
            arrival = _account(session, connected, signed_in_as, may_create, timezone, language, now)
            left_behind = _leave_other(session, tools, arrival.athlete_id, connected, now)
            _keep(session, tools, arrival.athlete_id, connected, scope, consent_version, now)
    except IntegrityError:
        # not given back: Strava revokes for the athlete as a whole, the other account's tokens too
        raise TakenElsewhere("this Strava athlete is connected to another account here") from None
    except NotInvited:
        _give_back(tools, connected.tokens, None)
        raise
    ask_to_list(
        tools, arrival.athlete_id, "backfill", now, f"backfill:{arrival.athlete_id}:{now.isoformat()}"
    )
    if left_behind is not None:
        _give_back(tools, left_behind, arrival.athlete_id)
    log.info("connected", athlete=arrival.athlete_id, scope=scope, new=arrival.new)
    return arrival


def _account(
    session: Session,
    connected: Connected,
    signed_in_as: int | None,
    may_create: bool,
    timezone: str,
    language: str,
    now: datetime,
) -> Arrival:
    known = connections.by_strava_id(session, connected.strava_athlete_id)
    if signed_in_as is not None and athletes.get(session, signed_in_as) is not None:
        return Arrival(signed_in_as, new=False)
    if known is not None:
        return Arrival(known.athlete_id, new=False)
    if not may_create:
        raise NotInvited("no set-up code and no invitation")
    return Arrival(athletes.create(session, now, timezone=timezone, language=language).id, new=True)


def _keep(
    session: Session,
    tools: Tools,
    athlete_id: int,
    connected: Connected,
    scope: str,
    consent_version: str,
    now: datetime,
) -> None:
    """The connection, and the proof that the runner agreed to it."""
    connections.connect(
        session,
        tools.keys,
        athlete_id=athlete_id,
        strava_athlete_id=connected.strava_athlete_id,
        scope=scope,
        tokens=connected.tokens,
        now=now,
    )
    subject = tools.keys.digest("subject", connected.strava_athlete_id)
    proof.consent(session, subject=subject, version=consent_version, scopes=scope, now=now)


def _leave_other(
    session: Session, tools: Tools, athlete_id: int, connected: Connected, now: datetime
) -> Tokens | None:
    """Whoever comes back as another Strava athlete leaves the first one's data behind; that one's tokens."""
    row = connections.get(session, athlete_id)
    if row is None or row.strava_athlete_id == connected.strava_athlete_id:
        return None
    tokens = _held_tokens(row, tools)
    subject = tools.keys.digest("subject", row.strava_athlete_id)
    connections.wipe(session, athlete_id)
    proof.deletion(session, subject=subject, what="strava", cause="asked", now=now)
    return tokens


def _held_tokens(row: Connection, tools: Tools) -> Tokens | None:
    """None where there are none, or none that can be opened."""
    if not row.access_sealed:
        return None
    try:
        return connections.tokens(row, tools.keys)
    except Unreadable as lost_key:
        log.warning("the stored tokens cannot be opened", athlete=row.athlete_id, why=str(lost_key))
        return None


def _give_back(tools: Tools, tokens: Tokens, athlete_id: int | None) -> None:
    try:
        tools.source.revoke(tokens)
    except SourceError as failure:
        log.warning("could not revoke at Strava", athlete=athlete_id, why=str(failure))


def disconnect(tools: Tools, athlete_id: int, cause: str) -> datetime:
    """Revoke at Strava and delete all that came from there; when that was done. ``cause``: asked | revoked.

    If Strava cannot be reached the data goes all the same: the runner can still revoke on Strava's own page.
    """
    _revoke(tools, athlete_id)
    now = tools.clock()
    with tools.store.write() as session:
        row = connections.get(session, athlete_id)
        if row is not None:
            subject = tools.keys.digest("subject", row.strava_athlete_id)
            connections.wipe(session, athlete_id)
            proof.deletion(session, subject=subject, what="strava", cause=cause, now=now)
            ask_to_plan(session, athlete_id, now)
    tools.store.forget()
    log.info("disconnected", athlete=athlete_id, cause=cause)
    return now


def delete_account(tools: Tools, athlete_id: int) -> datetime:
    """Disconnect, then delete everything of the account; only the deletion record stays, without a name."""
    disconnect(tools, athlete_id, "asked")
    now = tools.clock()
    with tools.store.write() as session:
        athletes.remove(session, athlete_id)
        subject = tools.keys.digest("account", athlete_id)
        proof.deletion(session, subject=subject, what="account", cause="asked", now=now)
    tools.store.forget()
    log.info("account deleted", athlete=athlete_id)
    return now


def forget_lost(tools: Tools) -> list[int]:
    """Connections whose tokens died a month ago and whose runner did not come back."""
    with tools.store.read() as session:
        lost = connections.lost_before(session, tools.clock() - FORGET_LOST_AFTER)
    for athlete_id in lost:
        disconnect(tools, athlete_id, "revoked")
    return lost


def _revoke(tools: Tools, athlete_id: int) -> None:
    with tools.store.read() as session:
        row = connections.get(session, athlete_id)
    tokens = _held_tokens(row, tools) if row is not None else None
    if tokens is not None:
        _give_back(tools, tokens, athlete_id)
