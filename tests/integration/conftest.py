"""The pages as a signed-in runner meets them."""

import pytest
from flask import Flask

from service.pipeline.tools import Tools
from tests.browser import Browser, a_web
from tests.fakes import RecordingWake


@pytest.fixture
def wake() -> RecordingWake:
    return RecordingWake()


@pytest.fixture
def app(tools: Tools, wake: RecordingWake) -> Flask:
    return a_web(tools, wake)


@pytest.fixture
def browser(app: Flask, runner: int) -> Browser:
    browser = Browser(app)
    browser.sign_in(runner)
    return browser
