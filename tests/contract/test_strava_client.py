"""The real client against the sandbox, over real sockets on loopback."""

import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

from integrations.strava import StravaHook, StravaSource
from integrations.strava.budget import SLACK, next_quarter, next_utc_day
from integrations.strava.hook import handshake, parse_event
from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.faults import answer_fault
from integrations.strava.sandbox.limits import Limits, RateLimits
from integrations.strava.sandbox.presets import finish
from integrations.strava.sandbox.server import SandboxServer, serve_sandbox
from integrations.strava.sandbox.world import World
from service.domain.activity import Activity
from service.ports import (
    AppInactive,
    CapacityFull,
    Lane,
    NotFound,
    RateLimited,
    ScopeMissing,
    SourceDown,
    SourceError,
    SourceRefused,
    Subscription,
    Tokens,
    Unauthorized,
    Usage,
)
from tests.loopback import Answer, Loopback, Request, json_answer, loopback

SECRET = "sandbox-secret"
SCOPES = ("read", "activity:read", "activity:read_all")
REDIRECT_URI = "http://localhost:8000/connect/callback"
LONG_AGO = datetime(2029, 1, 1, tzinfo=UTC)


class FakeClock:
    def __init__(self) -> None:
        self.now = datetime(2030, 5, 6, 18, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def tick(self, **by: float) -> None:
        self.now += timedelta(**by)


class FakeBudget:
    """Lets every call pass until it is ``closed``."""

    def __init__(self) -> None:
        self.spent: list[Lane] = []
        self.learnt: list[Usage] = []
        self.closed: RateLimited | None = None

    def spend(self, lane: Lane) -> None:
        if self.closed:
            raise self.closed
        self.spent.append(lane)

    def learn(self, usage: Usage) -> None:
        self.learnt.append(usage)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def budget() -> FakeBudget:
    return FakeBudget()


@pytest.fixture
def world(clock: FakeClock) -> World:
    world = World(clock, client_secret=SECRET, deliver="manual")
    world.add_athlete(an_athlete(71))
    return world


@pytest.fixture
def strava(world: World) -> Iterator[SandboxServer]:
    with serve_sandbox(world) as server:
        yield server


@pytest.fixture
def source(strava: SandboxServer, clock: FakeClock, budget: FakeBudget) -> StravaSource:
    return a_source(strava.url, clock, budget)


@pytest.fixture
def hook(strava: SandboxServer, clock: FakeClock) -> StravaHook:
    return a_hook(strava.url, clock)


def an_athlete(number: int) -> Athlete:
    return Athlete(id=number, firstname="Anna", lastname="Rossi", zone="Europe/Rome")


def a_source(
    url: str,
    clock: FakeClock,
    budget: FakeBudget | None = None,
    *,
    secret: str = SECRET,
    revoke: Literal["revoke", "deauthorize"] = "revoke",
    timeout_s: tuple[float, float] = (5, 10),
) -> StravaSource:
    return StravaSource(
        client_id="1",
        client_secret=secret,
        oauth_base=f"{url}/oauth",
        api_base=f"{url}/api/v3",
        revoke=revoke,
        budget=budget or FakeBudget(),
        clock=clock,
        timeout_s=timeout_s,
    )


def a_hook(url: str, clock: FakeClock, *, secret: str = SECRET) -> StravaHook:
    return StravaHook(
        client_id="1",
        client_secret=secret,
        oauth_base=f"{url}/oauth",
        api_base=f"{url}/api/v3",
        clock=clock,
    )


def a_run(world: World, *, days_ago: float = 1.0, athlete_id: int = 71, **fields: Any) -> int:
    """Add a run that started ``days_ago``; return its id."""
    start = world.clock() - timedelta(days=days_ago)
    known = {
        "sport_type": "Run",
        "start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "distance": 8012.4,
        "moving_time": 2710,
        "elapsed_time": 2766,
    }
    return int(world.add_activity(athlete_id, known | fields)["id"])


def a_connection(world: World, source: StravaSource, scopes: tuple[str, ...] = SCOPES) -> Tokens:
    """Consent without a browser, exchanged by the client."""
    code = world.grants.authorize("1", 71, scopes, world.clock())
    return source.exchange(code).tokens


# --- connect, refresh, disconnect ---------------------------------------------------------------


def consent(page_url: str, *ticked: str) -> dict[str, str]:
    """Do on the consent page what a runner does; return what the redirect carries."""
    form = {"athlete": "71", "decision": "authorize", "scope": list(ticked)}
    answer = requests.post(page_url, data=form, allow_redirects=False, timeout=5)
    assert answer.headers["Location"].startswith(REDIRECT_URI)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_the_consent_page_leads_to_tokens_and_the_athlete(source: StravaSource) -> None:
    page_url = source.authorize_url(redirect_uri=REDIRECT_URI, state="s t&te", scopes=SCOPES)
    assert requests.get(page_url, timeout=5).status_code == 200

    returned = consent(page_url, *SCOPES)
    connected = source.exchange(returned["code"])

    assert returned["state"] == "s t&te"
    assert returned["scope"] == ",".join(SCOPES)
    assert connected.strava_athlete_id == 71
    assert source.athlete_id(connected.tokens.access, Lane.LIVE) == 71


def test_an_unticked_scope_is_asked_again_and_a_granted_one_is_not(source: StravaSource) -> None:
    page_url = source.authorize_url(redirect_uri=REDIRECT_URI, state="s", scopes=SCOPES)

    source.exchange(consent(page_url, "read", "activity:read")["code"])
    assert requests.get(page_url, allow_redirects=False, timeout=5).status_code == 200
    source.exchange(consent(page_url, *SCOPES)["code"])
    assert requests.get(page_url, allow_redirects=False, timeout=5).status_code == 302


def test_tokens_do_not_show_in_their_repr(world: World, source: StravaSource) -> None:
    tokens = a_connection(world, source)

    assert tokens.access not in repr(tokens)
    assert tokens.refresh not in repr(tokens)


def test_tokens_last_six_hours(world: World, source: StravaSource, clock: FakeClock) -> None:
    assert a_connection(world, source).expires_at == clock() + timedelta(hours=6)


def test_a_code_works_once(world: World, source: StravaSource) -> None:
    code = world.grants.authorize("1", 71, SCOPES, world.clock())
    source.exchange(code)

    with pytest.raises(SourceRefused, match="requesttoken/code/invalid"):
        source.exchange(code)


def test_an_exchange_that_names_no_athlete_asks_for_it(clock: FakeClock, budget: FakeBudget) -> None:
    tokens = {"access_token": "a", "refresh_token": "r", "expires_at": 1_904_324_400}
    with loopback(json_answer(tokens), json_answer({"id": 71})) as strava:
        assert a_source(strava.url, clock, budget).exchange("code").strava_athlete_id == 71

    assert [request.path for request in strava.requests] == ["/oauth/token", "/api/v3/athlete"]
    assert budget.spent == [Lane.LIVE]


def test_a_refresh_in_the_last_hour_rotates_both_tokens(
    world: World, source: StravaSource, clock: FakeClock
) -> None:
    first = a_connection(world, source)

    clock.tick(hours=4)
    assert source.refresh(first.refresh) == first
    clock.tick(hours=1, minutes=30)
    second = source.refresh(first.refresh)

    assert second.access != first.access
    assert second.expires_at == clock() + timedelta(hours=6)
    assert source.athlete_id(second.access, Lane.LIVE) == 71
    with pytest.raises(Unauthorized):
        source.refresh(first.refresh)


def test_an_expired_access_token_is_not_accepted(
    world: World, source: StravaSource, clock: FakeClock
) -> None:
    tokens = a_connection(world, source)
    clock.tick(hours=6)

    with pytest.raises(Unauthorized):
        source.athlete_id(tokens.access, Lane.LIVE)


def test_a_wrong_client_secret_is_no_withdrawn_consent(
    world: World, strava: SandboxServer, source: StravaSource, clock: FakeClock
) -> None:
    tokens = a_connection(world, source)
    wrong = a_source(strava.url, clock, secret="other")

    with pytest.raises(SourceRefused, match="client id or secret"):
        wrong.exchange("code")
    with pytest.raises(SourceRefused, match="client id or secret"):
        wrong.refresh(tokens.refresh)
    with pytest.raises(SourceRefused, match="client id or secret"):
        wrong.revoke(tokens)
    assert source.athlete_id(tokens.access, Lane.LIVE) == 71


@pytest.mark.parametrize("how", ["revoke", "deauthorize"])
def test_after_a_revocation_neither_token_works_and_another_one_does_no_harm(
    world: World, strava: SandboxServer, clock: FakeClock, how: Literal["revoke", "deauthorize"]
) -> None:
    source = a_source(strava.url, clock, revoke=how)
    tokens = a_connection(world, source)

    source.revoke(tokens)

    with pytest.raises(Unauthorized):
        source.athlete_id(tokens.access, Lane.LIVE)
    with pytest.raises(Unauthorized):
        source.refresh(tokens.refresh)
    source.revoke(tokens)


def test_an_expired_access_token_can_still_be_revoked(
    world: World, source: StravaSource, clock: FakeClock
) -> None:
    tokens = a_connection(world, source)
    clock.tick(hours=7)

    source.revoke(tokens)

    assert world.grants.of("1", 71) is None


def test_the_older_way_refuses_to_pretend_with_an_expired_access_token(
    world: World, strava: SandboxServer, clock: FakeClock
) -> None:
    source = a_source(strava.url, clock, revoke="deauthorize")
    tokens = a_connection(world, source)
    clock.tick(hours=7)

    with pytest.raises(Unauthorized, match="refresh it"):
        source.revoke(tokens)
    source.revoke(source.refresh(tokens.refresh))

    assert world.grants.of("1", 71) is None


def test_a_full_application_connects_nobody_else(world: World, source: StravaSource) -> None:
    a_connection(world, source)
    world.add_athlete(an_athlete(72))
    code = world.grants.authorize("1", 72, SCOPES, world.clock())
    world.app.capacity = 1

    with pytest.raises(CapacityFull):
        source.exchange(code)


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"access_token": "a", "refresh_token": "r"},
        {"access_token": "a", "refresh_token": "r", "expires_at": "soon"},
        {"access_token": "a", "refresh_token": "r", "expires_at": 10**30},
        {"access_token": "", "refresh_token": "r", "expires_at": 1_904_324_400},
        {"access_token": "a", "refresh_token": None, "expires_at": 1_904_324_400},
    ],
    ids=str,
)
def test_a_token_answer_that_is_none_is_the_source_being_down(clock: FakeClock, content: object) -> None:
    with loopback(json_answer(content)) as strava, pytest.raises(SourceDown):
        a_source(strava.url, clock).refresh("r")


