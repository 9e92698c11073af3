"""The Today page: what to do now, or why nothing, and when next."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from service.domain.activity import Reason
from service.domain.calendar import CalendarRules
from service.domain.days import DayKind
from service.domain.effort import Judged
from service.domain.planner import Size
from service.domain.preferences import Preferences
from service.domain.prompting import NextMoment, Trigger, Wording
from service.domain.routine import Prescription
from service.pipeline.questions import Open, Recorded
from service.pipeline.situation import Situation
from service.web.views.asked import AskedCard, asked_card
from service.web.views.attribution import Attribution, attribution
from service.web.views.care import Care, CheckInCard, check_in_card
from service.web.views.moment import Next, next_good
from service.web.views.pause import Easing, PausedCard, easing, paused_card
from service.web.views.pulse import Pulse, State
from service.web.views.question import Question, asked_about, questions
from service.web.views.source import Notice, Reading
from service.web.views.wall import count, hour, top_line
from service.web.views.week import WeekStrip, week_strip
from service.words import Words

UNSURE = f"prompt.{DayKind.RUN_UNSURE.value}"  # the reason to be silent over a run that nobody can tell
RUN_DAYS = frozenset({DayKind.RUN_EASY, DayKind.RUN_UNSURE, DayKind.RUN_HARD, DayKind.LONG, DayKind.RACE})
WELCOME_BACK = timedelta(days=14)  # after so long without a session the next one is the hardest
# As what a prompt reads that was sent for a rest day, once such a day has come of it.
INSTEAD_OF_REST = {
    DayKind.RUN_EASY: Trigger.EASY_RUN,
    DayKind.RUN_UNSURE: Trigger.EASY_RUN,
    DayKind.XT_EASY: Trigger.CROSS_TRAINING,
}


# --- what the page is made from ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """The prompt that stands. ``reasons`` may be empty: they expire before the prompt does."""

    id: int
    size: Size
    valid_until: datetime
    trigger: str
    wording: str
    reasons: tuple[Reason, ...]
    later_at: datetime | None  # what the button "Later" offers
    turn: int = 0  # prompts this runner was sent before: so that no two in a row read the same


@dataclass(frozen=True, slots=True)
class Quiet:
    """The last decision to stay silent."""

    reason: Reason
    next: NextMoment | None


@dataclass(frozen=True, slots=True)
class Facts:
    pulse: Pulse
    known: Situation
    target: int  # sessions this week
    asked: Asked | None
    quiet: Quiet | None  # None: nothing decided for today yet
    full: Prescription
    mini: Prescription
    notice: Notice | None
    reading: Reading | None
    calendar: CalendarRules
    ask: tuple[int, ...] = ()  # ids of the unsure runs to ask about
    question: Open | None = None  # besides those
    is_new: bool = False  # the account: its first days, before any session
    sessions_done: int = 0  # in all
    first_done_on: date | None = None
    care: Care | None = None


# --- what it shows ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Correction:
    label: str
    said: str
    activity_id: int


@dataclass(frozen=True, slots=True)
class Why:
    label: str
    activity_id: int


@dataclass(frozen=True, slots=True)
class PromptCard:
    chip: str
    headline: str
    reason: str
    why: Why | None
    start: str  # words of the one big button
    size: Size
    prompt_id: int | None
    session_id: int | None = None  # a session to go on with
    later: str = ""
    mini: str = ""
    correction: Correction | None = None
    exercise: str = ""  # of the picture
    level: int = 1


@dataclass(frozen=True, slots=True)
class QuietCard:
    chip: str
    icon: str
    headline: str
    reason: str
    why: Why | None
    next: Next | None
    corrections: tuple[Correction, ...]
    anyway: str
    asks: bool = False  # whether the corrections answer the headline


@dataclass(frozen=True, slots=True)
class DoneCard:
    chip: str
    headline: str
    reason: str
    session_id: int
    next: Next | None


@dataclass(frozen=True, slots=True)
class Move:
    exercise: str
    level: int
    name: str


@dataclass(frozen=True, slots=True)
class TodayPage:
    state: State
    version: str
    date_line: str
    prompt: PromptCard | None
    quiet: QuietCard | None
    done: DoneCard | None
    paused: PausedCard | None
    easing: Easing | None
    check_in: CheckInCard | None
    questions: tuple[Question, ...]  # beside the card; one that the card itself asks is not among them
    asked: AskedCard | None  # the one other question, where nothing else is asked
    week: WeekStrip
    moves: tuple[Move, ...]
    dose: str
    notice: Notice | None
    reading: Reading | None
    attribution: Attribution | None
    preview: bool  # whether to point at the weeks before the first prompt


def today_page(facts: Facts, words: Words) -> TodayPage:
    state = facts.pulse.state
    return TodayPage(
        state=state,
        version=facts.pulse.version,
        date_line=top_line(facts.known.today, words),
        prompt=_prompt(facts, words) if state == "prompt" else None,
        quiet=_quiet(facts, words) if state == "waiting" else None,
        done=_done(facts, words) if state == "done" else None,
        paused=_paused(facts, words) if state == "paused" else None,
        easing=easing(facts.known, words),
        check_in=check_in_card(facts.care, words),
        questions=_questions(facts, words),
        asked=_asked(facts, words),
        week=week_strip(facts.known, facts.target, words),
        moves=tuple(
            Move(item.exercise, item.level, words(f"today.move.{item.exercise}")) for item in facts.full.items
        ),
        dose=_dose_line(facts.full, words),
        notice=facts.notice,
        reading=facts.reading,
        attribution=attribution(facts.known),
        preview=facts.is_new and facts.reading is None and bool(facts.known.judged),
    )


# --- something to do --------------------------------------------------------------------------


def _prompt(facts: Facts, words: Words) -> PromptCard:
    first = facts.full.items[0]
    if facts.pulse.under_way is not None:
        return PromptCard(
            chip=words("today.under_way.chip"),
            headline=words("today.under_way.headline"),
            reason=words("today.under_way.reason"),
            why=None,
            start=words("today.under_way.start"),
            size=Size.FULL,
            prompt_id=None,
            session_id=facts.pulse.under_way,
            exercise=first.exercise,
            level=first.level,
        )
    if facts.asked is None:
        raise ValueError("the page says there is a prompt and brings none")
    asked = _as_it_stands(facts.asked, facts.known)
    prescribed = facts.mini if asked.size is Size.MINI else facts.full
    fields = {"minutes": prescribed.minutes}
    dose = prescribed.dose
    return PromptCard(
        chip=words("today.chip_until", until=hour(asked.valid_until, facts.known.zone)),
        headline=words.rotated(
            f"prompt.{asked.trigger}.{asked.size.value}_{asked.wording}", asked.turn, **fields
        ),
        reason=_prompt_reason(asked, words),
        why=_why(facts.known, words),
        start=words("today.start", moves=len(prescribed.items), sets=dose.sets, reps=dose.reps),
        size=asked.size,
        prompt_id=asked.id,
        later=_later(asked, facts.known, words),
        mini=words("today.mini", minutes=facts.mini.minutes) if asked.size is Size.FULL else "",
        correction=_not_easy(facts.known, words),
        exercise=first.exercise,
        level=first.level,
    )


def _as_it_stands(asked: Asked, known: Situation) -> Asked:
    """A prompt that says there was no run gives way to the run that has come since."""
    day = known.days[known.today]
    trigger = INSTEAD_OF_REST.get(day.kind)
    if asked.trigger != Trigger.REST_DAY or trigger is None:
        return asked
    occasion = () if day.kind is DayKind.RUN_UNSURE else (Reason(f"prompt.{trigger.value}"),)
    return replace(
        asked,
        trigger=trigger.value,
        wording=Wording.CONDITIONAL.value,
        reasons=(*occasion, *day.reasons),
    )


def _prompt_reason(asked: Asked, words: Words) -> str:
    """Two sentences at most: the occasion, and the strongest sign for it."""
    if not asked.reasons:
        return words("today.reason_gone")
    first, *others = asked.reasons
    if others and asked.trigger == Trigger.REST_DAY:
        return _sentences([words.reason(others[0])])  # the day's own reason says that it is one
    return _sentences([words.reason(reason) for reason in (first, *others[:1])])


def _later(asked: Asked, known: Situation, words: Words) -> str:
    if asked.later_at is None:
        return ""
    if asked.later_at.astimezone(known.zone).date() > known.now.astimezone(known.zone).date():
        return words("today.later_tomorrow")
    return words("today.later", later=hour(asked.later_at, known.zone))


def _not_easy(known: Situation, words: Words) -> Correction | None:
    run = deciding_run(known)
    if run is None or known.days[known.today].kind not in (DayKind.RUN_EASY, DayKind.RUN_UNSURE):
        return None
    return Correction(words("today.not_easy"), "hard", run.activity.id)


def _why(known: Situation, words: Words) -> Why | None:
    run = deciding_run(known)
    if run is None:
        return None
    kind = known.days[known.today].kind
    return Why(words(f"today.why.{kind.value}"), run.activity.id)


def deciding_run(known: Situation) -> Judged | None:
    """The run that made today what it is; None where something else did, or nothing."""
    day = known.days[known.today]
    if day.kind not in RUN_DAYS:
        return None
    return next((item for item in known.judged if item.activity.id == day.deciding_id), None)


# --- nothing to do ----------------------------------------------------------------------------


def _quiet(facts: Facts, words: Words) -> QuietCard:
    known, quiet = facts.known, facts.quiet
    at = _coming(facts)
    if facts.pulse.judging or (at is None and quiet is None):
        return _undecided(facts, words)
    moment = None
    if at is not None:
        headline = words("today.coming.headline", at=hour(at, known.zone))
        reason = words("today.coming.reason")
    else:
        assert quiet is not None
        moment = quiet.next
        headline = _quiet_headline(quiet.reason, facts, words)
        reason = _quiet_reason(quiet.reason, facts, words)
    soon = at is not None or (moment is not None and moment.on == known.today)
    asks = _asks_itself(facts)
    return QuietCard(
        chip=words("today.ask.chip" if asks else _quiet_chip(soon, known)),
        icon="info" if asks else "today" if soon else "moon",
        headline=headline,
        reason=reason,
        why=_why(known, words),
        next=next_good(moment, known, words) if moment else None,
        corrections=() if _asks_beside(facts) else _corrections(known, words, asked=asks),
        anyway=words("today.answer_again" if _is_on_hold(quiet) else "today.anyway"),
        asks=asks,
    )


def _is_on_hold(quiet: Quiet | None) -> bool:
    """Then a session begins with the questions again."""
    return quiet is not None and quiet.reason.rule == "prompt.on_hold"


def _quiet_headline(reason: Reason, facts: Facts, words: Words) -> str:
    if _is_unasked(reason, facts):
        return words("today.unasked.headline")
    return words(f"silence.headline.{reason.rule.removeprefix('prompt.')}")


def _is_unasked(reason: Reason, facts: Facts) -> bool:
    """Silent over a run that nobody can tell, and the runner is not to be asked about it either."""
    return reason.rule == UNSURE and not _asks_itself(facts)


def _asks_itself(facts: Facts) -> bool:
    """Whether the card of silence is the question about today's run."""
    known, quiet, run = facts.known, facts.quiet, deciding_run(facts.known)
    if facts.pulse.state != "waiting" or facts.pulse.judging or _coming(facts) or quiet is None:
        return False
    return quiet.reason.rule == UNSURE and run is not None and run in asked_about(known, facts.ask)


