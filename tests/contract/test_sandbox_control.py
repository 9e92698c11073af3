"""The levers of the sandbox: JSON API and page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations.strava.sandbox import PRESETS, World
from integrations.strava.sandbox.shapes import end_of
from tests.contract.sandbox_support import (
    START,
    Json,
    a_callback,
    a_client,
    a_world,
    athlete_id_of,
    bearer,
    body,
    subscribe,
)
from tests.fakes import FakeClock

WHOLE = {
    "name": "From elsewhere",
    "sport_type": "Run",
    "start_date": "2030-05-07T05:30:00Z",
    "distance": 8000,
    "moving_time": 2800,
    "elapsed_time": 2900,
    "average_heartrate": 141.5,
    "max_heartrate": 178.5,
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return a_client(world)


@pytest.fixture
def path(world: World) -> str:
    return f"/sandbox/athletes/{athlete_id_of(world)}/activities"


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_ended_twelve_minutes_ago(
    client: FlaskClient, path: str, clock: FakeClock, preset: str
) -> None:
    answer = client.post(path, json={"preset": preset})
    assert answer.status_code == 201
    activity = body(answer)
    assert abs(end_of(activity) - (clock() - timedelta(minutes=12))) < timedelta(seconds=2)
    assert body(client.get(f"{path}/{activity['id']}")) == activity


def test_end_and_late_upload_can_be_told(client: FlaskClient, path: str, clock: FakeClock) -> None:
    for wish, minutes in (({"ended_minutes_ago": 90}, 90), ({"late_upload": 300}, 300)):
        activity = body(client.post(path, json={"preset": "easy_run", **wish}))
        assert abs(end_of(activity) - (clock() - timedelta(minutes=minutes))) < timedelta(seconds=2)


def test_late_upload_is_told_now_although_it_started_long_ago(
    world: World, client: FlaskClient, path: str, clock: FakeClock
) -> None:
    with a_callback() as (callback, url):
        subscribe(world, url, client)
        world.connect(athlete_id_of(world), ["activity:read"])
        client.post(path, json={"preset": "easy_run", "late_upload": 600})
        world.deliver_pending()
    assert callback.events[0]["event_time"] == int(clock().timestamp())


def test_whole_activity_is_taken_as_it_is(client: FlaskClient, path: str, world: World) -> None:
    made = body(client.post(path, json=WHOLE))
    assert {name: made[name] for name in WHOLE} == WHOLE
    assert made["start_date_local"] == "2030-05-07T07:30:00Z"
    assert made["average_speed"] == 2.857
    listed = body(client.get("/api/v3/athlete/activities?per_page=5", headers=bearer(world)))
    assert made["id"] in [item["id"] for item in listed]


def test_odd_fields_are_kept_for_those_who_test_with_them(client: FlaskClient, path: str) -> None:
    odd = {
        "sport_type": "Juggling",
        "distance": 0,
        "start_date_local": "2030-05-07T00:00:01Z",
        "elapsed_time": 60,
    }
    made = body(client.post(path, json=odd))
    assert (made["sport_type"], made["type"], made["distance"]) == ("Juggling", "Workout", 0.0)
    assert made["start_date_local"] == "2030-05-07T00:00:01Z"
    given_id = body(client.post(path, json={**WHOLE, "id": 77}))
    assert given_id["id"] == 77
    assert client.post(path, json={**WHOLE, "id": 77}).status_code == 400


@pytest.mark.parametrize(
    "wish",
    [
        {},
        [],
        "easy_run",
        {"preset": "marathon"},
        {"preset": "easy_run", "ended_minutes_ago": "soon"},
        {"preset": "easy_run", "ended_minutes_ago": 1e15},
        {"start_date": "yesterday"},
        {"start_date": "2030-05-07T05:30:00Z", "distance": "far"},
        {"start_date": "2030-05-07T05:30:00Z", "elapsed_time": "long"},
    ],
)
def test_nonsense_is_refused_with_a_line(client: FlaskClient, path: str, wish: Any) -> None:
    answer = client.post(path, json=wish)
    assert answer.status_code == 400
    assert body(answer)["message"]


def test_unknown_athlete_or_activity_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.post("/sandbox/athletes/1/activities", json={"preset": "ride"}).status_code == 404
    assert client.put(f"{path}/1", json={"name": "x"}).status_code == 404
    assert client.delete(f"{path}/1").status_code == 404
    assert client.post("/sandbox/athletes/1/revoke").status_code == 404


def test_activity_can_be_edited_and_deleted(client: FlaskClient, path: str) -> None:
    made = body(client.post(path, json=WHOLE))
    one = f"{path}/{made['id']}"
    edited = body(client.put(one, json={"distance": 9000, "private": True, "workout_type": 1}))
    assert (edited["distance"], edited["visibility"], edited["workout_type"]) == (9000, "only_me", 1)
    assert edited["average_speed"] == 3.214
    assert edited["start_date"] == made["start_date"]
    moved = body(client.put(one, json={"start_date": "2030-05-06T05:30:00Z"}))
    assert moved["start_date_local"] == "2030-05-06T07:30:00Z"
    bare = body(client.put(one, json={"average_heartrate": None}))
    assert bare["has_heartrate"] is False
    assert "max_heartrate" not in bare
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404


def test_edited_types_follow_each_other(client: FlaskClient, path: str) -> None:
    one = f"{path}/{body(client.post(path, json=WHOLE))['id']}"
    assert body(client.put(one, json={"sport_type": "PhysicalTherapy"}))["type"] == "Workout"
    assert body(client.put(one, json={"type": "Ride"}))["sport_type"] == "Ride"


def test_athletes_are_shown_with_their_consent(client: FlaskClient, world: World) -> None:
    assert body(client.get("/sandbox/athletes"))[0]["connected"] is False
    bearer(world, "activity:read")
    line = body(client.get("/sandbox/athletes"))[0]
    assert line["connected"] is True
    assert line["scope"] == ["activity:read", "read"]
    assert line["activities"] == len(world.athlete(athlete_id_of(world)).activities)


def test_revocation_kills_the_tokens(client: FlaskClient, world: World) -> None:
    headers = bearer(world)
    assert body(client.post(f"/sandbox/athletes/{athlete_id_of(world)}/revoke")) == {"revoked": 1}
    assert client.get("/api/v3/athlete", headers=headers).status_code == 401


def test_tokens_can_be_made_to_expire(client: FlaskClient, world: World) -> None:
    grant = world.connect(athlete_id_of(world), ["activity:read"])
    old = grant.access_token
    client.post(f"/sandbox/athletes/{athlete_id_of(world)}/expire")
    assert client.get("/api/v3/athlete", headers={"Authorization": f"Bearer {old}"}).status_code == 401
    form = {**APP, "grant_type": "refresh_token", "refresh_token": grant.refresh_token}
    assert body(client.post("/oauth/token", data=form))["access_token"] != old


APP = {"client_id": "1", "client_secret": "sandbox-secret"}


def test_every_api_call_is_noted_and_no_other(client: FlaskClient, world: World, clock: FakeClock) -> None:
    headers, athlete_id = bearer(world), athlete_id_of(world)
    client.get("/api/v3/athlete/activities", query_string={"page": 2, "per_page": 200}, headers=headers)
    client.get("/api/v3/athlete")
    client.post("/oauth/token", data={**APP, "grant_type": "refresh_token", "refresh_token": "x"})
    client.get("/api/v3/push_subscriptions", query_string=APP)
    client.get("/sandbox/athletes")
    client.get("/")
    calls = body(client.get("/sandbox/calls"))
    assert calls[0] == {
        "athlete": athlete_id,
        "client_id": "1",
        "method": "GET",
        "path": "/api/v3/athlete/activities",
        "query": {"page": "2", "per_page": "200"},
        "status": 200,
        "at": "2030-05-07T15:00:00.000Z",
    }
    assert [(call["path"], call["status"], call["athlete"]) for call in calls[1:]] == [
        ("/api/v3/athlete", 401, None),
        ("/oauth/token", 400, None),
        ("/api/v3/push_subscriptions", 200, None),
    ]
    assert "sandbox-secret" not in str(calls)
    assert client.delete("/sandbox/calls").status_code == 204
    assert body(client.get("/sandbox/calls")) == []


def test_control_is_not_counted(client: FlaskClient, world: World, path: str) -> None:
    bearer(world)
    client.post(path, json={"preset": "ride"})
    assert world.app.rate.headers(world.clock())["X-RateLimit-Usage"] == "0,0"


def test_other_sites_cannot_press_the_buttons(client: FlaskClient, path: str) -> None:
    for origin, status in (("https://evil.example", 403), ("null", 403), ("http://localhost", 201)):
        answer = client.post(path, json={"preset": "ride"}, headers={"Origin": origin})
        assert answer.status_code == status
    evil = {"Origin": "https://evil.example"}
    assert client.post("/do/finish", data={"preset": "ride"}, headers=evil).status_code == 403


def test_state_is_told_at_a_glance(client: FlaskClient, world: World) -> None:
    state = body(client.get("/sandbox/state"))
    assert state["now"] == "2030-05-07T15:00:00Z"
    assert state["subscription"] is None
    assert state["rate"]["X-RateLimit-Limit"] == "200,2000"


def press(client: FlaskClient, action: str, **form: object) -> str:
    """Press a button of the page; return the page that follows."""
    answer = client.post(f"/do/{action}", data=form)
    assert answer.status_code == 303
    return client.get(answer.location).text


def test_page_shows_the_athlete_and_its_newest_activities(client: FlaskClient, world: World) -> None:
    page = client.get("/").text
    assert "Bruno Keller" in page
    assert world.athlete(athlete_id_of(world)).newest_first()[0]["name"] in page
    assert "Finish an easy run now" in page


@pytest.mark.parametrize("preset", [*PRESETS, "late_upload"])
def test_page_finishes_every_preset(client: FlaskClient, world: World, preset: str) -> None:
    before = len(world.athlete(athlete_id_of(world)).activities)
    assert "uploaded." in press(client, "finish", preset=preset, athlete=athlete_id_of(world))
    assert len(world.athlete(athlete_id_of(world)).activities) == before + 1


def test_page_edits_hides_and_deletes(client: FlaskClient, world: World) -> None:
    athlete = world.athlete(athlete_id_of(world))
    one: Json = {"activity": athlete.newest_first()[0]["id"], "athlete": athlete.id}
    press(client, "activity", what="edit", name="<b>Bold</b>", **one)
    page = press(client, "activity", what="privacy", name="", **one)
    assert "&lt;b&gt;Bold&lt;/b&gt; is now private" in page
    assert "<b>Bold" not in page
    assert "Make visible" in page
    assert "deleted" in press(client, "activity", what="delete", name="", **one)
    assert "did not work" in press(client, "activity", what="delete", name="", **one)


def test_page_arranges_and_clears_every_fault(client: FlaskClient, world: World) -> None:
    buttons = re.findall(r'name="fault" value="(\w+)"', client.get("/").text)
    assert len(buttons) == 10
    for fault in buttons:
        assert "Arranged." in press(client, "fault", fault=fault)
    assert "429 on /api/v3/*, once" in client.get("/").text
    assert "Everything works again." in press(client, "clear")
    assert body(client.get("/sandbox/faults"))["answers"] == []


def test_page_disconnects_the_app(client: FlaskClient, world: World) -> None:
    assert "Disconnect the app" not in client.get("/").text
    headers = bearer(world)
    assert "Disconnect the app" in client.get("/").text
    press(client, "revoke", athlete=athlete_id_of(world))
    assert client.get("/api/v3/athlete", headers=headers).status_code == 401


def test_page_works_without_any_athlete(clock: FakeClock) -> None:
    client = a_client(World(clock))
    assert "no athlete" in client.get("/").text
    assert (
        "no athlete"
        in client.get(
            "/oauth/authorize",
            query_string={"client_id": "1", "redirect_uri": "http://localhost/x", "scope": "read"},
        ).text
    )


def test_pages_load_nothing_from_elsewhere_and_say_sandbox(client: FlaskClient) -> None:
    consent = {"client_id": "1", "redirect_uri": "http://localhost/x", "scope": "read,activity:read"}
    with client.get("/static/sandbox.css") as answer:
        css = answer.get_data(as_text=True)
    for text in (client.get("/").text, client.get("/oauth/authorize", query_string=consent).text, css):
        assert not re.search(r"(src|href)=.?https?:|url\(", text)
    for text in (client.get("/").text, client.get("/oauth/authorize", query_string=consent).text):
        assert "<strong>Sandbox</strong>" in text
