"""Strava's call counters, shared by all workers and kept over a restart.

Strava counts in fixed windows, quarter hours and UTC days, once for all calls and once for reads (its rate
limit page).
The strictest of the four decides; all our calls but uploads are reads, so both are counted.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
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
        used = row.used if row.starts_at == _window_start(row.window, now) else 0
        counts[row.window] = (used, row.limit)
    return counts


def used_up_until(session: Session, now: datetime, lane: Lane) -> datetime | None:
    """When a call of that lane can be made again; None if it can be made now."""
    full = [name for name, (used, limit) in usage(session, now).items() if used >= int(limit * SHARE[lane])]
    return max((_window_start(name, now) + WINDOW[name.split("_")[0]] for name in full), default=None)


def _rows(session: Session, now: datetime) -> list[Budget]:
    """The four counters, reset where their window is over; locked until the transaction ends."""
    found = {row.window: row for row in session.scalars(select(Budget).with_for_update())}
    for window, limit in LIMITS.items():
        start = _window_start(window, now)
        row = found.get(window)
        if row is None:
            row = found[window] = Budget(window=window, starts_at=start, used=0, limit=limit)
            session.add(row)
        elif row.starts_at != start:
            row.starts_at, row.used = start, 0
    return list(found.values())


def _window_start(window: str, now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if window.startswith("day"):
        return midnight
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


def _window_end(row: Budget) -> datetime:
    # a second of slack: Strava's clock and ours need not agree
    return row.starts_at + WINDOW[row.window.split("_")[0]] + timedelta(seconds=1)
