"""The sandbox's OAuth behaves as Strava's: consent, codes, refresh with rotation, revocation."""

from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from integrations.strava.sandbox import World, synthetic_runner
from tests.contract.sandbox_support import (
    START,
    Json,
    a_client,
    a_world,
    athlete_id_of,
    bearer,
    body,
    error,
    recorded,
)
from tests.fakes import FakeClock

BACK = "http://127.0.0.1:8000/connect/callback"
ASK = {
    "client_id": "1",
    "redirect_uri": BACK,
    "response_type": "code",
    "scope": "read,activity:read,activity:read_all",
    "state": "s 1/&",
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock, weeks=2)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return a_client(world)


def accept(client: FlaskClient, *ticked: str, decision: str = "authorize", **changes: str) -> dict[str, str]:
    """Press a button of the consent page and return what comes back to the app."""
    athlete = changes.pop("athlete", "") or body(client.get("/sandbox/athletes"))[0]["id"]
    form: Json = {"decision": decision, "athlete": athlete, "scope": list(ticked)}
    answer = client.post("/oauth/authorize", query_string=ASK | changes, data=form)
    assert answer.status_code == 302, answer.text
    assert answer.location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}


def exchange(client: FlaskClient, code: str, path: str = "/oauth/token", **changes: str) -> Json:
    form = {
        "client_id": "1",
        "client_secret": "sandbox-secret",
        "code": code,
        "grant_type": "authorization_code",
    }
    return answered(client.post(path, data=form | changes))


def refresh(client: FlaskClient, token: str) -> Json:
    form = {"client_id": "1", "client_secret": "sandbox-secret", "refresh_token": token}
    return answered(client.post("/oauth/token", data=form | {"grant_type": "refresh_token"}))


def answered(answer: TestResponse) -> Json:
    return {"status": answer.status_code, **body(answer)}


def reads(client: FlaskClient, token: str) -> int:
    return client.get("/api/v3/athlete", headers={"Authorization": f"Bearer {token}"}).status_code


def test_consent_page_offers_every_scope_ticked(client: FlaskClient) -> None:
    page = client.get("/oauth/authorize", query_string=ASK).text
    assert 'name="scope" value="activity:read" checked' in page
    assert 'name="scope" value="activity:read_all" checked' in page
    assert "Bruno Keller" in page


def test_several_athletes_can_be_picked_from(world: World, client: FlaskClient, clock: FakeClock) -> None:
    second = world.add_athlete(synthetic_runner(2, 2, end=clock()))
    assert "<select" in client.get("/oauth/authorize", query_string=ASK).text
    back = accept(client, "activity:read", athlete=str(second.id))
    assert exchange(client, back["code"])["athlete"]["id"] == second.id


def test_state_comes_back_and_scope_is_what_was_ticked(client: FlaskClient) -> None:
    back = accept(client, "activity:read")
    assert back["state"] == ASK["state"]
    assert back["scope"] == "read,activity:read"


def test_scope_that_was_not_asked_for_cannot_be_ticked(client: FlaskClient) -> None:
    assert accept(client, "activity:read", "activity:write")["scope"] == "read,activity:read"


def test_cancel_comes_back_with_access_denied(client: FlaskClient) -> None:
    assert accept(client, decision="cancel") == {"state": ASK["state"], "error": "access_denied"}


@pytest.mark.parametrize(
    ("redirect_uri", "allowed"),
    [
        ("http://localhost:9/x", True),
        ("https://127.0.0.1/x", True),
        ("https://run.example.org/x?y=1", True),
        ("https://www.run.example.org/x", True),
        ("https://run.example.org.evil.net/x", False),
        ("https://evil.net/run.example.org", False),
        ("https://localhost@evil.net/x", False),
        ("https://evil.net\\@localhost/x", False),
        ("javascript:alert(1)//localhost", False),
        ("", False),
    ],
)
def test_only_the_callback_domain_gets_the_code(redirect_uri: str, allowed: bool) -> None:
    client = a_client(a_world(weeks=1, callback_domain="run.example.org"))
    answer = client.get("/oauth/authorize", query_string=ASK | {"redirect_uri": redirect_uri})
    assert answer.status_code == (200 if allowed else 400)
    if not allowed:
        assert error(answer)[2] == "redirect_uri"


def test_existing_query_of_the_redirect_address_is_kept(client: FlaskClient) -> None:
    back = accept(client, "activity:read", redirect_uri=BACK + "?from=here")
    assert back["from"] == "here"


