"""One-tap links out of messages: GET shows one button, POST acts, once. No sign-in; the link is the key.

Mail and chat previews fetch such addresses, so looking at one changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.domain.planner import Size
from service.keys import LinkInvalid
from service.pipeline import log, situation
from service.pipeline.situation import Situation
from service.ports import Lane
from service.store import athletes, prompts, sessions
from service.store.tables import Prompt, StrengthSession
from service.web import played, screening, tongue
from service.web.door import tools, wake
from service.web.errors import error_page
from service.web.links import finish_token, link_digest
from service.web.session import equipment, play_of
from service.web.views.moves import session_page
from service.web.views.player import Addresses

blueprint = Blueprint("act", __name__)

Action = Literal["start", "done", "later", "not_today", "finish"]
ACTIONS: tuple[Action, ...] = ("start", "done", "later", "not_today", "finish")
SESSION_LASTS = timedelta(hours=12)  # for its Done button
TOKEN_MAX_CHARS = 600


@dataclass(frozen=True, slots=True)
class OneTap:
    """A link that is ours and not over. Whether it is about anything that exists is another question."""

    athlete_id: int
    action: Action
    subject_id: int  # of the session for finish, else of the prompt
    digest: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """What a link is about, as it stands now."""

    known: Situation
    prompt: Prompt | None
    session: StrengthSession | None
    used: bool


@blueprint.get("/act/<token>")
def ask(token: str) -> ResponseReturnValue:
    tap = _read(token)
    if tap is None:
        return _flat()
    with tools().store.read() as store:
        subject = _subject(store, tap)
    if subject is None:
        return _flat()
    if tap.action == "finish" and subject.session is not None and _is_open(subject.session):
        return _moves(token, subject.session)
    if subject.used or tap.action == "finish" or _is_settled(tap, subject):
        return _state(tap, subject)
    if _asks_first(tap, subject):
        return render_template("act/before.html", view=screening.page_now(tap.athlete_id))
    return _button(tap, subject)


@blueprint.post("/act/<token>")
def act(token: str) -> ResponseReturnValue:
    tap = _read(token)
    if tap is None:
        return _flat()
    with tools().store.read() as store:
        before = _subject(store, tap)
    if before is not None and _asks_first(tap, before):
        page = screening.take(tap.athlete_id)
        if page is not None:  # the link is not used up: it leads on to the session yet
            return render_template("act/before.html", view=page), 422 if page.error else 200
    try:
        subject = _act(tap)
    except IntegrityError:  # two taps in one instant: by now the other one has acted
        subject = _act(tap)
    if subject is None:
        return _flat()
    wake()(tap.athlete_id, Lane.LIVE)
    return _state(tap, subject)


@blueprint.post("/act/<token>/play")
def play(token: str) -> ResponseReturnValue:
    """May come twice, after the button was pressed, and days later from a phone that had no network."""
    tap = _read(token, timedelta(days=tools().rules.result.late_days_max))
    if tap is None or tap.action != "finish":
        return played.gone()
    with tools().store.read() as store:
        if _subject(store, tap) is None:
            return played.gone()
    return played.take(tap.athlete_id, tap.subject_id)


# --- reading and acting ---------------------------------------------------------------------


def _read(token: str, grace: timedelta = timedelta(0)) -> OneTap | None:
    """``grace``: for so long after its end the link is still heard."""
    if len(token) > TOKEN_MAX_CHARS:
        return None
    try:
        content = tools().keys.read_link("act", token, tools().clock() - grace)
    except LinkInvalid:
        return None
    action = content.get("do")
    if action not in ACTIONS:
        return None
    return OneTap(
        athlete_id=content["a"],
        action=action,
        subject_id=content["s" if action == "finish" else "p"],
        digest=link_digest(tools().keys, "act", content),
        ends_at=content["exp"],
    )


def _subject(store: Session, tap: OneTap) -> Subject | None:
    """None where the account, the prompt or the session is gone, or another athlete's."""
    if athletes.get(store, tap.athlete_id) is None:
        return None
    known = situation.load(store, tap.athlete_id, tools(), tools().clock())
    tongue.speak(known.prefs.language)
    used = athletes.link_used(store, tap.digest)
    if tap.action == "finish":
        session = sessions.get(store, tap.athlete_id, tap.subject_id)
        return Subject(known, None, session, used) if session is not None else None
    prompt = prompts.get(store, tap.athlete_id, tap.subject_id)
    if prompt is None:
        return None
    return Subject(known, prompt, sessions.under_way(store, tap.athlete_id, known.today), used)


def _act(tap: OneTap) -> Subject | None:
    """Act unless it was done before; how things stand afterwards."""
    with tools().store.write() as store:
        before = _subject(store, tap)
        if before is None:
            return None
        first = athletes.use_link(store, tap.athlete_id, tap.digest, tools().clock(), tap.ends_at)
        if first and not _is_late_start(tap, before):
            _carry_out(store, tap)
            store.flush()
        return _subject(store, tap)