# --- activities ---------------------------------------------------------------------------------


def test_pages_are_asked_for_until_one_is_empty(world: World, source: StravaSource) -> None:
    ids = {a_run(world, days_ago=0.5 + number / 10) for number in range(205)}
    tokens = a_connection(world, source)

    pages = [source.activities(tokens.access, Lane.BULK, after=LONG_AGO, page=page) for page in (1, 2, 3)]

    assert [page.count for page in pages] == [200, 5, 0]
    assert {run.id for page in pages for run in page.activities} == ids
    assert not any(page.refused for page in pages)


def test_a_page_keeps_to_the_days_asked_for(world: World, source: StravaSource, clock: FakeClock) -> None:
    runs = {days: a_run(world, days_ago=days) for days in (2, 5, 9)}
    tokens = a_connection(world, source)

    page = source.activities(
        tokens.access, Lane.BULK, after=clock() - timedelta(days=7), before=clock() - timedelta(days=3)
    )

    assert [run.id for run in page.activities] == [runs[5]]


def test_a_listed_run_carries_what_was_recorded(world: World, source: StravaSource) -> None:
    number = a_run(world, average_heartrate=141.3, max_heartrate=178.5, name="Evening Run")
    tokens = a_connection(world, source)

    (run,) = source.activities(tokens.access, Lane.LIVE, after=LONG_AGO).activities

    assert (run.id, run.sport_type, run.name, run.timezone) == (number, "Run", "Evening Run", "Europe/Rome")
    assert (run.distance_m, run.moving_time_s, run.elapsed_time_s) == (8012.4, 2710, 2766)
    assert (run.average_heartrate_bpm, run.max_heartrate_bpm) == (141.3, 178.5)
    assert run.start_local - run.start_at.replace(tzinfo=None) == timedelta(hours=2)
    assert not run.detailed


