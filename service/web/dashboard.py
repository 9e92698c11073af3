"""Progress, from the cache and the runner's own sessions; and the weeks before, as they would have been."""

from datetime import date, timedelta

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from service.domain.adherence import rekeyed
from service.domain.days import Day, day_of
from service.domain.planner import Size
from service.domain.preview import preview as live_again
from service.pipeline import situation
from service.pipeline.situation import Situation
from service.pipeline.tools import Tools
from service.store import athletes, sessions
from service.web import tongue
from service.web.door import current_athlete_id, login_required, tools
from service.web.views.preview import preview_page
from service.web.views.progress import (
    Facts,
    SessionFact,
    progress_page,
    selected_week,
    shown_weeks,
    strava_path,
)

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/progress")
@login_required
def show() -> str:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.read() as session:
        known = situation.load(session, athlete_id, at_hand, at_hand.clock())
        facts = read_facts(session, known, at_hand, request.args.get("week", ""))
    words = tongue.words().in_units(known.prefs.units)
    return render_template(
        "dashboard/progress.html",
        view=progress_page(facts, words),
        strava=strava_path(known, facts.selected),
        page="progress",
    )


@blueprint.get("/preview")
@login_required
def preview() -> str:
    """The last weeks as the planner would have lived them: worked out for this page, and kept nowhere."""
    at_hand = tools()
    with at_hand.store.read() as session:
        known = situation.load(session, current_athlete_id(), at_hand, at_hand.clock())
    rules = at_hand.rules
    asked = live_again(
        known.judged,
        known.now,
        known.zone,
        known.prefs,
        rules.effort,
        rules.prompt,
        today_of=situation.today_of,
    )
    return render_template(
        "dashboard/preview.html", view=preview_page(asked, known, tongue.words()), page="today"
    )


def read_facts(session: Session, known: Situation, at_hand: Tools, week: str) -> Facts:
    athlete = athletes.get(session, known.athlete_id)
    if athlete is None:
        abort(404)
    first_week = shown_weeks(known.week_on)[0]
    stored = sessions.targets(session, known.athlete_id, first_week - timedelta(days=31))
    targets = rekeyed(stored, known.prefs.week_starts_on)
    in_all, first_on = sessions.count_done(session, known.athlete_id)
    since = athlete.created_at.astimezone(known.zone).date()
    selected = selected_week(week, known.week_on, known.prefs.week_starts_on)
    return Facts(
        known=known,
        sessions=tuple(
            SessionFact(on, minutes, size is Size.MINI)
            for on, size, minutes in sessions.done_minutes(session, known.athlete_id, first_week)
        ),
        targets={on: row.target for on, row in targets.items()},
        excused=frozenset(on for on, row in targets.items() if row.excused),
        since=min(since, first_on) if first_on else since,
        in_all=in_all,
        first_session_on=first_on,
        week_days=_days(selected, known, at_hand),
        selected=selected,
        adherence=at_hand.rules.adherence,
        mileage=at_hand.rules.mileage,
    )


def _days(week_on: date, known: Situation, at_hand: Tools) -> dict[date, Day]:
    """The days of one week up to today; older ones than the situation holds are judged here."""
    days = [week_on + timedelta(days=n) for n in range(7)]
    around = [
        item for item in known.judged if days[0] - timedelta(days=1) <= item.activity.local_on <= days[-1]
    ]
    rules = at_hand.rules.effort
    return {on: day_of(on, around, known.now_local, known.habits, rules) for on in days if on <= known.today}
