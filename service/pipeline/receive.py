"""Webhook or poll -> work. Both write the same rows; nothing else feeds ingest."""

from datetime import datetime, timedelta
from zlib import crc32

from service.pipeline.steps import ask_to_read
from service.pipeline.tools import Tools
from service.ports import HookEvent, Lane
from service.store import connections, hooks, work

BACKFILL_DAYS = 180
POLL_DAYS = 7  # Strava filters by start, not by upload: a narrower window strands what was uploaded late


def receive_event(tools: Tools, event: HookEvent) -> int | None:
    """Write the row of an event and commit it; the athlete to wake, or None if nobody has work due by it.

    A repeated delivery finds its row and changes nothing. Raises StoreUnavailable: then the sender must
    try again.
    """
    now = tools.clock()
    with tools.store.write() as session:
        ours = hooks.current(session)
        if ours is not None and ours.subscription_id != event.subscription_id:
            return None
        connection = connections.by_strava_id(session, event.owner_id)
        if connection is None:
            return None
        key = _key(event)
        rests = timedelta(0)
        if event.object_type == "athlete":
            work.enqueue(
                session,
                athlete_id=connection.athlete_id,
                kind="athlete_event",
                now=now,
                body={"withdrawn": event.says_deauthorized},
                dedup=f"strava:athlete:{key}",
            )
        else:
            # An edit rests too: read at once, it would answer for the record that is still growing.
            if event.aspect_type != "delete":
                rests = tools.settle
            ask_to_read(
                session,
                connection.athlete_id,
                event.object_id,
                event.aspect_type,
                now,
                due_at=now + rests,
                dedup=f"strava:{key}",
            )
        return None if rests else connection.athlete_id


def _key(event: HookEvent) -> str:
    """The same for each delivery of one event. Two edits within a second differ in what they say."""
    says = crc32(repr(sorted(event.updates.items())).encode())
    return f"{event.aspect_type}:{event.object_id}:{int(event.event_at.timestamp())}:{says:x}"


def ask_to_list(tools: Tools, athlete_id: int, why: str, now: datetime, dedup: str) -> bool:
    """Ask for a listing. ``why``: backfill | refresh (180 days, to the end) | poll (7 days, one page)."""
    days = POLL_DAYS if why == "poll" else BACKFILL_DAYS
    body = {
        "why": why,
        "page": 1,
        "after": (now - timedelta(days=days)).isoformat(),
        "began": now.isoformat(),
    }
    lane = Lane.LIVE if why == "poll" else Lane.BULK
    with tools.store.write() as session:
        return work.enqueue(
            session, athlete_id=athlete_id, kind="list", now=now, body=body, lane=lane, dedup=dedup
        )


def ask_to_poll_all(tools: Tools, every_minutes: int) -> list[int]:
    """Once per athlete and period; who was asked for."""
    now = tools.clock()
    period = int(now.timestamp()) // (every_minutes * 60)
    return [
        athlete_id
        for athlete_id in _readable(tools)
        if ask_to_list(tools, athlete_id, "poll", now, f"poll:{athlete_id}:{period}")
    ]


def ask_to_refresh_all(tools: Tools) -> list[int]:
    """Once per athlete and UTC day: the listing that heals missed events and renews the cache."""
    now = tools.clock()
    return [
        athlete_id
        for athlete_id in _readable(tools)
        if ask_to_list(tools, athlete_id, "refresh", now, f"refresh:{athlete_id}:{now:%Y-%m-%d}")
    ]


def _readable(tools: Tools) -> list[int]:
    with tools.store.read() as session:
        return [row.athlete_id for row in connections.everyone(session) if row.access_sealed]
