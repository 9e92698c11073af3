"""Whatever is run, answered and entered, in any zone and on any clock: the asking keeps its promises."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.calendar import Away, Distance, Race, Why, silent_on
from service.domain.days import Day, DayKind, Habits, day_of, habits
from service.domain.effort import Judged, RunKind
from service.domain.hours import day_start
from service.domain.planner import DoneSession, PlannedSession, Size, Week, may_train, plan_week, week_start
from service.domain.preferences import Preferences
from service.domain.prompting import Ask, PastPrompt, Silence, Trigger, Wording, decide
from service.pipeline.prompt import OVERRULES
from service.pipeline.situation import _once_each, today_of
from service.pipeline.steps import PLAN_LASTS
from service.words import Words
from tests.builders import a_judged, an_activity, the_rules
from tests.builders_week import PLAN_RULES, PROMPT_RULES, WORDS, ZONES, is_shut, some_never_hours

A_DAY = timedelta(days=1)
NEVER = datetime.max.replace(tzinfo=UTC)
SPOKEN = Words({"en": WORDS})
HEAVY = (RunKind.HARD, RunKind.LONG, RunKind.RACE)
LOOKS_A_DAY_MAX = 10  # without news; a day is decided a handful of times


# --- a life, from one moment at which something may be decided to the next ------------------------


@dataclass(frozen=True)
class News:
    """An activity that is heard of, or an entry in the calendar that is made."""

    at: datetime
    what: Judged | Race | Away


@dataclass(frozen=True)
class Answer:
    word: str | None  # "done", "mini", "not_today", "not_easy", or nothing at all
    after: timedelta


@dataclass(frozen=True)
class Moment:
    """All that was known when something was decided, and the decision."""

    now: datetime
    zone: ZoneInfo
    left: tuple[ZoneInfo, ...]  # where the runner was a day ago
    today: Day
    habits: Habits
    week: Week
    known: tuple[Judged, ...]
    races: tuple[Race, ...]
    away: tuple[Away, ...]
    done: tuple[DoneSession, ...]
    decision: Ask | Silence

    @property
    def on(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def hour(self) -> time:
        return self.now.astimezone(self.zone).time()

    def is_quiet(self, prefs: Preferences, at: datetime) -> bool:
        return any(is_shut(at, prefs, zone) for zone in (self.zone, *self.left))

    @property
    def ask(self) -> Ask:
        assert isinstance(self.decision, Ask)
        return self.decision


@dataclass
class Life:
    """``zones`` and ``jumps`` of the clock are in the order of time, by the clock as it shows then."""

    first: datetime
    days: int
    zones: Sequence[tuple[datetime, ZoneInfo]]
    prefs: Preferences
    news: Sequence[News]
    answers: Sequence[Answer]
    jumps: list[tuple[datetime, timedelta]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.moments: list[Moment] = []
        self.sent: list[Moment] = []  # those at which a prompt went out
        self.past: list[PastPrompt] = []  # the same as the decisions know them
        self.done: list[DoneSession] = []
        self.coming: list[tuple[datetime, int, Answer]] = []  # when the runner gives it, and to which prompt
        self.said_hard: set[int] = set()
        self.plan: tuple[PlannedSession, ...] = ()

    def live(self) -> "Life":
        now, unheard, heard = self.first, sorted(self.news, key=lambda each: each.at), []
        while now < self.first + timedelta(days=self.days):
            heard += [each for each in unheard if each.at <= now]
            unheard = [each for each in unheard if each.at > now]
            self._answer(now)
            again = self._decide(now, heard) or NEVER
            events = [*(each.at for each in unheard[:1]), *(at for at, _, _ in self.coming)]
            later = min(again, now + PLAN_LASTS, *events)
            assert later > now
            due = [jump for jump in self.jumps if jump[0] <= later]
            self.jumps = self.jumps[len(due) :]
            now = later + sum((jump for _, jump in due), timedelta())
        return self

    def _decide(self, now: datetime, heard: Sequence[News]) -> datetime | None:
        """Decide at ``now``; when to decide again."""
        moment = self._moment(now, [each.what for each in heard])
        self.moments.append(moment)
        if isinstance(moment.decision, Silence):
            if self.past and moment.decision.reason.rule in OVERRULES:
                self._take_back(now)
            return moment.decision.look_again_at
        if moment.ask.send_at > now:
            return moment.ask.send_at
        answer = self.answers[len(self.sent) % len(self.answers)]
        self.coming.append((min(now + answer.after, moment.ask.valid_until), len(self.sent), answer))
        self.sent.append(moment)
        self.past.append(PastPrompt(moment.ask.local_on, now, None))
        return moment.ask.valid_until

    def _take_back(self, now: datetime) -> None:
        if self.past[-1].answer is None and self.sent[-1].ask.valid_until > now:
            self.past[-1] = replace(self.past[-1], taken_back=True)

    def _answer(self, now: datetime) -> None:
        for _, number, answer in [each for each in self.coming if each[0] <= now]:
            prompt, ask = self.past[number], self.sent[number].ask
            if answer.word is None or prompt.taken_back:
                continue
            if answer.word == "not_easy":
                if ask.activity_id is None:
                    continue
                self.said_hard.add(ask.activity_id)
            mistaken = answer.word == "not_easy"
            self.past[number] = replace(prompt, answer=answer.word, taken_back=mistaken, mistaken=mistaken)
            if answer.word in ("done", "mini"):
                size = Size.MINI if answer.word == "mini" else ask.size
                at = min(prompt.sent_at + answer.after, ask.valid_until)
                self.done.append(DoneSession(at, ask.local_on, size))
        self.coming = [each for each in self.coming if each[0] > now]

    def _moment(self, now: datetime, heard: Sequence[Judged | Race | Away]) -> Moment:
        zone, left = self._zones(now)
        races = tuple(each for each in heard if isinstance(each, Race))
        away = tuple(each for each in heard if isinstance(each, Away))
        told = [each for each in heard if isinstance(each, Judged)]
        said = [a_judged(each.activity, RunKind.HARD) for each in told if self._is_said_hard(each)]
        known = _once_each([*(each for each in told if not self._is_said_hard(each)), *said])
        local, today = now.astimezone(zone).replace(tzinfo=None), today_of(now, zone, known)
        kinds = {each.activity.id: each.verdict.kind for each in known if each.verdict}
        usual = habits([each.activity for each in known], local, the_rules(), kinds=kinds)
        recent = [each for each in known if each.activity.local_on >= today - 16 * A_DAY]
        days = {on: day_of(on, recent, local, usual, the_rules()) for on in _until(today, 15)}
        starts_on = week_start(today, self.prefs.week_starts_on)
        week = plan_week(
            days=days,
            habits=usual,
            done=tuple(self.done),
            kept=[session for session in self.plan if session.on >= starts_on],
            today=today,
            now=now,
            zone=zone,
            prefs=self.prefs,
            rules=PLAN_RULES,
            races=races,
            away=away,
            not_on=[prompt.local_on for prompt in self.past if prompt.answer == "not_today"],
        )
        self.plan = week.planned
        decision = decide(
            today=days[today],
            yesterday=days[today - A_DAY],
            week=week,
            habits=usual,
            past=self.past,
            prefs=self.prefs,
            now=now,
            zone=zone,
            rules=PROMPT_RULES,
            also_quiet_in=left,
        )
        done = tuple(self.done)
        return Moment(now, zone, left, days[today], usual, week, known, races, away, done, decision)

    def _zones(self, now: datetime) -> tuple[ZoneInfo, tuple[ZoneInfo, ...]]:
        """Where the runner is, and the zones that were left less than a day ago."""
        been = [each for each in self.zones if each[0] <= now] or self.zones[:1]
        left = (before[1] for before, after in pairwise(been) if now - after[0] < A_DAY)
        return been[-1][1], tuple(left)

    def _is_said_hard(self, each: Judged) -> bool:
        return each.activity.id in self.said_hard


def _until(today: date, days: int) -> list[date]:
    return [today - n * A_DAY for n in range(days)]


# --- any life -------------------------------------------------------------------------------------

PARTS: list[tuple[str, int, RunKind | None]] = [
    ("Run", 45, RunKind.EASY),
    ("Run", 25, RunKind.EASY),
    ("TrailRun", 70, RunKind.EASY),
    ("Run", 50, RunKind.HARD),
    ("Run", 110, RunKind.LONG),
    ("Run", 60, RunKind.RACE),
    ("Run", 250, RunKind.RACE),
    ("VirtualRun", 40, RunKind.UNSURE),
    ("Run", 5, RunKind.TOO_SHORT),
    ("Walk", 30, None),
    ("Walk", 90, None),
    ("Ride", 60, None),
    ("Ride", 150, None),
    ("Swim", 40, None),
    ("Soccer", 90, None),
    ("WeightTraining", 15, None),
    ("WeightTraining", 50, None),
    ("Yoga", 40, None),
]
EASY = PARTS[:3]
# Minutes from the end of an activity until it is heard of; below zero it lies in the future then.
LAGS = [1, 1, 1, 4, 12, 35, 58, 75, 200, 11 * 60, 40 * 60, -20, -26 * 60]
PLACES = [
    *((zone.key, date(2030, 3, 31)) for zone in ZONES),
    ("Europe/Rome", date(2030, 10, 27)),
    ("Australia/Lord_Howe", date(2030, 4, 7)),  # half an hour back
    ("Australia/Lord_Howe", date(2030, 10, 6)),  # half an hour on
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that was skipped
    ("America/Santiago", date(2030, 9, 8)),  # midnight is skipped
    ("Africa/Cairo", date(2030, 10, 31)),  # midnight comes twice
    ("America/New_York", date(2028, 2, 29)),
    ("Asia/Kathmandu", date(2030, 12, 31)),
]
ZONE_NAMES = sorted(available_timezones())
ROUND = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
USUAL = (time(21), time(7, 30))
NONE_QUIET = (time(0), time(0))
A_MINUTE_LEFT = (time(7), time(6, 59))
QUIET = st.one_of(
    st.sampled_from([USUAL, USUAL, NONE_QUIET, NONE_QUIET, A_MINUTE_LEFT]), st.tuples(ROUND, ROUND)
)
NEVER_WEEKDAYS = st.one_of(
    st.sampled_from([(), (), (1,), (0, 5)]), st.lists(st.integers(0, 6), max_size=7).map(tuple)
)
WORDS_BACK = st.sampled_from(["done", "done", "mini", "not_today", "not_easy", None])
ANSWERS = st.builds(Answer, WORDS_BACK, st.sampled_from([1, 20, 80]).map(lambda n: timedelta(minutes=n)))


@st.composite
def lives(draw: st.DrawFn, places: Any = None, *, moving: bool = False) -> Life:
    """``moving``: through zones, and with a clock that jumps."""
    anywhere = st.tuples(st.sampled_from(ZONE_NAMES), st.dates(date(2029, 1, 1), date(2034, 12, 31)))
    name, on = draw(st.sampled_from(places) if places else anywhere)
    first_on = on - draw(st.integers(1, 8)) * A_DAY
    zone, days = ZoneInfo(name), 12
    first = day_start(first_on, zone)
    when = st.integers(0, days * 24 * 60).map(lambda minutes: first + timedelta(minutes=minutes))
    zones, jumps = [(first, zone)], []
    if moving:
        journeys = draw(st.lists(st.tuples(when, st.sampled_from(ZONE_NAMES)), max_size=3))
        zones += [(at, ZoneInfo(name)) for at, name in sorted(journeys)]
        hours = st.sampled_from([-25, -24, -1, 1, 24, 72]).map(lambda number: timedelta(hours=number))
        jumps = sorted(draw(st.lists(st.tuples(when, hours), max_size=3)))
    news = [*_history(draw, first_on, zone), *_entries(draw, first_on, first)]
    a_part = st.one_of(st.sampled_from(EASY), st.sampled_from(PARTS))
    minutes = st.one_of(st.integers(0, 24 * 60 - 1), st.sampled_from([22 * 60 + 30, 23 * 60 + 55]))
    a_start = minutes.map(lambda number: timedelta(minutes=number))
    recorded = st.lists(st.tuples(a_start, a_part, st.sampled_from(LAGS)), max_size=2)
    for day in range(days):
        for number, (start, part, lag) in enumerate(draw(recorded)):
            at = first + day * A_DAY + start
            where = next(zone for since, zone in reversed(zones) if since <= at)
            each = _recorded(2 * day + number, at.astimezone(where).replace(tzinfo=None), where, part)
            news.append(News(each.activity.end_at + timedelta(minutes=lag), each))
    prefs = _preferences(draw)
    return Life(first, days, zones, prefs, news, draw(st.lists(ANSWERS, min_size=1, max_size=5)), jumps)


def _recorded(number: int, start: datetime, zone: ZoneInfo, part: tuple[str, int, RunKind | None]) -> Judged:
    sport, minutes, kind = part
    activity = an_activity(sport, minutes=minutes, start=f"{start:%Y-%m-%d %H:%M}", zone=zone.key, id=number)
    return a_judged(activity, kind)


def _history(draw: st.DrawFn, first_on: date, zone: ZoneInfo) -> list[News]:
    """The same week up to ten times over, known at the beginning."""
    parts = st.one_of(st.none(), st.tuples(st.sampled_from(PARTS), ROUND))
    week, weeks = draw(st.lists(parts, min_size=7, max_size=7)), draw(st.sampled_from([0, 1, 4, 10]))
    news = []
    for ago in range(1, weeks * 7 + 1):
        on, part = first_on - ago * A_DAY, week[(first_on - ago * A_DAY).weekday()]
        if part is not None:
            each = _recorded(1000 + ago, datetime.combine(on, part[1]), zone, part[0])
            news.append(News(each.activity.end_at, each))
    return news


def _entries(draw: st.DrawFn, first_on: date, first: datetime) -> list[News]:
    """Races and times away, entered before the life begins or in its course."""
    soon = st.integers(-10, 18).map(lambda number: first_on + number * A_DAY)
    told = st.one_of(st.just(first), st.integers(0, 200).map(lambda hours: first + timedelta(hours=hours)))
    some_races = st.tuples(soon, st.sampled_from([None, *Distance]), told)
    some_pauses = st.tuples(soon, st.integers(0, 9), st.sampled_from(Why), told)
    number = st.sampled_from([0, 0, 1, 2])
    races = {each[0]: each for each in (draw(some_races) for _ in range(draw(number)))}.values()
    pauses = [draw(some_pauses) for _ in range(draw(number) // 2)]
    entered = [News(at, Race(on, distance)) for on, distance, at in races]
    return entered + [News(at, Away(on, on + days * A_DAY, why)) for on, days, why, at in pauses]


def _preferences(draw: st.DrawFn) -> Preferences:
    quiet_from, quiet_until = draw(QUIET)
    slots = [time(18, 30), time(11), time(7, 30), time(21, 30), time(0, 30)]
    return Preferences(
        target_per_week=draw(st.sampled_from([2, 2, 3])),
        week_starts_on=draw(st.sampled_from([0, 6])),
        weekday_slot=draw(st.sampled_from(slots)),
        weekend_slot=draw(st.sampled_from(slots)),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        never_weekdays=frozenset(draw(NEVER_WEEKDAYS)),
        never_hours=draw(st.one_of(st.just(()), st.just(()), some_never_hours(2))),
    )


# --- the promises ---------------------------------------------------------------------------------


def one_prompt_a_day_and_four_a_week(life: Life) -> None:
    """By the day it was for and by the day it went out. What the runner called a mistake does not count."""
    counted = [moment for moment, past in zip(life.sent, life.past, strict=True) if not past.mistaken]
    for days in ([moment.ask.local_on for moment in counted], [moment.on for moment in counted]):
        assert max(Counter(days).values(), default=0) <= 1, days
        weeks = Counter(week_start(on, life.prefs.week_starts_on) for on in days)
        assert max(weeks.values(), default=0) <= 4, weeks


def no_prompt_when_it_does_not_suit(life: Life) -> None:
    for moment in life.sent:
        ask = moment.ask
        assert not moment.is_quiet(life.prefs, moment.now)
        assert {moment.on.weekday(), ask.local_on.weekday()}.isdisjoint(life.prefs.never_weekdays)
        assert silent_on(moment.away, moment.today.on) is None
        assert silent_on(moment.away, moment.on) is None


def no_prompt_after_a_heavy_run_or_around_a_race(life: Life) -> None:
    for moment in life.sent:
        ran = [each for each in moment.known if each.activity.local_on == moment.ask.local_on]
        assert not [each for each in ran if each.verdict and each.verdict.kind in HEAVY]
        for race in moment.races:
            assert race.on not in (moment.on, moment.ask.local_on)
            ahead = day_start(race.on, moment.zone) - moment.now
            least = timedelta(hours=48 if moment.ask.size is Size.FULL else 24)
            assert ahead >= least or ahead <= timedelta(0)


def sessions_keep_their_distance(life: Life) -> None:
    for moment in life.sent:
        for session in moment.done:
            minis = moment.ask.size is session.size is Size.MINI
            assert abs(moment.now - session.at) >= timedelta(hours=20 if minis else 40)
            assert session.on != moment.ask.local_on
    for earlier, later in pairwise(sorted(life.done, key=lambda session: session.at)):
        minis = earlier.size is later.size is Size.MINI
        assert later.at - earlier.at >= timedelta(hours=20 if minis else 40)
    assert len({session.on for session in life.done}) == len(life.done)


def a_day_is_called_a_rest_day_at_the_hour_of_rest_and_not_before(life: Life) -> None:
    for moment in life.sent:
        if moment.ask.wording is Wording.CERTAIN and not moment.today.activity_ids:
            assert moment.ask.trigger in (Trigger.REST_DAY, Trigger.FALLBACK)
            assert moment.today.kind is DayKind.REST
            assert moment.hour >= moment.habits.rest_from


def what_follows_a_run_follows_it_within_the_hour(life: Life) -> None:
    for moment in life.sent:
        if moment.ask.activity_id is None:
            assert "prompt.after_run" not in {reason.rule for reason in moment.ask.reasons}
            continue
        (run,) = (each.activity for each in moment.known if each.activity.id == moment.ask.activity_id)
        assert run.is_run
        assert timedelta(minutes=10) <= moment.now - run.end_at <= timedelta(minutes=60)


def an_easy_run_heard_of_in_time_is_left_for_the_evening_only_where_it_must(life: Life) -> None:
    for moment in life.sent:
        finished_at = moment.today.finished_at
        if moment.ask.trigger is not Trigger.EASY_RUN or moment.ask.activity_id is not None:
            continue
        assert finished_at is not None
        for each in life.moments:
            same_run = each.today.deciding_id == moment.today.deciding_id
            in_time = timedelta(minutes=-10) <= each.now - finished_at <= timedelta(minutes=60)
            if same_run and in_time and isinstance(each.decision, Silence):
                at = max(each.now, finished_at + timedelta(minutes=10))
                shut = not may_train(at, Size.MINI, each.week.limits, each.zone, PLAN_RULES).open
                backed_off = each.decision.reason.rule in ("prompt.best_day_only", "prompt.ignored")
                assert shut or backed_off or each.is_quiet(life.prefs, at)


def a_week_asks_for_no_more_than_its_target_and_carries_nothing_over(life: Life) -> None:
    for moment in life.moments:
        week = moment.week
        assert week.target <= life.prefs.target_per_week
        assert sum(session.size.credit for session in week.planned) <= week.need
        assert all(week.starts_on <= session.original_on <= week.ends_on for session in week.planned)
        assert all(moment.today.on <= session.on <= week.ends_on for session in week.planned)
    for moment in life.sent:
        assert moment.week.need > 0


def every_decision_has_its_words_and_a_moment_to_look_again(life: Life) -> None:
    for moment in life.moments:
        decision = moment.decision
        if isinstance(decision, Ask):
            assert moment.now <= decision.send_at <= decision.send_by <= decision.valid_until
            assert all(SPOKEN.reason(reason) for reason in decision.reasons)
        else:
            assert SPOKEN.reason(decision.reason)
            assert decision.reason.rule.removeprefix("prompt.") in WORDS["silence"]["headline"]
            assert decision.look_again_at is None or decision.look_again_at > moment.now
            assert decision.next is None or decision.next.on >= moment.today.on


def nobody_is_decided_about_all_day_long(life: Life) -> None:
    looks = Counter((moment.now - life.first) // A_DAY for moment in life.moments)
    events = Counter((each.at - life.first) // A_DAY for each in life.news)
    assert all(looks[day] <= LOOKS_A_DAY_MAX + events[day] for day in looks), looks


PROMISES = (
    one_prompt_a_day_and_four_a_week,
    no_prompt_when_it_does_not_suit,
    no_prompt_after_a_heavy_run_or_around_a_race,
    sessions_keep_their_distance,
    a_day_is_called_a_rest_day_at_the_hour_of_rest_and_not_before,
    what_follows_a_run_follows_it_within_the_hour,
    an_easy_run_heard_of_in_time_is_left_for_the_evening_only_where_it_must,
    a_week_asks_for_no_more_than_its_target_and_carries_nothing_over,
    every_decision_has_its_words_and_a_moment_to_look_again,
    nobody_is_decided_about_all_day_long,
)

CALM = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@settings(CALM, max_examples=50)
@given(lives())
def test_in_any_zone_and_year_the_promises_are_kept(life: Life) -> None:
    keeps_its_promises(life)


@settings(CALM, max_examples=50)
@given(lives(PLACES))
def test_where_clocks_change_days_are_skipped_or_years_end_the_promises_are_kept(life: Life) -> None:
    keeps_its_promises(life)


@settings(CALM, max_examples=50)
@given(lives(PLACES, moving=True))
def test_on_journeys_and_with_a_clock_that_jumps_the_promises_are_kept(life: Life) -> None:
    keeps_its_promises(life)


def keeps_its_promises(life: Life) -> None:
    life.live()
    for promise in PROMISES:
        promise(life)