def test_a_detail_adds_splits(world: World, source: StravaSource) -> None:
    number = int(finish(world, 71, "easy_run")["id"])
    tokens = a_connection(world, source)

    (listed,) = source.activities(tokens.access, Lane.LIVE, after=LONG_AGO).activities
    detailed = source.activity(tokens.access, number, Lane.LIVE, owner_id=71)

    assert detailed.detailed
    assert detailed.splits
    assert sum(split.distance_m for split in detailed.splits) == pytest.approx(detailed.distance_m, rel=0.01)
    assert without_details(detailed) == listed


def without_details(run: Activity) -> Activity:
    return replace(run, detailed=False, splits=(), laps=(), perceived_exertion=None)


def test_one_bad_item_costs_only_itself(world: World, clock: FakeClock) -> None:
    a_run(world)
    good = next(iter(world.athlete(71).activities.values()))
    items = [
        good,
        good | {"id": 5, "distance": -1.0},
        good | {"id": "x"},
        "?",
        good | {"id": 6, "sport_type": "Ski"},
    ]
    with loopback(json_answer(items)) as strava:
        page = a_source(strava.url, clock).activities("token", Lane.BULK, after=LONG_AGO)

    assert [run.id for run in page.activities] == [good["id"], 6]
    assert [(item.id, item.reason) for item in page.refused] == [
        (5, "distance: negative"),
        (None, "id: not an integer"),
        (None, "activity: not a JSON object"),
    ]
    assert page.count == 5


