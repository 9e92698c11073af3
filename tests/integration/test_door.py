"""The door: sign-in and out, forms that act, what browsers are told, and what is never logged."""

import logging
import re
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from flask import Flask
from sqlalchemy import func, select

from service.cli.serve import make_login_link
from service.pipeline.tools import Tools
from service.store import athletes
from service.store.database import Store, StoreUnavailable
from service.store.tables import LoginSession
from service.web.app import trusted_hosts
from service.web.links import finish_token
from service.web.throttle import Throttle, caller_key
from tests.browser import HOOK_PATH, SETUP_CODE, VERIFY_TOKEN, Browser, a_web, main_text
from tests.fakes import FakeClock, FakeSource


@pytest.fixture
def web(tools: Tools) -> Flask:
    return a_web(tools)


@pytest.fixture
def browser(web: Flask) -> Browser:
    return Browser(web)


@pytest.fixture
def home(browser: Browser, runner: int) -> Browser:
    """The runner's own browser, signed in."""
    browser.sign_in(runner)
    browser.get("/you")
    return browser


def path(address: str) -> str:
    return address.removeprefix("http://afterrun.test")


def sign_ins(tools: Tools) -> int:
    with tools.store.read() as session:
        return session.scalar(select(func.count()).select_from(LoginSession)) or 0


def without_database(patch: pytest.MonkeyPatch, *doors: str) -> None:
    def shut(_store: Store) -> NoReturn:
        raise StoreUnavailable("the database is locked by another process")

    for door in doors:
        patch.setattr(Store, door, shut)


# --- signed in and out ----------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/", "/progress", "/you", "/why/1", "/sessions/1"])
def test_pages_of_a_runner_are_closed_to_strangers(browser: Browser, address: str) -> None:
    answer = browser.get(address)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/connect")


def test_stranger_that_asks_for_data_is_told_in_data(browser: Browser) -> None:
    answer = browser.get("/today/state")

    assert answer.status_code == 401
    assert answer.get_json() == {"error": "not signed in"}


@pytest.mark.parametrize("token", ["", "made-up", "x" * 4000, "ß", "token-of-1' OR 1=1"])
def test_made_up_token_signs_nobody_in(browser: Browser, runner: int, token: str) -> None:
    browser.set_cookie("afterrun", token)

    assert browser.get("/").status_code == 303


def test_database_holds_no_token(home: Browser, tools: Tools) -> None:
    token = home.cookie("afterrun")
    assert token is not None
    with tools.store.read() as session:
        assert token not in str([vars(row) for row in session.scalars(select(LoginSession))])


def test_sign_in_lasts_ninety_days_after_the_last_visit(home: Browser, clock: FakeClock) -> None:
    clock.tick(days=89)
    renewed = home.get("/")
    clock.tick(days=89)
    assert home.get("/").status_code == 200
    clock.tick(days=90)

    assert home.get("/").status_code == 303
    assert "Max-Age=7776000" in renewed.headers["Set-Cookie"]


def test_sign_in_is_renewed_once_an_hour_at_most(home: Browser, clock: FakeClock) -> None:
    assert "Set-Cookie" not in home.get("/").headers
    clock.tick(minutes=59)
    assert "Set-Cookie" not in home.get("/").headers
    clock.tick(minutes=1)
    assert "afterrun=" in home.get("/").headers["Set-Cookie"]
    assert "Set-Cookie" not in home.get("/").headers


def test_clock_that_jumps_and_comes_back_signs_nobody_out(home: Browser, clock: FakeClock) -> None:
    clock.tick(days=30)
    assert home.get("/").status_code == 200
    clock.tick(days=-60)

    assert home.get("/").status_code == 200


