"""Real answers of Strava, recorded, through the whole client. They are not part of the project."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from integrations.strava import StravaHook, StravaSource, parse
from integrations.strava.transport import stravalib_client
from service.domain.activity import Activity
from service.ports import Connected, Lane, SourceRefused, Subscription, Tokens, Unauthorized, Usage
from tests.loopback import Answer, Loopback, loopback
from tests.shared_data import FOLDER

RECORDED = FOLDER / "recorded"
NAMES = sorted(path.name for path in RECORDED.glob("*.json"))
NOW = datetime(2018, 11, 22, 20, 30, tzinfo=UTC)  # when the token answers were recorded

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not NAMES, reason=f"no recorded answers in {RECORDED}; set AFTERRUN_SHARED_DATA"),
]


class Counts:
    """A budget that never runs out and keeps what it is told."""

    def __init__(self) -> None:
        self.learnt: list[Usage] = []

    def spend(self, lane: Lane) -> None:
        pass

    def learn(self, usage: Usage) -> None:
        self.learnt.append(usage)


def body_of(name: str) -> Any:
    content = json.loads((RECORDED / name).read_bytes())
    return content["response"]["body"] if isinstance(content, dict) and "response" in content else content


def answer_of(name: str) -> Answer:
    """The answer as it came, status and headers included."""
    response = json.loads((RECORDED / name).read_bytes())["response"]
    body = b"" if response["body"] is None else json.dumps(response["body"]).encode()
    return Answer(response["status"], body, response["headers"])


@contextmanager
def a_source(*answers: Answer, revoke: Any = "revoke") -> Iterator[tuple[StravaSource, Counts, Loopback]]:
    counts = Counts()
    with loopback(*answers) as strava:
        yield (
            StravaSource(
                client_id=99999,
                client_secret="secret",
                oauth_base=f"{strava.url}/oauth",
                api_base=f"{strava.url}/api/v3",
                revoke=revoke,
                budget=counts,
                clock=lambda: NOW,
            ),
            counts,
            strava,
        )


@contextmanager
def a_hook(*answers: Answer) -> Iterator[StravaHook]:
    with loopback(*answers) as strava:
        yield StravaHook(
            client_id=99999,
            client_secret="secret",
            oauth_base=f"{strava.url}/oauth",
            api_base=f"{strava.url}/api/v3",
            clock=lambda: NOW,
        )


def items_of(name: str) -> list[Any]:
    body = body_of(name)
    return body if isinstance(body, list) else [body]


def read_or_reason(item: object) -> Activity | str:
    try:
        return parse.activity(item)
    except parse.ParseError as refusal:
        return str(refusal)


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_item_is_an_activity_or_refused_with_a_reason(name: str) -> None:
    for item in items_of(name):
        is_an_activity = isinstance(item, dict) and {"start_date", "manual", "name"} <= item.keys()

        read = read_or_reason(item)

        assert isinstance(read, Activity) is is_an_activity, read
        assert isinstance(read, Activity) or re.fullmatch("[a-z_]+: .+", read)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith(("activity_d", "activity_u", "athlete_activ", "list"))]
)
def test_a_recorded_activity_is_read_as_the_library_reads_it(name: str) -> None:
    """Two readers that know nothing of each other: ours, and the models of stravalib."""
    with requests.Session() as session:
        stravalib_client(session)  # imports it without its changes to the warnings
    from stravalib.model import DetailedActivity

    for item in items_of(name):
        ours = parse.activity(item)
        theirs: Any = DetailedActivity.model_validate(item)
        assert (ours.id, ours.name) == (theirs.id, theirs.name)
        assert ours.sport_type == (theirs.sport_type.root if theirs.sport_type else theirs.type.root)
        assert (ours.start_at, ours.start_local) == (theirs.start_date, theirs.start_date_local)
        assert (ours.moving_time_s, ours.elapsed_time_s) == (theirs.moving_time, theirs.elapsed_time)
        assert ours.distance_m == theirs.distance
        assert ours.timezone == str(theirs.timezone.timezone())
        assert len(ours.splits) == len(theirs.splits_metric or ())
        assert len(ours.laps) == len(theirs.laps or ())


def test_a_recorded_page_comes_through_the_client_with_its_counts() -> None:
    with a_source(answer_of("athlete_activities_default_page.json")) as (source, counts, strava):
        page = source.activities("token", Lane.BULK, after=datetime(2025, 4, 1, tzinfo=UTC))

    assert (page.count, len(page.activities), page.refused) == (30, 30, ())
    assert counts.learnt == [Usage((200, 2000), (8, 151), (100, 1000), (8, 151))]
    assert strava.requests[0].path == "/api/v3/athlete/activities?page=1&per_page=200&after=1743465600"
    assert strava.requests[0].headers["authorization"] == "Bearer token"


def test_a_recorded_detail_comes_through_the_client() -> None:
    with a_source(answer_of("activity_detail_ride.json")) as (source, _, _):
        ride = source.activity("token", 8331132822, Lane.LIVE, owner_id=90000001)

    assert ride.detailed
    assert (ride.sport_type, ride.timezone, len(ride.laps)) == ("Ride", "America/New_York", 1)


def test_a_recorded_athlete_is_an_id() -> None:
    with a_source(answer_of("athlete_detail.json")) as (source, _, _):
        assert source.athlete_id("token", Lane.LIVE) == 90000001


def test_a_recorded_exchange_gives_tokens_and_athlete() -> None:
    with a_source(answer_of("oauth_token_exchange_200.json")) as (source, counts, _):
        connected = source.exchange("code")

    expires_at = datetime(2018, 11, 23, 2, 29, 59, tzinfo=UTC)
    assert connected == Connected(Tokens("0" * 40, "0" * 40, expires_at), 90000003)
    assert counts.learnt == []


def test_a_recorded_refresh_gives_tokens() -> None:
    with a_source(answer_of("oauth_token_refresh_200.json")) as (source, _, _):
        assert source.refresh("old") == Tokens(
            "0" * 40, "0" * 40, datetime(2018, 11, 23, 2, 29, 59, tzinfo=UTC)
        )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("oauth_token_400_invalid_client.json", "client id or secret (400 application/client_id/invalid)"),
        ("oauth_token_400_invalid_code.json", "refused the request (400 requesttoken/code/invalid)"),
    ],
)
def test_a_recorded_refusal_to_exchange_names_its_reason(name: str, words: str) -> None:
    with a_source(answer_of(name)) as (source, _, _), pytest.raises(SourceRefused) as error:
        source.exchange("code")

    assert str(error.value).endswith(words)


def test_a_recorded_401_is_a_token_that_is_not_accepted() -> None:
    with a_source(answer_of("error_401_invalid_token.json")) as (source, _, _), pytest.raises(Unauthorized):
        source.activity("token", 1075735236, Lane.LIVE, owner_id=90000001)


def test_a_recorded_deauthorisation_ends_the_grant() -> None:
    with a_source(answer_of("oauth_deauthorize_200.json"), revoke="deauthorize") as (source, counts, strava):
        source.revoke(Tokens("access", "refresh", NOW + timedelta(hours=1)))

    assert strava.requests[0].path == "/oauth/deauthorize"
    assert counts.learnt == [Usage((200, 2000), (79, 222), (100, 1000), (78, 221))]


def test_recorded_subscriptions_are_made_seen_and_ended() -> None:
    with a_hook(
        answer_of("webhook_subscription_create_201.json"),
        answer_of("webhook_subscription_list_one.json"),
        answer_of("webhook_subscription_list_empty.json"),
        answer_of("webhook_subscription_delete_204.json"),
    ) as hook:
        assert hook.subscribe("https://run.example/hooks/strava/x", "sesame") == 769704
        assert hook.current() == Subscription(769704, "")
        assert hook.current() is None
        hook.unsubscribe(769704)
