"""What is stored and for how long, and on which terms: plain pages that need no sign-in."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from service.pipeline.connect import CONSENT_VERSION
from service.store import cache
from service.web import tongue
from service.web.door import tools, web

blueprint = Blueprint("legal", __name__)

PRIVACY = ("activities", "own", "connection", "proof", "never", "strava", "rights")
TERMS = ("what", "fitness", "age", "strava", "warranty", "end")


@dataclass(frozen=True, slots=True)
class Part:
    heading: str
    lines: tuple[str, ...]


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    contact = web().contact
    written_to = (
        tongue.words()("legal.contact", contact=contact) if contact else tongue.words()("legal.no_contact")
    )
    return _page("privacy", PRIVACY, written_to)


@blueprint.get("/terms")
def terms() -> ResponseReturnValue:
    return _page("terms", TERMS, "")


def kept_days() -> float:
    """How long a copy of Strava's data may stay here."""
    now = tools().clock()
    with tools().store.read() as store:
        return (cache.ends(store, now) - now).total_seconds() / 86_400


def _page(name: str, parts: tuple[str, ...], contact: str) -> ResponseReturnValue:
    words, days = tongue.words(), kept_days()
    told = [
        Part(
            words(f"legal.{name}.{part}.heading", days=days),
            _lines(f"legal.{name}.{part}.text", days),
        )
        for part in parts
    ]
    title = words(f"legal.{name}.title")
    return render_template(
        "legal/page.html", title=title, parts=told, contact=contact, version=CONSENT_VERSION
    )


def _lines(key: str, days: float) -> tuple[str, ...]:
    words = tongue.words()
    return tuple(words.rotated(key, number, days=days) for number in range(len(words.variants(key))))
