"""Say what kind of run an activity was, and why. Deterministic points, positive for easy."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from service.domain.activity import Activity, Reason
from service.domain.form import Form
from service.domain.physiology import Confidence as Confidence
from service.domain.points import OWN_MIX, Weighed, weigh
from service.domain.points.point import Family as Family
from service.domain.points.point import Point
from service.domain.rules import Rules
from service.domain.signs import read_signs
from service.domain.structure import Pattern
from service.domain.told import NOTHING_TOLD, Told

MOST_REASONS = 3
LEAST_TOLD = 0.05  # points
SAYS_AS_MUCH = {  # points whose sentence would say again what the rule that decided says
    "declared.rated": "rated",
    "laps.alternate": "uneven",
    "long.for_you": "length",
    "long.minutes": "length",
    "record.slow": "pace",
    "splits.alternate": "uneven",
}
CERTAIN = {"easy": 1.0, "long": 1.0, "hard": 0.0, "race": 0.0}


class RunKind(StrEnum):
    EASY = "easy"
    LONG = "long"
    HARD = "hard"
    RACE = "race"
    UNSURE = "unsure"
    TOO_SHORT = "too_short"  # neither a cue nor a load


@dataclass(frozen=True, slots=True)
class Verdict:
    """``p_easy`` in [0, 1] speaks of the effort alone, also of a long run; ``score`` is the sum of points."""

    kind: RunKind
    confidence: Confidence
    p_easy: float
    score: float
    reasons: tuple[Reason, ...]  # strongest first, at most three
    families: frozenset[Family] = frozenset()  # which kinds of signs had points


@dataclass(frozen=True, slots=True)
class Judged:
    """An activity with its verdict; ``None`` where it is not a run."""

    activity: Activity
    verdict: Verdict | None


def judge_all(
    activities: Iterable[Activity],
    rules: Rules,
    *,
    told: Told = NOTHING_TOLD,
    said: Mapping[int, RunKind] | None = None,
    only: Collection[int] | None = None,
    tell: bool = True,
) -> dict[int, Verdict]:
    """Judge every run (any order given) as if on its own day, from the runs before it. Verdicts by id.

    ``said``: the runner's own word by activity, which wins. ``only``: ids that want a verdict; the other runs
    just teach. Without ``tell`` the verdicts have no reasons, which takes half the time.
    """
    form, words = Form(rules, told), said or {}
    runs = sorted((each for each in activities if each.is_run), key=lambda each: (each.start_at, each.id))
    verdicts = {}
    for run in runs:
        if only is None or run.id in only:
            verdicts[run.id] = judge_next(run, form, said=words.get(run.id), tell=tell)
        else:
            learn_from(run, form, said=words.get(run.id))
    return verdicts


def judge_next(run: Activity, form: Form, *, said: RunKind | None = None, tell: bool = True) -> Verdict:
    """Judge the run that comes next in time, and let it teach its runner's form."""
    unread = unreadable(run, form.rules)
    if unread:
        return _doubted(unread, form.rules) if said is None else _said(said, None)
    weighed = _weighed(run, form)
    verdict = _said(said, weighed) if said is not None else _Case(weighed, tell).verdict()
    form.learn(weighed.run.seen, weighed.own, _was_easy(said))
    return verdict


def learn_from(run: Activity, form: Form, *, said: RunKind | None = None) -> None:
    """Let the run that comes next in time teach, without a verdict on it."""
    if unreadable(run, form.rules) is None:
        weighed = _weighed(run, form)
        form.learn(weighed.run.seen, weighed.own, _was_easy(said))


def _was_easy(said: RunKind | None) -> bool | None:
    return said is RunKind.EASY if said in (RunKind.EASY, RunKind.HARD, RunKind.RACE) else None


def weigh_run(run: Activity, form: Form) -> Weighed | None:
    """Every point of a run against ``form``, which learns nothing; None where the record makes no sense.

    Raises ValueError if the activity is not a run.
    """
    return None if unreadable(run, form.rules) else _weighed(run, form)


