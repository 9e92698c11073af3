"""The last four weeks as they would have been: the days with a prompt, and why then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.planner import WEEK, Size, week_start
from service.domain.preview import WEEKS, Asked
from service.pipeline.situation import Situation
from service.web.views.attribution import Attribution, attribution_of_all
from service.web.views.wall import capital, count, span, top_line
from service.words import Words


@dataclass(frozen=True, slots=True)
class AskedRow:
    day: str
    mark: str  # planned | mini: as sessions are drawn elsewhere
    why: str
    detail: str  # the size and the date
    at: str


@dataclass(frozen=True, slots=True)
class PreviewWeek:
    title: str
    count: str
    rows: tuple[AskedRow, ...]


@dataclass(frozen=True, slots=True)
class PreviewPage:
    date_line: str
    weeks: tuple[PreviewWeek, ...]  # the latest first; none where the runner has no history yet
    attribution: Attribution | None


def preview_page(asked: Sequence[Asked], known: Situation, words: Words) -> PreviewPage:
    weeks = tuple(_week(on, asked, known, words) for on in _shown(known))
    return PreviewPage(top_line(known.today, words), weeks, attribution_of_all(known))


def _shown(known: Situation) -> list[date]:
    """First days of the whole weeks before this one, back to the one of the first activity."""
    if not known.judged:
        return []
    first_on = min(item.activity.local_on for item in known.judged)
    first_week = week_start(first_on, known.prefs.week_starts_on)
    weeks = [known.week_on - n * WEEK for n in range(1, WEEKS + 1)]
    return [on for on in weeks if on >= first_week]


def _week(starts_on: date, asked: Sequence[Asked], known: Situation, words: Words) -> PreviewWeek:
    of_week = [each for each in asked if starts_on <= each.on < starts_on + WEEK]
    credit = sum(each.size.credit for each in of_week)
    return PreviewWeek(
        title=span(starts_on, words),
        count=words("preview.count", asked=count(credit), target=known.prefs.target_per_week),
        rows=tuple(_row(each, words) for each in of_week),
    )


def _row(asked: Asked, words: Words) -> AskedRow:
    return AskedRow(
        day=capital(words("today.next.day", on=asked.on)),
        mark="mini" if asked.size is Size.MINI else "planned",
        why=words(f"preview.why.{asked.trigger.value}_{asked.wording.value}"),
        detail=words(f"preview.size.{asked.size.value}", on=asked.on),
        at=words("preview.at", at=asked.at),
    )
