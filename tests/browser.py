"""A test client with the manners of a browser, and the web side put together around a test's tools."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from service.pipeline.tools import Tools
from service.ports import Wake
from service.store import athletes
from service.web.app import WebSettings, create_app
from tests.fakes import RecordingWake

HOOK_PATH = "hook-path-nobody-guesses"
VERIFY_TOKEN = "verify-token"
SETUP_CODE = "set-up code"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

WEB = WebSettings(
    public_url="http://afterrun.test",
    proxy_hops=0,
    hook_path=HOOK_PATH,
    hook_verify_token=VERIFY_TOKEN,
    setup_code=SETUP_CODE,
    oauth_origin="https://strava.example",
    poll_minutes=15,
    sandbox=False,
    engine_health=lambda: {"swept_at": None, "open": 0, "dead": 0},
)


def a_web(tools: Tools, wake: Wake | None = None, **settings: Any) -> Flask:
    """``settings`` replace single fields of WEB."""
    app = create_app(tools, wake or RecordingWake(), replace(WEB, **settings))
    app.testing = True
    return app


class Browser:
    """Keeps cookies, says where a form came from, and sends the token of the page it saw last."""

    def __init__(self, app: Flask, base_url: str = "http://afterrun.test") -> None:
        self._app = app
        self._base_url = base_url
        self._token = ""
        self.client = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._seen(self.client.get(path, base_url=self._base_url, **more))

    def post(self, path: str, form: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        """As the form of the page seen last would be sent, with other fields."""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self._base_url, **more.pop("headers", {})}
        fields = {"csrf_token": self._token, **(form or {})}
        answer = self.client.post(path, base_url=self._base_url, data=fields, headers=headers, **more)
        return self._seen(answer)

    def sign_in(self, athlete_id: int) -> None:
        """As if that runner had come in before, with this browser."""
        tools: Tools = self._app.extensions["afterrun"].tools
        token = f"token-of-{athlete_id}"
        with tools.store.write() as session:
            digest = tools.keys.digest("login", token)
            athletes.sign_out(session, digest)
            athletes.sign_in(session, athlete_id, digest, tools.clock(), "a test")
        self.set_cookie("afterrun", token)

    def set_cookie(self, name: str, value: str) -> None:
        secure = self._base_url.startswith("https://")
        self.client.set_cookie(f"__Host-{name}" if secure else name, value, domain=self._host, secure=secure)

    def cookie(self, name: str) -> str | None:
        for spelt in (name, f"__Host-{name}"):
            found = self.client.get_cookie(spelt, domain=self._host)
            if found is not None:
                return found.value
        return None

    @property
    def _host(self) -> str:
        return self._base_url.partition("://")[2].partition(":")[0]

    def _seen(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            found = TOKEN.search(answer.text)
            self._token = unescape(found[1]) if found else self._token
        return answer


def main_text(answer: TestResponse) -> str:
    """What a reader sees of a page: the text of its body, in one line."""
    body = answer.text.partition("<body")[2].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
