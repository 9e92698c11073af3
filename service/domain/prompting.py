"""Decide whether now is the moment to ask for a session, or say why not and when next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from service.domain.activity import Reason
from service.domain.calendar import back_on, silent_on, without_a_slot
from service.domain.days import Day, DayKind, Habits
from service.domain.hours import ONE_DAY, local_day, moment, slot
from service.domain.outlook import HALF_HOUR, Outlook
from service.domain.planner import NO_GO_KINDS, Gate, PlannedSession, Size, Week
from service.domain.preferences import Preferences
from service.domain.prompts import Ask as Ask
from service.domain.prompts import NextMoment as NextMoment
from service.domain.prompts import PastPrompt as PastPrompt
from service.domain.prompts import PromptRules as PromptRules
from service.domain.prompts import Silence as Silence
from service.domain.prompts import Trigger as Trigger
from service.domain.prompts import Wording as Wording
from service.domain.prompts import parse_prompt_rules as parse_prompt_rules
from service.domain.snoozing import later_time as later_time
from service.domain.snoozing import snooze as snooze


def decide(
    *,
    today: Day,
    yesterday: Day | None,
    week: Week,
    habits: Habits,
    past: Sequence[PastPrompt],
    prefs: Preferences,
    now: datetime,
    zone: ZoneInfo,
    rules: PromptRules,
    also_quiet_in: Sequence[ZoneInfo] = (),
    on_hold: bool = False,
) -> Ask | Silence:
    """Ask or be silent; either says why.

    ``today`` is the runner's day at ``now``, which may last beyond midnight, and ``week`` its plan.
    ``yesterday`` is the day before, whose easy run may have ended minutes ago across midnight. ``past``: all
    prompts since the runner last answered one, at least two weeks, any order. ``also_quiet_in``: zones the
    runner has just left or may have come to, whose quiet hours hold too. ``on_hold``: the runner answered
    that the routine should wait. Quiet hours beat everything, a
    done week and a pause come next, and a just ended easy run beats the plan.
    """
    outlook = Outlook(today, yesterday, week, habits, past, prefs, now, zone, rules, also_quiet_in, on_hold)
    for rule in _SILENT:
        silence = rule(outlook)
        if silence:
            return silence
    return _after_run(outlook) or _at_hour(outlook)


# --- silent whatever the hour -------------------------------------------------------------------


def _on_hold(outlook: Outlook) -> Silence | None:
    return Silence(Reason("prompt.on_hold"), None, None) if outlook.on_hold else None


def _away(outlook: Outlook) -> Silence | None:
    away, on = outlook.week.limits.away, outlook.today.on
    found = silent_on(away, on)
    if found is None:
        return None
    back = back_on(away, on)
    again = moment(back, outlook.rules.ask.look_again_hour, outlook.zone) if back else None
    return outlook.silence(found.why.value, look_again_at=again)


def _week_done(outlook: Outlook) -> Silence | None:
    week = outlook.week
    full = len(week.done) >= outlook.rules.plan.sessions_per_week_max
    if week.need > 0 and not full:
        return None
    next_week = moment(week.ends_on + ONE_DAY, outlook.rules.ask.look_again_hour, outlook.zone)
    return outlook.silence(_why_enough(week), _counts(outlook), look_again_at=next_week)


def _why_enough(week: Week) -> str:
    if week.minis and week.target <= week.credit:
        return "ease_off"
    if week.target == 0:
        return "week_off"
    return "race_week" if any(reason.rule == "plan.race_week" for reason in week.reasons) else "week_done"


def _no_go_day(outlook: Outlook) -> Silence | None:
    kind = outlook.today.kind
    return outlook.silence(kind.value) if kind in NO_GO_KINDS else None


def _backed_off(outlook: Outlook) -> Silence | None:
    """Ignored prompts: first only the best day of the week, then a question on the page, then hardly any."""
    rules = outlook.rules.ask
    row = outlook.ignored()
    if len(row) < rules.ignored_best_day:
        return None
    facts: dict[str, float | str] = {"ignored": float(len(row))}
    if len(row) >= rules.ignored_silent:
        days = (outlook.now - outlook.since_last_sign()[0].sent_at) / ONE_DAY
        if days >= rules.stop_after_days:
            return Silence(Reason("prompt.dormant", facts=facts), None, None)
        wait = rules.dormant_silent_days if days >= rules.dormant_from_days else rules.silent_days
        until = row[-1].sent_at + timedelta(days=wait)
        if outlook.now < until:
            return outlook.silence("ignored", facts, look_again_at=until)
    later_ones = row[rules.ignored_best_day :]
    used = any(outlook.week_of(prompt.local_on) == outlook.week.starts_on for prompt in later_ones)
    if used or outlook.today.on != outlook.week.best_on:
        return outlook.silence("best_day_only", facts)
    return None


_SILENT: tuple[Callable[[Outlook], Silence | None], ...] = (
    _on_hold,
    _away,
    _week_done,
    _no_go_day,
    _backed_off,
)


# --- right after an easy run --------------------------------------------------------------------


def _after_run(outlook: Outlook) -> Ask | None:
    """The prompt that follows an easy run's end; None where it comes too late or is not allowed."""
    rules = outlook.rules.ask
    run = _just_finished(outlook)
    if run is None or run.finished_at is None:
        return None
    send_by = run.finished_at + timedelta(minutes=rules.after_run_max_min)
    earliest = max(outlook.now, run.finished_at + timedelta(minutes=rules.after_run_min))
    send_at = outlook.after_quiet(earliest)
    sent_on = local_day(send_at, outlook.zone)
    if send_at > send_by or outlook.is_quiet(send_at):
        return None
    if outlook.asked_enough(run.on, sent_on) or outlook.never(run.on, sent_on):
        return None
    size, gate = outlook.size_at(send_at, outlook.wanted())
    if not gate.open:
        return None
    offer_ends = run.finished_at + timedelta(hours=rules.after_run_offer_h)
    offer_ends = min(offer_ends, outlook.quiet_begins(send_at) or offer_ends)
    ended = Reason("prompt.after_run", facts={"finished": f"{outlook.hour(run.finished_at):%H:%M}"})
    return Ask(
        trigger=Trigger.EASY_RUN,
        size=size,
        send_at=send_at,
        send_by=min(send_by, offer_ends),
        valid_until=offer_ends,
        wording=Wording.CERTAIN,
        local_on=run.on,
        activity_id=run.deciding_id,
        reasons=(ended, *run.reasons),
    )


