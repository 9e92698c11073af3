"""One line a request, by the route it took: the address itself may hold a token, and is never written."""

import logging
from time import perf_counter

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_write)


def route() -> str:
    return request.url_rule.rule if request.url_rule is not None else "no such address"


def _begin() -> None:
    g.began_s = perf_counter()


def _write(response: Response) -> Response:
    took_ms = round((perf_counter() - g.began_s) * 1000, 1) if "began_s" in g else 0.0
    known = g.get("signed_in")
    log.log(
        _level(response.status_code),
        "request",
        method=request.method,
        route=route(),
        status=response.status_code,
        ms=took_ms,
        athlete=known.athlete_id if known is not None else None,
    )
    return response


def _level(status: int) -> int:
    """Readers and hooks come often and tell little; what acts or fails is worth a line."""
    if status >= 500:
        return logging.WARNING
    quiet = request.method in SAFE_METHODS or request.blueprint == "hooks"
    return logging.DEBUG if quiet and status < 400 else logging.INFO
