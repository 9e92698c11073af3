"""When to ask once more, after the runner said "later"."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service.domain.hours import ONE_DAY, after_quiet, is_quiet, local_day, moment, slot
from service.domain.preferences import Preferences
from service.domain.prompts import PromptRules

HALF_HOUR = timedelta(minutes=30)


def snooze(
    choice: str, now: datetime, zone: ZoneInfo, prefs: Preferences, rules: PromptRules, times_snoozed: int
) -> datetime | None:
    """When to ask once more, or None where there is no room left: then the day is done.

    ``choice`` is "1h", "tonight" or "tomorrow"; ValueError for any other word. Decide anew at that moment:
    the day may have become another one.
    """
    if choice not in ("1h", "tonight", "tomorrow"):
        raise ValueError(f'snooze: "{choice}" is none of 1h, tonight, tomorrow')
    if times_snoozed >= rules.ask.snoozes_max:
        return None
    today = local_day(now, zone)
    if choice == "tomorrow":
        tomorrow = today + ONE_DAY
        at = after_quiet(slot(tomorrow, prefs, zone), prefs, zone)
        return at if local_day(at, zone) == tomorrow else None
    at = now + timedelta(hours=rules.ask.snooze_h)
    if choice == "tonight":
        at = moment(today, rules.ask.snooze_tonight, zone)
    return at if _still_today(at, now, zone, prefs) else None


def later_time(now: datetime, zone: ZoneInfo, prefs: Preferences, rules: PromptRules) -> datetime | None:
    """The hour that the button "Later" offers: in an hour, rounded up to a half hour, else the evening slot.

    None when neither lies on this day outside the quiet hours.
    """
    soon = (now + timedelta(hours=rules.ask.snooze_h)).astimezone(zone)
    past_half_hour = timedelta(minutes=soon.minute % 30, seconds=soon.second, microseconds=soon.microsecond)
    rounded = soon.astimezone(UTC) + (HALF_HOUR - past_half_hour if past_half_hour else timedelta(0))
    evening = moment(local_day(now, zone), max(prefs.weekday_slot, prefs.weekend_slot), zone)
    return next((at for at in (rounded, evening) if _still_today(at, now, zone, prefs)), None)


def _still_today(at: datetime, now: datetime, zone: ZoneInfo, prefs: Preferences) -> bool:
    same_day = local_day(at, zone) == local_day(now, zone)
    return at > now and same_day and not is_quiet(at, prefs, zone)