def _just_finished(outlook: Outlook) -> Day | None:
    rules = outlook.rules.ask
    for day in (outlook.today, outlook.yesterday):
        if day is None or day.kind is not DayKind.RUN_EASY or day.finished_at is None:
            continue
        age = outlook.now - day.finished_at
        if -timedelta(minutes=rules.after_run_min) <= age <= timedelta(hours=rules.after_run_offer_h):
            return day
    return None


# --- at an hour of the clock --------------------------------------------------------------------

TAKEN_AS_THEY_COME = (DayKind.OPEN, DayKind.REST, DayKind.XT_EASY)  # also where another day was planned


@dataclass(frozen=True, slots=True)
class _Slot:
    """A prompt that does not follow a run's end: what, and from which hour."""

    trigger: Trigger
    size: Size
    opens_at: datetime


def _at_hour(outlook: Outlook) -> Ask | Silence:
    impossible = without_a_slot(outlook.prefs)
    if impossible:
        return outlook.silence(f"no_{impossible}")
    found = _slot_of(outlook)
    if isinstance(found, Silence):
        return found
    on = outlook.today.on
    wished_at = max(outlook.now, found.opens_at)
    wording = Wording.CERTAIN
    if outlook.today.kind in (DayKind.OPEN, DayKind.RUN_UNSURE) or _is_late_run(outlook, found):
        wording = Wording.CONDITIONAL
    if outlook.today.kind is DayKind.OPEN:
        wished_at = _when_likely_rest(outlook, wished_at)
    send_at = outlook.open_from(wished_at)
    if outlook.today.kind is DayKind.REST and _may_still_run(outlook, send_at):
        wording = Wording.CONDITIONAL
    size, gate = outlook.size_at(send_at, found.size)
    if not gate.open:
        return _until_gate(outlook, gate)
    if local_day(send_at, outlook.zone) != on:
        return outlook.silence("day_over")
    if send_at > outlook.now and outlook.today.kind is DayKind.RUN_UNSURE:
        return outlook.silence("run_unsure", look_again_at=send_at)  # the answer may come first
    if outlook.is_quiet(send_at) or wished_at <= outlook.now < send_at:
        return _kept_free(outlook, wished_at, send_at)
    if send_at > outlook.now:
        return outlook.silence("waiting", {"hour": f"{outlook.hour(send_at):%H:%M}"}, at=send_at)
    until = outlook.asking_ends(send_at)
    why = Reason(f"prompt.{found.trigger.value}", facts=_counts(outlook))
    return Ask(found.trigger, size, send_at, until, until, wording, on, None, (why, *outlook.today.reasons))


