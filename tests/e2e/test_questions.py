"""The one question of Today in a real browser: the phone tells where it is, one tap answers."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from service.pipeline import zones
from tests.e2e.conftest import Town
from tests.e2e.test_journey import connect
from tests.e2e.test_screens import keep

pytestmark = pytest.mark.browser


def test_a_phone_in_another_zone_is_asked_whose_hours_count(town: Town, visit: Callable[..., Page]) -> None:
    page = visit()  # in Rome
    connect(page, town)
    with town.tools.store.write() as session:
        zones.move(session, town.tools, 1, "Europe/Lisbon")
    page.goto(town.url)
    question = page.get_by_role("group", name="You seem to be in Rome")
    expect(question).to_be_visible()
    keep(page, "today-elsewhere")
    question.get_by_role("button", name="Yes, from now on").click()
    expect(page.locator("#flashes")).to_contain_text("Your hours are those of Rome now.")
    expect(question).to_have_count(0)
    assert page.request.get(f"{town.url}/you").text().count('value="Europe/Rome"') == 1


def test_without_the_script_nobody_is_asked_where_they_are(town: Town, visit: Callable[..., Page]) -> None:
    page = visit()
    connect(page, town)
    with town.tools.store.write() as session:
        zones.move(session, town.tools, 1, "Europe/Lisbon")
    plain = visit(script=False)
    plain.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain.goto(town.url)
    expect(plain.locator("#now")).to_be_visible()
    expect(plain.locator("#asked")).to_have_count(0)
