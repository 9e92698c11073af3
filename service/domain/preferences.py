"""What the runner decided about the asking. All hours are wall time in the runner's zone."""

from dataclasses import dataclass
from datetime import datetime, time


@dataclass(frozen=True, slots=True)
class Preferences:
    target_per_week: int = 2  # sessions; 2 or 3
    week_starts_on: int = 0  # 0 Monday, 6 Sunday
    weekday_slot: time = time(18, 30)
    weekend_slot: time = time(11, 0)
    quiet_from: time = time(21, 0)  # equal to quiet_until: no quiet hours
    quiet_until: time = time(7, 30)
    max_minutes: int = 12
    never_weekdays: frozenset[int] = frozenset()  # 0 Monday
    paused_until: datetime | None = None  # aware UTC
    units: str = "km"  # or "mi"
