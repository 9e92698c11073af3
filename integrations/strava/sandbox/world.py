"""The sandbox's whole state: athletes, apps, grants, activities, subscriptions, faults, counters and calls.

Everything lives in memory and goes through one lock. The clock is given: nothing here knows the real time.
"""

import random
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from integrations.strava.sandbox.agenda import Agenda, Clock, Deliver
from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.errors import capacity_full, not_found
from integrations.strava.sandbox.events import activity_events, deauthorized_event
from integrations.strava.sandbox.faults import EventFault, Faults
from integrations.strava.sandbox.grants import READS_ACTIVITIES, Grant, Grants
from integrations.strava.sandbox.limits import Limits, RateLimits
from integrations.strava.sandbox.push import Push
from integrations.strava.sandbox.shapes import Json, end_of, legacy_type

if TYPE_CHECKING:
    from integrations.strava.sandbox.uploads import Upload

FIRST_ACTIVITY_ID = 15_000_000_000
REMEMBERED_CALLS = 50_000


@dataclass(slots=True)
class App:
    """An API application as its owner set it up."""

    client_id: str
    secret: str
    name: str
    callback_domain: str
    active: bool = True  # False: its owner's subscription ran out
    capacity: int | None = None  # athletes it may connect; None: no end
    rate: RateLimits = field(default_factory=RateLimits)


@dataclass(frozen=True, slots=True)
class Call:
    athlete_id: int | None
    client_id: str | None
    method: str
    path: str
    query: dict[str, str]
    status: int
    at: datetime


