"""Strava as a source of activities, and as a place to write sessions to.

The endpoints are stravalib's; what comes back is read as raw JSON (see parse.py) and page by page: its own
iterator stops at the first short page, while Strava asks to go on until an empty one:
https://developers.strava.com/docs/#Pagination
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from integrations.strava import oauth, parse, strength
from integrations.strava.errors import Call
from integrations.strava.transport import Gateway
from service.domain.activity import Activity
from service.ports import (
    CallBudget,
    Clock,
    Connected,
    Lane,
    NotFound,
    Page,
    Refused,
    SourceDown,
    SourceRefused,
    StrengthUpload,
    Tokens,
    Uploaded,
)

PER_PAGE = 200  # the most Strava gives


class StravaSource:
    """An ActivitySource and StrengthUploads. May be shared by threads."""

    def __init__(
        self,
        *,
        client_id: int | str,
        client_secret: str,
        oauth_base: str,
        api_base: str,
        revoke: Literal["revoke", "deauthorize"],
        budget: CallBudget,
        clock: Clock,
        timeout_s: tuple[float, float] = (5, 10),
    ) -> None:
        self._app = oauth.App(int(client_id), client_secret)
        self._gateway = Gateway(oauth_base, api_base, timeout_s, clock, budget)
        self._budget = budget
        self._revoke = revoke

    def authorize_url(self, *, redirect_uri: str, state: str, scopes: tuple[str, ...]) -> str:
        return oauth.authorize_url(self._gateway, self._app, redirect_uri, state, scopes)

    def exchange(self, code: str) -> Connected:
        tokens, athlete_id = oauth.exchange(self._gateway, self._app, code)
        if athlete_id is None:
            athlete_id = self.athlete_id(tokens.access, Lane.LIVE)
        return Connected(tokens, athlete_id)

    def refresh(self, refresh_token: str) -> Tokens:
        return oauth.refresh(self._gateway, self._app, refresh_token)

    def revoke(self, tokens: Tokens) -> None:
        oauth.revoke(self._gateway, self._app, tokens, self._revoke)

    def athlete_id(self, access_token: str, lane: Lane) -> int:
        athlete_id = oauth.athlete_id(self._get(access_token, lane, "/athlete"))
        if athlete_id is None:
            raise SourceDown("Strava's answer holds no athlete id")
        return athlete_id

    def activity(self, access_token: str, activity_id: int, lane: Lane, *, owner_id: int) -> Activity:
        raw = self._get(access_token, lane, "/activities/{id}", id=activity_id, include_all_efforts="false")
        try:
            activity = replace(parse.activity(raw), detailed=True)
            found_owner_id = parse.owner_id(raw)
        except parse.ParseError as error:
            raise SourceRefused(f"activity {activity_id} cannot be read: {error}") from None
        if found_owner_id != owner_id:  # an event may name anybody's; public ones can be read with any token
            raise NotFound(f"activity {activity_id} is another athlete's")
        return activity

    def activities(
        self, access_token: str, lane: Lane, *, after: datetime, before: datetime | None = None, page: int = 1
    ) -> Page:
        bounds = {"after": int(after.timestamp())}
        if before is not None:
            bounds["before"] = int(before.timestamp())
        items = self._get(access_token, lane, "/athlete/activities", page=page, per_page=PER_PAGE, **bounds)
        if not isinstance(items, list):
            raise SourceDown("Strava's answer is not a list of activities")
        return _page(items)

    # --- writing, https://developers.strava.com/docs/uploads/

    def upload(self, access_token: str, session: StrengthUpload, lane: Lane) -> int:
        self._budget.spend(lane)
        with self._gateway.client(Call.API, access_token) as client:
            # not the library's uploader: it knows no strength sessions
            raw = client.protocol.post(
                "/uploads", files={"file": strength.file(session)}, data=strength.form(session)
            )
        return strength.upload_id(raw)

    def uploaded(self, access_token: str, upload_id: int, lane: Lane) -> Uploaded:
        return strength.uploaded(self._get(access_token, lane, "/uploads/{id}", id=upload_id))

    def mute(self, access_token: str, activity_id: int, lane: Lane) -> None:
        self._budget.spend(lane)
        with self._gateway.client(Call.API, access_token) as client:
            client.protocol.put("/activities/{id}", id=activity_id, body={"hide_from_home": True})

    def _get(self, access_token: str, lane: Lane, path: str, **params: Any) -> Any:
        """One call, its raw JSON. ``path`` may name a parameter in braces."""
        self._budget.spend(lane)
        with self._gateway.client(Call.API, access_token) as client:
            return client.protocol.get(path, **params)


def _page(items: list[Any]) -> Page:
    """One bad item costs itself alone."""
    activities: list[Activity] = []
    refused: list[Refused] = []
    for item in items:
        try:
            activities.append(parse.activity(item))
        except parse.ParseError as error:
            refused.append(Refused(_id(item), str(error)))
    return Page(tuple(activities), tuple(refused), len(items))


def _id(item: Any) -> int | None:
    try:
        return parse.activity_id(item) if isinstance(item, dict) else None
    except parse.ParseError:
        return None
