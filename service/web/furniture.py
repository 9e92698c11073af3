"""What every template may use: words, figures, the hidden field of a form, addresses of static files."""

from typing import Any

from flask import Flask, url_for
from markupsafe import Markup

from service.web import tongue
from service.web.door import csrf_token, web
from service.web.figures import figure
from service.web.views.moves import figure_name


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        words=_words,
        move_figure=move_figure,
        static=lambda name: url_for("static", filename=name),
        csrf_field=_csrf_field,
        on_strava=_on_strava,
    )


def move_figure(exercise: str, level: int, *, id_prefix: str, **drawing: Any) -> Markup:
    """The figure of an exercise at a level, as ``figures.figure`` draws it."""
    return Markup(figure(figure_name(exercise, level), id_prefix=id_prefix, **drawing))


def _words(key: str, **fields: Any) -> str:
    return tongue.words()(key, **fields)


def _on_strava(path: str) -> str:
    """Where a page of Strava's site is. The sandbox has but one page."""
    return f"{web().oauth_origin}{'/' if web().sandbox else path}"


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())
