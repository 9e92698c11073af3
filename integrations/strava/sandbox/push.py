"""Push subscriptions and their events: the handshake, three tries, and what happens to an event on its way.

Source: Strava API, Webhooks. Events are not signed.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import requests

from integrations.strava.sandbox.agenda import Agenda, Clock
from integrations.strava.sandbox.errors import StravaError, bad_request
from integrations.strava.sandbox.faults import EventFault
from integrations.strava.sandbox.shapes import Json, utc_text

TRIES = 3
ANSWER_WITHIN_S = 2.0
LONGEST_CALLBACK_URL = 255
REMEMBERED = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    id: int
    client_id: str
    callback_url: str
    created_at: datetime

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "resource_state": 2,
            "application_id": int(self.client_id) if self.client_id.isdigit() else 0,
            "callback_url": self.callback_url,
            "created_at": utc_text(self.created_at),
            "updated_at": utc_text(self.created_at),
        }


@dataclass(slots=True)
class Delivery:
    """One event and what became of it."""

    subscription: Subscription
    event: Json
    state: str = "waiting"  # waiting, sent, failed (three tries), lost (on purpose)
    tries: list[str] = field(default_factory=list)  # the status of each try, or what went wrong

    def as_json(self) -> Json:
        return {"event": self.event, "state": self.state, "tries": list(self.tries)}


class Push:
    """Subscriptions of all apps, at most one each, and the post office."""

    def __init__(self, clock: Clock, agenda: Agenda, retry_interval_s: float) -> None:
        self.clock = clock
        self.agenda = agenda
        self.retry_interval_s = retry_interval_s
        self.subscriptions: dict[str, Subscription] = {}  # by client id
        self.deliveries: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._held: list[Delivery] = []  # waits for the next event to overtake it
        self._last_id = 769_700

    def subscribe(self, client_id: str, callback_url: str, verify_token: str, challenge: str) -> Subscription:
        """Shake hands with the callback, keep the subscription. Raises StravaError with Strava's reasons."""
        if not callback_url or len(callback_url) > LONGEST_CALLBACK_URL:
            raise bad_request("PushSubscription", "callback url", "invalid" if callback_url else "missing")
        if client_id in self.subscriptions:
            raise bad_request("PushSubscription", "", "already exists")
        shake_hands(callback_url, verify_token, challenge)
        self._last_id += 4
        subscription = Subscription(self._last_id, client_id, callback_url, self.clock())
        self.subscriptions[client_id] = subscription
        return subscription

    def unsubscribe(self, client_id: str, subscription_id: int) -> bool:
        found = self.subscriptions.get(client_id)
        if found is None or found.id != subscription_id:
            return False
        del self.subscriptions[client_id]
        return True

    def send(
        self, subscription: Subscription, event: Json, next_fault: Callable[[], EventFault | None]
    ) -> None:
        """Put the event on its way, subject to whatever is made to go wrong."""
        fault = next_fault()
        kind = fault.kind if fault else ""
        for _ in range(2 if kind == "duplicate" else 1):
            delivery = Delivery(subscription, event)
            self.deliveries.append(delivery)
            if kind == "lose":
                delivery.state = "lost"
            elif kind == "reorder":
                self._held.append(delivery)
            else:
                self._post_later(delivery, fault.seconds if fault and kind == "delay" else 0.0)
        if kind != "reorder":
            self.release_held()

    def release_held(self) -> None:
        held, self._held = self._held, []
        for delivery in held:
            self._post_later(delivery)

    def _post_later(self, delivery: Delivery, in_s: float = 0.0) -> None:
        self.agenda.add(lambda: self._post(delivery), in_s)

    def _post(self, delivery: Delivery) -> None:
        if self.subscriptions.get(delivery.subscription.client_id) is not delivery.subscription:
            delivery.state = "lost"
            return
        outcome = post_event(delivery.subscription.callback_url, delivery.event)
        delivery.tries.append(outcome)
        if outcome == "200":
            delivery.state = "sent"
        elif len(delivery.tries) < TRIES:
            self._post_later(delivery, self.retry_interval_s)
        else:
            delivery.state = "failed"
            log.warning("event for %s given up: %s", delivery.event["object_id"], ", ".join(delivery.tries))


def post_event(callback_url: str, event: Json) -> str:
    """Return the answer's status, or one word for no answer."""
    try:
        with _session() as session:
            answer = session.post(callback_url, json=event, timeout=ANSWER_WITHIN_S, allow_redirects=False)
            return str(answer.status_code)
    except requests.Timeout:
        return "timeout"
    except requests.RequestException:
        return "no answer"


def shake_hands(callback_url: str, verify_token: str, challenge: str) -> None:
    """GET the callback, which must echo the challenge within two seconds. Raises StravaError."""
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    try:
        with _session() as session:
            answer = session.get(callback_url, params=query, timeout=ANSWER_WITHIN_S, allow_redirects=False)
    except requests.RequestException:
        raise _not_verifiable() from None
    if answer.status_code != 200:
        raise bad_request("PushSubscription", "callback url", "GET to callback URL does not return 200")
    try:
        echoed = answer.json()
    except requests.exceptions.JSONDecodeError:
        raise _not_verifiable() from None
    if not isinstance(echoed, dict) or echoed.get("hub.challenge") != challenge:
        raise _not_verifiable()


def _not_verifiable() -> StravaError:
    return bad_request("PushSubscription", "callback url", "not verifiable")


def _session() -> requests.Session:
    """Ignores proxies of the environment: callbacks are on this machine or reachable directly."""
    session = requests.Session()
    session.trust_env = False
    return session
