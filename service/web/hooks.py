"""Where Strava says that something happened. Nobody signs its events: the address is the secret, what arrives
is a hint, and the facts are fetched."""

import hmac

import structlog
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from integrations.strava.hook import EventRefused, handshake, parse_event
from service.pipeline.receive import receive_event
from service.ports import Lane
from service.store import hooks
from service.web.door import parts, tools, wake, web
from service.web.errors import plain
from service.web.throttle import caller_key, is_loopback

log = structlog.get_logger()

blueprint = Blueprint("hooks", __name__)

EVENT_MAX_BYTES = 4096  # a real one has about 250
CHECKED_MAX = 100


@blueprint.get("/hooks/strava/<secret>")
def shake_hands(secret: str) -> ResponseReturnValue:
    answer = handshake(request.args, web().hook_verify_token) if _is_ours(secret) else None
    if answer is None:
        return plain(404, "Not Found")
    log.info("webhook handshake answered")
    return jsonify(answer)


@blueprint.post("/hooks/strava/<secret>")
def take_event(secret: str) -> ResponseReturnValue:
    """200 only once the row is on the disk: anything else makes Strava try again, three times in all."""
    if not _is_ours(secret):
        return plain(404, "Not Found")
    limits, caller = parts().limits, request.remote_addr
    if not is_loopback(caller) and not limits.hook_callers.allow(caller_key(caller)):
        return plain(429, "too many events from this address")
    request.max_content_length = EVENT_MAX_BYTES
    try:
        event = parse_event(request.get_data())
    except EventRefused as refusal:
        log.info("event refused", why=str(refusal))
        return plain(400, str(refusal))
    if not limits.hook_owners.allow(event.owner_id):
        return plain(429, "too many events for this athlete")
    if _is_foreign(event.subscription_id):
        return Response("", 200)
    athlete_id = receive_event(tools(), event)
    if athlete_id is not None:
        wake()(athlete_id, Lane.LIVE)
    return Response("", 200)


def _is_ours(secret: str) -> bool:
    expected = web().hook_path.encode()
    return bool(expected) and hmac.compare_digest(secret.encode("utf-8", "replace"), expected)


def _is_foreign(subscription_id: int) -> bool:
    """Of a subscription that is not this installation's: nothing to try again, and one line in the log.

    Asked once an id; receive_event asks again, in the transaction that counts.
    """
    checked = parts().checked_subscriptions
    if subscription_id in checked:
        return False
    with tools().store.read() as store:
        ours = hooks.current(store)
    if ours is None or ours.subscription_id == subscription_id:
        if len(checked) < CHECKED_MAX:
            checked.add(subscription_id)
        return False
    if parts().limits.foreign_subscriptions.allow(subscription_id):
        log.warning("events of a foreign subscription are ignored", subscription=subscription_id)
    return True
