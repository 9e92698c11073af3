"""The runner's wall hours as moments: slots, quiet hours, the local day. Moments are aware UTC.

Quiet are the hours of every night and those that never suit: nothing is asked in either.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.domain.preferences import NeverHours, Preferences

ONE_DAY = timedelta(days=1)
WEEK_DAYS = 7
DAY_MIN = 24 * 60
SATURDAY = 5


def moment(on: date, hour: time, zone: ZoneInfo) -> datetime:
    """The moment of a wall hour. An hour that a clock change skips is read as the hour it was moved to."""
    return datetime.combine(on, hour, tzinfo=zone).astimezone(UTC)


def minute_of_day(hour: time) -> int:
    return hour.hour * 60 + hour.minute


def local_day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def day_start(on: date, zone: ZoneInfo) -> datetime:
    return moment(on, time(0), zone)


def slot_hour(on: date, prefs: Preferences) -> time:
    return prefs.weekend_slot if on.weekday() >= SATURDAY else prefs.weekday_slot


def slot(on: date, prefs: Preferences, zone: ZoneInfo) -> datetime:
    """The hour at which the runner likes to be asked on that day."""
    return moment(on, slot_hour(on, prefs), zone)


def is_quiet(at: datetime, prefs: Preferences, zone: ZoneInfo) -> bool:
    """Whether the runner's clock shows a quiet hour."""
    return _held_by(at, prefs, zone) is not None


def after_quiet(at: datetime, prefs: Preferences, zone: ZoneInfo) -> datetime:
    """``at`` itself, or the end of the quiet hours it lies in; a quiet hour of a later day if they last for
    days.
    """
    latest = at + 2 * ONE_DAY
    while at < latest and (held_by := _held_by(at, prefs, zone)) is not None:
        at = min(end for end in _soon(held_by.until, at, zone) if end > at)
    return at


def quiet_begins(at: datetime, prefs: Preferences, zone: ZoneInfo) -> datetime | None:
    """The next beginning of quiet hours after ``at``, on its day or the next; None where neither has one."""
    begins = (
        begin
        for hours in prefs.shut
        for begin in _soon(hours.from_, at, zone)
        if begin > at and hours.begin_on(begin.astimezone(zone).weekday())
    )
    return min(begins, default=None)


def asking_ends(at: datetime, prefs: Preferences, zone: ZoneInfo) -> datetime:
    """How long ``at`` may still be used: until the next quiet hour, else to the end of the local day."""
    midnight = day_start(local_day(at, zone) + ONE_DAY, zone)
    return min(quiet_begins(at, prefs, zone) or midnight, midnight)


def _held_by(at: datetime, prefs: Preferences, zone: ZoneInfo) -> NeverHours | None:
    wall = at.astimezone(zone)
    return next((hours for hours in prefs.shut if hours.hold_at(wall)), None)


def _soon(hour: time, at: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When the clock shows that hour on the local day of ``at`` and the next: twice where it is set back."""
    today = local_day(at, zone)
    for on in (today, today + ONE_DAY):
        first, again = moment(on, hour, zone), moment(on, hour.replace(fold=1), zone)
        yield first
        if again > first:
            yield again
