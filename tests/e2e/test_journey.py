"""A runner's first day, in a real browser: connect, run, do it, see it, leave."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from integrations.strava.sandbox import synthetic_runner
from service.pipeline.purge import cache_tables
from service.store.tables import Base, Connection
from tests.e2e.conftest import DESKTOP, MORNING, SETUP_CODE, Letterbox, Town

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


def connect(page: Page, town: Town, *, untick: tuple[str, ...] = ()) -> None:
    """From the welcome page through Strava's consent page to Today."""
    page.goto(town.url)
    page.get_by_label("Set-up code").fill(SETUP_CODE)
    authorize(page, untick=untick)


def authorize(page: Page, *, untick: tuple[str, ...] = (), athlete_id: int | None = None) -> None:
    """The rest of the way, with a welcome page that asks for no code."""
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Connect with Strava").click()
    if athlete_id is not None:
        page.get_by_label("As athlete").select_option(f"{athlete_id}")
    for scope in untick:
        page.locator(f"input[value='{scope}']").uncheck()
    page.get_by_role("button", name="Authorize").click()
    expect(page.locator("main[data-state]")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=15_000)


def press_in_sandbox(page: Page, town: Town, name: str) -> None:
    """In a tab of its own, as somebody who tries the product would."""
    tab = page.context.new_page()
    tab.goto(town.sandbox.url)
    tab.get_by_role("button", name=name).first.click()
    tab.wait_for_load_state()
    tab.close()


def nothing_to_ask_about(page: Page) -> None:
    """The questions before the first session."""
    page.get_by_label("None of these").check()
    page.get_by_role("button", name="Go on").click()


def run_that_tells_nothing(town: Town, days_ago: int = 0) -> None:
    """Entered by hand, with nothing but its time."""
    _run(town, days_ago, manual=True, distance=0)


def quick_run(town: Town) -> None:
    """Hard by its pace and heart, without a tag or laps."""
    _run(town, 0, distance=13_000, has_heartrate=True, average_heartrate=181, max_heartrate=196)


def _run(town: Town, days_ago: int, **more: Any) -> None:
    begun_at = town.world.clock() - timedelta(minutes=57, days=days_ago)
    known = {
        "sport_type": "Run",
        "name": "Morning Run",
        "start_date": f"{begun_at:%Y-%m-%dT%H:%M:%SZ}",
        "elapsed_time": 45 * 60,
        **more,
    }
    town.world.add_activity(town.athlete_id, known)


def rows_from_strava(town: Town) -> int:
    """The outlook is not counted: there is always one, and now it knows of no run."""
    with town.tools.store.read() as session:
        tables = [Base.metadata.tables[name] for name in cache_tables() if name not in ("work", "outlook")]
        counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        return sum(counts) + (session.scalar(select(func.count()).select_from(Connection)) or 0)


def test_a_runner_connects_runs_does_the_session_and_leaves(town: Town, visit: Visit) -> None:
    page = visit()
    connect(page, town, untick=("activity:read_all",))
    expect(page.get_by_role("main")).to_contain_text("Only You")

    press_in_sandbox(page, town, "Finish an easy run now")
    expect(page.locator("main[data-state=prompt]")).to_be_visible()  # by itself, without a reload
    page.get_by_role("link", name="Why easy?").click()
    expect(page.get_by_role("main")).to_contain_text("than your quick runs")
    page.go_back()

    page.get_by_role("button", name="Start").click()
    nothing_to_ask_about(page)
    page.get_by_role("button", name="Session done").click()
    expect(page.locator("main[data-state=done]")).to_be_visible()

    page.get_by_role("link", name="Progress").locator("visible=true").click()
    expect(page.get_by_role("main")).to_contain_text("1 of")
    expect(page.get_by_role("main")).to_contain_text("km")

    page.get_by_role("link", name="You", exact=True).locator("visible=true").click()
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("main")).to_contain_text("8 May")  # the written confirmation has its date
    assert rows_from_strava(town) == 0
    page.goto(f"{town.url}/progress")
    expect(page.get_by_role("main")).not_to_contain_text("View on Strava")

    page.goto(town.url)
    expect(page.get_by_role("main")).to_contain_text("Strava is not connected")
    page.get_by_role("link", name="Connect").click()
    authorize(page)
    expect(page.locator("main[data-state=done]")).to_contain_text(
        "1 of 2 this week"
    )  # it was the runner's own
    expect(page.get_by_role("main")).to_contain_text("View on Strava")


