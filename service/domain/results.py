"""What a runner did in a session, set by set: how much of it that is, and how the two sides compare."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.planner import Size
from service.domain.routine import Lighter

SIDES = ("left", "right")
FORMS = ("clean", "wobbly", "broke")  # from good to worse; "" where it was not told


@dataclass(frozen=True, slots=True)
class ShareRules:
    full: float
    half: float


@dataclass(frozen=True, slots=True)
class SideRules:
    last_sessions: int
    differ_reps: int
    differ_days: int
    chart_sessions: int


@dataclass(frozen=True, slots=True)
class SetResult:
    number: int  # from 1
    side: str  # of SIDES, or "both"
    reps: int
    form: str = ""  # of FORMS
    pain: int | None = None  # 0 to 10; told only where there was something to tell


@dataclass(frozen=True, slots=True)
class ExerciseResult:
    exercise: str
    level: int
    wanted_sets: int
    wanted_reps: int  # per side
    sets: tuple[SetResult, ...] = ()
    skipped: str = ""  # "pain", "equipment", "time", "other"

    @property
    def sided(self) -> bool:
        return any(one.side in SIDES for one in self.sets)

    @property
    def wanted(self) -> int:
        """Repetitions; those of two sides are one."""
        return self.wanted_sets * self.wanted_reps

    @property
    def done(self) -> float:
        """Of the wanted ones; more in one set does not make up for another."""
        each = [min(one.reps, self.wanted_reps) for one in self.sets if 1 <= one.number <= self.wanted_sets]
        return sum(each) / (len(SIDES) if self.sided else 1)

    @property
    def all_done(self) -> bool:
        return self.done >= self.wanted

    @property
    def worst_form(self) -> str:
        """The worst of what was told; "" where any set was left untold and none was worse than clean."""
        told = {one.form for one in self.sets}
        return next((form for form in ("broke", "wobbly", "", "clean") if form in told), "")

    @property
    def worst_pain(self) -> int:
        return max((one.pain or 0 for one in self.sets), default=0)


@dataclass(frozen=True, slots=True)
class SessionResult:
    on: date
    size: Size
    items: tuple[ExerciseResult, ...]
    feedback: str = ""  # "too_easy" for an effort up to 6 of 10, "right" for 7 and 8, "too_hard" from 9
    pain: int | None = None  # 0 to 10, at the end
    ended: str = "done"  # "stopped", "pain", "idle": not played to its end
    lighter: Lighter = Lighter.NO

    @property
    def played_out(self) -> bool:
        return self.ended == "done"

    @property
    def is_test(self) -> bool:
        """Whether it asked for all that the ladder asks for."""
        return self.size is Size.FULL and self.lighter is Lighter.NO


# --- how much of it -------------------------------------------------------------------------------


def share_done(items: Iterable[ExerciseResult]) -> float:
    """From 0 to 1, by repetitions; 0 where nothing was asked for."""
    items = tuple(items)
    wanted = sum(item.wanted for item in items)
    return min(1.0, sum(item.done for item in items) / wanted) if wanted else 0.0


def credit(size: Size, share: float, rules: ShareRules) -> float:
    """What a session counts for in its week, whole or in part."""
    if share >= rules.full:
        return size.credit
    return size.credit / 2 if share >= rules.half else 0.0


# --- the two sides --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SideGap:
    on: date
    left_reps: int
    right_reps: int


def weaker_side(results: Sequence[SessionResult], exercise: str, rules: SideRules) -> str | None:
    """The side with fewer repetitions in its last sessions, or in worse form where these are equal.

    ``results``: oldest first. It goes first and sets the repetitions of both. None where neither is behind.
    """
    items = [item for result in results for item in result.items if item.exercise == exercise and item.sided]
    return _behind([one for item in items[-rules.last_sessions :] for one in item.sets])


def side_gaps(results: Sequence[SessionResult], rules: SideRules) -> Mapping[str, tuple[SideGap, ...]]:
    """By exercise, in the order of ``results``, for those with enough sessions to draw a line through."""
    found: dict[str, list[SideGap]] = defaultdict(list)
    for result in results:
        for item in result.items:
            if item.sided:
                left, right = (_reps(item.sets, side) for side in SIDES)
                found[item.exercise].append(SideGap(result.on, left, right))
    return {key: tuple(gaps) for key, gaps in found.items() if len(gaps) >= rules.chart_sessions}


def differing_side(item: ExerciseResult, rules: SideRules) -> str:
    """The side that is clearly behind in one session: by repetitions, or alone not in clean form; else ""."""
    left, right = (_reps(item.sets, side) for side in SIDES)
    if abs(left - right) >= rules.differ_reps:
        return SIDES[left > right]
    unclean = {one.side for one in item.sets if one.side in SIDES and one.form in FORMS[1:]}
    return unclean.pop() if len(unclean) == 1 else ""


def _behind(sets: Sequence[SetResult]) -> str | None:
    left, right = ((-_reps(sets, side), _flaws(sets, side)) for side in SIDES)
    return None if left == right else SIDES[right > left]


def _reps(sets: Sequence[SetResult], side: str) -> int:
    return sum(one.reps for one in sets if one.side == side)


def _flaws(sets: Sequence[SetResult], side: str) -> int:
    return sum(FORMS.index(one.form) for one in sets if one.side == side and one.form)
