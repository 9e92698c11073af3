"""The runner's wall hours as moments: slots, quiet hours, the local day. Moments are aware UTC."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.domain.preferences import Preferences

ONE_DAY = timedelta(days=1)
SATURDAY = 5


def moment(on: date, hour: time, zone: ZoneInfo) -> datetime:
    """The moment of a wall hour. An hour that a clock change skips is read as the hour it was moved to."""
    return datetime.combine(on, hour, tzinfo=zone).astimezone(UTC)


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
    """Whether the runner's clock shows a quiet hour: from ``quiet_from`` on, before ``quiet_until``."""
    hour = at.astimezone(zone).time()
    if prefs.quiet_from <= prefs.quiet_until:
        return prefs.quiet_from <= hour < prefs.quiet_until
    return hour >= prefs.quiet_from or hour < prefs.quiet_until


def after_quiet(at: datetime, prefs: Preferences, zone: ZoneInfo) -> datetime:
    """``at`` itself, or the end of the quiet hours it lies in."""
    # More than one round only where a clock change swallows the hour at which the quiet ends.
    for _ in range(7):
        if not is_quiet(at, prefs, zone):
            return at
        today = local_day(at, zone)
        end = moment(today, prefs.quiet_until, zone)
        at = end if end > at else moment(today + ONE_DAY, prefs.quiet_until, zone)
    return at


def asking_ends(at: datetime, prefs: Preferences, zone: ZoneInfo) -> datetime:
    """How long ``at`` may still be used: until the next quiet hour, else to the end of the local day."""
    today = local_day(at, zone)
    midnight = day_start(today + ONE_DAY, zone)
    if prefs.quiet_from == prefs.quiet_until:
        return midnight
    quiet = moment(today, prefs.quiet_from, zone)
    return quiet if at < quiet < midnight else midnight
