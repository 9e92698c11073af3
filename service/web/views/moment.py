"""The next good moment, and the way there in at most three stops."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from service.domain.days import DayKind
from service.domain.prompting import NextMoment
from service.pipeline.situation import Situation
from service.web.views.wall import capital
from service.words import Words

LIKELY = 0.5  # a day to come is only named where its habit is at least this strong
QUARTER_MIN = 15
LAST_QUARTER = 24 * 60 // QUARTER_MIN - 1
STOP_BANDS = {
    DayKind.RUN_EASY: "easy",
    DayKind.LONG: "long",
    DayKind.RUN_HARD: "hard",
    DayKind.RACE: "hard",
}


@dataclass(frozen=True, slots=True)
class Stop:
    band: str  # easy | long | hard | rest | next
    day: str
    what: str


@dataclass(frozen=True, slots=True)
class Next:
    title: str  # Thu, after your easy run
    hint: str  # Usually around 08:00. We'll tell you.
    stops: tuple[Stop, ...]  # empty where the moment is today


def next_good(moment: NextMoment, known: Situation, words: Words) -> Next:
    after = moment.after
    if moment.on == known.today and known.days[known.today].kind is after:
        after = None  # what it was to follow has been: it is the hour that counts
    day = words("today.next.today") if moment.on == known.today else words("today.next.day", on=moment.on)
    kind = {DayKind.RUN_EASY: "run", DayKind.REST: "rest", DayKind.XT_EASY: "cross"}.get(
        after or DayKind.OPEN, "any"
    )
    title = capital(words(f"today.next.{kind}", day=day))
    hint = ""
    if moment.around is not None:
        hint = words(f"today.next.{'usually' if kind == 'run' else 'around'}", around=_rounded(moment.around))
    return Next(title, hint, _stops(moment, known, words) if moment.on > known.today else ())


def _stops(moment: NextMoment, known: Situation, words: Words) -> tuple[Stop, ...]:
    """Today, what lies between, and the next moment."""
    today = known.days[known.today].kind
    stops = [
        Stop(
            STOP_BANDS.get(today, "rest"), words("today.next.today"), words(f"today.next.kind.{today.value}")
        )
    ]
    between = (moment.on - known.today).days - 1
    if between == 1:
        stops.append(_between(known.today + timedelta(days=1), known, words))
    elif between > 1:
        first, last = known.today + timedelta(days=1), moment.on - timedelta(days=1)
        stops.append(Stop("rest", capital(words("today.next.days", first=first, last=last)), ""))
    after = words(f"today.next.kind.{'after_run' if moment.after is DayKind.RUN_EASY else 'session'}")
    stops.append(Stop("next", capital(words("today.next.day", on=moment.on)), after))
    return tuple(stops)


def _between(on: date, known: Situation, words: Words) -> Stop:
    chances = known.habits.kind_chances(on.weekday())
    kind, chance = max(chances.items(), key=lambda item: item[1], default=(DayKind.OPEN, 0.0))
    if chance < LIKELY or not known.judged:  # of a runner without runs, no habit is known
        kind = DayKind.OPEN
    usual = _usual(kind, words) if kind is not DayKind.OPEN else ""
    # an empty stop, whatever is usual: the day has not come yet
    return Stop("rest", capital(words("today.next.day", on=on)), usual)


def _usual(kind: DayKind, words: Words) -> str:
    return words("today.next.habit", what=words(f"today.next.kind.{kind.value}"))


def _rounded(around: time) -> time:
    """To the quarter hour: it is a habit, not an appointment."""
    quarters = min(round((around.hour * 60 + around.minute) / QUARTER_MIN), LAST_QUARTER)
    return time(*divmod(quarters * QUARTER_MIN, 60))
