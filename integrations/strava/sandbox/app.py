"""The sandbox as a Flask app: Strava's paths, the control API and the control page."""

import json
from typing import Any

from flask import Flask, Response, current_app, render_template, request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.response import Response as BaseResponse

from integrations.strava.sandbox.api import api, subscriptions
from integrations.strava.sandbox.control import control
from integrations.strava.sandbox.errors import CAPACITY_TEXT, CAPACITY_TITLE, StravaError
from integrations.strava.sandbox.oauth import pages as oauth_pages
from integrations.strava.sandbox.oauth import tokens
from integrations.strava.sandbox.page import page
from integrations.strava.sandbox.world import World

LARGEST_BODY = 5_000_000


class PlainJson(JSONProvider):
    """Field order and number types as they are; no spaces."""

    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return json.loads(s, **kwargs)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return Response(
            self.dumps(args[0] if args else kwargs), content_type="application/json; charset=utf-8"
        )


def create_sandbox(world: World) -> Flask:
    app = Flask(__name__)
    app.json = PlainJson(app)
    app.config.update(WORLD=world, MAX_CONTENT_LENGTH=LARGEST_BODY)
    for blueprint in (oauth_pages, tokens, subscriptions, api, control, page):
        app.register_blueprint(blueprint)
    app.register_error_handler(StravaError, _strava_error)
    app.register_error_handler(HTTPException, _http_error)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def _strava_error(problem: StravaError) -> tuple[BaseResponse | str, int]:
    """JSON, but a page where a browser asked for consent and may not have it."""
    if problem.status == 403 and request.blueprint == "oauth_pages":
        return render_template("problem.html", title=CAPACITY_TITLE, text=CAPACITY_TEXT), 403
    return current_app.json.response(problem.body), problem.status


def _http_error(problem: HTTPException) -> tuple[BaseResponse, int]:
    return current_app.json.response({"message": problem.name}), problem.code or 500
