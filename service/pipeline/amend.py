"""A prompt that is over -> the message that asked says so, where its channel can change what was sent.

Neutral words and own facts only, in the place of the question and its links. Nothing is ever sent anew, and a
session that was done is never taken back.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from service.domain.planner import week_start
from service.keys import Unreadable
from service.pipeline import situation
from service.pipeline.situation import Situation
from service.pipeline.tools import Commit, Tools, nothing
from service.ports import DeliveryError, Message
from service.store import prompts, work
from service.store.tables import Prompt, StrengthSession
from service.store.work import ONE_OPEN, Job

log = structlog.get_logger()

JUST_DONE = timedelta(hours=12)

TOLD = ("done", "not_today", "later")  # answers that end the question; after "started" its links still serve


# --- the end of a prompt --------------------------------------------------------------------


def withdraw(session: Session, row: Prompt, now: datetime, said: str | None = None) -> None:
    """The one way to take a prompt back, planned or out; ``said`` where the runner's word did it."""
    if said is not None:
        row.answer, row.answered_at = said, now
    row.state = "withdrawn"
    ask_to_amend(session, row, now)
    log.info("prompt withdrawn", athlete=row.athlete_id, prompt=row.id)


def answer(session: Session, row: Prompt, said: str, now: datetime) -> None:
    """The one way a prompt gets the runner's answer."""
    row.answer, row.answered_at, row.state = said, now, "answered"
    if said in TOLD:
        ask_to_amend(session, row, now)


def close_prompts(session: Session, done: StrengthSession, now: datetime) -> None:
    """Whoever has done it is asked no more: not that day, not by what stands, not by what was put off.

    Of a session that is told of much later only its own day is asked no more.
    """
    asked = {prompt.id: prompt for prompt in prompts.of_day(session, done.athlete_id, done.on)}
    if done.done_at is not None and now - done.done_at <= JUST_DONE:
        asked |= {prompt.id: prompt for prompt in prompts.unanswered(session, done.athlete_id)}
    for prompt in asked.values():
        if prompt.state in ("sent", "planned") or prompt.id == done.prompt_id:
            answer(session, prompt, "done", now)


def ask_to_amend(session: Session, row: Prompt, now: datetime) -> None:
    """For each message of the last time it asked; those before say "later" already."""
    for delivery in prompts.deliveries(session, row.id):
        if delivery.handle and delivery.sent_at and row.sent_at and delivery.sent_at >= row.sent_at:
            work.enqueue(
                session,
                athlete_id=row.athlete_id,
                kind="amend",
                now=now,
                body={"delivery": delivery.id},
                dedup=f"{ONE_OPEN}amend:{delivery.id}",
            )


# --- the message that asked -----------------------------------------------------------------


def amend(job: Job, tools: Tools) -> Commit:
    """Change one message to what is true now; done twice, it says the same. One that is gone is let go."""
    now = tools.clock()
    with tools.store.read() as session:
        delivery = prompts.delivery(session, job.athlete_id, job.body["delivery"])
        row = prompts.get(session, job.athlete_id, delivery.prompt_id) if delivery else None
        channel = prompts.channel(session, job.athlete_id, delivery.channel_id) if delivery else None
        if delivery is None or row is None or channel is None or channel.disabled_at is not None:
            return nothing
        text = changed(session, tools, row, now)
    if text is None:
        return nothing
    try:
        chat = tools.open_channel(channel.kind, tools.keys.open(channel.address_sealed))
        chat.change(delivery.handle, text)
    except (DeliveryError, Unreadable) as failure:
        if isinstance(failure, DeliveryError) and not failure.permanent:
            raise
        log.info("message not changed", athlete=job.athlete_id, channel=channel.id, why=str(failure))
        return nothing
    log.info("message changed", athlete=job.athlete_id, prompt=row.id, channel=channel.id)
    return nothing


def changed(session: Session, tools: Tools, row: Prompt, now: datetime) -> Message | None:
    """What stands in the place of the question, in words that may leave the server; None: let it stand."""
    known = situation.load(session, row.athlete_id, tools, now)
    key = _ended_as(session, known, row)
    if key is None:
        return None
    target = situation.week_target(session, known)
    if key == "done" and target and week_start(row.local_on, known.prefs.week_starts_on) == known.week_on:
        key = "done_of"
    words = tools.words.in_language(known.prefs.language)
    return Message(
        title=words("message.changed.title"),
        text=words(f"message.changed.{key}", done=known.credit, target=target),
    )


def _ended_as(session: Session, known: Situation, row: Prompt) -> str | None:
    if row.state != "withdrawn":
        return row.answer if row.answer in TOLD else None
    if any(each.on == row.local_on for each in known.done):
        return "done"
    replaced = row.answer == "later" and prompts.unanswered(session, row.athlete_id)
    return "later" if replaced else "taken_back"  # put off, and now another one asks in its place
