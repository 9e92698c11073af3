"""You: preferences, ways to be reached, the connection, and what is kept."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from service.domain.planner import Size
from service.domain.routine import Prescription
from service.keys import Unreadable
from service.pipeline import connect, corrections, log, situation
from service.pipeline.reached import prescribed, reached
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.ports import DeliveryError, Lane, Message
from service.store import activities, athletes, calendar, connections, own, prompts, proof, sessions
from service.store.tables import Athlete
from service.web import tongue
from service.web.door import current_athlete_id, login_required, tools, wake
from service.web.views.calendar import TypedPause, TypedRace
from service.web.views.settings import MINUTES, Typed, masked, read_form, typed_from, typed_in
from service.web.views.wall import top_line
from service.web.views.you import ChannelView, YouFacts, you_page

blueprint = Blueprint("settings", __name__)

MOST_CHANNELS = 8
LONGEST_ADDRESS = 1000
RACE_LASTS = timedelta(days=21)  # so long a race that is over may still be shown


@blueprint.get("/you")
@login_required
def show() -> str:
    return you()


@blueprint.post("/you")
@login_required
def save() -> tuple[str, int] | AnyResponse:
    at_hand, athlete_id = tools(), current_athlete_id()
    typed = typed_in(request.form, request.form.getlist)
    with at_hand.store.write() as session:
        _athlete(session, athlete_id)
        read = read_form(typed, tongue.words())
        if read.prefs is not None:
            log.prefer(session, at_hand, athlete_id, read.prefs, read.timezone)
    if read.prefs is None:
        return you(typed=typed, errors=read.errors), 422
    wake()(athlete_id, Lane.LIVE)
    tongue.speak(read.prefs.language)  # as they will find the page
    flash(tongue.words()("you.saved"), "ok")
    return back()


@blueprint.post("/you/limits/reset")
@login_required
def reset_limits() -> AnyResponse:
    """Take back what the corrections moved."""
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        log.reset_limits(session, at_hand, athlete_id)
    wake()(athlete_id, Lane.LIVE)
    flash(tongue.words()("you.limits_reset"), "ok")
    return back("judging")


# --- ways to be reached -----------------------------------------------------------------------


@blueprint.post("/you/channels")
@login_required
def add_channel() -> tuple[str, int] | AnyResponse:
    at_hand, athlete_id = tools(), current_athlete_id()
    label = "".join(filter(str.isprintable, request.form.get("label", ""))).strip()[:80]
    address = request.form.get("address", "").strip()
    wrong = _address_error(at_hand, athlete_id, address)
    if wrong:
        return you(errors={"address": wrong}, channel={"label": label, "address": address}), 422
    with at_hand.store.write() as session:
        prompts.add_channel(
            session,
            at_hand.keys,
            athlete_id=athlete_id,
            kind="apprise",
            label=label or masked(address),
            address=address,
            now=at_hand.clock(),
        )
    flash(tongue.words()("you.channels.added"), "ok")
    return back("channels")


@blueprint.post("/you/channels/<int:channel_id>/test")
@login_required
def test_channel(channel_id: int) -> AnyResponse:
    at_hand = tools()
    words = tongue.words()
    with at_hand.store.read() as session:
        row = prompts.channel(session, current_athlete_id(), channel_id)
    if row is None:
        abort(404)
    try:
        channel = at_hand.open_channel(row.kind, at_hand.keys.open(row.address_sealed))
        channel.send(Message(words("you.channels.test_title"), words("you.channels.test_text")))
        flash(words("you.channels.test_ok", label=row.label), "ok")
    except (DeliveryError, Unreadable) as failure:
        flash(words("you.channels.test_failed", label=row.label, why=str(failure)), "err")
    return back("channels")


@blueprint.post("/you/channels/<int:channel_id>/remove")
@login_required
def remove_channel(channel_id: int) -> AnyResponse:
    at_hand = tools()
    with at_hand.store.write() as session:
        row = prompts.channel(session, current_athlete_id(), channel_id)
        if row is None:
            abort(404)
        session.delete(row)
    flash(tongue.words()("you.channels.removed"), "ok")
    return back("channels")


def _address_error(at_hand: Tools, athlete_id: int, address: str) -> str:
    words = tongue.words()
    if not address:
        return words("you.channels.wrong_empty")
    if len(address) > LONGEST_ADDRESS:
        return words("you.channels.wrong_long")
    if not address.isprintable():
        return words("you.channels.wrong_address")
    with at_hand.store.read() as session:
        if len(prompts.channels(session, athlete_id)) >= MOST_CHANNELS:
            return words("you.channels.wrong_many", most=MOST_CHANNELS)
    try:
        at_hand.open_channel("apprise", address)
    except DeliveryError:
        return words("you.channels.wrong_address")
    return ""


# --- data, and the way out --------------------------------------------------------------------


@blueprint.get("/you/export.json")
@login_required
def export() -> Response:
    """The runner's own facts, to take along. Nothing of Strava's is in it."""
    at_hand, athlete_id = tools(), current_athlete_id()
    now = at_hand.clock()
    with at_hand.store.read() as session:
        facts = {"exported_at": now.isoformat(), **own.own_facts(session, athlete_id)}
    answer = Response(json.dumps(facts, indent=1, ensure_ascii=False), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="afterrun-{now:%Y-%m-%d}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/you/disconnect")
@login_required
def ask_disconnect() -> str:
    return render_template("settings/disconnect.html", page="you")


@blueprint.post("/you/disconnect")
@login_required
def disconnect() -> str:
    at_hand, athlete_id = tools(), current_athlete_id()
    at = connect.disconnect(at_hand, athlete_id, "asked")
    with at_hand.store.write() as session:
        ask_to_plan(session, athlete_id, at)
        zone = _zone(session, _athlete(session, athlete_id), at_hand.clock())
    wake()(athlete_id, Lane.LIVE)
    return render_template("settings/confirmed.html", what="strava", at=at.astimezone(zone), page="you")


@blueprint.get("/you/delete")
@login_required
def ask_delete() -> str:
    return render_template("settings/delete.html", page="you", error="", typed="")


@blueprint.post("/you/delete")
@login_required
def delete() -> tuple[str, int] | str:
    at_hand, athlete_id = tools(), current_athlete_id()
    typed = request.form.get("confirm", "").strip()[:40]
    word = tongue.words()("you.delete.word")
    if typed.casefold() != word.casefold():
        error = tongue.words()("you.delete.wrong", word=word)
        return render_template("settings/delete.html", page="you", error=error, typed=typed), 422
    with at_hand.store.read() as session:
        zone = _zone(session, _athlete(session, athlete_id), at_hand.clock())
    at = connect.delete_account(at_hand, athlete_id)
    return render_template("settings/confirmed.html", what="account", at=at.astimezone(zone), page="")


# --- the page ---------------------------------------------------------------------------------


def you(
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    channel: Mapping[str, str] | None = None,
    race: TypedRace | None = None,
    pause: TypedPause | None = None,
) -> str:
    at_hand, athlete_id = tools(), current_athlete_id()
    now = at_hand.clock()
    with at_hand.store.read() as session:
        facts = _facts(session, at_hand, athlete_id, now)
    athlete, zone = facts.athlete, facts.zone
    prefs = athletes.preferences(athlete)
    return render_template(
        "settings/you.html",
        view=you_page(facts, tongue.words()),
        typed=typed or typed_from(prefs, athlete.timezone or zone.key, tongue.language()),
        errors=errors or {},
        typed_race=race or TypedRace(),
        typed_pause=pause or TypedPause(),
        channel=channel or {"label": "", "address": ""},
        date_line=top_line(now.astimezone(zone).date(), tongue.words()),
        page="you",
    )


def _facts(session: Session, at_hand: Tools, athlete_id: int, now: datetime) -> YouFacts:
    athlete = _athlete(session, athlete_id)
    zone = _zone(session, athlete, now)
    today = situation.today_of(now, zone)
    connection = connections.get(session, athlete_id)
    subject = at_hand.keys.digest("subject", connection.strava_athlete_id) if connection else ""
    consents = proof.consents(session, subject) if subject else []
    in_all, _first = sessions.count_done(session, athlete_id)
    return YouFacts(
        athlete=athlete,
        zone=zone,
        now=now,
        today=today,
        races=tuple(calendar.races(session, athlete_id, today - RACE_LASTS)),
        away=tuple(calendar.away(session, athlete_id, today)),
        connection=connection,
        sync=connections.progress(session, athlete_id),
        refused=len(activities.refused(session, athlete_id)),
        channels=tuple(
            ChannelView(row.id, row.label, _masked(at_hand, row.address_sealed), row.trouble)
            for row in prompts.channels(session, athlete_id)
        ),
        invitations=tuple(athletes.open_invitations(session, now)) if athlete.role == "owner" else (),
        held=own.held(session, athlete_id),
        sessions_in_all=in_all,
        consent=consents[-1] if consents else None,
        offsets=corrections.offsets(session, at_hand, athlete_id),
        rules=at_hand.rules,
        fitting=_fitting(session, at_hand, athlete, today),
    )


def _fitting(session: Session, at_hand: Tools, athlete: Athlete, on: date) -> dict[int, Prescription]:
    """By a limit in minutes: what the runner would get."""
    come, prefs = reached(session, athlete), athletes.preferences(athlete)
    return {
        most: prescribed(at_hand, come, replace(prefs, max_minutes=most), Size.FULL, on, ())[0]
        for most in {*MINUTES, prefs.max_minutes}
    }


def _zone(session: Session, athlete: Athlete, now: datetime) -> ZoneInfo:
    """Only where no browser told the zone are the activities asked for it."""
    if athlete.timezone:
        return situation.zone_of(athlete)
    return situation.zone_of(athlete, tuple(activities.judged(session, athlete.id, now)))


def _masked(at_hand: Tools, sealed: str) -> str:
    try:
        return masked(at_hand.keys.open(sealed))
    except Unreadable:
        return "…"


def _athlete(session: Session, athlete_id: int) -> Athlete:
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        abort(404)
    return athlete


def back(anchor: str | None = None) -> AnyResponse:
    where: Any = url_for("settings.show", _anchor=anchor) if anchor else url_for("settings.show")
    return redirect(where, 303)
