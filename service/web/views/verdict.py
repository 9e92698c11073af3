"""Why a run counts as what it does, in full sentences, with its kilometres."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.activity import Activity, Split
from service.domain.effort import Judged, RunKind
from service.pipeline.corrections import is_said
from service.web.views.attribution import activity_path, device
from service.web.views.question import told_run
from service.web.views.wall import capital
from service.words import METRES, Words

MAY_SAY = (RunKind.EASY, RunKind.HARD, RunKind.RACE)
SHORTEST_SPLIT_M = 50.0  # a remnant of a few metres has no pace worth reading


@dataclass(frozen=True, slots=True)
class SplitRow:
    name: str
    pace: str
    heart: str
    climb: str


@dataclass(frozen=True, slots=True)
class Answer:
    said: str
    label: str


@dataclass(frozen=True, slots=True)
class OtherRun:
    activity_id: int
    label: str


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
    asks: bool  # nobody can tell, so the runner's word is a question
    answers: tuple[Answer, ...]  # what the runner may say instead
    others: tuple[OtherRun, ...]  # of the same day
    path: str  # on Strava's site
    device: str


def why_page(run: Judged, words: Words, same_day: Sequence[Judged] = ()) -> WhyPage:
    """``same_day``: other runs of its day. Raises ValueError if it is not a judged run."""
    activity, verdict = run.activity, run.verdict
    if verdict is None:
        raise ValueError(f"activity {activity.id} is not a judged run")
    said = is_said(verdict)
    rows = tuple(_row(split, words) for split in activity.splits if split.distance_m >= SHORTEST_SPLIT_M)
    return WhyPage(
        activity_id=activity.id,
        title=words(f"kind.{verdict.kind.value}"),
        chip=words("today.why_page.said") if said else words(f"kind.confidence.{verdict.confidence.value}"),
        line=told_run_on(activity, words),
        reasons=tuple(_sentence(words.reason(reason)) for reason in verdict.reasons),
        splits=rows,
        has_heart=any(row.heart for row in rows),
        has_climb=any(row.climb for row in rows),
        asks=verdict.kind is RunKind.UNSURE,
        answers=tuple(_answer(kind, verdict.kind, words) for kind in MAY_SAY if kind is not verdict.kind),
        others=tuple(
            OtherRun(other.activity.id, told_run(other.activity, words))
            for other in same_day
            if other.verdict is not None
        ),
        path=activity_path(activity.id),
        device=device(activity),
    )


def _answer(kind: RunKind, is_now: RunKind, words: Words) -> Answer:
    """To the question in its own words, where it is one."""
    asked = is_now is RunKind.UNSURE and kind is not RunKind.RACE
    return Answer(kind.value, words(f"today.ask.{kind.value}" if asked else f"today.was_{kind.value}"))


def told_run_on(run: Activity, words: Words) -> str:
    """Thursday, 9 May, 07:12 · 8.2 km in 49 min"""
    key = "today.why_page.line" if run.distance_m > 0 else "today.why_page.line_without_distance"
    return capital(
        words(
            key,
            on=run.local_on,
            started=run.start_local,
            distance_m=run.distance_m,
            minutes=run.moving_time_s / 60,
        )
    )


def _row(split: Split, words: Words) -> SplitRow:
    speed = split.average_speed_mps
    climb = split.elevation_difference_m
    return SplitRow(
        name=words("today.why_page.split", distance_m=split.distance_m),
        pace=words("today.why_page.pace", s_per_km=METRES["km"] / speed) if speed > 0 else "–",
        heart=f"{split.average_heartrate_bpm:.0f}" if split.average_heartrate_bpm else "",
        climb=_climb(climb) if climb is not None else "",
    )


def _climb(metres: float) -> str:
    """With its sign, and level ground without one."""
    whole = round(metres)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
