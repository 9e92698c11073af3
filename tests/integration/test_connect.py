"""Welcome, consent, to Strava and back, invitations: who gets in, and what is kept of who does not."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.pipeline.connect import CONSENT_VERSION
from service.pipeline.tools import Tools
from service.ports import AppInactive, CapacityFull, Lane, RateLimited, SourceDown, SourceError, SourceRefused
from service.store import athletes, connections
from service.store.tables import Athlete, Base, Consent, Invitation, LoginSession
from tests.browser import SETUP_CODE, Browser, a_web, main_text
from tests.conftest import connect_runner
from tests.fakes import FakeClock, FakeSource, RecordingWake

ALL = "read,activity:read,activity:read_all"


@pytest.fixture
def web(tools: Tools, wake: RecordingWake) -> Flask:
    return a_web(tools, wake)


@pytest.fixture
def browser(web: Flask) -> Browser:
    return Browser(web)


def set_out(browser: Browser, **fields: Any) -> TestResponse:
    """Look at the welcome page, tick, and press Connect. ``fields``: None leaves one out."""
    browser.get("/connect")
    form = {"consent": "yes", "timezone": "Europe/Rome", **fields}
    return browser.post("/connect/start", {name: value for name, value in form.items() if value is not None})


def state_of(answer: TestResponse) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


def come_back(
    browser: Browser, state: str, *, code: str = "code", scope: str = ALL, **more: str
) -> TestResponse:
    query = "&".join(
        f"{name}={quote(value)}"
        for name, value in {"state": state, "code": code, "scope": scope, **more}.items()
    )
    return browser.get(f"/connect/callback?{query}")


def arrive(browser: Browser, *, scope: str = ALL, **fields: Any) -> TestResponse:
    return come_back(browser, state_of(set_out(browser, **fields)), scope=scope)


def invited(tools: Tools, owner: int, code: str = "come-in") -> str:
    with tools.store.write() as session:
        athletes.invite(session, owner, tools.keys.digest("invitation", code), tools.clock())
    return f"/invite/{code}"


def count(tools: Tools, table: type[Base]) -> int:
    with tools.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


# --- the first one owns the house -----------------------------------------------------------


def test_first_runner_comes_in_with_the_set_up_code_and_owns_the_installation(
    browser: Browser, tools: Tools, wake: RecordingWake
) -> None:
    answer = arrive(browser, setup_code=SETUP_CODE)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert is_signed_in(browser)
    with tools.store.read() as session:
        owner = athletes.owner(session)
        assert owner is not None
        assert owner.timezone == "Europe/Rome"
        consent = session.scalars(select(Consent)).one()
    assert (consent.version, consent.scopes) == (CONSENT_VERSION, ALL)
    assert wake.nudges == [(owner.id, Lane.BULK)]


def test_way_to_strava_names_our_callback_and_the_three_scopes(browser: Browser) -> None:
    answer = set_out(browser, setup_code=SETUP_CODE)

    assert answer.status_code == 303
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["redirect_uri"] == ["http://afterrun.test/connect/callback"]
    assert query["scope"] == [ALL]
    assert len(query["state"][0]) >= 40


@pytest.mark.parametrize("code", ["wrong", "", None, "ß" * 40])
def test_without_the_right_set_up_code_nobody_is_sent_to_strava(browser: Browser, code: str | None) -> None:
    answer = set_out(browser, setup_code=code)

    assert answer.status_code == 400
    assert "set-up code" in main_text(answer)
    assert 'value="yes" required checked' in answer.text  # the tick is not lost


def test_guessing_the_set_up_code_is_slowed_down(browser: Browser, clock: FakeClock) -> None:
    answers = [set_out(browser, setup_code=f"guess {n}") for n in range(6)]

    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert set_out(browser, setup_code=SETUP_CODE).status_code == 429
    clock.tick(minutes=1)
    assert set_out(browser, setup_code=SETUP_CODE).status_code == 303


def test_an_installation_without_a_set_up_code_takes_no_empty_one(tools: Tools) -> None:
    browser = Browser(a_web(tools, setup_code=None))

    assert set_out(browser, setup_code="None").status_code == 400
    assert set_out(browser, setup_code="").status_code == 400


def test_set_up_code_makes_one_owner_even_if_two_set_out_with_it(
    web: Flask, tools: Tools, source: FakeSource
) -> None:
    first, second = Browser(web), Browser(web)
    waiting = state_of(set_out(second, setup_code=SETUP_CODE))
    arrive(first, setup_code=SETUP_CODE)
    source.athlete = 9002

    answer = come_back(second, waiting)

    assert answer.status_code == 403
    assert count(tools, Athlete) == 1


def test_code_field_is_gone_once_somebody_owns_the_installation(browser: Browser, runner: int) -> None:
    assert "setup_code" not in browser.get("/connect").text


# --- consent --------------------------------------------------------------------------------


def test_without_the_tick_nothing_begins(browser: Browser, runner: int) -> None:
    answer = set_out(browser, consent=None)

    assert answer.status_code == 400
    assert "Please tick this first" in main_text(answer)
    assert " checked" not in answer.text


def test_welcome_says_what_is_seen_kept_and_how_it_ends(browser: Browser) -> None:
    text = main_text(browser.get("/connect"))

    for said in (
        "Sees your activities",
        "6.5 days at most",
        "Writes nothing",
        "disconnect or delete under You; both are confirmed",
    ):
        assert said in text
    assert browser.get("/privacy").status_code == browser.get("/terms").status_code == 200


def test_privacy_page_names_every_class_and_the_operator(tools: Tools) -> None:
    text = main_text(Browser(a_web(tools, contact="ops@afterrun.test")).get("/privacy"))

    for said in ("6.5 days", "while your account lives", "while you are connected", "Proof of consent"):
        assert said in text
    assert "Strava collects usage data" in text
    assert "ops@afterrun.test" in text


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("UTC", "UTC"),
        ("", ""),
        ("Mars/Olympus", ""),
        ("America", ""),
        ("../../etc/passwd", ""),
        ("/etc/passwd", ""),
        ("Europe/Rome\x00", ""),
        ("A" * 5000, ""),
    ],
)
def test_time_zone_of_the_browser_is_believed_if_it_exists(
    browser: Browser, tools: Tools, said: str, kept: str
) -> None:
    arrive(browser, setup_code=SETUP_CODE, timezone=said)

    with tools.store.read() as session:
        assert [athlete.timezone for athlete in athletes.everyone(session)] == [kept]


# --- coming back ----------------------------------------------------------------------------


def test_known_runner_signs_in_without_an_invitation(browser: Browser, tools: Tools, runner: int) -> None:
    answer = arrive(browser)

    assert answer.status_code == 303
    assert is_signed_in(browser)
    assert count(tools, Athlete) == 1


def test_stranger_is_turned_away_and_nothing_of_them_is_kept(
    browser: Browser, tools: Tools, source: FakeSource, runner: int
) -> None:
    source.athlete = 9002

    answer = arrive(browser)

    assert answer.status_code == 403
    assert "Nothing about you was kept" in main_text(answer)
    assert source.calls[-1] == "revoke"
    assert (count(tools, Athlete), count(tools, Consent), count(tools, LoginSession)) == (1, 0, 0)
    assert not is_signed_in(browser)


def test_invited_stranger_gets_an_account_and_the_invitation_is_used_up(
    web: Flask, tools: Tools, source: FakeSource, runner: int
) -> None:
    link = invited(tools, runner)
    source.athlete = 9002
    guest = Browser(web)
    assert guest.get(link).headers["Location"] == "/connect"
    assert "You are invited" in main_text(guest.get("/connect"))

    assert arrive(guest).status_code == 303

    assert is_signed_in(guest)
    with tools.store.read() as session:
        assert [athlete.role for athlete in athletes.everyone(session)] == ["owner", "member"]
    assert Browser(web).get(link).status_code == 404


def test_invitation_is_not_used_up_by_looking_at_it(web: Flask, tools: Tools, runner: int) -> None:
    link = invited(tools, runner)

    assert [Browser(web).get(link).status_code for _ in range(3)] == [303] * 3


def test_invitation_stays_open_if_the_connecting_fails(
    web: Flask, tools: Tools, source: FakeSource, runner: int
) -> None:
    link = invited(tools, runner)
    source.athlete = 9002
    guest = Browser(web)
    guest.get(link)
    state = state_of(set_out(guest))
    source.failures.append(SourceDown("no answer"))

    assert come_back(guest, state).status_code == 503
    assert arrive(guest).status_code == 303


def test_invitation_is_not_used_up_by_somebody_who_has_an_account(
    web: Flask, tools: Tools, runner: int
) -> None:
    link = invited(tools, runner)
    browser = Browser(web)
    browser.get(link)
    arrive(browser)

    assert Browser(web).get(link).status_code == 303


def test_one_invitation_lets_one_of_two_in(web: Flask, tools: Tools, source: FakeSource, runner: int) -> None:
    link = invited(tools, runner)
    first, second = Browser(web), Browser(web)
    states = []
    for guest in (first, second):
        guest.get(link)
        states.append(state_of(set_out(guest)))
    source.athlete = 9002
    assert come_back(first, states[0]).status_code == 303
    source.athlete = 9003

    assert come_back(second, states[1]).status_code == 403
    assert count(tools, Athlete) == 2


def test_invitation_runs_out(web: Flask, tools: Tools, clock: FakeClock, runner: int) -> None:
    link = invited(tools, runner)
    clock.tick(days=7)

    assert Browser(web).get(link).status_code == 404


def test_owner_gets_a_link_to_pass_on_and_it_works(
    web: Flask, browser: Browser, tools: Tools, runner: int
) -> None:
    browser.sign_in(runner)
    browser.get("/you")

    answer = browser.post("/invitations")

    assert answer.status_code == 303
    link = browser.get("/you").text.partition("http://afterrun.test/invite/")[2].partition('"')[0]
    assert link
    assert link not in browser.get("/you").text  # shown once
    with tools.store.read() as session:
        assert link not in str(session.scalars(select(Invitation.digest)).all())
    assert Browser(web).get(f"/invite/{link}").status_code == 303


def test_only_the_owner_invites(browser: Browser, tools: Tools, source: FakeSource, runner: int) -> None:
    source.athlete = 9002
    browser.sign_in(connect_runner(tools, source))
    browser.get("/you")

    assert browser.post("/invitations").status_code == 403
    assert count(tools, Invitation) == 0


# --- the way back does not fool us ----------------------------------------------------------


def test_way_back_that_nobody_began_is_refused(browser: Browser, source: FakeSource, runner: int) -> None:
    before = list(source.calls)

    answer = come_back(browser, "made-up")

    assert answer.status_code == 400
    assert "Nothing was changed" in main_text(answer)
    assert 'href="/connect"' in answer.text
    assert source.calls == before


def test_way_back_with_the_state_of_another_browser_is_refused(web: Flask, runner: int) -> None:
    victim, attacker = Browser(web), Browser(web)
    set_out(victim)
    foreign = state_of(set_out(attacker))

    assert come_back(victim, foreign).status_code == 400
    assert not is_signed_in(victim)


def test_way_back_can_be_used_once_even_with_a_copied_cookie(
    web: Flask, browser: Browser, source: FakeSource, runner: int
) -> None:
    state = state_of(set_out(browser))
    cookie = browser.cookie("afterrun_state")
    assert cookie is not None
    assert come_back(browser, state).status_code == 303
    calls = list(source.calls)

    assert come_back(browser, state).status_code == 400
    other = Browser(web)
    other.set_cookie("afterrun_state", cookie)
    assert come_back(other, state).status_code == 400
    assert source.calls == calls


def test_way_back_runs_out_after_a_quarter_of_an_hour(
    browser: Browser, clock: FakeClock, runner: int
) -> None:
    state = state_of(set_out(browser))
    clock.tick(minutes=15)

    assert come_back(browser, state).status_code == 400


def test_way_back_is_refused_if_somebody_else_signed_in_meanwhile(browser: Browser, runner: int) -> None:
    state = state_of(set_out(browser))
    browser.sign_in(runner)

    assert come_back(browser, state).status_code == 400


def test_no_at_strava_is_taken_for_a_no(browser: Browser, source: FakeSource, runner: int) -> None:
    state, before = state_of(set_out(browser)), list(source.calls)

    answer = browser.get(f"/connect/callback?state={state}&error=access_denied")

    assert answer.status_code == 403
    assert "You said no" in main_text(answer)
    assert source.calls == before
    assert not is_signed_in(browser)


def test_way_back_never_leads_to_another_site(browser: Browser, runner: int) -> None:
    answer = come_back(
        browser, state_of(set_out(browser)), next="https://evil.example", redirect_uri="//evil.example"
    )

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("code", ["", "x" * 201])
def test_way_back_without_a_sensible_code_asks_nothing_of_strava(
    browser: Browser, source: FakeSource, runner: int, code: str
) -> None:
    state, before = state_of(set_out(browser)), list(source.calls)

    assert come_back(browser, state, code=code).status_code == 400
    assert source.calls == before


def failures(clock: FakeClock) -> Iterator[tuple[SourceError, int, str]]:
    yield CapacityFull("full"), 403, "connect no further runner"
    yield AppInactive("inactive"), 503, "subscription has ended"
    yield RateLimited("limit", clock()), 503, "used up"
    yield SourceDown("timeout"), 503, "could not be reached"
    yield SourceRefused("400 RequestToken/code/invalid"), 400, "did not accept this sign-in"


def test_each_failure_at_strava_is_told_in_its_own_sentence(
    browser: Browser, source: FakeSource, clock: FakeClock, runner: int
) -> None:
    for failure, status, sentence in failures(clock):
        state = state_of(set_out(browser))
        source.failures.append(failure)

        answer = come_back(browser, state)

        assert answer.status_code == status, failure
        assert sentence in main_text(answer)
        assert 'href="/connect"' in answer.text
        assert not is_signed_in(browser)


def test_missing_permissions_are_named(browser: Browser, tools: Tools, runner: int) -> None:
    arrive(browser, scope="read")
    assert "none of your activities" in main_text(browser.get("/"))

    arrive(browser, scope="read,activity:read")
    assert "“Only You”" in main_text(browser.get("/"))

    arrive(browser, scope="read,activity:read_all")
    with tools.store.read() as session:
        row = connections.get(session, runner)
    assert row is not None
    assert row.scope == "read,activity:read_all"


def test_only_known_scopes_are_kept(browser: Browser, tools: Tools, runner: int) -> None:
    arrive(browser, scope=f"activity:read <script> {'x,' * 900}read")

    with tools.store.read() as session:
        row = connections.get(session, runner)
    assert row is not None
    assert row.scope == "activity:read"


def test_strava_account_of_somebody_else_here_cannot_be_taken_over(
    browser: Browser, tools: Tools, source: FakeSource, runner: int
) -> None:
    source.athlete = 9002
    other = connect_runner(tools, source)
    browser.sign_in(other)
    source.athlete = 9001

    answer = arrive(browser)

    assert answer.status_code == 409
    with tools.store.read() as session:
        rows = {row.athlete_id: row.strava_athlete_id for row in connections.everyone(session)}
    assert rows == {runner: 9001, other: 9002}


def test_sign_in_replaces_whatever_token_the_browser_carried(
    web: Flask, browser: Browser, tools: Tools, runner: int
) -> None:
    planted = "planted-by-somebody-else"
    browser.set_cookie("afterrun", planted)

    arrive(browser)

    mine = browser.cookie("afterrun")
    assert mine is not None
    assert mine != planted
    thief = Browser(web)
    thief.set_cookie("afterrun", planted)
    assert not is_signed_in(thief)


def test_connecting_again_ends_the_older_sign_in_of_this_browser(
    web: Flask, browser: Browser, runner: int
) -> None:
    arrive(browser)
    older = browser.cookie("afterrun")
    assert older is not None

    arrive(browser)

    late = Browser(web)
    late.set_cookie("afterrun", older)
    assert not is_signed_in(late)
    assert is_signed_in(browser)
