"""The guided session in a real browser: played to its end, cut off, closed in the middle, sent once.

AFTERRUN_SCREENSHOTS names a folder to keep pictures of every phase in.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from service.domain.planner import Size
from service.pipeline import log
from tests.e2e.conftest import DESKTOP, MORNING, PHONE, Town
from tests.e2e.test_journey import connect

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
Look = tuple[tuple[int, int], bool]

SMALL = (320, 568)
SIZES = [SMALL, (360, 640), (390, 667), PHONE, DESKTOP]
LOOKS: list[Look] = [(size, dark) for size in (PHONE, DESKTOP) for dark in (False, True)]
RUNNER = 1  # the first athlete of a fresh service
SETS = 14  # 2 each: three moves on both sides, the bridge on two legs
IDLE_MS = 45 * 60_000

# By how much the page is higher and wider than the screen; and what is wider than its own box.
OVER = """
    (({ scrollHeight, scrollWidth }) => [scrollHeight - innerHeight, scrollWidth - innerWidth])(
        document.documentElement)
"""
CACHED = """
    (async () => {
        const names = await caches.keys();
        const found = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        return found.flat().map(({ url }) => new URL(url).pathname);
    })()
"""
CUT = """
    [...document.querySelectorAll("#player :not(.visually-hidden)")]
        .filter((one) => one.offsetParent && getComputedStyle(one).display !== "inline")
        .filter((one) => one.scrollWidth > one.clientWidth + 1)
        .map((one) => one.id || one.className || one.textContent)
"""


class Line:
    """Between the browser and the service: what results went over it. It can be cut, and answer itself."""

    def __init__(self, page: Page) -> None:
        self.got: list[dict[str, Any]] = []
        self.status, self.says = 0, dict[str, str]()  # 0: the service answers
        self.is_cut_off = False
        self._context = page.context
        self._context.route(re.compile(r"/play$"), self._take)

    def _take(self, route: Route, request: Request) -> None:
        if self.is_cut_off:
            return route.abort("internetdisconnected")
        self.got.append(json.loads(request.post_data or ""))
        return route.fulfill(status=self.status, json=self.says) if self.status else route.continue_()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        self.is_cut_off = True
        self._context.set_offline(True)
        yield
        self.is_cut_off = False
        self._context.set_offline(False)


def open_session(page: Page, town: Town, size: Size = Size.FULL) -> Line:
    """Signed in, on the page of a session just begun, with a clock that the test moves on."""
    page.clock.install(time=MORNING)
    connect(page, town)
    with town.tools.store.write() as store:
        begun = log.start(store, town.tools, RUNNER, prompt_id=None, size=size, origin="page")
        store.flush()
        path = f"/sessions/{begun.id}"
    line = Line(page)
    page.goto(f"{town.url}{path}")
    return line


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def title(page: Page) -> str:
    return page.locator("#title").inner_text()


def phase(page: Page) -> str:
    return page.locator("#player").get_attribute("data-phase") or ""


def until(page: Page, wanted: str) -> None:
    """Let the time pass until a phase begins. Nothing in a session takes longer than two minutes."""
    for _ in range(240):
        if phase(page) == wanted:
            return
        page.clock.run_for(500)
    raise AssertionError(f"no {wanted} came, it is still {phase(page)}")


def to_the_end(page: Page) -> None:
    """Each set done by a press of the button after its first repetition, each pause cut short."""
    for _ in range(4 * SETS):
        if phase(page) == "end":
            return
        if phase(page) == "switch":
            page.locator("#title").click()
        elif phase(page) == "work":
            page.clock.run_for(3_050)
            press(page, "Set done")
        else:
            press(page, "Start now")
    raise AssertionError(f"no end came, it is still {phase(page)}")


def wait_for(page: Page, expression: str) -> None:
    """Playwright's own waiting asks the page for an eval, which its policy forbids."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {expression}")


def keep(page: Page, name: str, looks: list[Look] = LOOKS) -> None:
    folder = os.environ.get("AFTERRUN_SCREENSHOTS")
    for (width, height), dark in looks if folder else []:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.wait_for_timeout(300)
        page.screenshot(path=Path(folder or "") / f"{name}-{width}-{'dark' if dark else 'light'}.png")


# --- a session ------------------------------------------------------------------------------