def _questions(facts: Facts, words: Words) -> tuple[Question, ...]:
    """But not what the card itself asks, nor of today while a run of it is being judged."""
    known = facts.known
    if not (facts.pulse.judging or _asks_itself(facts)):
        return questions(known, facts.ask, words)
    before = [item for item in asked_about(known, facts.ask) if item.activity.local_on < known.today]
    return questions(known, tuple(item.activity.id for item in before), words)


def _asked(facts: Facts, words: Words) -> AskedCard | None:
    """Whatever is asked of a session, a knee or a run comes first."""
    if facts.care is not None and facts.care.check is not None:
        return None
    if facts.question is None or facts.pulse.judging:
        return None
    if facts.pulse.state == "prompt" and not isinstance(facts.question.what, Recorded):
        return None
    if asked_about(facts.known, facts.ask):
        return None
    return asked_card(facts.question, facts.known.zone, words)


def _asks_beside(facts: Facts) -> bool:
    """Whether a card of its own asks about the run that made today: nobody is asked the same twice."""
    run = deciding_run(facts.known)
    return run is not None and not _asks_itself(facts) and run in asked_about(facts.known, facts.ask)


def _quiet_chip(soon: bool, known: Situation) -> str:
    """An easy run may still change a day that has seen nothing yet."""
    if soon:
        return "today.chip_later"
    return "today.chip_so_far" if known.days[known.today].kind is DayKind.OPEN else "today.chip_quiet"


