"""Four runners, day after day ten events each, and a Strava that knows them all."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from service.domain.activity import Activity
from service.ports import (
    Clock,
    Connected,
    HookEvent,
    Lane,
    NotFound,
    Page,
    SourceDown,
    Tokens,
    Unauthorized,
)
from tests.builders import a_ride, a_run, steady_history

MONDAY = date(2030, 5, 6)
MOST_DAYS = 5  # so that all rows are younger than their own end and can be looked at afterwards
RUNNERS = (9001, 9002, 9003, 9004)
ROME = ZoneInfo("Europe/Rome")
FAILS_EACH = 41  # so many calls, and Strava is down for one


@dataclass(frozen=True, slots=True)
class Step:
    """One event, and what Strava has to say about its activity from then on: None, it is gone."""

    event: HookEvent
    then: Activity | None

    @property
    def at(self) -> datetime:
        return self.event.event_at


def before(runner: int) -> tuple[Activity, ...]:
    return tuple(_own(runner, each) for each in steady_history(weeks=3, before=MONDAY.isoformat()))


def _own(runner: int, activity: Activity) -> Activity:
    """An activity's number is given once, not once a runner."""
    return replace(activity, id=activity.id * 10_000 + runner)


def steps(days: int) -> list[Step]:
    """All of them, as they arrive."""
    dates = [MONDAY + timedelta(days=n) for n in range(days)]
    return sorted((step for on in dates for runner in RUNNERS for step in _day(runner, on)), key=_order)


def _order(step: Step) -> tuple[datetime, int]:
    return step.at, step.event.owner_id


def _day(runner: int, day: date) -> Iterator[Step]:
    """An easy run with two edits and a doubled event; a ride whose creation is told again after its end; hard
    laps that are hidden, and on every other day deleted.
    """
    run = _own(runner, a_run(km=7.2, minutes=44, hr=134, max_hr=148, start=f"{day} 07:00"))
    yield _step(runner, "create", run, f"{day} 07:50", run)
    yield _step(runner, "create", run, f"{day} 07:50", run)
    yield _step(runner, "update", run, f"{day} 07:55", replace(run, name="Round the lake"))
    yield _step(runner, "update", run, f"{day} 08:05", replace(run, name="Round the lake, slowly"))
    ride = _own(runner, a_ride(start=f"{day} 11:00"))
    yield _step(runner, "create", ride, f"{day} 12:05", ride)
    yield _step(runner, "delete", ride, f"{day} 12:10", None)
    yield _step(runner, "create", ride, f"{day} 12:20", None)
    laps = _own(runner, a_run(km=10.0, minutes=46, hr=168, max_hr=184, start=f"{day} 16:00"))
    yield _step(runner, "create", laps, f"{day} 17:00", laps)
    yield _step(runner, "update", laps, f"{day} 17:05", replace(laps, private=True))
    if day.day % 2:
        yield _step(runner, "delete", laps, f"{day} 20:00", None)
    else:
        yield _step(runner, "update", laps, f"{day} 20:00", replace(laps, name="8 x 400"))


def _step(runner: int, aspect: str, activity: Activity, wall: str, then: Activity | None) -> Step:
    at = datetime.fromisoformat(wall).replace(tzinfo=ROME).astimezone(UTC)
    updates = {"title": then.name} if aspect == "update" and then else {}
    event = HookEvent("activity", aspect, activity.id, runner, 77, at, updates)  # type: ignore[arg-type]
    return Step(event, then)


def in_the_end(runner: int, days: int) -> dict[int, Activity]:
    history = {activity.id: activity for activity in before(runner)}
    for step in steps(days):
        if step.event.owner_id == runner:
            _apply(history, step)
    return history


def _apply(history: dict[int, Activity], step: Step) -> None:
    if step.then is None:
        history.pop(step.event.object_id, None)
    else:
        history[step.event.object_id] = step.then


@dataclass
class Town:
    """An ActivitySource for all runners; a token names its runner. Tokens end, and one call in many fails."""

    clock: Clock
    histories: dict[int, dict[int, Activity]] = field(
        default_factory=lambda: {runner: {each.id: each for each in before(runner)} for runner in RUNNERS}
    )
    calls: int = 0

    def happen(self, step: Step) -> None:
        _apply(self.histories[step.event.owner_id], step)

    def tokens(self, runner: int) -> Tokens:
        return Tokens(f"access {runner}", f"refresh {runner}", self.clock() + timedelta(hours=6))

    def authorize_url(self, *, redirect_uri: str, state: str, scopes: tuple[str, ...]) -> str:
        raise NotImplementedError

    def exchange(self, code: str) -> Connected:
        raise NotImplementedError

    def refresh(self, refresh_token: str) -> Tokens:
        return self.tokens(_runner(refresh_token, "refresh"))

    def revoke(self, tokens: Tokens) -> None:
        raise NotImplementedError

    def athlete_id(self, access_token: str, lane: Lane) -> int:
        return self._called_by(access_token)

    def activity(self, access_token: str, activity_id: int, lane: Lane, *, owner_id: int) -> Activity:
        history = self.histories[self._called_by(access_token)]
        if activity_id not in history:
            raise NotFound(f"activity {activity_id} is not there")
        return replace(history[activity_id], detailed=True)

    def activities(
        self, access_token: str, lane: Lane, *, after: datetime, before: datetime | None = None, page: int = 1
    ) -> Page:
        history = self.histories[self._called_by(access_token)]
        found = sorted(
            (each for each in history.values() if each.start_at > after), key=lambda each: each.start_at
        )
        shown = tuple(found[(page - 1) * 200 : page * 200])
        return Page(shown, (), len(shown))

    def _called_by(self, access_token: str) -> int:
        self.calls += 1
        if self.calls % FAILS_EACH == 0:
            raise SourceDown("Strava answered 503")
        return _runner(access_token, "access")


def _runner(token: str, kind: str) -> int:
    if not token.startswith(f"{kind} "):
        raise Unauthorized("the token is not valid")
    return int(token.removeprefix(f"{kind} "))