def test_a_session_goes_by_itself_from_set_to_set(town: Town, visit: Visit) -> None:
    page = visit()
    open_session(page, town)
    press(page, "Start")
    expect(page.locator("#title")).to_have_text("Get ready")
    page.clock.run_for(10_000)
    expect(page.locator("#title")).to_have_text("Single-leg squat")
    page.clock.run_for(4_600)  # of 4.5 s for each
    expect(page.locator("#count")).to_have_text("2")
    expect(page.locator("#part")).to_have_text("Lower")
    page.clock.run_for(7 * 4_500)
    expect(page.locator("#title")).to_have_text("Switch side")
    expect(page.locator("#news")).to_have_text("Switch side. Right leg. Stand on your right leg.")
    page.clock.run_for(4_100)
    expect(page.locator("#chip")).to_have_text("Right leg")
    page.clock.run_for(8 * 4_500)
    expect(page.locator("#title")).to_have_text("Rest")
    expect(page.locator("#next")).to_have_text("Next: Single-leg squat, left leg")


def test_a_session_is_played_without_a_network_closed_in_the_middle_and_sent_once(
    town: Town, visit: Visit
) -> None:
    page = visit(trouble=False)
    line = open_session(page, town)
    wait_for(page, "caches.match(location.pathname).then(Boolean)")
    assert [path for path in page.evaluate(CACHED) if not path.startswith("/static/")] == ["/sessions/1"]
    address = page.url
    with line.cut_off():
        press(page, "Start")
        until(page, "rest")
        press(page, "Wobbly")
        press(page, "Start now")
        page.clock.run_for(10_000)
        page.close()

        page = page.context.new_page()
        page.goto(address)
        expect(page.get_by_role("dialog", name="Paused")).to_contain_text("Single-leg squat, left leg, set 2")
        press(page, "Go on")
        expect(page.locator("#count")).to_have_text("3")
        to_the_end(page)
        press(page, "Right")
        page.locator("[data-do=knee][data-value='1']").click()
        press(page, "Done")
        expect(page.locator("#outcome")).to_have_text("Saved on this phone; it is sent when you are online.")
        page.reload()
        expect(page.locator("#outcome")).to_have_text("Saved on this phone; it is sent when you are online.")
        assert line.got == []
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#outcome")).to_have_text("Saved.")
    page.clock.run_for(120_000)

    (result,) = line.got
    assert (result["ended"], result["feedback"], result["pain"]) == ("done", "right", 1)
    assert len(result["sets"]) == SETS
    assert [one["form"] for one in result["sets"][:3]] == ["wobbly", "wobbly", ""]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", result["play_id"])


def test_the_second_side_does_as_many_as_the_first(town: Town, visit: Visit) -> None:
    page = visit()
    open_session(page, town)
    press(page, "Start")
    press(page, "Start now")
    page.clock.run_for(6 * 4_500)
    press(page, "Set done")
    until(page, "work")
    expect(page.locator("#of")).to_have_text("of 6")
    until(page, "rest")
    expect(page.locator("#ask-reps")).to_have_text("6")
    press(page, "One more")
    expect(page.locator("#ask-reps")).to_have_text("7")


