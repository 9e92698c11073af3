"""From the request to the first picture of a guided session, on a processor six times slower than here."""

import os
import shutil
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench.child import HOST, serving
from bench.player_bytes import Begun, begun
from bench.promise import Measured, at_most

ASKED_S = 1.0
TIMES = 5
SLOWER = 6
FIRST_PICTURE = """
    new Promise((tell) => new PerformanceObserver((list) => {
        for (const entry of list.getEntriesByName("first-contentful-paint")) tell(entry.startTime / 1000);
    }).observe({ type: "paint", buffered: true }))
"""


def measure() -> Measured:
    path = os.environ.get("AFTERRUN_CHROMIUM") or shutil.which("chromium")
    with begun(level=2) as begin, serving(begin.folder, poll_minutes=0) as child, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        seconds = [_once(browser, begin, f"http://{HOST}:{child.port}") for _ in range(TIMES)]
        browser.close()
    detail = f"median of {TIMES} first visits, {min(seconds):.2f} to {max(seconds):.2f} s"
    return at_most("player_frame", median(seconds), "s", ASKED_S, detail)


def _once(browser: Browser, session: Begun, url: str) -> float:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    name, _, value = session.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": url}])
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{url}{session.path}")
    seconds = float(page.evaluate(FIRST_PICTURE))
    context.close()
    return seconds