def _undecided(facts: Facts, words: Words) -> QuietCard:
    """The first minutes, and the moments after midnight: honest words instead of a guess."""
    key = _undecided_key(facts)
    return QuietCard(
        chip=words(f"today.undecided.{key}.chip"),
        icon="today",
        headline=words(f"today.undecided.{key}.headline"),
        reason=words(f"today.undecided.{key}.reason"),
        why=None,
        next=None,
        corrections=(),
        anyway=words("today.first_session" if not facts.known.done else "today.anyway"),
    )


def _undecided_key(facts: Facts) -> str:
    if facts.reading:
        return "reading"
    if facts.pulse.judging:
        return "judging"
    return "thinking" if facts.known.judged else "first"


def _coming(facts: Facts) -> datetime | None:
    """When a prompt is already planned for later today."""
    moments = [at for _id, at in facts.pulse.coming if at > facts.known.now]
    return min(moments, default=None)


def _quiet_reason(reason: Reason, facts: Facts, words: Words) -> str:
    """A run that decided is named with its hour and its strongest sign; then what follows from it."""
    known, cause = facts.known, reason.rule.removeprefix("prompt.")
    day = known.days[known.today]
    if cause != day.kind.value or deciding_run(known) is None:
        return _sentences([words.reason(reason)])
    sign = words.reason(day.reasons[0]) if day.reasons else ""
    if day.finished_at is not None:
        kind, finished = words(f"today.ran.{cause}"), hour(day.finished_at, known.zone)
        sign = words("today.run_at", kind=kind, finished=finished, sign=sign)
    then = "today.unasked.then" if _is_unasked(reason, facts) else f"today.then.{cause}"
    return _sentences([sign, words(then)])


