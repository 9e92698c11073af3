"""Strava's two rate limits of an app: every call, and those that read.

Both have a quarter-hour window that starts anew at :00, :15, :30 and :45, and a day that ends at 00:00 UTC.
Calls over the short limit still count. Source: Strava API documentation, Rate Limits.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

WINDOW_MIN = 15


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls allowed. The defaults are a new app's."""

    overall_window: int = 200
    overall_day: int = 2000
    read_window: int = 100
    read_day: int = 1000


@dataclass(slots=True)
class RateLimits:
    """Counters of one app."""

    limits: Limits = field(default_factory=Limits)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    _window: str = ""
    _day: str = ""
    _overall: list[int] = field(default_factory=lambda: [0, 0])  # in the window, in the day
    _read: list[int] = field(default_factory=lambda: [0, 0])

    def count(self, now: datetime, *, read: bool) -> str | None:
        """Count one call. Return the exceeded bucket, ``"overall"`` or ``"read"``, or None."""
        with self._lock:
            self._start_windows(now)
            for bucket in (self._overall, self._read) if read else (self._overall,):
                bucket[0] += 1
                bucket[1] += 1
            return self._exceeded(read)

    def _exceeded(self, read: bool) -> str | None:
        if self._overall[0] > self.limits.overall_window or self._overall[1] > self.limits.overall_day:
            return "overall"
        if read and (self._read[0] > self.limits.read_window or self._read[1] > self.limits.read_day):
            return "read"
        return None

    def exhaust(self, now: datetime) -> None:
        """Behave as if somebody had used up this quarter of an hour."""
        with self._lock:
            self._start_windows(now)
            for bucket, limit in (
                (self._overall, self.limits.overall_window),
                (self._read, self.limits.read_window),
            ):
                used = max(0, limit - bucket[0])
                bucket[0] += used
                bucket[1] += used

    def headers(self, now: datetime) -> dict[str, str]:
        with self._lock:
            self._start_windows(now)
            overall, read = tuple(self._overall), tuple(self._read)
        limits = self.limits
        return {
            "X-RateLimit-Limit": f"{limits.overall_window},{limits.overall_day}",
            "X-RateLimit-Usage": f"{overall[0]},{overall[1]}",
            "X-ReadRateLimit-Limit": f"{limits.read_window},{limits.read_day}",
            "X-ReadRateLimit-Usage": f"{read[0]},{read[1]}",
        }

    def _start_windows(self, now: datetime) -> None:
        now = now.astimezone(UTC)
        window, day = f"{now:%F %H}:{now.minute // WINDOW_MIN}", f"{now:%F}"
        if window != self._window:
            self._window, self._overall[0], self._read[0] = window, 0, 0
        if day != self._day:
            self._day, self._overall[1], self._read[1] = day, 0, 0
