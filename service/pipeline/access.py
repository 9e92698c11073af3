"""Read from Strava in an athlete's name: fresh tokens, and one place that knows what a refusal means.

Called inside the athlete's hold only, so that no two workers can spend one refresh token.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from service.keys import Unreadable
from service.pipeline.steps import Postpone, ask_to_plan
from service.pipeline.tools import Tools
from service.ports import AppInactive, Lane, SourceDown, Tokens, Unauthorized
from service.store import connections, proof
from service.store.tables import Connection

log = structlog.get_logger()

T = TypeVar("T")

EARLY = timedelta(minutes=10)  # refresh this long before the end; Strava itself renews in the last hour
INACTIVE_WAIT = timedelta(hours=1)


class NotConnected(Exception):
    """There is no connection, or no usable token in it."""


def read(tools: Tools, athlete_id: int, call: Callable[[str, Connection], T]) -> T:
    """Run ``call`` with an access token. A token that is refused is refreshed once and the call repeated.

    Raises NotConnected, Postpone (the application is refused) or any SourceError of the call.
    """
    try:
        try:
            result = call(*_token(tools, athlete_id))
        except Unauthorized:
            result = call(*_token(tools, athlete_id, refused=True))
    except Unauthorized as refusal:
        lose(tools, athlete_id, str(refusal))
        raise NotConnected("Strava no longer accepts our tokens") from refusal
    except AppInactive as refusal:
        _note(tools, athlete_id, "app_inactive", str(refusal))
        raise Postpone(str(refusal), tools.clock() + INACTIVE_WAIT) from refusal
    except SourceDown as outage:
        _note(tools, athlete_id, "source_down", str(outage))
        raise
    _note(tools, athlete_id, "", "")
    return result


def still_authorized(tools: Tools, athlete_id: int) -> bool:
    """Ask Strava whether the tokens are alive; one call. Raises any other SourceError."""
    try:
        read(tools, athlete_id, lambda token, _row: tools.source.athlete_id(token, Lane.LIVE))
    except NotConnected:
        return False
    return True


def lose(tools: Tools, athlete_id: int, why: str) -> None:
    """The tokens are dead: forget them and all they brought. The row stays 30 days, so that the runner can
    come back.
    """
    now = tools.clock()
    with tools.store.write() as session:
        row = connections.get(session, athlete_id)
        if row is None or not row.access_sealed:
            return
        connections.wipe_cache(session, athlete_id)
        row.access_sealed = row.refresh_sealed = ""
        connections.note_trouble(session, athlete_id, "unauthorized", now)
        subject = tools.keys.digest("subject", row.strava_athlete_id)
        proof.deletion(session, subject=subject, what="strava", cause="revoked", now=now)
        ask_to_plan(session, athlete_id, now)
    tools.store.forget()
    log.warning("connection lost", athlete=athlete_id, why=why)


def _token(tools: Tools, athlete_id: int, *, refused: bool = False) -> tuple[str, Connection]:
    with tools.store.read() as session:
        row = connections.get(session, athlete_id)
    if row is None or not row.access_sealed:
        raise NotConnected("not connected to Strava")
    try:
        tokens = connections.tokens(row, tools.keys)
    except Unreadable as lost_key:
        raise NotConnected(f"the stored tokens cannot be opened: {lost_key}") from lost_key
    if refused or tokens.expires_at - EARLY <= tools.clock():
        tokens = _refresh(tools, athlete_id, tokens)
    return tokens.access, row


def _refresh(tools: Tools, athlete_id: int, tokens: Tokens) -> Tokens:
    fresh = tools.source.refresh(tokens.refresh)
    with tools.store.write() as session:  # written before use: the old refresh token may be dead already
        row = connections.get(session, athlete_id)
        if row is None:
            raise NotConnected("disconnected meanwhile")
        connections.put_tokens(row, tools.keys, fresh)
    return fresh


def _note(tools: Tools, athlete_id: int, trouble: str, why: str) -> None:
    """One log line at the start of an outage and one at its end."""
    with tools.store.read() as session:
        row = connections.get(session, athlete_id)
        if row is None or row.trouble == trouble:
            return
    with tools.store.write() as session:
        news = connections.note_trouble(session, athlete_id, trouble, tools.clock())
    if news and trouble:
        log.warning("reading fails", athlete=athlete_id, trouble=trouble, why=why)
    elif news:
        log.info("reading works again", athlete=athlete_id)