def test_a_detail_that_cannot_be_read_is_refused_with_its_reason(clock: FakeClock) -> None:
    with (
        loopback(json_answer({"id": 5, "start_date": "soon"})) as strava,
        pytest.raises(SourceRefused, match="activity 5 cannot be read: start_date: not a date and time"),
    ):
        a_source(strava.url, clock).activity("token", 5, Lane.LIVE, owner_id=71)


def test_another_athletes_activity_is_not_found(world: World, source: StravaSource) -> None:
    number = a_run(world)
    tokens = a_connection(world, source)

    with pytest.raises(NotFound, match="another athlete's"):
        source.activity(tokens.access, number, Lane.LIVE, owner_id=72)


def test_a_detail_that_names_no_owner_is_refused(world: World, clock: FakeClock) -> None:
    number = a_run(world)
    nobodys = {name: value for name, value in world.activity(71, number).items() if name != "athlete"}

    with (
        loopback(json_answer(nobodys)) as strava,
        pytest.raises(SourceRefused, match="athlete: no usable id"),
    ):
        a_source(strava.url, clock).activity("token", number, Lane.LIVE, owner_id=71)


def test_an_activity_that_is_gone_is_not_found(world: World, source: StravaSource) -> None:
    number = a_run(world)
    tokens = a_connection(world, source)
    world.delete_activity(71, number)

    with pytest.raises(NotFound):
        source.activity(tokens.access, number, Lane.LIVE, owner_id=71)


def test_a_private_run_needs_the_wider_scope(world: World, source: StravaSource) -> None:
    number = a_run(world, visibility="only_me", private=True)

    narrow = a_connection(world, source, ("read", "activity:read"))
    assert source.activities(narrow.access, Lane.LIVE, after=LONG_AGO).count == 0
    with pytest.raises(NotFound):
        source.activity(narrow.access, number, Lane.LIVE, owner_id=71)

    wide = a_connection(world, source)
    assert source.activity(wide.access, number, Lane.LIVE, owner_id=71).private


