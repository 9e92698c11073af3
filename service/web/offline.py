"""What lets a phone keep a session: the service worker, at the root of all it may serve, and the manifest."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

blueprint = Blueprint("offline", __name__)

STATIC = Path(__file__).parent / "static"


@blueprint.get("/sw.js")
def worker() -> Response:
    return send_from_directory(STATIC, "sw.js", mimetype="text/javascript", max_age=0)


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    return send_from_directory(STATIC, "manifest.webmanifest", mimetype="application/manifest+json")


@cache
def static_digest() -> str:
    """Of all static files: with a new one, a phone drops what it kept of the old."""
    found = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            found.update(path.relative_to(STATIC).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:12]
