"""A runner's first day, in a real browser: connect, run, do it, see it, leave."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from service.pipeline.purge import cache_tables
from service.store.tables import Base, Connection
from tests.e2e.conftest import SETUP_CODE, Town

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


def connect(page: Page, town: Town, *, untick: tuple[str, ...] = ()) -> None:
    """From the welcome page through Strava's consent page to Today."""
    page.goto(town.url)
    page.get_by_label("Set-up code").fill(SETUP_CODE)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Connect with Strava").click()
    for scope in untick:
        page.locator(f"input[value='{scope}']").uncheck()
    page.get_by_role("button", name="Authorize").click()
    expect(page.locator("main[data-state=waiting]")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=15_000)


def press_in_sandbox(page: Page, town: Town, name: str) -> None:
    """In a tab of its own, as somebody who tries the product would."""
    tab = page.context.new_page()
    tab.goto(town.sandbox.url)
    tab.get_by_role("button", name=name).first.click()
    tab.wait_for_load_state()
    tab.close()


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
    expect(page.get_by_role("main")).to_contain_text("of your max")
    page.go_back()

    page.get_by_role("button", name="Start").click()
    for label in page.locator("label:has(input[type=checkbox])").all():
        label.click()
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


def test_intervals_stay_silent_and_say_why_and_when_next(town: Town, visit: Visit) -> None:
    page = visit()
    connect(page, town)
    press_in_sandbox(page, town, "Intervals")
    main = page.locator("main[data-state=waiting]")
    expect(main).to_contain_text("hard", ignore_case=True)
    expect(main).to_contain_text("Next good moment")
    expect(page.get_by_role("button", name="It was easy")).to_be_visible()

    page.get_by_role("button", name="It was easy").click()
    expect(page.locator("main[data-state=prompt]")).to_be_visible()


def test_a_runner_who_grants_nothing_is_told_what_is_lost(town: Town, visit: Visit) -> None:
    page = visit()
    connect(page, town, untick=("activity:read_all", "activity:read"))
    expect(page.get_by_role("main")).to_contain_text("activities")
    assert requests.get(f"{town.url}/healthz", timeout=5).json()["ok"] is True


def test_every_page_works_without_javascript(town: Town, visit: Visit) -> None:
    page = visit(script=False)
    connect(page, town)
    page.get_by_role("button", name="Do it anyway").click()
    page.get_by_role("button", name="Session done").click()
    expect(page.locator("main[data-state=done]")).to_be_visible()
