"""Where Strava shall push to, and the subscription that makes it do so."""

import structlog

from service.keys import Keys
from service.pipeline.tools import Tools
from service.store import hooks

log = structlog.get_logger()


def hook_secret(keys: Keys) -> str:
    """The last part of the callback's path: Strava does not sign, so the path itself must not be guessed."""
    return keys.digest("hook", "path")[:40]


def verify_token(keys: Keys) -> str:
    return keys.digest("hook", "verify")[:40]


def hook_url(public_url: str, keys: Keys) -> str:
    return f"{public_url}/hooks/strava/{hook_secret(keys)}"


def start_watching(tools: Tools) -> int:
    """Subscribe; the id. One subscription per application: an older one of ours is replaced. Raises
    SourceError.
    """
    held = tools.hooks.current()
    if held is not None:
        tools.hooks.unsubscribe(held.id)
    callback = hook_url(tools.public_url, tools.keys)
    with tools.store.write() as session:
        hooks.forget(session)  # until the new id is known, events of either are taken
    subscription_id = tools.hooks.subscribe(callback, verify_token(tools.keys))
    with tools.store.write() as session:
        hooks.put(session, subscription_id, callback, tools.clock())
    log.info("subscribed", subscription=subscription_id)
    return subscription_id


def stop_watching(tools: Tools) -> int | None:
    """End the subscription; its id, or None if there was none."""
    held = tools.hooks.current()
    if held is not None:
        tools.hooks.unsubscribe(held.id)
    with tools.store.write() as session:
        hooks.forget(session)
    return held.id if held else None
