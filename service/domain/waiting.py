"""Is a good day better used now than let pass for one to come? Days of one week, from today on.

A day that suits may be followed by none: runners who run hard all week have few. So every day is weighed
against what is still to be expected after it, each later day being used or let pass in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

DAYS_APART = 2  # one day between two sessions


@dataclass(frozen=True, slots=True)
class Chance:
    """What a day to come may be. Gains are in sessions: 1 is one done, more where it suits better."""

    easy_run: float
    other_good: float  # a rest day, or easy cross-training
    easy_run_gain: float
    other_gain: float


@dataclass(frozen=True, slots=True)
class WaitingRules:
    easy_run_gain: float
    habit_gain: float
    unsure_loss: float
    eve_loss: float
    week_done_gain: float


def better_now(gain_now: float, ahead: Sequence[Chance], need: int, rules: WaitingRules) -> bool:
    """Whether a session today, worth ``gain_now``, is at least as good as letting the day pass.

    ``ahead``: the days after today, in order. ``need``: sessions the week still asks for, 1 or more.
    """

    @cache
    def expected(day: int, need: int) -> float:
        """From a day on: see what it is, then use it or let it pass."""
        if need <= 0:
            return rules.week_done_gain
        if day >= len(ahead):
            return 0.0
        chance, passed = ahead[day], expected(day + 1, need)
        after = expected(day + DAYS_APART, need - 1)
        easy = max(passed, chance.easy_run_gain + after)
        other = max(passed, chance.other_gain + after)
        neither = 1.0 - chance.easy_run - chance.other_good
        return chance.easy_run * easy + chance.other_good * other + neither * passed

    return gain_now + expected(DAYS_APART - 1, need - 1) >= expected(0, need)
