"""Why a run counts as what it does, in full sentences, with its kilometres."""

from dataclasses import dataclass

from service.domain.activity import Activity, Split
from service.domain.effort import Judged, RunKind
from service.web.views.attribution import activity_path, device
from service.words import METRES, Words

SHORTEST_SPLIT_M = 50.0  # a remnant of a few metres has no pace worth reading


@dataclass(frozen=True, slots=True)
class SplitRow:
    name: str
    pace: str
    heart: str
    climb: str


@dataclass(frozen=True, slots=True)
class WhyPage:
    activity_id: int
    title: str  # the kind of run
    chip: str  # how sure
    line: str  # 12 May, 8.2 km in 49 min
    reasons: tuple[str, ...]
    splits: tuple[SplitRow, ...]
    has_heart: bool
    has_climb: bool
    can_be_easy: bool
    can_be_hard: bool
    said: bool
    path: str  # on Strava's site
    device: str


def why_page(run: Judged, words: Words) -> WhyPage:
    """Raises ValueError if it is not a judged run."""
    activity, verdict = run.activity, run.verdict
    if verdict is None:
        raise ValueError(f"activity {activity.id} is not a judged run")
    said = any(reason.rule == "said.kind" for reason in verdict.reasons)
    rows = tuple(_row(split, words) for split in activity.splits if split.distance_m >= SHORTEST_SPLIT_M)
    return WhyPage(
        activity_id=activity.id,
        title=words(f"kind.{verdict.kind.value}"),
        chip=words("today.why_page.said") if said else words(f"kind.confidence.{verdict.confidence.value}"),
        line=_line(activity, words),
        reasons=tuple(_sentence(words.reason(reason)) for reason in verdict.reasons),
        splits=rows,
        has_heart=any(row.heart for row in rows),
        has_climb=any(row.climb for row in rows),
        can_be_easy=verdict.kind is not RunKind.EASY,
        can_be_hard=verdict.kind is not RunKind.HARD,
        said=said,
        path=activity_path(activity.id),
        device=device(activity),
    )


def _line(activity: Activity, words: Words) -> str:
    return words(
        "today.why_page.line",
        on=activity.local_on,
        started=activity.start_local,
        distance_m=activity.distance_m,
        minutes=activity.moving_time_s / 60,
    )


def _row(split: Split, words: Words) -> SplitRow:
    speed = split.average_speed_mps
    climb = split.elevation_difference_m
    return SplitRow(
        name=words("today.why_page.split", distance_m=split.distance_m),
        pace=words("today.why_page.pace", s_per_km=METRES["km"] / speed) if speed > 0 else "–",
        heart=f"{split.average_heartrate_bpm:.0f}" if split.average_heartrate_bpm else "",
        climb=f"{climb:+.0f}".replace("-", "−") if climb is not None else "",
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