def test_a_scope_that_was_not_granted_is_said_so(world: World, source: StravaSource) -> None:
    tokens = a_connection(world, source, ("read",))

    with pytest.raises(ScopeMissing, match="activity:read_permission/missing"):
        source.activities(tokens.access, Lane.LIVE, after=LONG_AGO)


def test_an_inactive_application_is_told_from_a_bad_token(world: World, source: StravaSource) -> None:
    tokens = a_connection(world, source)
    world.app.active = False

    with pytest.raises(AppInactive):
        source.athlete_id(tokens.access, Lane.LIVE)
    with pytest.raises(AppInactive):
        source.refresh(tokens.refresh)


# --- call budget --------------------------------------------------------------------------------


def test_every_call_to_the_api_is_paid_for_and_token_calls_are_not(
    world: World, source: StravaSource, budget: FakeBudget
) -> None:
    number = a_run(world)
    tokens = source.refresh(a_connection(world, source).refresh)
    assert budget.spent == []

    source.athlete_id(tokens.access, Lane.LIVE)
    source.activities(tokens.access, Lane.BULK, after=LONG_AGO)
    source.activity(tokens.access, number, Lane.LIVE, owner_id=71)

    assert budget.spent == [Lane.LIVE, Lane.BULK, Lane.LIVE]
    assert budget.learnt[-1] == Usage((200, 2000), (3, 3), (100, 1000), (3, 3))


def test_an_empty_budget_makes_no_call(world: World, source: StravaSource, budget: FakeBudget) -> None:
    tokens = a_connection(world, source)
    world.calls.clear()
    budget.closed = RateLimited("bulk may not", world.clock())

    with pytest.raises(RateLimited, match="bulk may not"):
        source.athlete_id(tokens.access, Lane.BULK)

    assert not world.calls


def test_a_used_up_quarter_ends_at_the_next(
    world: World, source: StravaSource, clock: FakeClock, budget: FakeBudget
) -> None:
    tokens = a_connection(world, source)
    world.app.rate = RateLimits(Limits(read_window=2))
    for _ in range(2):
        source.athlete_id(tokens.access, Lane.LIVE)

    with pytest.raises(RateLimited) as limited:
        source.athlete_id(tokens.access, Lane.LIVE)

    assert limited.value.retry_at == next_quarter(clock()) + SLACK
    assert budget.learnt[-1].read_used == (3, 3)
    clock.now = limited.value.retry_at
    assert source.athlete_id(tokens.access, Lane.LIVE) == 71


def test_a_used_up_day_ends_at_midnight_utc(world: World, source: StravaSource, clock: FakeClock) -> None:
    tokens = a_connection(world, source)
    world.app.rate = RateLimits(Limits(overall_day=1))
    source.athlete_id(tokens.access, Lane.LIVE)

    with pytest.raises(RateLimited) as limited:
        source.athlete_id(tokens.access, Lane.LIVE)

    assert limited.value.retry_at == next_utc_day(clock()) + SLACK


