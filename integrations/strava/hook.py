"""Push events: the application's one subscription, its handshake, and what an event may look like.

Reference: https://developers.strava.com/docs/webhooks/. Nobody signs the events, so an event is read strictly
and believed not at all: it says where to look.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from integrations.strava.errors import Call
from integrations.strava.oauth import App
from integrations.strava.transport import Gateway
from service.ports import Clock, HookEvent, SourceDown, SourceRefused, Subscription

MAX_ID: Final = 2**63 - 1
FIRST_EVENT_TIME_S: Final = 1_230_768_000  # 2009-01-01, before Strava had any
LAST_EVENT_TIME_S: Final = 4_102_444_800  # 2100-01-01; milliseconds taken for seconds are far beyond


class StravaHook:
    """HookSubscriptions with the application's own credentials. Strava does not count these calls."""

    def __init__(
        self,
        *,
        client_id: int | str,
        client_secret: str,
        oauth_base: str,
        api_base: str,
        clock: Clock,
        timeout_s: tuple[float, float] = (5, 10),
    ) -> None:
        self._app = App(int(client_id), client_secret)
        self._gateway = Gateway(oauth_base, api_base, timeout_s, clock)

    def subscribe(self, callback_url: str, verify_token: str) -> int:
        """Return the new id. Before it answers, Strava calls ``callback_url``: have it served."""
        form = {**self._credentials(), "callback_url": callback_url, "verify_token": verify_token}
        try:
            with self._gateway.client(Call.APP) as client:
                # The raw answer: the library's model would have it carry fields that Strava does not promise.
                raw = client.protocol.post("/push_subscriptions", data=form)
        except SourceRefused as error:
            raise _why_not_subscribed(error) from None
        return _subscription(raw).id

    def current(self) -> Subscription | None:
        with self._gateway.client(Call.APP) as client:
            # The credentials stand in the address, as documented: a GET with a body does not reach Strava.
            raw = client.protocol.get("/push_subscriptions", **self._credentials())
        found = raw if isinstance(raw, list) else [raw]
        return _subscription(found[0]) if found else None

    def unsubscribe(self, subscription_id: int) -> None:
        """End it, or raise NotFound where there is none with this id."""
        with self._gateway.client(Call.APP) as client:
            client.delete_subscription(subscription_id, self._app.client_id, self._app.client_secret)

    def _credentials(self) -> dict[str, Any]:
        return {"client_id": self._app.client_id, "client_secret": self._app.client_secret}


def _why_not_subscribed(error: SourceRefused) -> SourceRefused:
    said = str(error)
    if "already exists" in said:
        return SourceRefused("a push subscription exists already: delete it before making another")
    if "not verifiable" in said or "does not return 200" in said:
        return SourceRefused(
            "Strava could not verify the callback: it must be reachable from the internet over https and"
            " answer within 2 seconds, with no login or bot check in front"
        )
    return error


def _subscription(raw: Any) -> Subscription:
    number = raw.get("id") if isinstance(raw, dict) else None
    if not isinstance(number, int) or not _is_id(number):
        raise SourceDown("Strava's answer holds no subscription id")
    callback_url = raw.get("callback_url")
    return Subscription(number, callback_url if isinstance(callback_url, str) else "")


def handshake(args: Mapping[str, str], verify_token: str) -> dict[str, str] | None:
    """Return the JSON that proves the callback is ours, or None where the caller is not the one we asked.

    ``args`` is the query of Strava's GET; the dots belong to the names.
    """
    challenge = args.get("hub.challenge", "")
    token = args.get("hub.verify_token", "")
    if args.get("hub.mode") != "subscribe" or not challenge or not verify_token:
        return None
    if not hmac.compare_digest(token.encode("utf-8", "replace"), verify_token.encode()):
        return None
    return {"hub.challenge": challenge}


class EventRefused(ValueError):
    """It is not an event. One line: the field and what is wrong with it, never its value."""


def parse_event(body: bytes) -> HookEvent:
    """Read the body of a push, or raise EventRefused. Keys that are not documented are ignored."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise EventRefused("the body is not JSON") from None
    if not isinstance(raw, dict):
        raise EventRefused("the body is not a JSON object")
    return HookEvent(
        object_type=_object_type(raw.get("object_type")),
        aspect_type=_aspect_type(raw.get("aspect_type")),
        object_id=_event_id(raw, "object_id"),
        owner_id=_event_id(raw, "owner_id"),
        subscription_id=_event_id(raw, "subscription_id"),
        event_at=_event_at(raw.get("event_time")),
        updates=_updates(raw.get("updates")),
    )


def _object_type(value: object) -> Literal["activity", "athlete"]:
    if value == "activity":
        return "activity"
    if value == "athlete":
        return "athlete"
    raise EventRefused("object_type: neither activity nor athlete")


def _aspect_type(value: object) -> Literal["create", "update", "delete"]:
    if value == "create":
        return "create"
    if value == "update":
        return "update"
    if value == "delete":
        return "delete"
    raise EventRefused("aspect_type: none of create, update, delete")


def _event_id(raw: Mapping[str, object], key: str) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or not _is_id(value):
        raise EventRefused(f"{key}: not a positive 64-bit integer")
    return value


def _event_at(value: object) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        raise EventRefused("event_time: not in epoch seconds")
    if not FIRST_EVENT_TIME_S <= value < LAST_EVENT_TIME_S:
        raise EventRefused("event_time: out of range")
    return datetime.fromtimestamp(value, UTC)


def _updates(value: object) -> dict[str, str]:
    """Truth values come as "true" and "false", or as real ones; other kinds of value are left out."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise EventRefused("updates: not a JSON object")
    words = {key: str(item).lower() if isinstance(item, bool) else item for key, item in value.items()}
    return {key: word for key, word in words.items() if isinstance(word, str)}


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID
