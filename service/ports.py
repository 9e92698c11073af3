"""What the service asks of the outside world, and how that world may fail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from service.domain.activity import Activity

Clock = Callable[[], datetime]  # aware UTC


class Lane(StrEnum):
    """Who waits for a call: somebody right now, or nobody in particular."""

    LIVE = "live"
    BULK = "bulk"


# --- where activities come from -------------------------------------------------------------


class SourceError(Exception):
    """The source did not give what was asked. The message is one clear line without secrets."""


class RateLimited(SourceError):
    """The call budget is used up until ``retry_at`` (aware UTC)."""

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Unauthorized(SourceError):
    """The token is not, or no longer, accepted."""


class ScopeMissing(SourceError):
    """The runner did not grant what this call needs."""


class NotFound(SourceError):
    """It is gone, or not visible to us."""


class AppInactive(SourceError):
    """The API application itself is refused: its owner's subscription lapsed."""


class CapacityFull(SourceError):
    """The API application may not connect another athlete."""


class SourceRefused(SourceError):
    """The request itself was wrong (a 4xx that is none of the above): trying again will not help."""


class SourceDown(SourceError):
    """Network, timeout, 5xx or an answer that is not what the source documents: later may help."""


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True)
class Connected:
    """A finished code exchange."""

    tokens: Tokens
    strava_athlete_id: int


@dataclass(frozen=True, slots=True)
class Refused:
    """An item of a page that could not be read, and why."""

    id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, any order. ``count`` is what the source sent; 0 means the list ended before."""

    activities: tuple[Activity, ...]
    refused: tuple[Refused, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Subscription:
    id: int
    callback_url: str


class ActivitySource(Protocol):
    """Each call may raise any SourceError. ``lane`` decides whose share of the call budget it takes."""

    def authorize_url(self, *, redirect_uri: str, state: str, scopes: tuple[str, ...]) -> str: ...

    def exchange(self, code: str) -> Connected: ...

    def refresh(self, refresh_token: str) -> Tokens: ...

    def revoke(self, tokens: Tokens) -> None: ...

    def athlete_id(self, access_token: str, lane: Lane) -> int: ...

    def activity(self, access_token: str, activity_id: int, lane: Lane, *, owner_id: int) -> Activity:
        """With its detail. Another athlete's activity is NotFound, however public it is."""
        ...

    def activities(
        self, access_token: str, lane: Lane, *, after: datetime, before: datetime | None = None, page: int = 1
    ) -> Page:
        """The ``page``-th 200 activities that started after ``after``; ask on until a page's count is 0."""
        ...


class HookSubscriptions(Protocol):
    """The one push subscription of the API application."""

    def subscribe(self, callback_url: str, verify_token: str) -> int: ...

    def current(self) -> Subscription | None: ...

    def unsubscribe(self, subscription_id: int) -> None: ...


@dataclass(frozen=True, slots=True)
class HookEvent:
    """One push event: a hint that something may have changed, never a fact. Nobody signs it, so what it
    names is fetched anew before anything is believed."""

    object_type: Literal["activity", "athlete"]
    aspect_type: Literal["create", "update", "delete"]
    object_id: int
    owner_id: int
    subscription_id: int
    event_at: datetime  # aware UTC, as the sender says
    updates: Mapping[str, str]  # what changed, on updates only; truth values are "true" and "false"

    @property
    def says_deauthorized(self) -> bool:
        """The athlete disconnected the application. Documented as an update; a delete means it too."""
        return self.object_type == "athlete" and (
            self.aspect_type == "delete" or self.updates.get("authorized") == "false"
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """The source's own count of our calls: (quarter hour, UTC day)."""

    limit: tuple[int, int]
    used: tuple[int, int]
    read_limit: tuple[int, int] | None = None
    read_used: tuple[int, int] | None = None


class CallBudget(Protocol):
    def spend(self, lane: Lane) -> None:
        """Count one call, or raise RateLimited without counting it."""
        ...

    def learn(self, usage: Usage) -> None:
        """Take over the source's own count where it is higher, and its limits."""
        ...


# --- writing a session back -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StrengthSet:
    exercise: str  # of the routine, or what stands in for one
    level: int
    reps: int  # of one side


@dataclass(frozen=True, slots=True)
class StrengthUpload:
    """A session as it was done."""

    external_id: str  # the same at every try: by it the source knows the second one
    name: str
    description: str
    start_at: datetime  # aware UTC
    utc_offset_s: int
    elapsed_s: int
    sets: tuple[StrengthSet, ...]  # at least one, in the order they were done


class UploadState(StrEnum):
    WORKING = "working"
    DONE = "done"
    DUPLICATE = "duplicate"  # the source has it already
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How far the source has come with an upload."""

    state: UploadState
    activity_id: int | None = None  # what it became, or what it is the duplicate of


class StrengthUploads(Protocol):
    """Each call may raise any SourceError; ScopeMissing where the runner did not grant to write."""

    def upload(self, access_token: str, session: StrengthUpload, lane: Lane) -> int:
        """Hand it in; the id to ask by what became of it. Twice is as good as once."""
        ...

    def uploaded(self, access_token: str, upload_id: int, lane: Lane) -> Uploaded: ...

    def mute(self, access_token: str, activity_id: int, lane: Lane) -> None:
        """Keep it out of others' feeds; it stays on the runner's own pages."""
        ...


# --- ways to reach the runner ---------------------------------------------------------------


class DeliveryError(Exception):
    """The message did not go out. ``permanent`` means that the same address will never work."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """What leaves the server: neutral words and one-tap links, never a fact derived from an activity."""

    title: str
    text: str
    links: tuple[Link, ...] = ()
    tag: str = ""  # the same tag replaces an earlier message where the service allows

    def text_with_links(self) -> str:
        return "\n".join([self.text, *(f"{link.label}: {link.url}" for link in self.links)])


class Channel(Protocol):
    def send(self, message: Message) -> str:
        """Deliver once, or raise DeliveryError. A handle by which it can be changed; "" where it cannot."""
        ...

    def change(self, handle: str, message: Message) -> None:
        """Put ``message`` in the place of the one that was sent, without a sound; twice is as good as once.

        Raises DeliveryError: permanent where that one is gone.
        """
        ...


# --- the engine -----------------------------------------------------------------------------


class Wake(Protocol):
    def __call__(self, athlete_id: int, lane: Lane) -> None:
        """Nudge: there is work. May be lost, doubled or late; never raises. Call it after the commit."""
        ...
