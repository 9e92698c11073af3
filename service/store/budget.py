"""Strava's call counters, shared by all workers and kept over a restart.

Strava counts in fixed windows, quarter hours and UTC days, once for all calls and once for reads (its rate
limit page).
The strictest of the four decides; all our calls but uploads are reads, so both are counted.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from service.ports import Clock, Lane, RateLimited, Usage
from service.store.database import Store
from service.store.tables import Budget

LIMITS = {"quarter_all": 200, "quarter_read": 100, "day_all": 2000, "day_read": 1000}
SHARE = {Lane.BULK: 0.60, Lane.LIVE: 0.95}  # bulk leaves room for somebody who waits
WINDOW = {"quarter": timedelta(minutes=15), "day": timedelta(days=1)}


class StoredBudget:
    """The CallBudget of service.ports, in the database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def spend(self, lane: Lane) -> None:
        now = self._clock()
        with self._store.write() as session:
            rows = _rows(session, now)
            full = [row for row in rows if row.used >= int(row.limit * SHARE[lane])]
            if full:
                ends = max(_window_end(row) for row in full)
                raise RateLimited(f"the call budget is used up until {ends:%H:%M} UTC", ends)
            for row in rows:
                row.used += 1

    def learn(self, usage: Usage) -> None:
        told = {"all": (usage.limit, usage.used), "read": (usage.read_limit, usage.read_used)}
        with self._store.write() as session:
            for row in _rows(session, self._clock()):
                window, bucket = row.window.split("_")
                limit, used = told[bucket]
                place = 0 if window == "quarter" else 1
                if limit is not None and limit[place] > 0:
                    row.limit = limit[place]
                if used is not None:
                    row.used = max(row.used, used[place])


def usage(session: Session, now: datetime) -> dict[str, tuple[int, int]]:
    """``{window: (used, limit)}`` as of now."""
    counts = {window: (0, limit) for window, limit in LIMITS.items()}
    for row in session.scalars(select(Budget)):
        used = row.used if _runs(row, now) else 0
        counts[row.window] = (used, row.limit)
    return counts


def used_up_until(session: Session, now: datetime, lane: Lane) -> datetime | None:
    """When a call of that lane can be made again; None if it can be made now."""
    full = [name for name, (used, limit) in usage(session, now).items() if used >= int(limit * SHARE[lane])]
    return max((_window_start(name, now) + _length(name) for name in full), default=None)


def _rows(session: Session, now: datetime) -> list[Budget]:
    """The four counters, reset where their window is over; locked until the transaction ends."""
    rows = _locked(session)
    if len(rows) < len(LIMITS):
        _make(session, now)
        rows = _locked(session)
    for row in rows:
        if not _runs(row, now):
            row.starts_at, row.used = _window_start(row.window, now), 0
    return rows


def _locked(session: Session) -> list[Budget]:
    # in one order, so that two workers never wait for each other
    return list(session.scalars(select(Budget).order_by(Budget.window).with_for_update()))


def _make(session: Session, now: datetime) -> None:
    """The counters that are missing; another worker may be making them at the same moment."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [
        {"window": name, "starts_at": _window_start(name, now), "used": 0, "limit": limit}
        for name, limit in LIMITS.items()
    ]
    session.execute(insert(Budget).values(rows).on_conflict_do_nothing())


def _runs(row: Budget, now: datetime) -> bool:
    """Whether ``now`` lies in the counter's window. A clock that was set back a little changes nothing: the
    calls of the later window were made all the same.
    """
    start = _window_start(row.window, now)
    return start <= row.starts_at <= start + _length(row.window)


def _window_start(window: str, now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if window.startswith("day"):
        return midnight
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


def _window_end(row: Budget) -> datetime:
    # a second of slack: Strava's clock and ours need not agree
    return row.starts_at + _length(row.window) + timedelta(seconds=1)


def _length(window: str) -> timedelta:
    return WINDOW[window.split("_")[0]]
