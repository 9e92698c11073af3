"""What the runner decided about the asking and the judging. All hours are wall time in the runner's zone."""

from dataclasses import dataclass
from datetime import datetime, time

HEART_MAX_BPM = (100.0, 230.0)  # what a runner's own figure may be
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class NeverHours:
    """Hours at which nothing ever suits: from ``from_`` on, before ``until``.

    Past midnight they belong to the weekday they begin on. Equal hours are none at all.
    """

    weekdays: frozenset[int]  # 0 Monday
    from_: time
    until: time

    def begin_on(self, weekday: int) -> bool:
        return weekday in self.weekdays and self.from_ != self.until

    def hold(self, weekday: int, hour: time) -> bool:
        begun = self.begin_on(weekday) and hour >= self.from_
        if self.from_ <= self.until:
            return begun and hour < self.until
        return begun or (self.begin_on((weekday - 1) % 7) and hour < self.until)

    def hold_at(self, wall: datetime) -> bool:
        """``wall``: as the runner's clock shows it."""
        return self.hold(wall.weekday(), wall.time())


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
    never_hours: tuple[NeverHours, ...] = ()  # besides the quiet hours
    units: str = "km"  # or "mi"
    language: str = ""  # of pages and messages, as in config/messages; "" where none was chosen
    use_heart: bool = True  # False: their heart rate tells nothing, as with medication or a bad sensor
    use_pace: bool = True  # False: their pace tells nothing, as with a pram or a dog
    heart_max_bpm: float | None = None  # their own figure, HEART_MAX_BPM; None: estimated from the runs

    @property
    def quiet(self) -> NeverHours:
        return NeverHours(EVERY_DAY, self.quiet_from, self.quiet_until)

    @property
    def shut(self) -> tuple[NeverHours, ...]:
        """All hours at which nothing is asked."""
        return (self.quiet, *self.never_hours)