def _corrections(known: Situation, words: Words, *, asked: bool) -> tuple[Correction, ...]:
    """``asked``: they answer the card's own question."""
    run = deciding_run(known)
    if run is None:
        return ()
    if asked:
        return tuple(
            Correction(words(f"today.ask.{said}"), said, run.activity.id) for said in ("easy", "hard")
        )
    easy = Correction(words("today.was_easy"), "easy", run.activity.id)
    hard = Correction(words("today.was_hard"), "hard", run.activity.id)
    kind = known.days[known.today].kind
    if kind is DayKind.RUN_UNSURE:
        return (easy, hard)
    return {DayKind.RUN_HARD: (easy,), DayKind.LONG: (easy,), DayKind.RACE: (easy,)}.get(kind, (hard,))


def _paused(facts: Facts, words: Words) -> PausedCard:
    done = facts.pulse.done[-1] if facts.pulse.done else None
    return paused_card(facts.known, facts.calendar, words, facts.care, done)


# --- done -------------------------------------------------------------------------------------


def _done(facts: Facts, words: Words) -> DoneCard:
    known = facts.known
    credit = known.credit
    moment = facts.quiet.next if facts.quiet else None
    return DoneCard(
        chip=words("today.done.chip"),
        headline=words.rotated(f"today.done.{_praise(facts)}", max(0, facts.sessions_done - 1)),
        reason=words(
            "today.done.reason" if facts.target else "today.done.reason_off",
            done=count(credit),
            target=facts.target,
        ),
        session_id=facts.pulse.done[-1],
        next=next_good(moment, known, words) if moment and moment.on > known.today else None,
    )


def _praise(facts: Facts) -> str:
    """Who comes back after weeks hears that first: it outweighs any count."""
    if _is_back(facts):
        return "headline_back"
    return "headline_all" if facts.known.credit >= facts.target else "headline"


def _is_back(facts: Facts) -> bool:
    """Whether today's session is the first in two weeks or more. What is known in full ends after months;
    from then on the day of the very first session tells that there were others.
    """
    today = facts.known.today
    before = {session.on for session in facts.known.done if session.on < today}
    if facts.first_done_on is not None and facts.first_done_on < today:
        before.add(facts.first_done_on)
    return bool(before) and today - max(before) >= WELCOME_BACK


# --- parts ------------------------------------------------------------------------------------


def _sentences(lines: list[str]) -> str:
    return " ".join(line if line.endswith((".", "?", "!")) else f"{line}." for line in lines if line)


def _dose_line(full: Prescription, words: Words) -> str:
    dose = full.dose
    return words(
        "today.dose", level=full.items[0].level, sets=dose.sets, reps=dose.reps, minutes=full.minutes
    )


def slots_line(prefs: Preferences, words: Words) -> str:
    return words("today.slots", weekday=prefs.weekday_slot, weekend=prefs.weekend_slot)