# --- a bad day at the source --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind", "line"),
    [
        ({"status": 500}, SourceDown, "status 500"),
        ({"status": 502}, SourceDown, "status 502"),
        ({"status": 503, "body": "empty"}, SourceDown, "status 503"),
        ({"status": 200, "body": "html"}, SourceDown, "not JSON"),
        ({"status": "empty"}, SourceDown, "not JSON"),
        ({"status": 404, "body": "html"}, SourceDown, "web page"),
        ({"status": 403, "body": "html"}, SourceDown, "web page"),
        ({"status": 429, "body": "html"}, RateLimited, "call limit"),
        ({"status": 400}, SourceRefused, "400"),
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_one_clear_line(
    world: World, source: StravaSource, fault: dict[str, Any], kind: type[SourceError], line: str
) -> None:
    tokens = a_connection(world, source)
    world.faults.answers.append(answer_fault(fault))

    with pytest.raises(kind) as error:
        source.activities(tokens.access, Lane.LIVE, after=LONG_AGO)

    assert line in str(error.value)
    assert source.activities(tokens.access, Lane.LIVE, after=LONG_AGO).count == 0


def test_a_source_that_hangs_is_given_up(clock: FakeClock) -> None:
    with loopback(Answer(after_s=20)) as strava:
        source = a_source(strava.url, clock, timeout_s=(1, 0.1))
        with pytest.raises(SourceDown, match="did not answer in time"):
            source.athlete_id("token", Lane.LIVE)
        with pytest.raises(SourceDown, match="did not answer in time"):
            source.refresh("r")


def test_a_source_that_is_not_there_is_down(clock: FakeClock) -> None:
    with loopback(Answer()) as strava:
        url = strava.url

    with pytest.raises(SourceDown, match="cannot reach"):
        a_source(url, clock).refresh("r")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"id": ' + b"9" * 5000 + b"}",
        b"5",
        b"null",
        b'{"message": "no"}',
    ],
    ids=lambda body: repr(body[:9]),
)
def test_a_200_with_nonsense_is_the_source_being_down(clock: FakeClock, body: bytes) -> None:
    with loopback(Answer(200, body)) as strava:
        source = a_source(strava.url, clock)
        with pytest.raises(SourceDown):
            source.activities("token", Lane.LIVE, after=LONG_AGO)
        with pytest.raises(SourceDown):
            source.athlete_id("token", Lane.LIVE)


def test_an_answer_that_breaks_off_is_the_source_being_down(clock: FakeClock) -> None:
    broken = Answer(200, b"5\r\n[{", {"Transfer-Encoding": "chunked"})
    with loopback(broken) as strava, pytest.raises(SourceDown):
        a_source(strava.url, clock).activities("token", Lane.LIVE, after=LONG_AGO)


def test_a_redirect_is_not_followed_with_the_token(clock: FakeClock) -> None:
    with loopback(json_answer({"id": 71})) as elsewhere:
        moved = Answer(302, b"", {"Location": f"{elsewhere.url}/api/v3/athlete"})
        with loopback(moved) as strava, pytest.raises(SourceDown, match="status 302"):
            a_source(strava.url, clock).athlete_id("token", Lane.LIVE)

    assert elsewhere.requests == []


def test_a_foreign_environment_changes_nothing(
    world: World, source: StravaSource, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Credentials and proxies meant for other programs, and a .netrc that would replace the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("STRAVA_CLIENT_ID", "2")
    monkeypatch.setenv("STRAVA_CLIENT_SECRET", "other")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    tokens = a_connection(world, source)

    assert source.athlete_id(tokens.access, Lane.LIVE) == 71


def test_threads_do_not_mix_athletes_up(world: World, source: StravaSource) -> None:
    world.add_athlete(an_athlete(72))
    tokens = {
        number: source.exchange(world.grants.authorize("1", number, SCOPES, world.clock())).tokens
        for number in (71, 72)
    }
    asked = [71, 72] * 8

    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda number: source.athlete_id(tokens[number].access, Lane.LIVE), asked))

    assert got == asked