def test_sign_in_that_cannot_be_renewed_still_shows_the_page(
    home: Browser, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.tick(hours=2)
    without_database(monkeypatch, "write")

    assert home.get("/").status_code == 200


def test_signing_out_ends_this_browser_and_no_other(web: Flask, tools: Tools, runner: int) -> None:
    here, there = Browser(web), Browser(web)
    for browser in (here, there):
        browser.get(path(make_login_link(tools, runner)))
        browser.post(path(make_login_link(tools, runner)))
    token = here.cookie("afterrun")
    assert token is not None
    here.get("/you")

    assert here.post("/logout").headers["Location"] == "/connect"

    assert here.cookie("afterrun") is None
    here.set_cookie("afterrun", token)
    assert here.get("/").status_code == 303
    assert there.get("/").status_code == 200


def test_signing_out_everywhere_ends_all_browsers(
    web: Flask, home: Browser, tools: Tools, runner: int
) -> None:
    there = Browser(web)
    there.get(path(make_login_link(tools, runner)))
    there.post(path(make_login_link(tools, runner)))
    home.get("/you")

    home.post("/logout", {"everywhere": "1"})

    assert there.get("/").status_code == 303
    assert sign_ins(tools) == 0


# --- the link that the server prints --------------------------------------------------------


def test_login_link_asks_first_then_signs_in_once(web: Flask, tools: Tools, runner: int) -> None:
    address = path(make_login_link(tools, runner))
    browser = Browser(web)
    assert [browser.get(address).status_code for _ in range(2)] == [200, 200]
    assert sign_ins(tools) == 0

    answer = browser.post(address)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    late = Browser(web)
    assert late.get(address).status_code == 404
    late.get("/connect")
    assert late.post(address).status_code == 404
    assert sign_ins(tools) == 1


def test_login_link_lasts_ten_minutes(browser: Browser, tools: Tools, clock: FakeClock, runner: int) -> None:
    address = path(make_login_link(tools, runner))
    clock.tick(minutes=9, seconds=59)
    browser.get(address)
    clock.tick(seconds=1)

    assert browser.post(address).status_code == 404
    assert browser.get(address).status_code == 404


def test_two_login_links_of_one_moment_both_work(web: Flask, tools: Tools, runner: int) -> None:
    for address in {path(make_login_link(tools, runner)), path(make_login_link(tools, runner))}:
        browser = Browser(web)
        browser.get(address)
        assert browser.post(address).status_code == 303
    assert sign_ins(tools) == 2


def test_login_link_of_a_deleted_account_leads_nowhere(browser: Browser, tools: Tools, runner: int) -> None:
    address = path(make_login_link(tools, runner))
    browser.get(address)
    with tools.store.write() as session:
        athletes.remove(session, runner)

    assert browser.post(address).status_code == 404


def test_one_tap_link_is_no_login_link(browser: Browser, tools: Tools, clock: FakeClock, runner: int) -> None:
    token = finish_token(tools.keys, runner, 1, clock() + timedelta(hours=1))

    assert browser.get(f"/login/{token}").status_code == 404


# --- forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "http://afterrun.test"},
    ],
)
def test_form_from_another_site_does_nothing(home: Browser, tools: Tools, headers: dict[str, str]) -> None:
    answer = home.post("/logout", headers=headers)

    assert answer.status_code == 403
    assert "another site" in main_text(answer)
    assert sign_ins(tools) == 1


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://afterrun.test", 303),
        ("http://evil.example", 403),
        ("http://afterrun.test.evil.example", 403),
        ("http://afterrun.test:8080", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_without_sec_fetch_site_the_origin_must_be_ours(home: Browser, origin: str, status: int) -> None:
    """Browsers send Sec-Fetch-Site to safe origins only, and http:// on a home network is none."""
    token = re.search('name="csrf_token" value="([^"]+)"', home.get("/you").text)
    assert token is not None
    headers = {"Origin": origin} if origin else {}

    answer = home.client.post(
        "/logout", base_url="http://afterrun.test", data={"csrf_token": token[1]}, headers=headers
    )

    assert answer.status_code == status


@pytest.mark.parametrize("token", ["", "wrong", "ß", "0" * 64])
def test_form_without_the_token_of_a_page_does_nothing(home: Browser, tools: Tools, token: str) -> None:
    answer = home.post("/logout", {"csrf_token": token})

    assert answer.status_code == 403
    assert sign_ins(tools) == 1


def test_token_of_another_runners_page_does_not_fit(web: Flask, tools: Tools, home: Browser) -> None:
    with tools.store.write() as session:
        other = athletes.create(session, tools.clock()).id
    theirs = Browser(web)
    theirs.sign_in(other)
    page = theirs.get("/you").text
    token = re.search('name="csrf_token" value="([^"]+)"', page)
    assert token is not None

    assert home.post("/logout", {"csrf_token": token[1]}).status_code == 403


def test_token_from_before_the_sign_in_does_not_fit_after_it(
    browser: Browser, tools: Tools, runner: int
) -> None:
    browser.get("/connect")
    browser.sign_in(runner)

    assert browser.post("/logout").status_code == 403
    assert sign_ins(tools) == 1


def test_every_form_that_acts_is_guarded(web: Flask, home: Browser) -> None:
    """Also those that are written later: every address that takes a POST, but hooks and one-tap links."""
    rules = [rule for rule in web.url_map.iter_rules() if "POST" in (rule.methods or ())]
    open_to_all = {rule.endpoint for rule in rules if _acts(home, rule.rule)}

    assert len(rules) >= 10
    assert open_to_all == {"hooks.take_event", "act.act", "act.play"}


def _acts(browser: Browser, rule: str) -> bool:
    address = re.sub("<[^>]*>", "1", rule)
    answer = browser.post(address, {"csrf_token": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    return answer.status_code != 403


# --- what every answer tells the browser ----------------------------------------------------


def test_page_may_load_its_own_things_only(browser: Browser) -> None:
    answer = browser.get("/connect")

    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search("script-src 'nonce-([^']+)' 'strict-dynamic'", policy)
    assert nonce is not None
    assert re.findall('<script[^>]* nonce="([^"]+)"', answer.text) == [nonce[1]] * answer.text.count(
        "<script"
    )
    for part in (
        "default-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "worker-src 'self'",
        "form-action 'self' https://strava.example",
    ):
        assert part in policy.split("; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in answer.headers["Permissions-Policy"]


def test_nonce_is_new_on_every_page(browser: Browser) -> None:
    policies = {browser.get("/connect").headers["Content-Security-Policy"] for _ in range(3)}

    assert len(policies) == 3


def test_no_page_of_the_door_holds_inline_styles_or_handlers(
    browser: Browser, tools: Tools, runner: int
) -> None:
    for address in ("/connect", "/privacy", "/terms", "/nowhere", path(make_login_link(tools, runner))):
        page = browser.get(address).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page), address
        assert not re.search(r'(src|href)="(https?:)?//', page), address


def test_static_files_may_be_kept_and_pages_may_not(browser: Browser) -> None:
    with browser.get("/static/app.css") as sheet:
        assert sheet.headers["Cache-Control"] == "public, max-age=3600"
    assert browser.get("/connect").headers["Cache-Control"] == "private, no-cache"


def test_cookies_of_an_https_site_are_secure_and_its_own(tools: Tools, runner: int) -> None:
    browser = Browser(a_web(tools, public_url="https://afterrun.test"), "https://afterrun.test")
    address = path(make_login_link(tools, runner))
    shown = browser.get(address).headers["Set-Cookie"]
    entered = browser.post(address).headers.getlist("Set-Cookie")

    assert re.match(r"__Host-afterrun_visit=.*; Secure; HttpOnly; Path=/; SameSite=Lax", shown)
    mine = next(cookie for cookie in entered if cookie.startswith("__Host-afterrun="))
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert part in mine.split("; ")
    assert "Domain" not in mine
    assert browser.get("/").status_code == 200


def test_cookies_of_a_plain_http_site_work_too(browser: Browser, tools: Tools, runner: int) -> None:
    address = path(make_login_link(tools, runner))
    browser.get(address)
    mine = browser.post(address).headers.getlist("Set-Cookie")[0]

    assert mine.startswith("afterrun=")
    assert "Secure" not in mine
    assert "HttpOnly" in mine


# --- whose address it is --------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "afterrun.test.evil.example", "afterrun.test@evil.example", "", "a b"]
)
def test_forged_host_gets_no_page(browser: Browser, host: str) -> None:
    answer = browser.get("/connect", headers={"Host": host})

    assert answer.status_code == 400
    assert "AFTERRUN_PUBLIC_URL" in answer.text
    assert "evil" not in answer.text


def test_this_machine_may_ask_for_health(browser: Browser) -> None:
    assert browser.get("/healthz", headers={"Host": "127.0.0.1:8000"}).status_code == 200
    assert trusted_hosts("https://run.example:8443") == ["run.example", "localhost", "127.0.0.1"]


def test_told_addresses_of_proxies_count_only_where_there_are_proxies(tools: Tools, runner: int) -> None:
    forged = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    }
    far = {"REMOTE_ADDR": "203.0.113.9"}
    for hops, status in ((0, 200), (1, 400)):
        browser = Browser(a_web(tools, proxy_hops=hops))
        answer = browser.get("/connect", headers=forged, environ_overrides=far)
        assert answer.status_code == status, hops


# --- what goes wrong ------------------------------------------------------------------------


def test_errors_are_pages_with_one_sentence_and_a_way_back(home: Browser) -> None:
    for answer, status, sentence in (
        (home.get("/nowhere"), 404, "no such page"),
        (home.get("/why/1"), 404, "not yours"),
        (home.get("/why/99999999999999999999"), 404, "no such page"),
        (home.get("/logout"), 405, "cannot be used in that way"),
        (home.post("/you", {"filler": "x" * 70_000}), 413, "larger than anything"),
    ):
        assert answer.status_code == status
        assert sentence in main_text(answer)
        assert 'href="/"' in answer.text


def test_database_that_cannot_be_reached_is_a_page_too(
    home: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_database(monkeypatch, "read", "write")

    answer = home.get("/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "database cannot be reached" in main_text(answer)


def test_defect_is_a_page_and_a_log_line_without_the_address(
    web: Flask, tools: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    web.testing = False

    def broken(token: str) -> str:
        return f"{token}{1 // 0}"

    web.view_functions["act.ask"] = broken

    answer = Browser(web).get("/act/a-secret-token")

    assert answer.status_code == 500
    assert "That is our mistake" in main_text(answer)
    told = capsys.readouterr()
    assert "ZeroDivisionError" in told.out + told.err
    assert "a-secret-token" not in told.out + told.err


def test_health_tells_of_database_and_engine(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = browser.get("/healthz")
    assert answer.get_json() == {"ok": True, "db": "ok", "engine": {"swept_at": None, "open": 0, "dead": 0}}
    assert "Set-Cookie" not in answer.headers
    without_database(monkeypatch, "read")

    broken = browser.get("/healthz")

    assert broken.status_code == 503
    assert broken.get_json()["ok"] is False


# --- what is never logged -------------------------------------------------------------------


def test_no_secret_is_ever_logged(
    web: Flask,
    tools: Tools,
    source: FakeSource,
    runner: int,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = _knock_on_every_door(web, tools, source, runner)

    told = capsys.readouterr()
    written = told.out + told.err + caplog.text
    assert "/act/<token>" in written
    assert "/hooks/strava/<secret>" in written
    for secret in secrets:
        assert len(secret) >= 8
        assert secret not in written


def _knock_on_every_door(web: Flask, tools: Tools, source: FakeSource, runner: int) -> list[str]:
    """Use every address that holds a secret, rightly and wrongly; all the secrets that were used."""
    browser, secrets = (
        Browser(web),
        [HOOK_PATH, VERIFY_TOKEN, SETUP_CODE, "code-of-strava", "access-1", "refresh-1"],
    )
    login = path(make_login_link(tools, runner))
    browser.get(login)
    browser.post(login)
    browser.get("/you")
    browser.post("/invitations")
    invitation = browser.get("/you").text.partition("/invite/")[2].partition('"')[0]
    act = "/act/" + finish_token(tools.keys, runner, 1, tools.clock() + timedelta(hours=1))
    for address in (
        f"/invite/{invitation}",
        act,
        login,
        f"/hooks/strava/{HOOK_PATH}?hub.verify_token={VERIFY_TOKEN}",
    ):
        browser.get(address)
        browser.post(address, {"setup_code": SETUP_CODE})
    browser.get("/connect")
    away = browser.post("/connect/start", {"consent": "yes", "setup_code": SETUP_CODE}).headers["Location"]
    state = away.partition("state=")[2].partition("&")[0]
    for tried in (state, state, "forged-state"):
        browser.get(f"/connect/callback?state={tried}&code=code-of-strava&scope=read")
    session = browser.cookie("afterrun")
    assert session is not None
    return [*secrets, login.rpartition("/")[2], act.rpartition("/")[2], invitation, state, session]


# --- the buckets ----------------------------------------------------------------------------


def test_bucket_lets_a_burst_through_and_refills(clock: FakeClock) -> None:
    bucket = Throttle(clock, burst=2, per_minute=1)

    assert [bucket.allow("a") for _ in range(3)] == [True, True, False]
    assert bucket.allow("b")
    clock.tick(seconds=60)
    assert [bucket.allow("a") for _ in range(2)] == [True, False]
    clock.tick(days=365)
    assert [bucket.allow("a") for _ in range(3)] == [True, True, False]


def test_bucket_gains_nothing_from_a_clock_that_is_set_back(clock: FakeClock) -> None:
    bucket = Throttle(clock, burst=1, per_minute=1)
    bucket.allow("a")
    clock.tick(hours=-1)

    assert not bucket.allow("a")
    clock.tick(minutes=1)
    assert bucket.allow("a")


def test_buckets_do_not_grow_without_end(clock: FakeClock) -> None:
    bucket = Throttle(clock, burst=1, per_minute=0, keys_max=3)
    for key in "abc":
        bucket.allow(key)
    assert not bucket.allow("a")  # used last, so kept longest

    assert bucket.allow("d")

    assert not bucket.allow("a")
    assert bucket.allow("b")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (None, ""),
        ("unix:", "unix:"),
    ],
)
def test_callers_are_counted_by_address_or_home_network(address: Any, key: str) -> None:
    assert caller_key(address) == key