def _weighed(run: Activity, form: Form) -> Weighed:
    seen = read_signs(run, form.rules)
    form.come_to(seen.start_s)
    return weigh(seen, form)


def unreadable(run: Activity, rules: Rules) -> Reason | None:
    """Why the record cannot be right, if it cannot. Raises ValueError if the activity is not a run."""
    if not run.is_run:
        raise ValueError(f"activity {run.id} is a {run.sport_type}, not a run")
    moving_s, elapsed_s, distance_m = run.moving_time_s, run.elapsed_time_s, run.distance_m
    label = rules.effort.label
    if not (math.isfinite(moving_s) and math.isfinite(elapsed_s) and math.isfinite(distance_m)):
        return Reason("record.times")
    if moving_s < 0 or elapsed_s < 0 or moving_s > label.most_hours * 3600:
        return Reason("record.times")
    if 0 < elapsed_s < (moving_s - 5) / 1.02:  # more moving than time passed, rounding aside
        return Reason("record.times")
    enough = moving_s >= label.least_minutes * 60
    if distance_m < 0 or (distance_m == 0 and enough and not (run.trainer or run.manual)):
        return Reason("record.distance")
    if enough and distance_m > rules.physiology.valid.speed_mps[1] * moving_s:
        return Reason("record.speed", 0.0, {"speed_kmh": 3.6 * distance_m / moving_s})
    return None


def _doubted(reason: Reason, rules: Rules) -> Verdict:
    return Verdict(RunKind.UNSURE, Confidence.LOW, rules.effort.label.doubt_p_easy, 0.0, (reason,))


def _said(said: RunKind, weighed: Weighed | None) -> Verdict:
    score, families = (weighed.score, weighed.families) if weighed else (0.0, frozenset[Family]())
    told = (Reason("said.kind"),)
    return Verdict(said, Confidence.HIGH, CERTAIN.get(said, 0.5), score, told, families)


def _p_easy(score: float) -> float:
    return 1 / (1 + math.exp(-score))


