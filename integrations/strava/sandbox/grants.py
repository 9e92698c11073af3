"""Which app may see what of whom: codes, grants, access and refresh tokens.

Source: Strava API, Authentication.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations.strava.sandbox.errors import bad_request, bad_token
from integrations.strava.sandbox.shapes import Json

SCOPES = (
    "read", "read_all", "profile:read_all", "profile:write", "activity:read", "activity:read_all",
    "activity:write",
)  # fmt: skip
READS_ACTIVITIES = frozenset({"activity:read", "activity:read_all"})
CODE_LIFE_S = 600
TOKEN_LIFE_S = 6 * 3600
SAME_TOKEN_ABOVE_S = 3600  # a refresh with more than this left returns the tokens as they are

MakeToken = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Code:
    client_id: str
    athlete_id: int
    scope: frozenset[str]
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """An athlete's consent to one app and its newest pair of tokens."""

    client_id: str
    athlete_id: int
    scope: frozenset[str]
    access_token: str = ""
    refresh_token: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    grant: Grant
    scope: frozenset[str]
    expires_at: datetime


@dataclass(slots=True)
class Grants:
    """All consents of the world. The caller holds the world's lock."""

    make_token: MakeToken
    _codes: dict[str, Code] = field(default_factory=dict)
    _grants: dict[tuple[str, int], Grant] = field(default_factory=dict)
    _access: dict[str, AccessToken] = field(default_factory=dict)

    def of(self, client_id: str, athlete_id: int) -> Grant | None:
        return self._grants.get((client_id, athlete_id))

    def of_athlete(self, athlete_id: int) -> list[Grant]:
        return [grant for grant in self._grants.values() if grant.athlete_id == athlete_id]

    def athletes_of(self, client_id: str) -> set[int]:
        return {grant.athlete_id for grant in self._grants.values() if grant.client_id == client_id}

    def authorize(self, client_id: str, athlete_id: int, scope: Iterable[str], now: datetime) -> str:
        """Return a code that can be used once and soon. Strava always grants `read` along with the rest."""
        code = self.make_token()
        wanted = frozenset(scope) | {"read"}
        self._codes[code] = Code(client_id, athlete_id, wanted, now + timedelta(seconds=CODE_LIFE_S))
        return code

    def athlete_of_code(self, code: str) -> int | None:
        return self._codes[code].athlete_id if code in self._codes else None

    def exchange(self, client_id: str, code: str, now: datetime) -> Grant:
        """Turn a code into a grant with fresh tokens. Raises StravaError for a used, foreign or old code."""
        found = self._codes.pop(code, None)
        if found is None or found.client_id != client_id or found.expires_at <= now:
            raise bad_request("RequestToken", "code")
        grant = self._grants.setdefault(
            (client_id, found.athlete_id), Grant(client_id, found.athlete_id, found.scope)
        )
        grant.scope = found.scope
        self._renew(grant, now)
        return grant

    def refresh(self, client_id: str, refresh_token: str, now: datetime) -> Grant:
        """Return the grant with tokens good for more than an hour. An older refresh token is dead at once."""
        for grant in self._grants.values():
            if grant.client_id == client_id and grant.refresh_token == refresh_token and refresh_token:
                if seconds_left(grant, now) <= SAME_TOKEN_ABOVE_S:
                    self._renew(grant, now)
                return grant
        raise bad_request("RefreshToken", "refresh_token")

    def access(self, token: str, now: datetime) -> AccessToken:
        """Raises StravaError if the token is unknown, expired or revoked."""
        found = self._access.get(token)
        if found is None or found.expires_at <= now:
            raise bad_token()
        return found

    def by_any_token(self, client_id: str, token: str) -> Grant | None:
        """The grant that an access or refresh token of the app belongs to."""
        if token in self._access and self._access[token].grant.client_id == client_id:
            return self._access[token].grant
        matches = (
            g
            for g in self._grants.values()
            if g.client_id == client_id and token and g.refresh_token == token
        )
        return next(matches, None)

    def revoke(self, grant: Grant) -> None:
        """End the grant; all its tokens and unused codes are dead."""
        self._grants.pop((grant.client_id, grant.athlete_id), None)
        self._access = {token: access for token, access in self._access.items() if access.grant is not grant}
        owner = (grant.client_id, grant.athlete_id)
        self._codes = {
            text: code for text, code in self._codes.items() if (code.client_id, code.athlete_id) != owner
        }

    def expire(self, athlete_id: int, now: datetime) -> None:
        """Make every access token of the athlete run out now."""
        for grant in self.of_athlete(athlete_id):
            grant.expires_at = now
        self._access = {t: a for t, a in self._access.items() if a.grant.athlete_id != athlete_id}

    def _renew(self, grant: Grant, now: datetime) -> None:
        """Make a new pair. The old access token lives until it expires; the old refresh token is dead."""
        grant.access_token, grant.refresh_token = self.make_token(), self.make_token()
        grant.expires_at = now + timedelta(seconds=TOKEN_LIFE_S)
        self._access = {token: access for token, access in self._access.items() if access.expires_at > now}
        self._access[grant.access_token] = AccessToken(grant, grant.scope, grant.expires_at)


def seconds_left(grant: Grant, now: datetime) -> int:
    return int((grant.expires_at - now).total_seconds()) if grant.expires_at else 0


def token_answer(grant: Grant, now: datetime) -> Json:
    """The five fields that exchange and refresh have in common."""
    assert grant.expires_at is not None
    return {
        "token_type": "Bearer",
        "access_token": grant.access_token,
        "expires_at": int(grant.expires_at.timestamp()),
        "expires_in": seconds_left(grant, now),
        "refresh_token": grant.refresh_token,
    }
