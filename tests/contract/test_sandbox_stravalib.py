"""stravalib's own client, unmodified, against the sandbox: a requests adapter leads it to this machine."""

import logging
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from integrations.strava.sandbox import SandboxServer, World, serve_sandbox
from tests.contract.sandbox_support import START, a_callback, a_world, athlete_id_of
from tests.fakes import FakeClock

with warnings.catch_warnings():  # importing it turns every warning on
    import stravalib
    from stravalib import exc
    from stravalib.protocol import Scope
logging.captureWarnings(False)

SCOPES: list[Scope] = ["read", "profile:read_all", "activity:read_all", "activity:write"]
BACK = "http://localhost:8000/connect/callback"


class ToThisMachine(HTTPAdapter):
    """Sends what is meant for www.strava.com to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        request.url = request.url.replace("https://www.strava.com", self.url)
        kwargs["timeout"] = 10
        return super().send(request, *args, **kwargs)


@pytest.fixture(autouse=True)
def without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """stravalib refreshes by itself when it finds credentials in the environment."""
    monkeypatch.setenv("SILENCE_TOKEN_WARNINGS", "true")
    monkeypatch.delenv("STRAVA_CLIENT_ID", raising=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock, weeks=4)


@pytest.fixture
def server(world: World) -> Iterator[SandboxServer]:
    with serve_sandbox(world) as server:
        yield server


@pytest.fixture
def session(server: SandboxServer) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://www.strava.com", ToThisMachine(server.url))
        yield session


@pytest.fixture
def client(session: requests.Session) -> stravalib.Client:
    return stravalib.Client(requests_session=session, rate_limit_requests=False)


@pytest.fixture
def connected(client: stravalib.Client, session: requests.Session) -> stravalib.Client:
    """Through the consent page, as a browser would."""
    page = client.authorization_url(client_id=1, redirect_uri=BACK, scope=SCOPES, state="x")
    assert "Authorize" in session.get(page).text
    answer = session.post(page, data={"scope": SCOPES, "decision": "authorize"}, allow_redirects=False)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    answered: Any = client.exchange_code_for_token(1, "sandbox-secret", code, return_athlete=True)
    access, athlete = answered
    assert athlete.firstname == "Bruno"
    client.refresh_token = access["refresh_token"]
    return client


def test_exchange_gives_a_client_that_knows_its_athlete(connected: stravalib.Client, world: World) -> None:
    athlete = connected.get_athlete()
    assert athlete.id == athlete_id_of(world)
    assert athlete.firstname == "Bruno"
    assert athlete.weight is not None


def test_refresh_hands_out_new_tokens_in_the_last_hour(connected: stravalib.Client, clock: FakeClock) -> None:
    before = connected.access_token
    clock.tick(hours=5.5)
    assert connected.refresh_token is not None
    access = connected.refresh_access_token(1, "sandbox-secret", connected.refresh_token)
    assert access["access_token"] != before
    assert access["expires_at"] == int((clock() + timedelta(hours=6)).timestamp())
    assert connected.get_athlete().id


def test_whole_list_is_read_and_understood(connected: stravalib.Client, world: World) -> None:
    activities = list(connected.get_activities())
    assert len(activities) == len(world.athlete(athlete_id_of(world)).activities)
    for activity in activities:
        assert activity.elapsed_time is not None
        assert activity.sport_type is not None
        assert activity.timezone is not None


def test_bounds_are_understood(connected: stravalib.Client, clock: FakeClock) -> None:
    week = list(connected.get_activities(after=clock() - timedelta(days=7), before=clock()))
    assert 0 < len(week) < len(list(connected.get_activities()))


def test_detail_has_splits_laps_and_efforts(connected: stravalib.Client) -> None:
    run = next(one for one in connected.get_activities() if one.sport_type == "Run" and not one.manual)
    assert run.id is not None
    detail = connected.get_activity(run.id)
    assert detail.splits_metric
    assert detail.splits_metric[0].average_heartrate is not None
    assert detail.laps
    assert detail.best_efforts
    assert detail.distance == run.distance


def test_zones_are_understood(connected: stravalib.Client, world: World) -> None:
    zones = connected.get_athlete_zones().heart_rate
    assert zones is not None
    assert zones.custom_zones is False
    assert zones.zones is not None
    assert len(zones.zones.root) == 5


def test_create_and_update(connected: stravalib.Client, world: World) -> None:
    made = connected.create_activity(
        name="Knees", sport_type="PhysicalTherapy", start_date_local=datetime(2030, 5, 7, 16, 0),
        elapsed_time=720, description="12 minutes",
    )  # fmt: skip
    assert made.manual is True
    assert made.id is not None
    kept = world.activity(athlete_id_of(world), made.id)
    assert kept["start_date"] == "2030-05-07T14:00:00Z"
    assert kept["sport_type"] == "PhysicalTherapy"
    after = connected.update_activity(made.id, name="Knees, muted", hide_from_home=True)
    assert (after.name, after.hide_from_home) == ("Knees, muted", True)


def test_deauthorize_ends_it(connected: stravalib.Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        connected.deauthorize()
    with pytest.raises(exc.AccessUnauthorized):
        connected.get_athlete()


def test_inactive_application_is_recognised(connected: stravalib.Client, world: World) -> None:
    world.app.active = False
    with pytest.raises(exc.ApplicationInactive):
        connected.get_athlete()


def test_missing_activity_is_recognised(connected: stravalib.Client) -> None:
    with pytest.raises(exc.ObjectNotFound):
        connected.get_activity(1)


def test_subscriptions_are_made_listed_and_deleted(client: stravalib.Client) -> None:
    with a_callback() as (callback, url):
        made = client.create_subscription(1, "sandbox-secret", url, "mine")
        assert callback.queries[0]["hub.verify_token"] == ["mine"]
    assert [one.id for one in client.list_subscriptions(1, "sandbox-secret")] == [made.id]
    assert made.id is not None
    client.delete_subscription(made.id, 1, "sandbox-secret")
    assert list(client.list_subscriptions(1, "sandbox-secret")) == []