def test_granted_app_is_sent_back_without_a_page(client: FlaskClient) -> None:
    exchange(client, accept(client, "activity:read", "activity:read_all")["code"])
    answer = client.get("/oauth/authorize", query_string=ASK | {"approval_prompt": "auto"})
    assert answer.status_code == 302
    assert "code=" in answer.location


def test_force_and_wider_scope_ask_again(client: FlaskClient) -> None:
    exchange(client, accept(client, "activity:read")["code"])
    assert client.get("/oauth/authorize", query_string=ASK).status_code == 200
    exchange(client, accept(client, "activity:read", "activity:read_all")["code"])
    answer = client.get("/oauth/authorize", query_string=ASK | {"approval_prompt": "force"})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/oauth/token", "/api/v3/oauth/token"])
def test_exchange_answers_with_tokens_and_athlete(client: FlaskClient, path: str) -> None:
    answer = exchange(client, accept(client, "activity:read")["code"], path)
    assert answer["status"] == 200
    assert answer["expires_in"] == 21600
    assert answer["expires_at"] == int(START.timestamp()) + 21600
    assert answer["token_type"] == "Bearer"
    assert answer["athlete"]["resource_state"] == 2
    assert reads(client, answer["access_token"]) == 200


@pytest.mark.real_data
def test_answers_have_the_recorded_fields(client: FlaskClient, world: World) -> None:
    exchanged = exchange(client, accept(client, "activity:read")["code"])
    want = recorded("oauth_token_exchange_200.json")
    assert exchanged.keys() - {"status"} == want.keys()
    assert exchanged["athlete"].keys() == want["athlete"].keys()
    refreshed = refresh(client, exchanged["refresh_token"])
    assert refreshed.keys() - {"status"} == recorded("oauth_token_refresh_200.json").keys()
    used = {"status": 400, **recorded("oauth_token_400_invalid_code.json")}
    assert exchange(client, "used") == used
    wrong = {"status": 400, **recorded("oauth_token_400_invalid_client.json")}
    assert exchange(client, "used", client_id="2") == wrong
    dead = client.get("/api/v3/athlete", headers={"Authorization": "Bearer nonsense"})
    assert body(dead) == recorded("error_401_invalid_token.json")
    ended = client.post("/oauth/deauthorize", headers=bearer(world))
    assert body(ended).keys() == recorded("oauth_deauthorize_200.json").keys()


def test_code_works_once(client: FlaskClient) -> None:
    code = accept(client, "activity:read")["code"]
    assert exchange(client, code)["status"] == 200
    assert exchange(client, code) == {
        "status": 400,
        "message": "Bad Request",
        "errors": [{"resource": "RequestToken", "field": "code", "code": "invalid"}],
    }


def test_code_is_short_lived(client: FlaskClient, clock: FakeClock) -> None:
    code = accept(client, "activity:read")["code"]
    clock.tick(minutes=11)
    assert exchange(client, code)["status"] == 400


def test_wrong_client_id_is_refused(client: FlaskClient) -> None:
    assert exchange(client, accept(client, "activity:read")["code"], client_id="2") == {
        "status": 400,
        "message": "Bad Request",
        "errors": [{"resource": "Application", "field": "client_id", "code": "invalid"}],
    }


def test_wrong_secret_leaves_the_code_unused(client: FlaskClient) -> None:
    code = accept(client, "activity:read")["code"]
    assert exchange(client, code, client_secret="wrong")["errors"][0]["field"] == "client_secret"
    assert exchange(client, code)["status"] == 200


def test_token_calls_are_not_counted_and_carry_no_rate_headers(client: FlaskClient, world: World) -> None:
    code = accept(client, "activity:read")["code"]
    form = {
        "client_id": "1",
        "client_secret": "sandbox-secret",
        "code": code,
        "grant_type": "authorization_code",
    }
    answer = client.post("/oauth/token", data=form)
    assert not [name for name, _ in answer.headers if "rate" in name.lower()]
    assert world.app.rate.headers(world.clock())["X-RateLimit-Usage"] == "0,0"


def test_refresh_with_more_than_an_hour_left_changes_nothing(client: FlaskClient, clock: FakeClock) -> None:
    first = exchange(client, accept(client, "activity:read")["code"])
    clock.tick(hours=4.9)
    again = refresh(client, first["refresh_token"])
    for field in ("access_token", "refresh_token", "expires_at"):
        assert again[field] == first[field]
    assert again["expires_in"] == 3960
    assert "athlete" not in again