def _is_late_start(tap: OneTap, subject: Subject) -> bool:
    """Whoever has done today's session does not mean to begin another by an old message."""
    done_today = any(done.on == subject.known.today for done in subject.known.done)
    return tap.action == "start" and subject.session is None and done_today


def _is_settled(tap: OneTap, subject: Subject) -> bool:
    """Whether what the link would ask was answered already, here or elsewhere."""
    prompt = subject.prompt
    if prompt is None or tap.action == "start":
        return _is_late_start(tap, subject)
    if tap.action == "done":  # still true of a prompt that is over
        return prompt.answer == "done" or any(done.on == prompt.local_on for done in subject.known.done)
    return prompt.state not in ("sent", "planned")


def _asks_first(tap: OneTap, subject: Subject) -> bool:
    """Whether the link would begin a session of somebody who has not answered the questions before it."""
    would_begin = tap.action == "start" and subject.session is None and not subject.used
    return would_begin and not subject.known.reached.fitness.may_begin and not _is_settled(tap, subject)


def _carry_out(store: Session, tap: OneTap) -> None:
    me, subject_id = tap.athlete_id, tap.subject_id
    match tap.action:
        case "start":
            log.start(store, tools(), me, prompt_id=subject_id, size=_size(store, tap), origin="link")
        case "done":
            log.done_now(store, tools(), me, prompt_id=subject_id, size=_size(store, tap), origin="link")
        case "later":
            log.later(store, tools(), me, subject_id)
        case "not_today":
            log.not_today(store, tools(), me, subject_id)
        case "finish":
            log.finish(store, tools(), me, subject_id)


def _size(store: Session, tap: OneTap) -> Size:
    prompt = prompts.get(store, tap.athlete_id, tap.subject_id)
    return Size(prompt.size) if prompt is not None else Size.FULL


# --- pages ----------------------------------------------------------------------------------


def _flat() -> ResponseReturnValue:
    """The same for forged, expired and other people's links: it tells nothing."""
    return error_page(404, "act.no_link", way_back_key="act.to_today")


def _button(tap: OneTap, subject: Subject) -> ResponseReturnValue:
    assert subject.prompt is not None
    fields: dict[str, Any] = {
        "minutes": situation.minutes(tools(), subject.known, Size(subject.prompt.size))
    }
    if tap.action == "later":
        at = log.later_offer(subject.prompt, subject.known, tools())
        if at is None:
            return _state(tap, subject)
        fields["when"] = _when(at, subject.known)
    key = f"act.{tap.action}"
    words = tongue.words()
    return render_template(
        "act/ask.html",
        title=words(f"{key}.title", **fields),
        sentence=words(f"{key}.sentence", **fields),
        button=words(f"{key}.button", **fields),
    )


def _state(tap: OneTap, subject: Subject) -> ResponseReturnValue:
    """One sentence that says how things stand, whichever tap it was that made them so."""
    if tap.action == "start" and subject.session is not None:
        return _go_on(tap.athlete_id, subject.session)
    words = tongue.words()
    key, fields = _outcome(tap, subject)
    return render_template(
        "act/state.html",
        title=words(f"act.{key}.title"),
        sentence=words(
            f"act.{key}.sentence",
            done=subject.known.credit,
            target=subject.known.prefs.target_per_week,
            **fields,
        ),
    )


def _outcome(tap: OneTap, subject: Subject) -> tuple[str, dict[str, str]]:
    """The words for it, and the hour where one was agreed on."""
    session, prompt = subject.session, subject.prompt
    if tap.action == "finish":
        undone = session is None or session.undone_at is not None
        return ("is_undone" if undone else "is_done"), {}
    assert prompt is not None
    if prompt.state == "planned" and prompt.snoozes:
        return "is_later", {"when": _when(prompt.send_at, subject.known)}
    if prompt.answer == "done" or any(done.on == prompt.local_on for done in subject.known.done):
        return "is_done", {}
    if prompt.answer == "not_today":
        return "is_not_today", {}
    if subject.session is not None:
        return "is_begun", {}
    return ("is_too_late" if tap.action == "later" else "is_over"), {}


def _go_on(athlete_id: int, session: StrengthSession) -> ResponseReturnValue:
    ends_at = session.started_at + SESSION_LASTS
    token = finish_token(tools().keys, athlete_id, session.id, ends_at)
    return redirect(url_for("act.ask", token=token), 303)


def _moves(token: str, session: StrengthSession) -> ResponseReturnValue:
    view = session_page(
        session.id,
        session.prescription,
        session.minutes,
        "open",
        equipment(session, tools()),
        tongue.words(),
        session.told,
    )
    addresses = Addresses(
        play_url=url_for("act.play", token=token), home_url=url_for("today.show"), worker_url=""
    )
    return render_template("act/session.html", view=view, play=play_of(session, addresses))


def _is_open(session: StrengthSession) -> bool:
    return session.done_at is None and session.undone_at is None


def _when(at: datetime, known: Situation) -> str:
    """19:00, or with its day if that is not today."""
    local = at.astimezone(known.zone)
    key = "act.at" if local.date() == known.now_local.date() else "act.at_on"
    return tongue.words()(key, at=local, on=local.date())
