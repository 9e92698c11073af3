"""A prompt -> one message over one channel: neutral words, four links, nothing that Strava told us."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from service.domain.planner import Size
from service.keys import Unreadable
from service.pipeline import situation
from service.pipeline.amend import ask_to_amend
from service.pipeline.tools import Commit, Tools
from service.ports import DeliveryError, Link, Message
from service.store import prompts
from service.store.tables import ChannelRow, Delivery, Prompt
from service.store.work import Job

log = structlog.get_logger()

ACTIONS = ("start", "done", "later", "not_today")
LINKS_LAST = timedelta(hours=12)  # after the prompt itself is over: "done" is often said in the evening


def deliver(job: Job, tools: Tools) -> Commit:
    """Send once. A crash between the sending and the commit sends twice: the lesser evil, and the links
    act once.
    """
    now = tools.clock()
    with tools.store.read() as session:
        delivery = session.get(Delivery, job.body["delivery"])
        if delivery is None or delivery.state != "due":
            return lambda _session: None
        row = prompts.get(session, job.athlete_id, delivery.prompt_id)
        channel = prompts.channel(session, job.athlete_id, delivery.channel_id)
        if row is None or channel is None or not _still_wanted(row, channel, now):
            return lambda session: _drop(session, delivery.id)
        text = message(session, tools, row, now)
    try:
        handle = tools.open_channel(channel.kind, tools.keys.open(channel.address_sealed)).send(text)
    except (DeliveryError, Unreadable) as failure:
        trouble = str(failure)
        if isinstance(failure, DeliveryError) and not failure.permanent:
            _note_trouble(tools, job.athlete_id, channel.id, trouble)
            raise
        log.warning("channel does not work", athlete=job.athlete_id, channel=channel.id, why=trouble)
        return lambda session: _fail(session, job.athlete_id, delivery.id, channel.id, trouble)
    log.info("delivered", athlete=job.athlete_id, prompt=row.id, channel=channel.id)
    return lambda session: _sent(session, job.athlete_id, delivery.id, handle, now)


def _still_wanted(row: Prompt, channel: ChannelRow, now: datetime) -> bool:
    """Not once the runner has answered, the hour is over, or the channel was switched off meanwhile."""
    return row.state == "sent" and row.valid_until > now and channel.disabled_at is None


def message(session: Session, tools: Tools, row: Prompt, now: datetime) -> Message:
    """The prompt in words that may leave the server: own facts only."""
    known = situation.load(session, row.athlete_id, tools, now)
    fields: dict[str, Any] = {
        "minutes": situation.minutes(tools, known, Size(row.size)),
        "done": known.credit,
        "target": situation.week_target(session, known),
    }
    words = tools.words.in_language(known.prefs.language)
    turn = prompts.asked_before(session, row.athlete_id, row.id)
    key = "mini" if Size(row.size) is Size.MINI else "full"
    if not fields["target"]:
        key = "off"
    return Message(
        title=words.rotated(f"message.{key}.title", turn, **fields),
        text=words.rotated(f"message.{key}.text", turn, **fields),
        links=tuple(
            Link(words(f"message.link.{action}"), action_url(tools, row, action)) for action in ACTIONS
        ),
        tag=f"afterrun-{row.local_on.isoformat()}-{row.id}-{row.snoozes}",  # each asking is one message
    )


def action_url(tools: Tools, row: Prompt, action: str) -> str:
    content = {"a": row.athlete_id, "p": row.id, "do": action}
    return f"{tools.public_url}/act/{tools.keys.sign_link('act', content, row.valid_until + LINKS_LAST)}"


def _sent(session: Session, athlete_id: int, delivery_id: int, handle: str, now: datetime) -> None:
    delivery = prompts.delivery(session, athlete_id, delivery_id)
    if delivery is None:
        return
    row = prompts.locked(session, delivery.prompt_id)
    delivery.state, delivery.sent_at, delivery.handle = "sent", now, handle
    channel = prompts.channel(session, athlete_id, delivery.channel_id)
    if channel is not None:
        channel.trouble = ""
    if row is not None and row.state != "sent":
        ask_to_amend(session, row, now)  # over before its message was known to be out


def _drop(session: Session, delivery_id: int) -> None:
    delivery = session.get(Delivery, delivery_id)
    if delivery is not None:
        delivery.state = "dropped"


def _note_trouble(tools: Tools, athlete_id: int, channel_id: int, trouble: str) -> None:
    """Said on the page while the tries go on; the first that succeeds takes it back."""
    with tools.store.write() as session:
        channel = prompts.channel(session, athlete_id, channel_id)
        if channel is not None:
            channel.trouble = trouble[:200]


def _fail(session: Session, athlete_id: int, delivery_id: int, channel_id: int, trouble: str) -> None:
    delivery = session.get(Delivery, delivery_id)
    if delivery is not None:
        delivery.state, delivery.trouble = "failed", trouble[:200]
    channel = prompts.channel(session, athlete_id, channel_id)
    if channel is not None:
        channel.trouble = trouble[:200]
