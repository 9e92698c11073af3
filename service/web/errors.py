"""What went wrong, as a page with one clear sentence and a way back."""

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from service.store.database import StoreUnavailable
from service.web import tongue

log = structlog.get_logger()

TOLD = (400, 403, 404, 405, 413, 429, 500, 503)  # have words of their own in [door]
WAIT_S = 60
FOREIGN_HOST = (
    "This is not the address that Afterrun was told it has. Its operator sets it as AFTERRUN_PUBLIC_URL.\n"
)


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(StoreUnavailable, _no_store)


def error_page(
    status: int,
    key: str | None = None,
    *,
    way_back: str = "/",
    way_back_key: str = "door.way_back",
    **fields: object,
) -> Response:
    """``key`` names a table of the messages with a title and a sentence, which ``fields`` fill."""
    words = tongue.words()
    key = key or f"door.{status if status in TOLD else 400 if status < 500 else 500}"
    page = render_template(
        "errors/error.html",
        title=words(f"{key}.title", **fields),
        sentence=words(f"{key}.sentence", **fields),
        way_back=way_back,
        way_back_label=words(way_back_key),
    )
    response = make_response(page, status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(WAIT_S)
    return response


def plain(status: int, line: str) -> Response:
    """For callers that are programs."""
    response = Response(f"{line}\n", status, content_type="text/plain; charset=utf-8")
    if status in (429, 503):
        response.headers["Retry-After"] = str(WAIT_S)
    return response


def _refused(error: HTTPException) -> Response | HTTPException:
    if isinstance(request.routing_exception, SecurityError):
        return Response(FOREIGN_HOST, 400, content_type="text/plain; charset=utf-8")
    status = error.code or 500
    if error.response is not None or status < 400:  # a redirect that routing itself asks for
        return error
    if request.blueprint == "hooks":
        return plain(status, error.name)
    if isinstance(error, InternalServerError):
        g.signed_in = None  # whatever broke may have been the database; the page must not ask it again
    return error_page(status)


def _no_store(trouble: StoreUnavailable) -> Response:
    log.error("request must wait", why=str(trouble))
    if request.blueprint in ("hooks", "health"):
        return plain(503, "the database is not available")
    g.signed_in = None
    return error_page(503)