def _slot_of(outlook: Outlook) -> _Slot | Silence:
    """What could be asked today and from when, or why nothing can."""
    on, kind = outlook.today.on, outlook.today.kind
    if local_day(outlook.now, outlook.zone) != on:
        return outlook.silence("day_over")
    if outlook.asked_on(on) >= outlook.rules.ask.per_day:
        return outlook.silence("asked_today")
    if outlook.asked_in_week(on) >= outlook.rules.ask.per_week:
        return outlook.silence("asked_this_week", {"prompts": float(outlook.rules.ask.per_week)})
    if outlook.never(on):
        return outlook.silence("never_weekday", {"weekday": on.weekday()})
    if kind is DayKind.RUN_UNSURE:
        if outlook.week.opportune:
            return _Slot(Trigger.FALLBACK, outlook.wanted(), _evening(outlook))
        return outlook.silence("run_unsure")
    planned = outlook.week.planned_on(on)
    if kind is DayKind.RUN_EASY:
        return _Slot(Trigger.EASY_RUN, outlook.wanted(), _evening(outlook))
    if planned is None and not (outlook.week.opportune and kind in TAKEN_AS_THEY_COME):
        return _not_planned(outlook)
    if planned is not None and planned.fallback:
        return _Slot(Trigger.FALLBACK, Size.MINI, _fallback_opens(outlook, planned))
    if kind in (DayKind.XT_HARD, DayKind.LEGS):
        return outlook.silence(kind.value)
    trigger = Trigger.CROSS_TRAINING if kind is DayKind.XT_EASY else Trigger.REST_DAY
    return _Slot(trigger, planned.size if planned else outlook.wanted(), _slot_opens(outlook))


def _not_planned(outlook: Outlook) -> Silence:
    """Today is none of the chosen days: because it may not be, or because another day suits better."""
    at = max(outlook.now, slot(outlook.today.on, outlook.prefs, outlook.zone))
    gate = outlook.gate(at, outlook.wanted())
    if not gate.open:
        return _until_gate(outlook, gate)
    if outlook.today.kind in (DayKind.XT_HARD, DayKind.LEGS):
        return outlook.silence(outlook.today.kind.value)
    return outlook.silence("better_day" if outlook.week.planned else "no_day_left")


def _slot_opens(outlook: Outlook) -> datetime:
    """The runner's hour, but not in the first minutes after the day's activity."""
    opens = slot(outlook.today.on, outlook.prefs, outlook.zone)
    if outlook.today.finished_at is None:
        return opens
    return max(opens, outlook.today.finished_at + timedelta(minutes=outlook.rules.ask.after_run_min))


def _evening(outlook: Outlook) -> datetime:
    """The later of the runner's two hours: where an easy run goes that was heard of too late."""
    evening = max(outlook.prefs.weekday_slot, outlook.prefs.weekend_slot)
    return max(moment(outlook.today.on, evening, outlook.zone), _slot_opens(outlook))


def _fallback_opens(outlook: Outlook, planned: PlannedSession) -> datetime:
    opens = moment(planned.on, outlook.fallback_hour(planned), outlook.zone)
    if outlook.today.finished_at is None:
        return opens
    rest = outlook.rules.ask.after_load_h if outlook.today.kind in (DayKind.XT_HARD, DayKind.LEGS) else 0.0
    return max(opens, outlook.today.finished_at + timedelta(hours=rest))


def _is_late_run(outlook: Outlook, found: _Slot) -> bool:
    return found.trigger is Trigger.EASY_RUN


def _may_still_run(outlook: Outlook, at: datetime) -> bool:
    """The hour allows to speak of a rest day, but this runner starts late too often to be told so."""
    later = outlook.habits.p_run_later(outlook.today.on.weekday(), outlook.hour(at))
    return later > outlook.rules.ask.p_run_later_certain


def _when_likely_rest(outlook: Outlook, at: datetime) -> datetime:
    """The first half hour from ``at`` on at which a run later that day is unlikely, or the hour of rest."""
    on = outlook.today.on
    rest_at = moment(on, outlook.habits.rest_from, outlook.zone)
    while at < rest_at:
        later = outlook.habits.p_run_later(on.weekday(), outlook.hour(at))
        if later <= outlook.rules.ask.p_run_later_max:
            return at
        at = min(rest_at, at + HALF_HOUR)
    return at


def _until_gate(outlook: Outlook, gate: Gate) -> Silence:
    """Silence because of another session or a race, in the planner's own words."""
    assert gate.reason is not None
    cause = gate.reason.rule.removeprefix("plan.")
    opens_today = gate.opens_at is not None and local_day(gate.opens_at, outlook.zone) == outlook.today.on
    return outlook.silence(cause, gate.reason.facts, look_again_at=gate.opens_at if opens_today else None)


def _kept_free(outlook: Outlook, at: datetime, opens_at: datetime) -> Silence:
    """``at`` is quiet. ``opens_at``: its end, or ``at`` again where none comes that day."""
    cause = "never_hours" if outlook.in_never_hours(at) else "quiet"
    return outlook.silence(cause, at=opens_at if opens_at > at else None)


def _counts(outlook: Outlook) -> dict[str, float | str]:
    return {"done": outlook.week.credit, "target": float(outlook.week.target)}
