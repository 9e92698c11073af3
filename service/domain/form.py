"""What the earlier runs of one runner say of them, kept run by run.

Every question is answered from windows that stay sorted and forget what is old, so that the next run costs
the same after ten years as after ten weeks. Nothing here judges.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque

from service.domain.physiology import HeartMax, Hearts, is_cadence_locked
from service.domain.recordings import same_time
from service.domain.rules import Rules, UsualRules
from service.domain.signs import Signs
from service.domain.told import NOTHING_TOLD, Told
from service.domain.windows import DAY_S, Window

BEYOND = 99.0  # points no signs add up to
DAYS_BACK = 4  # how many days of judged runs are kept for the day after


class Form:
    """The runner just before a run. ``come_to`` first, then ask, judge, ``learn``; in the order of time."""

    def __init__(self, rules: Rules, told: Told = NOTHING_TOLD) -> None:
        self.rules = rules
        self.told = told
        self.runs = 0
        own, usual = rules.physiology, rules.effort.usual
        days, keep = own.window.days, own.window.keep_runs
        self.efforts = Window(own.effort.quick_days)
        self.peaks, self.averages, self.swings = Window(days, keep), Window(days, keep), Window(days, keep)
        self.tops, self.loads, self.climbs = Window(days, keep), Window(days, keep), Window(days, keep)
        self.durations = Window(rules.effort.long.median_days)
        self.scores = Window(rules.effort.context.own_days)
        self.hearts = Hearts(rules, told)
        self._windows = (
            self.efforts,
            self.peaks,
            self.averages,
            self.swings,
            self.tops,
            self.loads,
            self.climbs,
            self.durations,
            self.scores,
        )
        self.quick_mps: float | None = None  # effort speed that the quickest tenth of a year's runs reach
        self.usual_mps: float | None = None  # median effort speed of a year
        self.usual_score: float | None = None  # median of the own sums: how these runs come out in general
        self.last: Signs | None = None
        self._rounds = _Rounds(usual)
        self._recent: deque[tuple[float, float]] = deque()  # start, minutes of the last two weeks
        self._days: dict[int, float] = {}  # lowest score of the last days
        self._brisk: deque[bool] = deque(maxlen=own.brisk.of_last)

    def come_to(self, at_s: float) -> None:
        """Forget what is too old at that moment."""
        for window in self._windows:
            window.forget(at_s)
        self.hearts.forget(at_s)
        self._rounds.forget(at_s)
        since_s = at_s - self.rules.effort.long.longest_days * DAY_S
        while self._recent and self._recent[0][0] < since_s:
            self._recent.popleft()
        own, least = self.rules.physiology.effort, self.rules.effort.points.least_runs
        self.quick_mps = _quantile(self.efforts, own.quick_share, least)
        self.usual_mps = _quantile(self.efforts, 0.5, least)
        self.usual_score = _quantile(self.scores, 0.5, self.rules.effort.context.own_least_runs)

    def learn(self, seen: Signs, score: float, was_easy: bool | None = None) -> None:
        """``score`` is the run's own sum of points, without its days before. ``was_easy``: the runner's word,
        which counts for the days after. A second recording of the run before teaches nothing.
        """
        own = self.rules.physiology
        if self.last is not None and seen.start_s < self.last.end_s and same_time(seen.run, self.last.run):
            return
        self.last, at_s = seen, seen.start_s
        if seen.minutes < own.effort.least_minutes or seen.run.flagged:
            return
        locked = is_cadence_locked(seen, self.quick_mps, own.heart_max)
        if seen.heart_bpm is not None:
            self._brisk.append(seen.heart_bpm > own.brisk.heart_share * self.heart_max.bpm)
        self.hearts.learn(seen, locked)
        self.runs += 1
        self.efforts.add(at_s, seen.effort_mps)
        self.peaks.add(at_s, seen.peak_bpm)
        self.averages.add(at_s, seen.heart_bpm)
        self.swings.add(at_s, seen.swing_share)
        self.tops.add(at_s, seen.top_mps)
        self.loads.add(at_s, seen.load_per_hour)
        self.climbs.add(at_s, seen.climb_m_per_km)
        self.durations.add(at_s, seen.minutes)
        self.scores.add(at_s, score)
        if seen.climb_m_per_km is not None:
            self._rounds.add(at_s, seen.run.distance_m, seen.climb_m_per_km)
        self._recent.append((at_s, seen.minutes))
        of_day = score if was_easy is None else (BEYOND if was_easy else -BEYOND)
        self._days[seen.day] = min(of_day, self._days.get(seen.day, of_day))
        if len(self._days) > DAYS_BACK:
            del self._days[min(self._days)]

    @property
    def heart_max(self) -> HeartMax:
        return self.hearts.highest

    @property
    def usual_minutes(self) -> float | None:
        return _quantile(self.durations, 0.5, self.rules.effort.long.median_runs)

    @property
    def longest_minutes(self) -> float:
        """Of two weeks; 0 without runs."""
        return max((minutes for _, minutes in self._recent), default=0.0)

    @property
    def is_brisk(self) -> bool:
        """All runs at one pace, and a quick one for the heart: the gentler ones must do for easy."""
        own, quick, usual = self.rules.physiology.brisk, self.quick_mps, self.usual_mps
        one_pace = quick is not None and usual is not None and quick < own.spread * usual
        known = len(self._brisk) >= own.least_runs
        return one_pace and known and sum(self._brisk) >= own.runs_share * len(self._brisk)

    def round_share(self, seen: Signs) -> float | None:
        """Share of a year's runs that had this distance and a like climb."""
        if seen.climb_m_per_km is None:
            return None
        return self._rounds.share(seen.run.distance_m, seen.climb_m_per_km)

    def score_on(self, day: int) -> float | None:
        """Of the hardest run of a day shortly before."""
        return self._days.get(day)


def _quantile(window: Window, share: float, least: int) -> float | None:
    return window.quantile(share) if len(window.values) >= least else None


class _Rounds:
    """Distances and climbs of a year, sorted by distance."""

    def __init__(self, rules: UsualRules) -> None:
        self._rules = rules
        self._sorted: list[tuple[float, float]] = []  # metres, climb in metres a kilometre
        self._queue: deque[tuple[float, tuple[float, float]]] = deque()

    def forget(self, now_s: float) -> None:
        since_s = now_s - self._rules.days * DAY_S
        while self._queue and self._queue[0][0] < since_s:
            del self._sorted[bisect_left(self._sorted, self._queue.popleft()[1])]

    def add(self, at_s: float, distance_m: float, climb: float) -> None:
        self._queue.append((at_s, (distance_m, climb)))
        insort(self._sorted, (distance_m, climb))

    def share(self, distance_m: float, climb: float) -> float | None:
        own, known = self._rules, self._sorted
        if len(known) < own.least_runs:
            return None
        apart_m = own.distance_share * distance_m
        first = bisect_left(known, (distance_m - apart_m, -1.0))
        last = bisect_right(known, (distance_m + apart_m, 1e9))
        like = max(own.climb_m_per_km, own.climb_share * climb)
        low, high = climb - like, climb + like
        return sum(1 for _, other in known[first:last] if low <= other <= high) / len(known)
