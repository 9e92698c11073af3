"""Moments and lengths of time as the runner reads them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.words import Words


def hour(at: datetime, zone: ZoneInfo) -> str:
    """08:50"""
    return f"{at.astimezone(zone):%H:%M}"


def day_and_hour(at: datetime, zone: ZoneInfo, words: Words) -> str:
    """24 November, 08:50"""
    local = at.astimezone(zone)
    return words("nav.day_and_hour", on=local.date(), at=local)


def top_line(on: date, words: Words) -> str:
    """Thu 19 Nov"""
    return capital(words("nav.top_line", on=on))


def short_date(on: date, words: Words) -> str:
    """19 Nov"""
    return words("nav.short_date", on=on)


def span(first: date, words: Words, days: int = 7) -> str:
    """9 to 15 November, or 30 November to 6 December"""
    last = first + timedelta(days=days - 1)
    key = "nav.span" if first.month == last.month else "nav.span_over_months"
    return words(key, first=first, last=last)


def capital(text: str) -> str:
    """For a line that may begin with a day: many languages write those small."""
    return f"{text[:1].upper()}{text[1:]}"


def long(seconds: float) -> str:
    """4 h 35, 26 min: whole minutes."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02}" if minutes >= 60 else f"{minutes} min"


def count(sessions: float) -> str:
    """1, 1½, 2: a mini is a half."""
    whole, half = divmod(round(sessions * 2), 2)
    return f"{whole}½" if half and whole else "½" if half else f"{whole}"