def test_refresh_in_the_last_hour_rotates_and_kills_the_old_refresh_token(
    client: FlaskClient, clock: FakeClock
) -> None:
    first = exchange(client, accept(client, "activity:read")["code"])
    clock.tick(hours=5)
    second = refresh(client, first["refresh_token"])
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert second["expires_in"] == 21600
    dead = refresh(client, first["refresh_token"])
    assert dead["status"] == 400
    assert dead["errors"] == [{"resource": "RefreshToken", "field": "refresh_token", "code": "invalid"}]
    assert refresh(client, second["refresh_token"])["status"] == 200


def test_access_tokens_live_six_hours(client: FlaskClient, clock: FakeClock) -> None:
    first = exchange(client, accept(client, "activity:read")["code"])
    clock.tick(hours=5.5)
    second = refresh(client, first["refresh_token"])
    assert reads(client, first["access_token"]) == 200
    clock.tick(hours=0.5)
    assert reads(client, first["access_token"]) == 401
    assert reads(client, second["access_token"]) == 200


def test_bad_token_is_refused(client: FlaskClient) -> None:
    answer = client.get("/api/v3/athlete", headers={"Authorization": "Bearer nonsense"})
    assert body(answer)["message"] == "Authorization Error"
    assert error(answer) == (401, "Application", "", "invalid")


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_one_token_kills_the_pair(client: FlaskClient, which: str) -> None:
    tokens = exchange(client, accept(client, "activity:read")["code"])
    basic = {"Authorization": "Basic " + b64encode(b"1:sandbox-secret").decode()}
    assert client.post("/oauth/revoke", headers=basic, data={"token": tokens[which]}).status_code == 200
    assert reads(client, tokens["access_token"]) == 401
    assert refresh(client, tokens["refresh_token"])["status"] == 400


def test_revoke_needs_the_apps_own_password_and_forgives_unknown_tokens(client: FlaskClient) -> None:
    tokens = exchange(client, accept(client, "activity:read")["code"])
    wrong = {"Authorization": "Basic " + b64encode(b"1:wrong").decode()}
    right = {"Authorization": "Basic " + b64encode(b"1:sandbox-secret").decode()}
    assert (
        client.post("/oauth/revoke", headers=wrong, data={"token": tokens["access_token"]}).status_code == 401
    )
    assert client.post("/oauth/revoke", headers=right, data={"token": "unknown"}).status_code == 200
    assert reads(client, tokens["access_token"]) == 200


@pytest.mark.parametrize("path", ["/oauth/deauthorize", "/api/v3/oauth/deauthorize"])
def test_deauthorize_answers_with_the_token_and_counts(client: FlaskClient, world: World, path: str) -> None:
    headers = bearer(world, "activity:read")
    answer = client.post(path, headers=headers)
    assert answer.status_code == 200
    assert body(answer) == {"access_token": headers["Authorization"].removeprefix("Bearer ")}
    assert answer.headers["X-RateLimit-Usage"] == "1,1"
    assert client.get("/api/v3/athlete", headers=headers).status_code == 401


def test_full_capacity_refuses_the_next_athlete_but_not_the_first(
    world: World, client: FlaskClient, clock: FakeClock
) -> None:
    world.app.capacity = 1
    world.connect(athlete_id_of(world), ["activity:read"])
    second = world.add_athlete(synthetic_runner(2, 2, end=clock()))
    page = client.get("/oauth/authorize", query_string=ASK | {"athlete": second.id})
    assert page.status_code == 403
    assert page.mimetype == "text/html"
    assert "Limit of connected athletes exceeded" in page.text
    assert (
        client.get("/oauth/authorize", query_string=ASK | {"athlete": athlete_id_of(world)}).status_code
        == 200
    )


def test_capacity_is_checked_again_at_the_exchange(
    world: World, client: FlaskClient, clock: FakeClock
) -> None:
    second = world.add_athlete(synthetic_runner(2, 2, end=clock()))
    code = accept(client, "activity:read", athlete=str(second.id))["code"]
    world.app.capacity = 1
    world.connect(athlete_id_of(world), ["activity:read"])
    answer = exchange(client, code)
    assert answer["status"] == 403
    assert answer["message"] == "Limit of connected athletes exceeded"


def test_inactive_app_is_refused_everywhere(world: World, client: FlaskClient) -> None:
    headers = bearer(world)
    world.app.active = False
    answer = client.get("/api/v3/athlete", headers=headers)
    assert answer.status_code == 403
    assert body(answer) == {
        "message": "Forbidden",
        "errors": [{"resource": "Application", "field": "Status", "code": "Inactive"}],
    }
    assert refresh(client, "anything")["status"] == 403


def test_missing_credentials_are_named(client: FlaskClient) -> None:
    answer = client.post("/oauth/token", data={"grant_type": "refresh_token"})
    assert error(answer) == (400, "Application", "client_id", "missing")