def test_strong_pain_ends_the_session_and_says_whom_to_see(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town)
    press(page, "Start")
    until(page, "rest")
    press(page, "Any pain?")
    keep(page, "pain")
    page.get_by_role("dialog").get_by_role("button", name="3", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("ease off")
    page.get_by_role("dialog").get_by_role("button", name="8", exact=True).click()
    press(page, "No")
    expect(page.get_by_role("dialog").locator("[aria-pressed=true]")).to_have_count(0)
    page.get_by_role("dialog").get_by_role("button", name="6", exact=True).click()
    keep(page, "strong")
    assert line.got == []
    press(page, "Yes, stop here")
    expect(page.locator("#title")).to_have_text("Enough for today")
    expect(page.locator(".care")).to_contain_text("The leg cannot carry your weight")
    expect(page.locator("#outcome")).to_have_text("Saved.")
    keep(page, "care")
    (result,) = line.got
    assert (result["ended"], result["pain"]) == ("pain", 6)
    assert [one["pain"] for one in result["sets"]] == [6, 6]


def test_a_move_can_be_left_out_and_done_later(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town, Size.MINI)
    press(page, "Start")
    press(page, "Skip or change")
    press(page, "Nothing at hand")
    expect(page.locator("#next")).to_have_text("Next: Glute bridge, both legs")
    to_the_end(page)
    expect(page.locator("#left-out")).to_contain_text("Single-leg squat was left out.")
    keep(page, "end")
    press(page, "Do it now")
    expect(page.locator("#next")).to_have_text("Single-leg squat, left leg")
    to_the_end(page)
    press(page, "Done")
    expect(page.locator("#outcome")).to_have_text("Saved.")
    keep(page, "sent")
    assert line.got[0]["skips"] == []
    assert {one["exercise"] for one in line.got[0]["sets"]} == {
        "single_leg_squat", "glute_bridge", "clamshell", "step_down",
    }  # fmt: skip


def test_a_harder_level_is_swapped_in_place(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town, Size.MINI)
    press(page, "Start")
    press(page, "Start now")
    press(page, "Skip or change")
    page.get_by_role("button", name="Harder").click()
    expect(page.locator("#next-line")).to_contain_text("Sit to a chair on one leg, fingertips.")
    to_the_end(page)
    press(page, "Done")
    expect(page.locator("#outcome")).to_have_text("Saved.")
    assert [one["level"] for one in line.got[0]["sets"]][:3] == [2, 2, 1]


def test_a_session_that_nobody_touches_ends_by_itself(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town)
    press(page, "Start")
    until(page, "rest")
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog", name="Paused")).to_be_visible()
    page.clock.fast_forward(IDLE_MS + 60_000)
    expect(page.locator("#outcome")).to_have_text("Saved.")
    (result,) = line.got
    assert (result["ended"], len(result["sets"])) == ("idle", 2)


def test_a_session_played_to_its_end_is_done_though_nobody_sent_it(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town, Size.MINI)
    press(page, "Start")
    to_the_end(page)
    page.clock.fast_forward(IDLE_MS + 60_000)
    expect(page.locator("#outcome")).to_have_text("Saved.")
    assert [one["ended"] for one in line.got] == ["done"]


def test_a_session_finished_before_its_first_set_is_gone(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town)
    address = page.url
    press(page, "Start")
    page.keyboard.press("Space")
    press(page, "Finish here")
    page.wait_for_url(lambda url: url != address)
    page.goto(address)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    expect(page.get_by_role("dialog", name="Paused")).to_have_count(0)
    assert line.got == []


def test_what_hurts_is_told_though_no_set_was_done(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town)
    press(page, "Start")
    press(page, "Skip or change")
    press(page, "It hurts")
    page.keyboard.press("Space")
    press(page, "Finish here")
    press(page, "Done")
    expect(page.locator("#outcome")).to_have_text("Saved.")
    (result,) = line.got
    assert (result["ended"], result["sets"]) == ("stopped", [])
    assert result["skips"] == [{"exercise": "single_leg_squat", "reason": "pain"}]


def test_a_set_begun_again_and_broken_off_stays_as_it_was(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town)
    press(page, "Start")
    until(page, "rest")
    press(page, "Wobbly")
    page.keyboard.press("ArrowLeft")
    press(page, "Start now")
    page.clock.run_for(4_600)
    page.keyboard.press("Space")
    press(page, "Finish here")
    press(page, "Done")
    expect(page.locator("#outcome")).to_have_text("Saved.")
    (result,) = line.got
    assert [(one["reps"], one["form"]) for one in result["sets"]] == [(8, "wobbly"), (8, "wobbly")]


def test_a_session_left_open_is_sent_from_today(town: Town, visit: Visit) -> None:
    page = visit()
    line = open_session(page, town)
    press(page, "Start")
    until(page, "rest")
    page.goto(town.url)
    page.clock.fast_forward(IDLE_MS + 60_000)
    wait_for(page, "!localStorage.getItem('afterrun-outbox')")
    assert [one["ended"] for one in line.got] == ["idle"]


@pytest.mark.parametrize(
    ("status", "said", "shown", "kept"),
    [
        (422, {"error": "There is no set of that number."}, "There is no set of that number.", False),
        (410, {"error": "This link is used up."}, "This link is used up.", False),
        (200, {}, "Saved on this phone; it is sent when you are online.", True),
        (404, {}, "Saved on this phone; it is sent when you are online.", True),
        (200, {"state": "late"}, "Saved, and not counted: this session was taken back.", False),
        (401, {}, "Saved on this phone; it is sent when you have signed in again.", True),
        (503, {}, "Saved on this phone; it is sent when you are online.", True),
    ],
)
def test_an_answer_is_final_or_the_result_is_kept(
    town: Town, visit: Visit, status: int, said: dict[str, str], shown: str, kept: bool
) -> None:
    page = visit(trouble=False)
    line = open_session(page, town, Size.MINI)
    line.status, line.says = status, said
    press(page, "Start")
    press(page, "Start now")
    page.clock.run_for(9_000)
    page.keyboard.press("Space")
    press(page, "Finish here")
    press(page, "Done")
    expect(page.locator("#outcome")).to_have_text(shown)
    assert page.evaluate("!!localStorage.getItem('afterrun-outbox')") is kept


def test_signing_out_sends_first_what_still_waits(town: Town, visit: Visit) -> None:
    page = visit(trouble=False)
    line = open_session(page, town, Size.MINI)
    line.status = 503
    press(page, "Start")
    press(page, "Start now")
    page.clock.run_for(9_000)
    page.keyboard.press("Space")
    press(page, "Finish here")
    press(page, "Done")
    expect(page.locator("#outcome")).to_have_text("Saved on this phone; it is sent when you are online.")
    page.goto(f"{town.url}/you")
    expect(page.locator("#outbox")).to_be_visible()
    line.status = 0
    with page.expect_response(lambda answer: answer.url.endswith("/play")) as sent:
        press(page, "Sign out")
    assert sent.value.status == 200
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_have_count(0)


# --- without what a browser may lack -----------------------------------------------------------


def test_a_browser_without_any_of_it_still_plays_and_says_what_is_missing(town: Town, visit: Visit) -> None:
    page = visit()
    page.add_init_script(
        """
        delete window.speechSynthesis;
        delete window.AudioContext;
        for (const name of ["vibrate", "wakeLock", "serviceWorker"]) delete Navigator.prototype[name];
        """
    )
    open_session(page, town, Size.MINI)
    said = page.locator("ul.only-played")
    for lack in ("No voice here", "No sounds here", "No vibration here", "keep it awake", "the connection"):
        expect(said).to_contain_text(lack)
    press(page, "Start")
    to_the_end(page)
    press(page, "Done")
    expect(page.locator("#outcome")).to_have_text("Saved.")


def test_without_script_the_moves_are_there_to_tick(town: Town, visit: Visit) -> None:
    page = visit()
    open_session(page, town)
    bare = page.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = bare.new_page()
    plain.goto(page.url)
    expect(plain.get_by_text("Set 2, right").first).to_be_visible()
    expect(plain.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    plain.get_by_role("button", name="Session done").click()
    expect(plain.locator("main[data-state=done]")).to_be_visible()
    bare.close()


def test_with_less_motion_the_start_and_the_end_stand_side_by_side(town: Town, visit: Visit) -> None:
    page = visit()
    open_session(page, town)
    page.emulate_media(reduced_motion="reduce")
    press(page, "Start")
    press(page, "Start now")
    expect(page.locator("#figure svg")).to_have_count(2)
    page.clock.run_for(1_000)
    keep(page, "still", [(PHONE, False)])
    before = page.locator("#figure").inner_html()
    page.clock.run_for(1_000)
    assert page.locator("#figure").inner_html() == before


# --- by hand and eye ----------------------------------------------------------------------------


def test_the_keyboard_plays_it_all(town: Town, visit: Visit) -> None:
    page = visit()
    open_session(page, town)
    page.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert phase(page) == "work"
    page.clock.run_for(5_000)
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog", name="Paused")).to_be_visible()
    page.clock.run_for(60_000)
    page.keyboard.press("Escape")
    expect(page.locator("#count")).to_have_text("2")
    page.keyboard.press("Enter")
    assert phase(page) == "switch"
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#next")).to_have_text("Single-leg squat, left leg")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name="Skip or change")).to_be_visible()


def test_no_phase_needs_scrolling_or_is_cut(town: Town, visit: Visit) -> None:
    page = visit()
    open_session(page, town)
    keep(page, "list")
    press(page, "Start")
    for wanted in ("ready", "work", "switch", "rest"):
        until(page, wanted)
        page.clock.run_for(2_000 if wanted != "work" else 21_000)
        keep(page, wanted, [*LOOKS, (SMALL, False)])
        fits(page, wanted)
    press(page, "Start now")
    page.keyboard.press("ArrowRight")
    keep(page, "more")
    press(page, "No time")
    assert phase(page) == "change"
    keep(page, "change", [*LOOKS, (SMALL, False)])
    fits(page, "change")
    page.keyboard.press("Space")
    keep(page, "paused")


def fits(page: Page, name: str) -> None:
    """No scrolling on any screen; and with text at twice its size no word is cut."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(OVER) == [0, 0], f"{name} at {width} x {height}"
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(OVER)[1] == 0, f"{name} at twice its size"
    assert page.evaluate(CUT) == [], f"{name} at twice its size"
    page.evaluate("document.documentElement.style.fontSize = ''")
