"""How it stands with the connection: what is lost, what goes on, and one way forward."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from service.pipeline.connect import missing_scopes
from service.store.tables import Connection, Sync
from service.web.views.wall import hour
from service.words import Words


@dataclass(frozen=True, slots=True)
class Notice:
    """A card about the connection. ``tone``: quiet | warn | err."""

    tone: str
    icon: str
    chip: str
    title: str
    text: str
    way: str = ""  # words of the one way forward, "" where waiting is all
    href: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The first reading of the history, under way."""

    share: float  # 0 to 1 of the time span
    percent: int
    count: str
    waits: str  # why it stands still, "" if it does not


def reading(
    connection: Connection | None, sync: Sync | None, rests_until: str, words: Words
) -> Reading | None:
    """None unless the first reading goes on. ``rests_until``: "14:15" where the call budget makes it wait."""
    if (
        connection is None
        or not connection.access_sealed
        or connection.trouble in ("unauthorized", "app_inactive")
    ):
        return None
    if sync is not None and sync.backfilled_at is not None:
        return None
    read = sync.backfill_read if sync else 0
    share = min(1.0, max(0.0, sync.backfill_share)) if sync else 0.0
    waits = words("today.reading.waits", until=rests_until) if rests_until else ""
    return Reading(share, round(share * 100), words("today.reading.count", read=read), waits)


def notice(
    connection: Connection | None,
    used_up_until: datetime | None,
    zone: ZoneInfo,
    slots: str,
    words: Words,
) -> Notice | None:
    """The most serious thing that is wrong, None if all is well.

    ``used_up_until``: the end of the window in which Strava allows no more calls. ``slots``: the runner's
    hours in words, for what goes on without Strava.
    """
    if connection is None:
        return _card(words, "not_connected", "err", "link", slots=slots)
    if connection.trouble == "unauthorized" or not connection.access_sealed:
        return _card(words, "unauthorized", "err", "link", slots=slots)
    if connection.trouble == "app_inactive":
        return _card(words, "app_inactive", "err", "warn", way=False, slots=slots)
    missing = missing_scopes(connection.scope)
    if "activity:read" in missing:
        return _card(words, "no_activities", "err", "warn", slots=slots)
    if used_up_until is not None:
        return _card(words, "budget", "warn", "warn", way=False, until=hour(used_up_until, zone))
    if connection.trouble == "source_down":
        since = hour(connection.trouble_since, zone) if connection.trouble_since else ""
        return _card(words, "source_down", "warn", "off", way=False, since=since)
    if "activity:read_all" in missing:
        return _card(words, "limited", "warn", "warn")
    return None


def _card(words: Words, name: str, tone: str, icon: str, *, way: bool = True, **fields: str) -> Notice:
    key = f"today.source.{name}"
    return Notice(
        tone=tone,
        icon=icon,
        chip=words(f"{key}.chip"),
        title=words(f"{key}.title"),
        text=words(f"{key}.text", **fields),
        way=words(f"{key}.way") if way else "",
        href="/connect" if way else "",
    )


def short_state(connection: Connection | None) -> str:
    """connected | limited | trouble | not_connected: the colour of the chip on the settings page."""
    if connection is None:
        return "not_connected"
    if connection.trouble or not connection.access_sealed:
        return "trouble"
    return "limited" if missing_scopes(connection.scope) else "connected"
