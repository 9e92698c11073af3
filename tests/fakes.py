"""Stand-ins for the outside world: a clock one can move, a Strava without a network, channels that
remember.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from service.domain.activity import Activity
from service.ports import (
    Connected,
    DeliveryError,
    Lane,
    Message,
    NotFound,
    Page,
    Refused,
    SourceError,
    StrengthUpload,
    Subscription,
    Tokens,
    Unauthorized,
    Uploaded,
    UploadState,
    Usage,
)


class FakeClock:
    """Aware UTC. Stands still until it is told to move."""

    def __init__(self, at: str | datetime) -> None:
        self.at = datetime.fromisoformat(at) if isinstance(at, str) else at

    def __call__(self) -> datetime:
        return self.at.astimezone(UTC)

    def tick(self, **delta: float) -> None:
        self.at += timedelta(**delta)


@dataclass
class FakeSource:
    """An ActivitySource over plain lists. ``failures`` are raised one a call, before anything else
    happens.
    """

    clock: Callable[[], datetime]
    athlete: int = 9001
    history: dict[int, Activity] = field(default_factory=dict)
    unreadable: list[Refused] = field(default_factory=list)
    failures: list[SourceError] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    per_page: int = 200
    generation: int = 1
    revoked: bool = False

    def record(self, activities: Iterable[Activity]) -> None:
        self.history.update((activity.id, activity) for activity in activities)

    def authorize_url(self, *, redirect_uri: str, state: str, scopes: tuple[str, ...]) -> str:
        return f"https://strava.example/oauth/authorize?redirect_uri={redirect_uri}&state={state}&scope={','.join(scopes)}"

    def exchange(self, code: str) -> Connected:
        self._call(f"exchange {code}")
        self.revoked = False
        return Connected(self._tokens(), self.athlete)

    def refresh(self, refresh_token: str) -> Tokens:
        self._call("refresh")
        if self.revoked or refresh_token != f"refresh-{self.generation}":
            raise Unauthorized("the refresh token is not valid")
        self.generation += 1
        return self._tokens()

    def revoke(self, tokens: Tokens) -> None:
        self._call("revoke")
        self.revoked = True

    def athlete_id(self, access_token: str, lane: Lane) -> int:
        self._call("athlete", access_token)
        return self.athlete

    def activity(self, access_token: str, activity_id: int, lane: Lane, *, owner_id: int) -> Activity:
        self._call(f"activity {activity_id}", access_token)
        if activity_id not in self.history or owner_id != self.athlete:
            raise NotFound(f"activity {activity_id} is not there")
        return replace(self.history[activity_id], detailed=True)

    def activities(
        self,
        access_token: str,
        lane: Lane,
        *,
        after: datetime,
        before: datetime | None = None,
        page: int = 1,
    ) -> Page:
        self._call(f"activities {page}", access_token)
        wanted = [
            activity
            for activity in self.history.values()
            if activity.start_at > after and (before is None or activity.start_at < before)
        ]
        wanted.sort(key=lambda activity: activity.start_at, reverse=True)
        shown = wanted[(page - 1) * self.per_page : page * self.per_page]
        summaries = tuple(item.as_listed() for item in shown)
        refused = tuple(self.unreadable) if page == 1 else ()
        return Page(summaries, refused, len(shown) + len(refused))

    def _tokens(self) -> Tokens:
        n = self.generation
        return Tokens(f"access-{n}", f"refresh-{n}", self.clock() + timedelta(hours=6))

    def _call(self, name: str, access_token: str | None = None) -> None:
        self.calls.append(name)
        if self.failures:
            raise self.failures.pop(0)
        if access_token is not None and (self.revoked or access_token != f"access-{self.generation}"):
            raise Unauthorized("the access token is not valid")


@dataclass
class FakeUploads:
    """StrengthUploads that end as ``ends`` says, after ``looks`` answers that it is still being processed.

    What has come in before is a duplicate. ``failures`` are raised one a call, ``after`` once the call was
    taken in all the same: an answer that never arrived.
    """

    ends: UploadState = UploadState.DONE
    looks: int = 0
    failures: list[SourceError] = field(default_factory=list)
    after: list[SourceError] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    handed_in: list[StrengthUpload] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)  # activity ids by external id
    muted: list[int] = field(default_factory=list)

    def upload(self, access_token: str, session: StrengthUpload, lane: Lane) -> int:
        self._call("upload")
        self.handed_in.append(session)
        if self.after:
            self._become(len(self.handed_in))
            raise self.after.pop(0)
        return len(self.handed_in)

    def uploaded(self, access_token: str, upload_id: int, lane: Lane) -> Uploaded:
        self._call("uploaded")
        if self.looks:
            self.looks -= 1
            return Uploaded(UploadState.WORKING)
        if self.ends is UploadState.REFUSED:
            return Uploaded(self.ends)
        return self._become(upload_id)

    def mute(self, access_token: str, activity_id: int, lane: Lane) -> None:
        self._call("mute")
        self.muted.append(activity_id)

    def _become(self, upload_id: int) -> Uploaded:
        key = self.handed_in[upload_id - 1].external_id
        if key in self.held:
            return Uploaded(UploadState.DUPLICATE, self.held[key])
        self.held[key] = 7_000 + upload_id
        return Uploaded(UploadState.DONE, self.held[key])

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.failures:
            raise self.failures.pop(0)


@dataclass
class FakeHooks:
    held: Subscription | None = None
    failures: list[SourceError] = field(default_factory=list)

    def subscribe(self, callback_url: str, verify_token: str) -> int:
        if self.failures:
            raise self.failures.pop(0)
        self.held = Subscription(77, callback_url)
        return 77

    def current(self) -> Subscription | None:
        return self.held

    def unsubscribe(self, subscription_id: int) -> None:
        self.held = None


@dataclass
class FakeChannel:
    """A chat: remembers what was sent, and what stands there after the changes. ``failures`` are raised one
    a call.
    """

    failures: list[DeliveryError] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    changes: list[Message] = field(default_factory=list)
    shown: dict[str, Message] = field(default_factory=dict)  # by handle, oldest first
    can_change: bool = True

    def send(self, message: Message) -> str:
        self._fail()
        self.sent.append(message)
        handle = f"message-{len(self.sent)}"
        self.shown[handle] = message
        return handle if self.can_change else ""

    def change(self, handle: str, message: Message) -> None:
        self._fail()
        self.changes.append(message)
        self.shown[handle] = message

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


@dataclass
class RecordingWake:
    nudges: list[tuple[int, Lane]] = field(default_factory=list)

    def __call__(self, athlete_id: int, lane: Lane) -> None:
        self.nudges.append((athlete_id, lane))


class FreeBudget:
    """Never refuses, remembers what it was told."""

    def __init__(self) -> None:
        self.spent: list[Lane] = []
        self.told: list[Usage] = []

    def spend(self, lane: Lane) -> None:
        self.spent.append(lane)

    def learn(self, usage: Usage) -> None:
        self.told.append(usage)
