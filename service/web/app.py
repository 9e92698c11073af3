"""The web side, put together: settings, safety, pages."""

from traceback import format_exception
from types import TracebackType
from urllib.parse import urlsplit

import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from service.pipeline.tools import Tools
from service.ports import Wake
from service.web import (
    act,
    calendar,
    care,
    connect,
    dashboard,
    door,
    errors,
    furniture,
    headers,
    health,
    history,
    hooks,
    journal,
    legal,
    login,
    offline,
    questions,
    routine,
    screening,
    session,
    settings,
    today,
    tongue,
)
from service.web.door import ROW_NUMBER_MAX, Parts, WebSettings
from service.web.throttle import Limits

__all__ = ["WebSettings", "create_app"]

log = structlog.get_logger()

BODY_MAX_BYTES = 64 * 1024  # our largest form has a few hundred
STATIC_MAX_AGE_S = 3600
PAGES = (
    today, questions, screening, routine, session, dashboard, history, settings, calendar, care, connect,
    login, legal, act, offline, hooks, health,
)  # fmt: skip


class RowNumber(IntegerConverter):
    """A number that a database can hold; a longer one is no page of ours."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=ROW_NUMBER_MAX)


class Site(Flask):
    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        # As text, here: a renderer that prints the values of variables would print tokens among them.
        traceback = "".join(format_exception(*exc_info))
        log.error("request failed", route=journal.route(), exception=traceback)


def create_app(tools: Tools, wake: Wake, web: WebSettings) -> Flask:
    app = Site("service.web", template_folder="templates", static_folder="static")
    app.url_map.converters["int"] = RowNumber
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config.update(
        SECRET_KEY=tools.keys.digest("flask", "session"),  # signs what is flashed and which visit it was
        SESSION_COOKIE_NAME="__Host-afterrun_visit" if web.secure_cookies else "afterrun_visit",
        SESSION_COOKIE_SECURE=web.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # without it, Chromium sends a fresh cookie along with a foreign form
        MAX_CONTENT_LENGTH=BODY_MAX_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_MAX_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_MAX_AGE_S,
        TRUSTED_HOSTS=trusted_hosts(web.public_url),
    )
    if web.proxy_hops:
        hops = web.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    journal.install(app)  # first, so that its clock starts first; its line is written last
    headers.install(app, web.oauth_origin)
    door.install(app, Parts(tools, wake, web, Limits(tools.clock)))
    errors.install(app)
    furniture.install(app)
    tongue.install(app)
    for module in PAGES:
        app.register_blueprint(module.blueprint)
    return app


def trusted_hosts(public_url: str) -> list[str] | None:
    """The names we answer to: our own, and this machine's for health checks. None where it is a bare IPv6
    address, which Werkzeug cannot compare."""
    host = urlsplit(public_url).hostname or ""
    return None if ":" in host else [host, "localhost", "127.0.0.1"]
