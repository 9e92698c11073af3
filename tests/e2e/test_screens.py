"""Every page at a phone's and a desktop's size, light and dark: nothing cut, nothing fetched from elsewhere.

AFTERRUN_SCREENSHOTS names a folder to keep the pictures in; the README's two are made that way.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, TimeoutError, expect

from service.cli.demo import have_done_sessions
from service.store import athletes
from tests.e2e.conftest import DESKTOP, PHONE, Town
from tests.e2e.test_journey import (
    connect,
    nothing_to_ask_about,
    press_in_sandbox,
    quick_run,
    run_that_tells_nothing,
)

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]

Look = tuple[tuple[int, int], bool]  # size of the screen, whether dark
SMALL = (320, 568)
LOOKS: list[Look] = [(size, dark) for size in (PHONE, DESKTOP) for dark in (False, True)]


def keep(page: Page, name: str, looks: Sequence[Look] = LOOKS, whole: bool = False) -> None:
    """Check that nothing is wider than a screen; where a folder is named, keep a picture of each look."""
    page.wait_for_load_state()
    for size, dark in ((SMALL, False), *looks):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme="dark" if dark else "light")
        assert _fits(page), f"{name} scrolls sideways"
        folder = os.environ.get("AFTERRUN_SCREENSHOTS")
        if folder and (size, dark) in looks:
            _picture(page, Path(folder) / f"{name}-{size[0]}-{'dark' if dark else 'light'}.png", size, whole)


def _fits(page: Page) -> bool:
    """Asked again for two seconds: a page that has just got another size is still being laid out."""
    with suppress(TimeoutError):
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=2000)
        return True
    return False


def _picture(page: Page, path: Path, size: tuple[int, int], whole: bool) -> None:
    page.evaluate("document.fonts.ready")
    if whole:  # a screen as high as the page: what sticks to the screen's edge stands where it belongs
        high = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size[0], "height": max(high, size[1])})
    page.screenshot(path=path, animations="disabled")
    page.set_viewport_size({"width": size[0], "height": size[1]})


def only_from(town: Town, page: Page) -> list[str]:
    """Requests that leave the service's own address, as they happen."""
    strangers: list[str] = []
    hosts = {urlsplit(town.url).netloc, urlsplit(town.sandbox.url).netloc}

    def note(request: Request) -> None:
        if urlsplit(request.url).netloc not in hosts and not request.url.startswith("data:"):
            strangers.append(request.url)

    page.on("request", note)
    return strangers


def test_every_page_is_whole(town: Town, visit: Visit) -> None:
    page = visit()
    strangers = only_from(town, page)

    def look(path: str, name: str, whole: bool = False) -> None:
        page.goto(f"{town.url}{path}")
        keep(page, name, whole=whole)

    look("/connect", "welcome")
    look("/privacy", "privacy")
    look("/terms", "terms")
    look("/nowhere", "not-found")
    connect(page, town)
    have_done_sessions(town.tools, 1, "Europe/Rome")
    look("/", "today-nothing-yet")
    press_in_sandbox(page, town, "Finish an easy run now")
    expect(page.locator("main[data-state=prompt]")).to_be_visible()
    keep(page, "today-prompt")
    look("/progress", "progress", whole=True)
    look("/history", "history", whole=True)
    look("/you", "you", whole=True)
    look("/routine", "routine", whole=True)
    look("/you/disconnect", "disconnect")
    look("/you/delete", "delete")
    page.goto(town.url)
    page.get_by_role("link", name="Why easy?").click()
    keep(page, "why", whole=True)
    page.goto(town.url)
    page.locator("#start").click()
    keep(page, "session")
    keep(page, "session-whole", whole=True)
    page.get_by_role("button", name="Session done").click()
    expect(page.locator("main[data-state=done]")).to_be_visible()
    keep(page, "today-done")
    assert strangers == []


def test_a_silent_day_is_whole(town: Town, visit: Visit) -> None:
    page = visit()
    connect(page, town)
    have_done_sessions(town.tools, 1, "Europe/Rome")
    press_in_sandbox(page, town, "Intervals")
    expect(page.get_by_role("button", name="It was easy")).to_be_visible()
    keep(page, "today-silence")


def test_questions_and_moved_limits_are_whole(town: Town, visit: Visit) -> None:
    page = visit()
    connect(page, town)
    have_done_sessions(town.tools, 1, "Europe/Rome")
    run_that_tells_nothing(town)
    expect(page.locator("main[data-state=waiting]")).to_contain_text("Was this run easy?")
    keep(page, "today-question")
    page.get_by_role("link", name="Why unsure?").click()
    keep(page, "why-unsure")
    page.goto(town.url)
    run_that_tells_nothing(town, days_ago=1)
    expect(page.get_by_role("main")).to_contain_text("Was yesterday’s run easy?")
    keep(page, "today-two-questions")
    page.get_by_role("group", name="yesterday").get_by_role("button", name="Easy").click()
    expect(page.get_by_role("group", name="yesterday")).to_have_count(0)
    quick_run(town)
    page.get_by_role("button", name="It was easy").click()
    expect(page.get_by_role("main")).to_contain_text("Noted as easy. Your easy limits moved")
    keep(page, "today-moved")
    page.goto(f"{town.url}/you")
    expect(page.get_by_role("button", name="Reset the limits")).to_be_visible()
    keep(page, "you-limits", whole=True)


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "nl"])
def test_every_language_fits_a_phone(town: Town, visit: Visit, language: str) -> None:
    """German words are long, French sentences too."""
    page = visit(PHONE)
    connect(page, town)
    with town.tools.store.write() as session:
        athlete = athletes.get(session, 1)
        assert athlete is not None
        athlete.language = language
    have_done_sessions(town.tools, 1, "Europe/Rome")
    press_in_sandbox(page, town, "Finish an easy run now")
    expect(page.locator("main[data-state=prompt]")).to_be_visible()
    keep(page, f"{language}-today", looks=[(PHONE, False), (DESKTOP, True)])
    page.locator("#start").click()
    keep(page, f"{language}-session", looks=[(PHONE, False)])
    for path in ("/", "/progress", "/you", "/you/delete", "/preview"):
        page.goto(f"{town.url}{path}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        keep(page, f"{language}{path.replace('/', '-')}", looks=[(PHONE, True)], whole=True)


def test_text_at_twice_its_size_is_not_cut(town: Town, visit: Visit) -> None:
    page = visit(PHONE)
    connect(page, town)
    press_in_sandbox(page, town, "Finish an easy run now")
    expect(page.locator("main[data-state=prompt]")).to_be_visible()
    page.locator("#start").click()
    keep(page, "before", whole=True)
    nothing_to_ask_about(page)
    pages = ("/", "/before", "/routine", "/progress", "/you", "/you/delete", "/connect", "/privacy")
    for path in (urlsplit(page.url).path, *pages):
        page.goto(f"{town.url}{path}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        keep(page, f"twice{path.replace('/', '-')}", looks=[(PHONE, False)])
