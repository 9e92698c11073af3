"""What the runner decided about the asking and the judging. All hours are wall time in the runner's zone."""

from dataclasses import dataclass
from datetime import time

HEART_MAX_BPM = (100.0, 230.0)  # what a runner's own figure may be


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
    units: str = "km"  # or "mi"
    use_heart: bool = True  # False: their heart rate tells nothing, as with medication or a bad sensor
    use_pace: bool = True  # False: their pace tells nothing, as with a pram or a dog
    heart_max_bpm: float | None = None  # their own figure, HEART_MAX_BPM; None: estimated from the runs
