"""In which language pages and messages come: the runner's choice, else what the browser asks for."""

import re
from pathlib import Path

import pytest
from flask import Flask

from service.pipeline.deliver import message
from service.pipeline.tools import Tools
from service.ports import Message
from service.store import athletes
from tests.browser import Browser, main_text
from tests.fakes import FakeChannel, FakeClock, FakeSource
from tests.integration.stage import Stage
from tests.integration.test_pages import FORM

TEMPLATES = Path(__file__).parents[2] / "service" / "web" / "templates"


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 08:00 in Rome; one channel; an easy run that ended 12 minutes ago is not yet heard of."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history()
    stage.add_channel()
    return stage


def asked_in(language: str, stage: Stage) -> Message:
    """What a runner of that language is sent after an easy run."""
    with stage.write() as session:
        athlete = athletes.get(session, stage.runner)
        assert athlete is not None
        athlete.language = language
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=2)
    row = stage.standing()
    assert row is not None
    with stage.tools.store.read() as session:
        return message(session, stage.tools, row, stage.clock())


def lang(html: str) -> str:
    found = re.search(r'<html lang="([^"]*)"', html)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, fr-CA;q=0.7, en;q=0.3", "fr"),
        ("ja", "en"),
        ("", "en"),
        ("de;q=zero, *;q=nothing", "en"),
    ],
)
def test_a_stranger_is_met_in_a_language_of_their_browser(app: Flask, asked: str, answered: str) -> None:
    page = Browser(app).get("/connect", headers={"Accept-Language": asked})

    assert lang(page.text) == answered
    assert page.headers["Content-Language"] == answered
    assert "Accept-Language" in page.headers["Vary"]


def test_a_choice_holds_whatever_the_browser_asks_for(browser: Browser, tools: Tools) -> None:
    browser.get("/you")
    browser.post("/you", FORM | {"language": "de"})
    page = browser.get("/you", headers={"Accept-Language": "fr"})

    assert lang(page.text) == "de"
    assert tools.words.in_language("de")("you.saved") in main_text(page)
    assert '<option value="de" lang="de" selected>Deutsch</option>' in page.text


def test_a_language_we_do_not_have_is_refused_at_its_field(browser: Browser) -> None:
    browser.get("/you")
    answer = browser.post("/you", FORM | {"language": "tlh"})

    assert answer.status_code == 422
    assert 'id="language-error"' in answer.text


def test_messages_come_in_the_runners_language(stage: Stage, tools: Tools) -> None:
    text = asked_in("it", stage)

    italian = tools.words.in_language("it")
    fields = {"minutes": 12, "done": 0.0, "target": 2}
    assert text.title == italian.rotated("message.full.title", 0, **fields)
    assert text.links[0].label == italian("message.link.start")


def test_a_link_from_a_message_opens_in_its_runners_language(app: Flask, stage: Stage) -> None:
    link = asked_in("nl", stage).links[0].url
    page = Browser(app).get(link.removeprefix("http://afterrun.test"), headers={"Accept-Language": "fr"})

    assert lang(page.text) == "nl"


ATTRIBUTES = r'\{% block \w+_(?:class|attributes) %\}.*?\{% endblock %\}| [\w-]+="[^"]*"'
MARKUP = re.compile(
    ATTRIBUTES + r"|\{#.*?#\}|<(style|script)\b.*?</\1>|<[^>{]*>|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|&\w+;",
    re.DOTALL,
)
SAID_EVERYWHERE = {"Afterrun", "autofocus"}


def test_no_page_holds_words_of_its_own() -> None:
    """What a template says itself can be said in no other language; the product's name can."""
    left = {}
    for file in TEMPLATES.rglob("*.html"):
        words = set(re.findall(r"[^\W\d_]{2,}", MARKUP.sub(" ", file.read_text("utf-8")))) - SAID_EVERYWHERE
        if words:
            left[str(file.relative_to(TEMPLATES))] = words
    assert left == {}
