"""How a runner's doses and levels move with what was done, and why. Days are the runner's own.

Going up asks for everything at once, going down for one thing. Where the rules' source can be read in two
ways the more cautious reading is taken, and a comment says which.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil

from service.domain.calendar import Race
from service.domain.hours import WEEK_DAYS
from service.domain.ladder import Change as Change
from service.domain.ladder import Ladder as Ladder
from service.domain.ladder import ProgressionRules as ProgressionRules
from service.domain.ladder import Standing as Standing
from service.domain.ladder import Standings as Standings
from service.domain.ladder import Told as Told
from service.domain.ladder import asked, begun
from service.domain.ladder import parse_progression_rules as parse_progression_rules
from service.domain.ladder import plan as plan
from service.domain.ladder import start as start
from service.domain.results import ExerciseResult, SessionResult, differing_side, share_done
from service.domain.routine import Item, Lighter

# --- a gap ----------------------------------------------------------------------------------------


def after_gap(standings: Standings, last_on: date, on: date, ladder: Ladder) -> tuple[Standings, Told]:
    """Where to go on from on ``on``; ``standings`` are those after the last session, on ``last_on``.

    Nothing ever rises by a gap, and it is told only where the next session asks for less than it would have.
    """
    days = (on - last_on).days
    as_before, dose_less, level_less = ladder.rules.gap_days
    if days <= as_before:
        return standings, ()
    rule = "gap_dose" if days <= dose_less else "gap_level" if days <= level_less else "gap_start"
    lowered = {
        key: replace(_lowered(rule, key, standing, on, ladder), weak_side="", weak_since=None)
        for key, standing in standings.items()
    }
    is_less = asked(lowered, ladder) != asked(standings, ladder)
    return lowered, (Change("", rule, {"days": days}),) if is_less else ()


def _lowered(rule: str, key: str, standing: Standing, on: date, ladder: Ladder) -> Standing:
    if rule == "gap_dose":
        return replace(standing, step=max(0, standing.step - 1), good=0, met_top=0, missed=0)
    # Who began with the smallest dose comes back to it, though the source says D1 for all.
    step = min(ladder.rules.gap_step, ladder.first_step)
    below = _level_below(key, standing.level, ladder) if rule == "gap_level" else 1
    if below is None or standing.level == 1:
        return _anew(standing, 1, min(standing.step, step), on)
    return _anew(standing, below, step, on)


def _anew(standing: Standing, level: int, step: int, on: date) -> Standing:
    """On another level, or on the same from the beginning. The sides are as they were, and so are pains."""
    return replace(standing, level=level, step=step, since=on, sessions=0, good=0, met_top=0, missed=0)


def _level_below(exercise: str, level: int, ladder: Ladder) -> int | None:
    """The nearest that the runner has the things for; the first in any case."""
    lower = [one.number for one in ladder.levels(exercise)[: level - 1] if not ladder.lacks(one)]
    return lower[-1] if lower else 1 if level > 1 else None


# --- lighter weeks --------------------------------------------------------------------------------


def lighter(on: date, started_on: date, races: Collection[Race], ladder: Ladder) -> tuple[Lighter, Told]:
    """Whether a session on ``on`` asks for fewer sets. ``started_on``: the runner's first session.

    Of both reasons the one that asks for less counts.
    """
    rules = ladder.rules
    week = (on - started_on).days // WEEK_DAYS + 1
    if ladder.fitness.light_weeks and week > 0 and week % rules.light_every_weeks == 0:
        return Lighter.LIGHT_WEEK, (Change("", "light_week", {"weeks": rules.light_every_weeks}),)
    if any(0 <= (race.on - on).days < rules.race_week_days for race in races):
        return Lighter.RACE_WEEK, (Change("", "race_week"),)
    return Lighter.NO, ()


# --- a session ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Judged:
    standing: Standing
    told: Told = ()
    met: ExerciseResult | None = None  # where all was done, cleanly and without pain


def after_session(
    standings: Standings, result: SessionResult, races: Collection[Race], ladder: Ladder
) -> tuple[Standings, Told]:
    """Where the runner stands after a session, and what that changed. Nothing done changes nothing.

    A mini, and a session of a light or a race week, tells nothing of what the runner can do: only its pains
    count. Raises ValueError for an exercise that the routine does not have.
    """
    found, told, met = dict(standings), list[Change](), dict[str, ExerciseResult]()
    held, is_withheld = _held(result, ladder.rules), False
    for key, items in _by_exercise(result.items).items():
        standing = found.get(key) or begun(ladder.routine.exercise(key), result.on, ladder)
        judged = _judged(key, {**found, key: standing}, items, result, ladder)
        found[key] = judged.standing
        told += judged.told
        if judged.met and held:
            is_withheld = True
            found[key] = replace(judged.standing, good=0)
        elif judged.met:
            met[key] = judged.met
    if held and is_withheld:
        told.append(held)
    found, risen = _raised(found, met, result.on, races, ladder)
    return found, (*told, *risen)


def climb(
    standings: Standings,
    last_on: date | None,
    results: Iterable[SessionResult],
    races: Collection[Race],
    ladder: Ladder,
) -> tuple[Standings, tuple[Told, ...]]:
    """Session after session, oldest first, with the gaps between: what each of them changed.

    ``standings`` are those after the session on ``last_on``; None: there was none before. So a result that
    comes late, or is taken back, moves all that came after it.
    """
    all_told = []
    for result in results:
        standings, of_gap = after_gap(standings, last_on or result.on, result.on, ladder)
        standings, of_session = after_session(standings, result, races, ladder)
        all_told.append((*of_gap, *of_session))
        last_on = result.on
    return standings, tuple(all_told)


def _by_exercise(items: Iterable[ExerciseResult]) -> dict[str, list[ExerciseResult]]:
    """One that was made easier or harder half-way is there with both levels."""
    found: dict[str, list[ExerciseResult]] = {}
    for item in items:
        found.setdefault(item.exercise, []).append(item)
    return found


def _held(result: SessionResult, rules: ProgressionRules) -> Change | None:
    """Why nothing goes up after this session, however well each exercise went."""
    if not _is_whole(result, rules):
        return Change("", "hold_partial")
    if (result.pain or 0) >= rules.hold_pain:  # where it was is not known: so it holds all
        return Change("", "hold_pain_after", {"pain": result.pain or 0})
    if result.feedback == "too_hard":
        return Change("", "hold_effort")
    # The source asks for an effort of at most 7. "Right" is 7 or 8, the aim of every set: it counts. No
    # answer may be anything: it does not.
    return None if result.feedback else Change("", "hold_effort_unsaid")


def _is_whole(result: SessionResult, rules: ProgressionRules) -> bool:
    """Played to its end, with most of it done. What a runner has not the things for is not missed."""
    share = share_done(item for item in result.items if item.skipped != "equipment")
    return result.played_out and share >= rules.share.full


def _judged(
    key: str, standings: Standings, items: Sequence[ExerciseResult], result: SessionResult, ladder: Ladder
) -> _Judged:
    """One exercise by itself: what goes down or stays. What may go up is only marked."""
    rules, standing = ladder.rules, standings[key]
    own = [one for one in items if one.level == standing.level] if result.is_test else []
    item = own[0] if own and len(items) == 1 and not own[0].skipped else None
    # Sets that a stopped session never came to are not missed; form that broke did.
    broke = next((one for one in own if one.worst_form == "broke"), None)
    missed = broke or (item if item and result.played_out and not item.all_done else None)
    sides: Told = ()
    if item:
        standing, sides = _after_sides(key, standing, item, result.on, rules)
        standing = replace(standing, sessions=standing.sessions + _is_whole(result, rules))

    pain = max(_pain(one, rules) for one in items)
    if pain >= rules.hold_pain:
        standing, told = _hurt(key, standing, pain, result.on, ladder)
        if missed and told.rule == "hold_pain":  # both at once: whichever takes more off
            standing, less = _missed(key, standings, standing, missed, ladder)
            told = less if less.rule == "dose_down" else told
        return _Judged(standing, (told, *sides))
    if not result.is_test:
        return _Judged(standing)
    if missed:
        standing, told = _missed(key, standings, standing, missed, ladder)
        return _Judged(standing, (told, *sides))
    if item is None:
        # Left out, or done on another level: the good row ends, a row of misses goes on.
        is_left_out = all(one.skipped for one in items)
        rule = "hold_skipped" if is_left_out else "hold_other_level"
        return _Judged(replace(standing, good=0), (Change(key, rule),))
    standing = replace(standing, missed=0) if result.played_out else standing
    if item.worst_form == "clean":
        return _Judged(standing, sides, item)
    rule = "hold_wobbly" if item.worst_form == "wobbly" else "hold_form_unsaid"  # untold is not called clean
    return _Judged(replace(standing, good=0), (Change(key, rule), *sides))


def _pain(item: ExerciseResult, rules: ProgressionRules) -> int:
    return max(item.worst_pain, rules.hold_pain if item.skipped == "pain" else 0)


def _hurt(key: str, standing: Standing, pain: int, on: date, ladder: Ladder) -> tuple[Standing, Change]:
    rules = ladder.rules
    late_from = on - timedelta(days=rules.level_down_pain_days)
    pains = (*(past for past in standing.pains if past >= late_from), on)
    facts = {"times": len(pains), "days": rules.level_down_pain_days}
    below = _level_below(key, standing.level, ladder)
    if len(pains) < rules.level_down_pain_times or (below is None and standing.step <= rules.level_down_step):
        return replace(standing, pains=pains, good=0), Change(key, "hold_pain", {"pain": pain})
    lower = replace(_anew(standing, below or standing.level, rules.level_down_step, on), pains=())
    if below is None:  # beneath the first level there is only the smallest dose
        return lower, Change(key, "dose_down_pain", facts)
    return lower, Change(key, "level_down", {"level": below, **facts})


def _missed(
    key: str, standings: Standings, standing: Standing, item: ExerciseResult, ladder: Ladder
) -> tuple[Standing, Change]:
    missed = standing.missed + 1
    if missed < ladder.rules.miss_sessions:
        return replace(standing, good=0, missed=missed), Change(key, "hold_missed")
    less = _less(key, {**standings, key: standing}, item, ladder)
    if less is None:
        return replace(standing, good=0, missed=0), Change(key, "hold_lowest")
    step, reps = less
    facts = {"reps": reps, "reps_before": item.wanted_reps}
    return replace(standing, step=step, good=0, met_top=0, missed=0), Change(key, "dose_down", facts)


def _less(key: str, standings: Standings, item: ExerciseResult, ladder: Ladder) -> tuple[int, int] | None:
    """(step, reps) of the next step down that asks for less: the minutes may hold no more than it anyway.

    None where there is none. The source knows only pain and gaps as reasons to leave a level downwards.
    """
    standing = standings[key]
    for step in range(standing.step - 1, -1, -1):
        less = asked({**standings, key: replace(standing, step=step)}, ladder).get(key)
        dose = less.dose if less else ladder.dose.ladder[step]
        if dose.work < item.wanted:
            return step, dose.reps
    return None


def _after_sides(
    key: str, standing: Standing, item: ExerciseResult, on: date, rules: ProgressionRules
) -> tuple[Standing, Told]:
    """Whether one side has been behind long enough to say so; it is said once."""
    side = differing_side(item, rules.sides)
    if side != standing.weak_side:
        return replace(standing, weak_side=side, weak_since=on if side else None), ()
    since = standing.weak_since
    if not since or standing.sides_told or (on - since).days < rules.sides.differ_days:
        return standing, ()
    return replace(standing, sides_told=True), (Change(key, "sides_differ"),)


# --- up -------------------------------------------------------------------------------------------


def _raised(
    standings: Mapping[str, Standing],
    met: Mapping[str, ExerciseResult],
    on: date,
    races: Collection[Race],
    ladder: Ladder,
) -> tuple[dict[str, Standing], list[Change]]:
    """Dose or level up for what was met in full; one level in all, of the exercise that waits longest."""
    found, told = dict(standings), list[Change]()
    for key in sorted(met, key=lambda each: standings[each].since):
        room = _room(key, found, met[key], ladder)
        standing = _counted(found[key], met[key], room, ladder.rules)
        above = _above(key, standing, on, ladder)
        if isinstance(above, int):
            has_risen = any(change.rule == "level_up" for change in told)
            rule = _why_not_now(on, races, has_risen, ladder.rules) or "level_up"
            if rule == "level_up":  # of "restart at D0 or D1" the smaller
                standing = _anew(standing, above, ladder.rules.level_up_step, on)
            told.append(Change(key, rule, {"level": above}))
        elif room and standing.good >= ladder.rules.dose_up_sessions:
            facts = {"reps": room.reps, "reps_before": met[key].wanted_reps, "sessions": standing.good}
            told.append(Change(key, "dose_up", facts))
            standing = replace(standing, step=standing.step + 1, good=0)
        elif not room:
            told += _waiting(key, standing, met[key], above, ladder)
        found[key] = standing
    return found, told


def _room(key: str, standings: Standings, item: ExerciseResult, ladder: Ladder) -> Item | None:
    """What the next step of the dose would ask for; None after the last.

    None as well where the minutes hold no more, or only at the cost of another exercise.
    """
    step = standings[key].step + 1
    if step >= len(ladder.dose.steps):
        return None
    now, then = (
        asked(each, ladder) for each in (standings, {**standings, key: replace(standings[key], step=step)})
    )
    if key not in then or then[key].dose.work <= item.wanted:
        return None
    return then[key] if all(then[other].dose.work >= now[other].dose.work for other in now) else None


def _counted(
    standing: Standing, item: ExerciseResult, room: Item | None, rules: ProgressionRules
) -> Standing:
    """With a session that was met.

    Minutes that hold no greater dose must not keep a runner on a level for good: then the most that they hold
    leads on too, if it is enough work. The small dose of a harder level fits again.
    """
    leads_on = standing.step >= rules.level_from_step or room is None
    is_top = leads_on and item.wanted >= rules.level_least_reps
    return replace(standing, good=standing.good + 1, met_top=standing.met_top + is_top)


def _above(key: str, standing: Standing, on: date, ladder: Ladder) -> int | str:
    """The level to go up to; or the thing that is missing for it; "" where it is not time, or the last."""
    rules = ladder.rules
    is_time = (
        standing.met_top >= rules.level_met_times
        and standing.sessions >= rules.level_least_sessions
        and (on - standing.since).days >= rules.level_least_days
    )
    missing = ""
    for level in ladder.levels(key)[standing.level :] if is_time else ():
        lacks = ladder.lacks(level)
        if not lacks:
            return level.number
        missing = missing or lacks
        if not level.skip_without:
            break
    return missing


def _why_not_now(on: date, races: Collection[Race], has_risen: bool, rules: ProgressionRules) -> str:
    # A race is known by its day and may be at any hour of it: so many whole days before, and as many after.
    days = ceil(rules.level_race_h / 24)
    if any(abs((race.on - on).days) <= days for race in races):
        return "hold_race"
    return "hold_one" if has_risen else ""


def _waiting(
    key: str, standing: Standing, item: ExerciseResult, missing: int | str, ladder: Ladder
) -> list[Change]:
    """Why a runner who has all the dose there is stays on a level. Said now and then, not each time."""
    rules = ladder.rules
    if missing and standing.sessions % rules.level_least_sessions == 0:
        return [Change(key, "hold_equipment", {"equipment": missing})]
    is_short = item.wanted < rules.level_least_reps and standing.level < len(ladder.levels(key))
    if is_short and standing.good == rules.dose_up_sessions:
        return [Change(key, "hold_minutes", {"minutes": ladder.max_minutes})]
    return []
