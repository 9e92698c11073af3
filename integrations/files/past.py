"""A recorded past, told as Strava tells the present: what the clock has not reached yet is not there."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.activity import Activity
from service.ports import (
    Connected,
    Lane,
    NotFound,
    Page,
    ScopeMissing,
    StrengthUpload,
    Subscription,
    Tokens,
    Uploaded,
)

PER_PAGE = 200
TOKENS_LAST = timedelta(days=3650)  # a token that never ends needs no renewal


class RecordedPast:
    """An ActivitySource of one athlete, without a network. Every token that it gave stays good."""

    def __init__(
        self,
        history: Iterable[Activity],
        clock: Callable[[], datetime],
        lag: timedelta,
        *,
        athlete_id: int = 1,
    ) -> None:
        """``lag``: from an activity's end to when it can be read."""
        self._clock = clock
        self._lag = lag
        self._athlete_id = athlete_id
        found = sorted(history, key=lambda activity: (activity.start_at, activity.id))
        self._starts = [activity.start_at for activity in found]
        self._summaries = [activity.as_listed() for activity in found]
        self._by_id = {activity.id: replace(activity, detailed=True) for activity in found}

    def arrives_at(self, activity: Activity) -> datetime:
        """When it can be read, and is announced."""
        return activity.end_at + self._lag

    def authorize_url(self, *, redirect_uri: str, state: str, scopes: tuple[str, ...]) -> str:
        return f"{redirect_uri}?code=recorded&state={state}&scope={','.join(scopes)}"

    def exchange(self, code: str) -> Connected:
        return Connected(self._tokens(), self._athlete_id)

    def refresh(self, refresh_token: str) -> Tokens:
        return self._tokens()

    def revoke(self, tokens: Tokens) -> None:
        """Nobody to tell."""

    def athlete_id(self, access_token: str, lane: Lane) -> int:
        return self._athlete_id

    def activity(self, access_token: str, activity_id: int, lane: Lane, *, owner_id: int) -> Activity:
        found = self._by_id.get(activity_id)
        if found is None or owner_id != self._athlete_id or not self._is_there(found):
            raise NotFound(f"activity {activity_id} is not there")
        return found

    def activities(
        self,
        access_token: str,
        lane: Lane,
        *,
        after: datetime,
        before: datetime | None = None,
        page: int = 1,
    ) -> Page:
        first, last = bisect_right(self._starts, after), bisect_right(self._starts, before or self._clock())
        there = [each for each in reversed(self._summaries[first:last]) if self._is_there(each)]
        shown = there[(page - 1) * PER_PAGE : page * PER_PAGE]
        return Page(tuple(shown), (), len(shown))

    def _is_there(self, activity: Activity) -> bool:
        return self.arrives_at(activity) <= self._clock()

    def _tokens(self) -> Tokens:
        return Tokens("recorded", "recorded", self._clock() + TOKENS_LAST)


class NoSubscriptions:
    """HookSubscriptions where events need no network to come."""

    def subscribe(self, callback_url: str, verify_token: str) -> int:
        return 1

    def current(self) -> Subscription | None:
        return None

    def unsubscribe(self, subscription_id: int) -> None:
        """There is none."""


class NoUploads:
    """StrengthUploads where nobody has switched them on."""

    def upload(self, access_token: str, session: StrengthUpload, lane: Lane) -> int:
        raise ScopeMissing("a recorded past cannot be written to")

    def uploaded(self, access_token: str, upload_id: int, lane: Lane) -> Uploaded:
        raise ScopeMissing("a recorded past cannot be written to")

    def mute(self, access_token: str, activity_id: int, lane: Lane) -> None:
        raise ScopeMissing("a recorded past cannot be written to")