def test_intervals_stay_silent_and_say_why_and_when_next(town: Town, visit: Visit) -> None:
    page = visit()
    connect(page, town)
    press_in_sandbox(page, town, "Intervals")
    main = page.locator("main[data-state=waiting]")
    expect(main).to_contain_text("hard", ignore_case=True)
    expect(main).to_contain_text("Next good moment")
    expect(page.get_by_role("button", name="It was easy")).to_be_visible()

    page.get_by_role("button", name="It was easy").click()
    expect(page.locator("main[data-state=prompt]")).to_contain_text("You said so.")
    page.get_by_role("button", name="Not easy").click()
    expect(page.locator("main[data-state=waiting]")).to_contain_text("Let the hard work sink in")


def test_a_run_nobody_can_tell_is_asked_about_and_one_tap_brings_the_session(
    town: Town, visit: Visit
) -> None:
    page = visit()
    connect(page, town)
    run_that_tells_nothing(town)
    main = page.locator("main[data-state=waiting]")
    expect(main).to_contain_text("Was this run easy?")
    expect(page.get_by_role("button", name="Moderate or hard")).to_be_visible()

    page.get_by_role("button", name="Easy", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Noted as easy.")
    expect(page.locator("main[data-state=prompt]")).to_contain_text("You said so.")


def test_a_message_leads_through_the_session_on_a_phone_that_is_not_signed_in(
    town: Town, visit: Visit, letterbox: Letterbox
) -> None:
    page = visit(DESKTOP)
    connect(page, town)
    page.get_by_role("link", name="You", exact=True).locator("visible=true").click()
    page.get_by_label("Address").fill(letterbox.address)
    page.get_by_role("button", name="Add", exact=True).click()
    press_in_sandbox(page, town, "Finish an easy run now")
    text = letterbox.next_text()
    start, done, later, not_today = re.findall(r"http\S+/act/\S+", text)
    assert "run" not in text.split("\n")[0].lower()  # nothing from Strava leaves the house

    phone = visit()
    phone.goto(start)
    nothing_to_ask_about(phone)  # the first session: the link asks on its own page
    phone.get_by_role("button", name="Session done").click()
    expect(phone.get_by_role("main")).to_contain_text("1 of 2")
    for link in (start, done, later, not_today):
        phone.goto(link)  # a second tap, or the other button of the same message
        expect(phone.get_by_role("main")).to_contain_text("That counts: 1 of 2")
        expect(phone.get_by_role("button")).to_have_count(0)

    page.goto(town.url)
    expect(page.locator("main[data-state=done]")).to_be_visible()
    phone.goto(town.url)
    expect(phone.get_by_role("button", name="Connect with Strava")).to_be_visible()  # the link let nobody in


def test_a_runner_comes_in_by_invitation_and_sees_none_of_the_owner(town: Town, visit: Visit) -> None:
    owner = visit()
    connect(owner, town)
    press_in_sandbox(owner, town, "Finish an easy run now")
    owner.get_by_role("link", name="Why easy?").click()
    reasons = owner.url
    owner.get_by_role("link", name="You", exact=True).locator("visible=true").click()
    owner.get_by_role("button", name="Make an invitation").click()
    link = owner.get_by_label("The new link").input_value()

    friend = town.world.add_athlete(synthetic_runner(8, end=MORNING, timezone="Europe/Rome"))
    guest = visit()
    guest.goto(link)
    expect(guest.get_by_role("main")).to_contain_text("You are invited.")
    authorize(guest, athlete_id=friend.id)
    guest.goto(reasons)
    expect(guest.get_by_role("main")).to_contain_text("not yours")
    guest.goto(f"{town.url}/you")
    expect(guest.get_by_role("main")).not_to_contain_text("Invitations")

    late = visit()
    late.goto(link)
    expect(late.get_by_role("main")).to_contain_text("This invitation is over")


def test_a_runner_who_grants_nothing_is_told_what_is_lost(town: Town, visit: Visit) -> None:
    page = visit()
    connect(page, town, untick=("activity:read_all", "activity:read"))
    expect(page.get_by_role("main")).to_contain_text("activities")
    assert requests.get(f"{town.url}/healthz", timeout=5).json()["ok"] is True


def test_every_page_works_without_javascript(town: Town, visit: Visit) -> None:
    page = visit(script=False)
    connect(page, town)
    page.get_by_role("button", name="Do it anyway").click()
    nothing_to_ask_about(page)
    page.get_by_role("button", name="Session done").click()
    expect(page.locator("main[data-state=done]")).to_be_visible()