class _Case:
    """One run before the judgement: the first rule that applies gives the verdict."""

    __slots__ = ("label", "rules", "run", "seen", "tell", "weighed")

    def __init__(self, weighed: Weighed, tell: bool) -> None:
        self.weighed = weighed
        self.tell = tell
        self.run = weighed.run
        self.seen = weighed.run.seen
        self.rules = weighed.run.own
        self.label = weighed.run.own.label

    def verdict(self) -> Verdict:
        return (
            self._too_short()
            or self._race()
            or self._workout()
            or self._part()
            or self._unknown()
            or self._long()
            or self._by_score()
        )

    def _too_short(self) -> Verdict | None:
        label, run = self.label, self.seen.run
        if self.seen.minutes < label.least_minutes:
            reason = Reason("short.minutes", 0.0, {"least_minutes": label.least_minutes})
        elif 0 < run.distance_m < label.least_m:
            reason = Reason("short.distance", 0.0, {"least_m": label.least_m})
        else:
            return None
        p_easy = _p_easy(self.weighed.score)
        return Verdict(RunKind.TOO_SHORT, Confidence.HIGH, p_easy, self.weighed.score, (reason,))

    def _race(self) -> Verdict | None:
        if self.seen.run.workout_type == 1:
            return self._hard(RunKind.RACE, Confidence.HIGH, Reason("race.tag"))
        quick = self.run.form.quick_mps
        raced = quick and self.seen.effort_mps and self.seen.effort_mps >= self.label.race_quick_share * quick
        if self.seen.title.race and raced:
            named = Reason("race.title", 0.0, {"word": self.seen.title.race})
            return self._hard(RunKind.RACE, Confidence.MEDIUM, named)
        return None

    def _workout(self) -> Verdict | None:
        """Averages hide repeats, so a tag or laps that alternate decide alone."""
        if self.seen.run.workout_type == 3:
            return self._hard(RunKind.HARD, Confidence.HIGH, Reason("declared.workout"))
        if self.run.pattern is Pattern.BY_LAPS and not self.run.run_walk:
            facts = {"swing_share": self.seen.structure.lap_share or 0.0}
            return self._hard(RunKind.HARD, Confidence.HIGH, Reason("laps.alternate", 0.0, facts))
        return None

    def _part(self) -> Verdict | None:
        """A warm-up or cool-down by its title: what it belongs to is in another file, or still to come."""
        word = self.seen.title.part
        if not word or self.seen.title.hard:
            return None
        return self._verdict(RunKind.UNSURE, Reason("unsure.part", 0.0, {"word": word}))

    def _unknown(self) -> Verdict | None:
        """Too few signs to add up. What the runner declared is always enough; a long run is long anyway."""
        families, form = self.weighed.families, self.run.form
        if Family.DECLARED in families:
            return None
        if form.runs < self.label.cold_runs and Family.HEART not in families:
            reason = Reason("unsure.first_runs", 0.0, {"runs": float(form.runs)})
        elif Family.HEART not in families and Family.PACE not in families:
            reason = Reason("unsure.no_signs")
        else:
            return self._implausible()
        return self._long() or self._verdict(RunKind.UNSURE, reason)

    def _implausible(self) -> Verdict | None:
        """Far slower than this runner runs: walked, or miles taken for kilometres. Not a silent easy."""
        if not self._is_far_too_slow():
            return None
        facts = {"pace_s_per_km": 1000 / (self.seen.speed_mps or 1.0)}
        return self._verdict(RunKind.UNSURE, Reason("record.slow", 0.0, facts))

    def _is_far_too_slow(self) -> bool:
        seen, form = self.seen, self.run.form
        if not form.told.use_pace or seen.speed_mps is None or seen.run.manual:
            return False
        if seen.speed_mps < form.rules.physiology.valid.speed_mps[0]:
            return not seen.run.trainer  # a belt that was not measured is no reason to ask
        usual, effort = form.usual_mps, seen.effort_mps
        return usual is not None and effort is not None and effort < self.rules.pace.slow_share * usual

    def _long(self) -> Verdict | None:
        """However easy: unless the effort, its length aside, was hard."""
        reason = self._why_long()
        if reason is None:
            return None
        length = sum(points for point, points in self.weighed.parts if point.name == "length")
        if self.weighed.score - length < self.label.hard_to and Family.PACE in self.weighed.families:
            return None
        return self._verdict(RunKind.LONG, reason)

    def _why_long(self) -> Reason | None:
        own, minutes, form = self.rules.long, self.seen.minutes, self.run.form
        if minutes >= own.minutes:
            facts = {"moving_minutes": minutes, "long_minutes": own.minutes}
            return Reason("long.minutes", 0.0, facts)
        if self.seen.run.workout_type == 2:
            return Reason("long.tag")
        if minutes < own.from_minutes:
            return None
        if self.seen.title.long:
            return Reason("long.title", 0.0, {"word": self.seen.title.long})
        usual = form.usual_minutes
        if usual is None or minutes < own.times_median * usual:
            return None
        if minutes < own.longest_share * form.longest_minutes:
            return None
        return Reason("long.for_you", 0.0, {"moving_minutes": minutes, "usual_minutes": usual})

    def _by_score(self) -> Verdict:
        score, label = self.weighed.score, self.label
        if score < label.hard_to:
            return self._verdict(RunKind.HARD)
        if score < label.easy_from:
            return self._verdict(RunKind.UNSURE, self._why_in_between() if self.tell else None)
        if self.seen.rated is not None and self.seen.rated >= self.rules.declared.never_easy_rating:
            verdict = self._verdict(RunKind.UNSURE, Reason("declared.rated", 0.0, {"rated": self.seen.rated}))
            return replace(verdict, p_easy=label.doubt_p_easy)
        if self.run.pattern is Pattern.BY_SPLITS and not self.run.run_walk and not self._heart_stayed_calm():
            facts = {"swing_share": self.seen.structure.split_share or 0.0}
            return self._verdict(RunKind.UNSURE, Reason("splits.alternate", 0.0, facts))
        return self._verdict(RunKind.EASY)

    def _why_in_between(self) -> Reason:
        """Signs of both sides, or of one alone that is no stronger than this runner's runs mostly show."""
        points = [points for point, points in self.weighed.parts if point is not OWN_MIX]
        both = max(points, default=0.0) >= LEAST_TOLD and min(points, default=0.0) <= -LEAST_TOLD
        return Reason("unsure.close" if both else "unsure.between")

    def _heart_stayed_calm(self) -> bool:
        """Then traffic lights or GPS made the kilometres swing."""
        peak, top = self.run.peak_share, self.run.form.heart_max
        trusted = top.confidence is not Confidence.LOW and self.run.heart_trust == 1.0
        return peak is not None and trusted and peak <= self.rules.structure.excused_peak_share

    def _hard(self, kind: RunKind, confidence: Confidence, first: Reason) -> Verdict:
        """Decided by one rule alone: only what supports it is added."""
        score = min(self.weighed.score, self.label.veto_score)
        against = self._speaking(-1, first)[: MOST_REASONS - 1] if self.tell else []
        shown = (first, *self.weighed.tell(against)) if self.tell else ()
        return Verdict(kind, confidence, _p_easy(score), score, shown, self.weighed.families)

    def _verdict(self, kind: RunKind, first: Reason | None = None) -> Verdict:
        score = self.weighed.score
        reasons = self._reasons(kind, first) if self.tell else ()
        return Verdict(kind, self._confidence(kind), _p_easy(score), score, reasons, self.weighed.families)

    def _reasons(self, kind: RunKind, first: Reason | None) -> tuple[Reason, ...]:
        remark, told = self._remark(kind), self._parts_to_tell(kind, first)
        if kind is RunKind.UNSURE and len(told) > 1:  # both sides matter more
            remark = None
        room = MOST_REASONS - (first is not None) - (remark is not None)
        shown = (first, *self.weighed.tell(told[:room]), remark)
        return tuple(reason for reason in shown if reason)

    def _parts_to_tell(self, kind: RunKind, first: Reason | None) -> list[tuple[Point, float]]:
        """What speaks for the verdict, and nothing else; of a run that could be either, both sides."""
        if kind is not RunKind.UNSURE:
            return self._speaking(-1 if kind is RunKind.HARD else 1, first)
        easy, hard = self._speaking(1, first), self._speaking(-1, first)
        return [*easy[:1], *hard, *easy[1:]]

    def _speaking(self, towards: int, first: Reason | None) -> list[tuple[Point, float]]:
        """What speaks ``towards`` easy (1) or hard (-1), strongest first; not what hardly speaks at all, nor
        what ``first`` says already. Where no sign speaks that way, the runner's other runs decided.
        """
        said = SAYS_AS_MUCH.get(first.rule) if first else None
        parts = [part for part in self.weighed.parts if part[0].name != said]
        parts.sort(key=lambda part: -part[1] * towards)
        speak = [part for part in parts if part[0] is not OWN_MIX and part[1] * towards >= LEAST_TOLD]
        if not speak and not first:
            speak = [part for part in parts if part[1] * towards > 0]
        return speak

    def _remark(self, kind: RunKind) -> Reason | None:
        if kind is RunKind.EASY and self.run.form.is_brisk:
            return Reason("heart.brisk")
        if self.seen.heart_bpm is not None:
            return None
        recorded = self.seen.run.average_heartrate_bpm is not None
        return Reason("heart.unusable" if recorded else "heart.none")

    def _confidence(self, kind: RunKind) -> Confidence:
        label, runs = self.label, self.run.form.runs
        if kind is RunKind.UNSURE or runs < label.known_runs:
            declared = Family.DECLARED in self.weighed.families and kind is not RunKind.UNSURE
            return Confidence.MEDIUM if declared else Confidence.LOW
        clear = abs(self.weighed.score) >= label.sure_from
        families = self.weighed.families
        two = Family.HEART in families and len(families) - (Family.CONTEXT in families) >= 2
        return Confidence.HIGH if clear and two and runs >= label.sure_runs else Confidence.MEDIUM
