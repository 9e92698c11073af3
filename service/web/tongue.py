"""In which language a request is answered: the runner's own, else the first one the browser asks for."""

from babel import negotiate_locale
from flask import Flask, Response, current_app, g, request

from service.words import SOURCE, Words


def install(app: Flask) -> None:
    app.after_request(_say_which)
    app.jinja_env.globals.update(language=language)


def words() -> Words:
    chosen = language()
    spoken: dict[str, Words] = g.setdefault("spoken", {})
    if chosen not in spoken:
        spoken[chosen] = _all_words().in_language(chosen)
    return spoken[chosen]


def speak(language: str) -> None:
    """Answer the rest of this request in that language; "" leaves it as it is."""
    if language:
        g.language = language


def language() -> str:
    """Asks the store nothing: whoever is signed in was recognised before, or their browser must do."""
    known = getattr(g.get("signed_in"), "language", "")
    return g.get("language") or known or browser_language()


def browser_language() -> str:
    """The best we have of what the browser asks for; every word of a page asks, so it is found once."""
    if "browser_language" not in g:
        asked = [tag for tag, weight in request.accept_languages if weight > 0]
        g.browser_language = negotiate_locale(asked, list(_all_words().languages), sep="-") or SOURCE
    return str(g.browser_language)


def _all_words() -> Words:
    found: Words = current_app.extensions["afterrun"].tools.words
    return found


def _say_which(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language()
        response.vary.add("Accept-Language")
    return response