class World:
    """Thread-safe. ``clock`` returns aware UTC."""

    def __init__(
        self,
        clock: Clock,
        client_id: str = "1",
        client_secret: str = "sandbox-secret",
        seed: int = 1,
        *,
        app_name: str = "Afterrun",
        callback_domain: str = "localhost",
        deliver: Deliver = "thread",
        retry_interval_s: float = 2.0,
        limits: Limits | None = None,
        capacity: int | None = None,
        own_revoke_sends_event: bool = True,
    ) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.rng = random.Random(seed)
        self.default_client_id = client_id
        self.apps = {client_id: App(client_id, client_secret, app_name, callback_domain, capacity=capacity)}
        self.apps[client_id].rate = RateLimits(limits or Limits())
        self.athletes: dict[int, Athlete] = {}
        self.uploads: dict[int, Upload] = {}
        self.grants = Grants(self.make_token)
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=REMEMBERED_CALLS)
        self.agenda = Agenda(clock, deliver)
        self.push = Push(clock, self.agenda, retry_interval_s)
        self.own_revoke_sends_event = own_revoke_sends_event
        self.usual_capacity = capacity
        self.closing = threading.Event()
        self._last_activity_id = FIRST_ACTIVITY_ID

    @property
    def app(self) -> App:
        """The app that control and tests mean when they name none."""
        return self.apps[self.default_client_id]

    @property
    def default_athlete_id(self) -> int | None:
        return next(iter(self.athletes), None)

    def make_token(self) -> str:
        return f"{self.rng.getrandbits(160):040x}"

    def next_activity_id(self) -> int:
        with self.lock:
            self._last_activity_id += self.rng.randrange(1_000, 90_000)
            return self._last_activity_id

    def add_app(self, client_id: str, secret: str, name: str, callback_domain: str = "localhost") -> App:
        self.apps[client_id] = App(client_id, secret, name, callback_domain)
        return self.apps[client_id]

    def add_athlete(self, athlete: Athlete) -> Athlete:
        with self.lock:
            self.athletes[athlete.id] = athlete
            self._last_activity_id = max([self._last_activity_id, *athlete.activities])
        return athlete

    def athlete(self, athlete_id: int) -> Athlete:
        """Raises StravaError 404."""
        found = self.athletes.get(athlete_id)
        if found is None:
            raise not_found("Athlete")
        return found

    def activity(self, athlete_id: int, activity_id: int) -> Json:
        """Raises StravaError 404."""
        found = self.athlete(athlete_id).activities.get(activity_id)
        if found is None:
            raise not_found("Activity")
        return found

    # Activities: each change tells the subscriptions what Strava would tell them.

    def add_activity(self, athlete_id: int, known: Mapping[str, Any]) -> Json:
        """Save an activity of which some of Strava's fields are known.

        Raises TypeError or ValueError for senseless fields, StravaError for an unknown athlete.
        """
        with self.lock:
            athlete = self.athlete(athlete_id)
            activity_id = int(known["id"]) if known.get("id") else self.next_activity_id()
            if activity_id in athlete.activities:
                raise ValueError(f"activity {activity_id} exists already")
            activity = athlete.completed(known, activity_id)
            athlete.keep(activity)
        self._tell(athlete_id, None, activity)
        return activity

    def edit_activity(self, athlete_id: int, activity_id: int, changes: Mapping[str, Any]) -> Json:
        """Change fields as the athlete would on the site. Only title, type and privacy are told by events."""
        with self.lock:
            before = self.activity(athlete_id, activity_id)
            athlete = self.athletes[athlete_id]
            known = _edited(before, changes)
            after = athlete.completed(known, activity_id)
            athlete.keep(after)
        self._tell(athlete_id, before, after)
        return after

    def delete_activity(self, athlete_id: int, activity_id: int) -> None:
        with self.lock:
            before = self.activity(athlete_id, activity_id)
            self.athletes[athlete_id].drop(activity_id)
        self._tell(athlete_id, before, None)

    def replay(self, athlete: Athlete, since: datetime, lag_s: float = 180.0) -> int:
        """Add an athlete; activities that end after ``since`` appear one by one, ``lag_s`` after their end.

        Return how many are still to come. They appear when the clock gets there and the agenda runs.
        """
        to_come = [activity for activity in athlete.activities.values() if end_of(activity) > since]
        for activity in to_come:
            athlete.drop(activity["id"])
        self.add_athlete(athlete)
        for activity in sorted(to_come, key=end_of):
            self.schedule_activity(athlete.id, activity, end_of(activity) + timedelta(seconds=lag_s))
        return len(to_come)

    def schedule_activity(self, athlete_id: int, known: Mapping[str, Any], at: datetime) -> None:
        """Let the activity be uploaded when the clock reaches ``at``."""
        self.agenda.add(lambda: self.add_activity(athlete_id, known), at=at)

    # Consent.

    def connect(self, athlete_id: int, scope: Iterable[str], client_id: str | None = None) -> Grant:
        """Authorise and exchange in one step, without a browser. Raises StravaError at full capacity."""
        client_id = client_id or self.default_client_id
        with self.lock:
            code = self.grants.authorize(client_id, self.athlete(athlete_id).id, scope, self.clock())
            return self.exchange(client_id, code)

    def exchange(self, client_id: str, code: str) -> Grant:
        """Turn a code into tokens. Raises StravaError for a bad code, or when the app's capacity is full."""
        with self.lock:
            athlete_id = self.grants.athlete_of_code(code)
            if athlete_id is not None:
                self.check_capacity(client_id, athlete_id)
            return self.grants.exchange(client_id, code, self.clock())

    def check_capacity(self, client_id: str, athlete_id: int) -> None:
        """Raises StravaError 403 if one more athlete would be too many."""
        capacity, connected = self.apps[client_id].capacity, self.grants.athletes_of(client_id)
        if capacity is not None and athlete_id not in connected and len(connected) >= capacity:
            raise capacity_full()

    def revoke(self, grant: Grant, *, by_app: bool) -> None:
        """End a grant; the app hears of it."""
        with self.lock:
            self.grants.revoke(grant)
        if not by_app or self.own_revoke_sends_event:
            self._send(grant.client_id, deauthorized_event(grant.athlete_id))

    def revoke_athlete(self, athlete_id: int) -> int:
        """The athlete disconnects every app. Return how many there were."""
        with self.lock:
            grants = self.grants.of_athlete(self.athlete(athlete_id).id)
        for grant in grants:
            self.revoke(grant, by_app=False)
        return len(grants)

    # Events and the end.

    def deliver_pending(self) -> int:
        """Run everything due by the clock: deliveries, retries, uploads. Return the number of jobs."""
        self.push.release_held()
        return self.agenda.run_due()

    def close(self) -> None:
        """Stop the background thread and let hanging answers go."""
        self.closing.set()
        self.agenda.close()

    def _tell(self, athlete_id: int, before: Json | None, after: Json | None) -> None:
        with self.lock:
            grants = [g for g in self.grants.of_athlete(athlete_id) if g.scope & READS_ACTIVITIES]
        for grant in grants:
            wide = "activity:read_all" in grant.scope
            for event in activity_events(before, after, sees_private=wide):
                self._send(grant.client_id, event)

    def _send(self, client_id: str, event: Json) -> None:
        subscription = self.push.subscriptions.get(client_id)
        if subscription is not None:
            stamped = event | {
                "event_time": int(self.clock().timestamp()),
                "subscription_id": subscription.id,
            }
            self.push.send(subscription, stamped, self._next_event_fault)

    def _next_event_fault(self) -> EventFault | None:
        with self.lock:
            return self.faults.next_event()


def _edited(before: Json, changes: Mapping[str, Any]) -> Json:
    """The old fields under the new ones, without those that follow from what was changed."""
    known = before | dict(changes)
    if "private" in changes and "visibility" not in changes:
        known["visibility"] = "only_me" if changes["private"] else "everyone"
    if "sport_type" in changes and "type" not in changes:
        known["type"] = legacy_type(changes["sport_type"])
    elif "type" in changes and "sport_type" not in changes:
        known["sport_type"] = changes["type"]
    if "start_date" in changes and "start_date_local" not in changes:
        del known["start_date_local"], known["utc_offset"]
    elif "start_date_local" in changes and "start_date" not in changes:
        del known["start_date"], known["utc_offset"]
    if {"distance", "moving_time"} & changes.keys() and "average_speed" not in changes:
        del known["average_speed"]
    if "average_heartrate" in changes:
        known["has_heartrate"] = changes["average_heartrate"] is not None
    return known
