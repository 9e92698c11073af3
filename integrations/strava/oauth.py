"""Connect, refresh, disconnect. Reference: https://developers.strava.com/docs/authentication/

stravalib builds the authorize address and makes the two token calls. It has no call for ``revoke``, and its
``deauthorize`` goes to the API's base, which moves away from the OAuth base in 2027; those two are plain
requests. We do not count these calls: token answers carry no counts, and where one does it is learnt.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from integrations.strava.errors import Call, translated
from integrations.strava.transport import OAUTH_BASE, Gateway
from service.ports import SourceDown, Tokens, Unauthorized


@dataclass(frozen=True, slots=True)
class App:
    """The credentials of the API application."""

    client_id: int
    client_secret: str = field(repr=False)


def authorize_url(gateway: Gateway, app: App, redirect_uri: str, state: str, scopes: tuple[str, ...]) -> str:
    """The consent page. Strava passes over it for those who granted all of it before."""
    with gateway.client(Call.EXCHANGE) as client:
        url = client.authorization_url(
            client_id=app.client_id,
            redirect_uri=redirect_uri,
            scope=cast(Any, list(scopes)),
            state=state,
        )
    return gateway.rewritten(url)


def exchange(gateway: Gateway, app: App, code: str) -> tuple[Tokens, int | None]:
    """Return the tokens and the athlete's id; None where the answer, which need not name one, does not."""
    with gateway.client(Call.EXCHANGE) as client:
        # Not the client's method: it refuses the tokens where it dislikes the athlete beside them.
        info, athlete = client.protocol.exchange_code_for_token(
            client_id=app.client_id, client_secret=app.client_secret, code=code, return_athlete=True
        )
    return _tokens(info), athlete_id(athlete)


def refresh(gateway: Gateway, app: App, refresh_token: str) -> Tokens:
    """Trade the refresh token in. The old one is dead once this returns another: write it down before use."""
    with gateway.client(Call.REFRESH) as client:
        info = client.refresh_access_token(app.client_id, app.client_secret, refresh_token)
    return _tokens(info)


def revoke(gateway: Gateway, app: App, tokens: Tokens, how: Literal["revoke", "deauthorize"]) -> None:
    """End the grant. Tokens that Strava no longer knows count as revoked.

    ``deauthorize`` is the older call, supported until 2027-06-01. It goes by the access token, so an expired
    one is an error here: Strava would refuse it and keep the grant.
    """
    if how == "deauthorize" and tokens.expires_at <= gateway.clock():
        raise Unauthorized("the access token has expired: refresh it, then disconnect")
    try:
        with translated(), gateway.session(Call.REVOKE) as session:
            if how == "revoke":
                session.post(
                    f"{OAUTH_BASE}/revoke",
                    data={"token": tokens.refresh, "token_type_hint": "refresh_token"},
                    auth=(str(app.client_id), app.client_secret),
                )
            else:
                bearer = {"Authorization": f"Bearer {tokens.access}"}
                session.post(f"{OAUTH_BASE}/deauthorize", headers=bearer)
    except Unauthorized:
        return


def athlete_id(raw: object) -> int | None:
    """The id in an athlete's JSON, or None. All that the product keeps of it."""
    value = raw.get("id") if isinstance(raw, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _tokens(info: Any) -> Tokens:
    access, refresh, expires = info["access_token"], info["refresh_token"], info["expires_at"]
    try:
        expires_at = datetime.fromtimestamp(expires, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise SourceDown("Strava's token answer has no usable expiry") from None
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise SourceDown("Strava's token answer has no usable tokens")
    return Tokens(access, refresh, expires_at)
