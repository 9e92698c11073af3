"""What a decision about asking may be: a prompt, or silence with its reason and the next moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from service.domain.activity import Reason
from service.domain.days import DayKind
from service.domain.planner import PlanRules, Size, parse_plan_rules
from service.domain.rules import parse_table


class Trigger(StrEnum):
    EASY_RUN = "easy_run"
    REST_DAY = "rest_day"
    CROSS_TRAINING = "cross_training"
    FALLBACK = "fallback"  # the week runs out


class Wording(StrEnum):
    CERTAIN = "certain"
    CONDITIONAL = "conditional"  # "if today is your rest day": the day may still turn out otherwise


@dataclass(frozen=True, slots=True)
class AskingRules:
    per_day: int
    per_week: int
    after_run_min: float
    after_run_max_min: float
    after_run_offer_h: float
    after_load_h: float
    p_run_later_max: float
    p_run_later_certain: float
    ignored_best_day: int
    ignored_silent: int
    silent_days: float
    dormant_from_days: float
    dormant_silent_days: float
    stop_after_days: float
    snooze_h: float
    snooze_tonight: time
    snoozes_max: int
    look_again_hour: time


@dataclass(frozen=True, slots=True)
class PromptRules:
    ask: AskingRules
    plan: PlanRules


def parse_prompt_rules(mapping: Mapping[str, object]) -> PromptRules:
    """Read [prompt] and [plan] of the whole rules file. Raises ValueError naming the key missing or wrong."""
    ask = parse_table(AskingRules, mapping.get("prompt", {}), "prompt")
    if ask.after_run_min > ask.after_run_max_min:
        raise ValueError("rules: prompt.after_run_min must not be above prompt.after_run_max_min")
    if not 0 < ask.ignored_best_day <= ask.ignored_silent:
        raise ValueError("rules: prompt.ignored_best_day must be from 1 to prompt.ignored_silent")
    return PromptRules(ask, parse_plan_rules(mapping))


@dataclass(frozen=True, slots=True)
class PastPrompt:
    local_on: date  # the runner's day it was for
    sent_at: datetime  # aware UTC
    answer: str | None  # what the runner did with it, in any word; None is nothing at all
    taken_back: bool = False  # by us: it counts for its day, but was not left without an answer
    mistaken: bool = False  # the runner said that its run was not easy: it uses up nothing


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for a session, not before ``send_at``. After ``send_by`` it comes too late: decide anew."""

    trigger: Trigger
    size: Size
    send_at: datetime
    send_by: datetime
    valid_until: datetime  # until then the page offers it as the thing to do now
    wording: Wording
    local_on: date  # the runner's day it counts for; that of the run, also past midnight
    activity_id: int | None  # the run whose end it follows; None if it is asked at an hour of the clock
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class NextMoment:
    on: date
    after: DayKind | None  # after which kind of day or run; None for whatever comes
    around: time | None  # wall hour


@dataclass(frozen=True, slots=True)
class Silence:
    reason: Reason
    next: NextMoment | None
    look_again_at: datetime | None  # when the same facts could give another decision; None for never
