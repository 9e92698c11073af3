"""A pause as Today shows it: why nothing is asked, what ends it, and the one question about an injury."""

from dataclasses import dataclass

from service.domain.calendar import Away, CalendarRules, Why, asks_if_still_hurt, away_on, back_on, silent_on
from service.pipeline.situation import Situation
from service.web.views.care import Care, may_be_fine, why_it_rests
from service.words import Words


@dataclass(frozen=True, slots=True)
class PausedCard:
    chip: str
    headline: str
    reason: str  # what ends it
    away_id: int | None
    end: str  # words of the button that ends it; "" where it ends in another way
    at_once: bool  # whether that button also ends the days that follow an illness
    still: str  # "" unless the headline asks whether it still hurts
    anyway: str  # "" where a session is no good idea
    fine: str = ""  # words of the runner's own "fine again" after a flare, once it may be said
    hurts: bool = False  # whether the page about pain is at hand
    session_id: int | None = None  # of today, which may be taken back


@dataclass(frozen=True, slots=True)
class Easing:
    """Not silent, so it stands beside whatever else Today says."""

    title: str
    text: str
    away_id: int | None
    end: str


def paused_card(
    known: Situation,
    rules: CalendarRules,
    words: Words,
    care: Care | None = None,
    session_id: int | None = None,
) -> PausedCard:
    away = silent_on(known.away, known.today)
    if away is None:
        raise ValueError("the page says there is a pause and brings none")
    asks = asks_if_still_hurt(away, known.today, rules)
    days = (known.today - away.first_on).days
    hurts = away.why in (Why.FLARE, Why.INJURED)
    return PausedCard(
        chip=words(f"pause.chip.{away.why}"),
        headline=words("pause.still_asked", days=days) if asks else words(f"silence.headline.{away.why}"),
        reason=what_ends_it(away, known, rules, words, care),
        away_id=away.id,
        end=words(end_key(away)) if away.why.is_entered else "",
        at_once=is_clearing(away),
        still=words("pause.still") if asks else "",
        anyway=words("today.anyway") if away.why in (Why.HOLIDAY, Why.SORE) else "",
        fine=words("care.rest.fine") if away.why is Why.FLARE and care and may_be_fine(care, known) else "",
        hurts=hurts,
        session_id=session_id if away.why is Why.FLARE else None,
    )


def what_ends_it(
    away: Away, known: Situation, rules: CalendarRules, words: Words, care: Care | None = None
) -> str:
    until = back_on(known.away, known.today)
    if not away.why.is_entered and care is not None:
        cause = why_it_rests(care, known, words)
        return f"{cause} {words('pause.until', until=until)}".strip() if until else cause
    if until is None:
        return words(f"pause.open.{away.why}", days=rules.ill_clear_days)
    return words("pause.until", until=until)


def is_clearing(away: Away) -> bool:
    """An illness that is over: the days without symptoms run."""
    return away.why is Why.ILL and away.last_on is not None


def end_key(away: Away) -> str:
    return "pause.end.clearing" if is_clearing(away) else f"pause.end.{away.why}"


def easing(known: Situation, words: Words) -> Easing | None:
    away = away_on(known.away, known.today)
    if away is None or away.why is not Why.EASE_OFF or away.last_on is None:
        return None
    return Easing(
        title=words("pause.easing", until=away.last_on),
        text=words("pause.easing_text"),
        away_id=away.id,
        end=words(end_key(away)),
    )