def test_the_library_is_imported_late_and_leaves_warnings_as_they_were() -> None:
    program = """
import logging, requests, sys, warnings
import integrations.strava
assert "stravalib" not in sys.modules
filters, shown_by = list(warnings.filters), warnings.showwarning
from integrations.strava.transport import stravalib_client
stravalib_client(requests.Session(), "token")
assert "stravalib" in sys.modules
assert (list(warnings.filters), warnings.showwarning) == (filters, shown_by)
logging.captureWarnings(True)
assert warnings.showwarning is not shown_by
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")


# --- push subscriptions -------------------------------------------------------------------------


class Callback(Loopback):
    """Answers the handshake as the service does, and takes every event."""

    def __init__(self, verify_token: str) -> None:
        super().__init__(Answer())
        self._verify_token = verify_token

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if request.method == "POST":
            return Answer()
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        reply = handshake(query, self._verify_token)
        return Answer(404) if reply is None else json_answer(reply)


@pytest.fixture
def callback() -> Iterator[Callback]:
    server = Callback("sesame")
    server.start()
    yield server
    server.close()


def test_a_subscription_is_made_seen_and_ended(hook: StravaHook, callback: Callback) -> None:
    assert hook.current() is None

    number = hook.subscribe(f"{callback.url}/hooks/x", "sesame")
    assert hook.current() == Subscription(number, f"{callback.url}/hooks/x")

    hook.unsubscribe(number)
    assert hook.current() is None


def test_an_event_arrives_and_is_read(
    world: World, source: StravaSource, hook: StravaHook, callback: Callback
) -> None:
    a_connection(world, source)
    subscription_id = hook.subscribe(f"{callback.url}/hooks/x", "sesame")

    number = a_run(world)
    world.deliver_pending()

    event = parse_event(callback.requests[-1].body)
    assert (event.object_type, event.aspect_type, event.object_id) == ("activity", "create", number)
    assert (event.owner_id, event.subscription_id) == (71, subscription_id)
    assert event.event_at == world.clock()


def test_a_disconnect_by_the_athlete_is_recognised(
    world: World, source: StravaSource, hook: StravaHook, callback: Callback
) -> None:
    a_connection(world, source)
    hook.subscribe(f"{callback.url}/hooks/x", "sesame")

    world.revoke_athlete(71)
    world.deliver_pending()

    event = parse_event(callback.requests[-1].body)
    assert event.says_deauthorized
    assert event.owner_id == 71


def test_a_second_subscription_is_refused_with_what_to_do(hook: StravaHook, callback: Callback) -> None:
    hook.subscribe(f"{callback.url}/hooks/x", "sesame")

    with pytest.raises(SourceRefused, match="exists already: delete it"):
        hook.subscribe(f"{callback.url}/hooks/y", "sesame")


def test_a_callback_that_does_not_prove_itself_is_refused_with_what_it_needs(
    hook: StravaHook, callback: Callback
) -> None:
    with pytest.raises(SourceRefused, match="could not verify the callback"):
        hook.subscribe(f"{callback.url}/hooks/x", "another token")
    with (
        loopback(json_answer({"hub.challenge": "wrong"})) as stranger,
        pytest.raises(SourceRefused, match="could not verify the callback"),
    ):
        hook.subscribe(stranger.url, "sesame")

    assert hook.current() is None


def test_a_subscription_that_is_not_ours_is_not_found(hook: StravaHook) -> None:
    with pytest.raises(NotFound):
        hook.unsubscribe(5)


def test_subscriptions_need_the_right_secret(strava: SandboxServer, clock: FakeClock) -> None:
    wrong = a_hook(strava.url, clock, secret="other")

    with pytest.raises(SourceRefused, match="client id or secret"):
        wrong.current()
    with pytest.raises(SourceRefused, match="client id or secret"):
        wrong.unsubscribe(5)


# --- secrets ------------------------------------------------------------------------------------


def test_no_secret_reaches_the_log(
    world: World, source: StravaSource, hook: StravaHook, callback: Callback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = a_connection(world, source)
    source.refresh(tokens.refresh)
    source.athlete_id(tokens.access, Lane.LIVE)
    hook.subscribe(f"{callback.url}/hooks/unguessable", "sesame")
    hook.current()
    source.revoke(tokens)

    for secret in (SECRET, tokens.access, tokens.refresh, "sesame", "unguessable"):
        assert secret not in caplog.text


def test_no_secret_reaches_a_traceback(clock: FakeClock) -> None:
    with loopback(Answer()) as strava:
        url = strava.url

    with pytest.raises(SourceDown) as error:
        a_hook(url, clock).current()

    shown = "".join(traceback.format_exception(error.value))
    assert "cannot reach" in shown
    assert not re.search(f"{SECRET}|client_secret=", shown)
