"""Seeded synthetic runners: half a year of believable training, the same for the same seed.

Four runs a week (easy, easy, intervals or tempo, long), now and then a ride, a swim, a walk or strength,
one race, a cold week, some treadmill runs and entries typed by hand. The runner gets a little faster and
goes a little further.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.recorded import GARMIN, Device, Recording, activity_of
from integrations.strava.sandbox.shapes import Json, default_name, utc_text
from integrations.strava.sandbox.track import Stretch, Track, record

FIRST_ATHLETE_ID = 90_000_000
FIRST_NAMES = ("Anna", "Bruno", "Carla", "Dario", "Elisa", "Fabio", "Giulia", "Hanna", "Ivo", "Jana")
LAST_NAMES = ("Rossi", "Keller", "Novak", "Moreau", "Lindgren", "Costa", "Weber", "Silva")
WATCHES = (GARMIN, Device("Garmin Forerunner 965", power=True), Device("Garmin fēnix 7", power=True))
CLEAR_AFTER_HARD_H = 38  # nothing hard or long within these hours before the end of the history


@dataclass(frozen=True, slots=True)
class Body:
    """Constants of one runner. The heart follows effort, the share of threshold speed."""

    threshold_mps: float  # about the best hour
    max_bpm: int
    weight_kg: float
    climb_m_per_km: float

    def heart_at(self, effort: float) -> float:
        """Where the heart settles: 74 % of maximum at easy pace (.78), 92 % at threshold."""
        return self.max_bpm * min(0.985, 0.735 + 0.84 * (effort - 0.78))


@dataclass(frozen=True, slots=True)
class Plan:
    """One activity to be, by its local start."""

    kind: str
    start: datetime  # aware, local


def synthetic_runner(
    seed: int,
    weeks: int = 26,
    *,
    end: datetime,
    timezone: str = "Europe/Rome",
    quiet_days_before_end: int = 1,
    easy_weekday: int | None = None,
    subscriber: bool = True,
) -> Athlete:
    """Return a runner whose history ends before ``end`` (aware).

    On the local day of ``end`` and the ``quiet_days_before_end`` days before it there is nothing, and
    nothing hard or long within 38 hours. ``easy_weekday`` (0 is Monday) turns the week so that this weekday
    is one of the easy days, with the next hard day three days later; by default that is Monday, and
    Saturday has the long run.
    """
    rng = random.Random(f"runner {seed}")
    body = Body(
        rng.uniform(3.35, 3.95), rng.randrange(181, 196), round(rng.uniform(56, 78), 1), rng.uniform(4, 9)
    )
    athlete = Athlete(
        id=FIRST_ATHLETE_ID + seed,
        firstname=FIRST_NAMES[seed % len(FIRST_NAMES)],
        lastname=LAST_NAMES[seed % len(LAST_NAMES)],
        zone=timezone,
        max_heartrate_bpm=body.max_bpm,
        sex="F" if seed % 2 else "M",
        weight_kg=body.weight_kg,
        subscriber=subscriber,
    )
    maker = _Maker(athlete, body, rng, watch=WATCHES[seed % len(WATCHES)])
    last_day = end.astimezone(ZoneInfo(timezone)).date() - timedelta(days=1 + quiet_days_before_end)
    easy_day = 0 if easy_weekday is None else easy_weekday
    for number, plans in enumerate(_weeks(rng, weeks, last_day, easy_day, ZoneInfo(timezone))):
        for plan in plans:
            if plan.start.date() <= last_day:
                maker.make(plan, progress=number / max(1, weeks - 1), end=end)
    return athlete


def _weeks(
    rng: random.Random, weeks: int, last_day: date, easy_day: int, zone: ZoneInfo
) -> Iterator[list[Plan]]:
    """Weeks oldest first, each from its easy day on; the last one holds ``last_day``."""
    first_of_last = last_day - timedelta(days=(last_day.weekday() - easy_day) % 7)
    race_week, cold_week = weeks - 6, weeks // 3 if weeks >= 12 else None
    for number in range(weeks):
        first = first_of_last - timedelta(weeks=weeks - 1 - number)
        kinds = _kinds(rng, number, race_week, cold_week)
        yield [Plan(kind, _start(rng, kind, first + timedelta(days=day), zone)) for day, kind in kinds]


def _kinds(rng: random.Random, number: int, race_week: int, cold_week: int | None) -> list[tuple[int, str]]:
    """(day after the week's easy day, kind) pairs in the order of days."""
    if number == cold_week:
        return [(0, "easy")]
    first = "typed" if number % 8 == 3 else "easy"
    second = "treadmill" if number % 6 == 2 else "easy"
    week = [(0, first), (2, second), (3, "tempo" if number % 2 else "intervals"), (5, "long")]
    if number == race_week:
        week = [(0, "easy"), (2, "easy"), (5, "race")]
    elif number == race_week + 1:
        week = [(2, "easy"), (5, "long")]
    extras = ((1, "ride", 0.22), (1, "strength", 0.3), (4, "swim", 0.12), (4, "walk", 0.15), (6, "ride", 0.1))
    week += [(day, kind) for day, kind, chance in extras if rng.random() < chance]
    return sorted(week)


def _start(rng: random.Random, kind: str, day: date, zone: ZoneInfo) -> datetime:
    early = {"long": 8, "race": 9, "ride": 17, "swim": 12, "walk": 14, "strength": 19}
    hour = early.get(kind, 7 if rng.random() < 0.25 else 18)
    local = datetime.combine(day, time(hour, rng.randrange(0, 50), rng.randrange(60)))
    return local.replace(tzinfo=zone)


class _Maker:
    """Runs the plans and keeps what the watch recorded."""

    def __init__(self, athlete: Athlete, body: Body, rng: random.Random, watch: Device) -> None:
        self.athlete, self.body, self.rng, self.watch = athlete, body, rng, watch
        self.last_id = 11_000_000_000 + (athlete.id % 400) * 10_000_000

    def make(self, plan: Plan, progress: float, end: datetime) -> None:
        self.last_id += self.rng.randrange(500, 9_000)
        known = self._made(plan, progress)
        ended = plan.start + timedelta(seconds=known["elapsed_time"])
        demanding = plan.kind in ("intervals", "tempo", "long", "race")
        if ended <= end - timedelta(hours=CLEAR_AFTER_HARD_H if demanding else 0):
            self.athlete.keep(known)

    def _made(self, plan: Plan, progress: float) -> Json:
        if plan.kind == "strength":
            return self._strength(plan)
        if plan.kind == "swim":
            return self._swim(plan)
        if plan.kind == "typed":
            return self._typed_by_hand(plan, progress)
        track = self._track(plan.kind, progress)
        sport = {"ride": "Ride", "walk": "Walk"}.get(plan.kind, "Run")
        recording = Recording(
            name="City 10K" if plan.kind == "race" else default_name(sport, plan.start),
            sport_type=sport,
            start_at=plan.start,
            track=track,
            device=self.watch,
            indoor=plan.kind == "treadmill",
            laps="stretch" if plan.kind == "intervals" else "km",
            cadence={"ride": 74.0, "walk": 56.0}.get(plan.kind, 83.0) + self.rng.uniform(-2, 2),
            temperature_c=self._temperature(plan.start),
            threshold_mps=self.body.threshold_mps * (0.97 + 0.04 * progress),
            weight_kg=self.body.weight_kg,
            workout_type=1 if plan.kind == "race" else None,
        )
        return activity_of(recording, self.athlete, self.last_id, self.rng)

    def _track(self, kind: str, progress: float) -> Track:
        rng, body = self.rng, self.body
        form = 0.97 + 0.04 * progress + rng.gauss(0, 0.008)
        threshold = body.threshold_mps * form

        def stretch(distance_m: float, effort: float) -> Stretch:
            return Stretch(distance_m, effort * threshold, body.heart_at(effort) + rng.gauss(0, 1.5))

        climb = 0.0 if kind == "treadmill" else body.climb_m_per_km * rng.uniform(0.75, 1.25)
        if kind == "ride":
            parts = [Stretch(rng.uniform(18_000, 38_000), rng.uniform(6.0, 7.2), body.heart_at(0.68))]
            return record(parts, rng, climb_m_per_km=climb, speed_noise=0.15, pauses=rng.randrange(4))
        if kind == "walk":
            parts = [Stretch(rng.uniform(2500, 6000), rng.uniform(1.3, 1.6), body.max_bpm * 0.47)]
            return record(parts, rng, climb_m_per_km=climb, start_bpm=72)
        parts = {
            "easy": lambda: [stretch(_easy_distance(rng, progress), rng.gauss(0.785, 0.014))],
            "treadmill": lambda: [stretch(_easy_distance(rng, progress), 0.78)],
            "long": lambda: [
                stretch(11_500 + 6_500 * progress + rng.uniform(-900, 900), rng.gauss(0.79, 0.012))
            ],
            "tempo": lambda: [
                stretch(2000, 0.79),
                stretch(rng.choice((4000, 5000)), 0.965),
                stretch(1500, 0.78),
            ],
            "intervals": lambda: [stretch(2000, 0.79), *_repeats(rng, stretch), stretch(1400, 0.77)],
            "race": lambda: [stretch(3000, 1.03), stretch(5500, 1.0), stretch(1540, 1.06)],
        }[kind]()
        if kind in ("intervals", "race"):
            return record(
                parts,
                rng,
                climb_m_per_km=climb * 0.5,
                heart_noise_bpm=1.5,
                speed_noise=0.02,
                ceiling_bpm=body.max_bpm * 0.985,
            )
        return record(parts, rng, climb_m_per_km=climb, pauses=rng.randrange(3))

    def _temperature(self, start: datetime) -> int:
        winter = abs(6.5 - (start.month - 0.5)) / 6
        return round(24 - 18 * winter + self.rng.gauss(0, 2.5))

    def _typed_by_hand(self, plan: Plan, progress: float) -> Json:
        """No watch: round figures, no heart rate."""
        distance_m = round(_easy_distance(self.rng, progress) / 500) * 500.0
        time_s = round(distance_m / (0.78 * self.body.threshold_mps) / 60) * 60
        return self._untracked(plan, {"sport_type": "Run", "distance": distance_m, "elapsed_time": time_s,
                                      "manual": True})  # fmt: skip

    def _swim(self, plan: Plan) -> Json:
        distance_m, time_s = self.rng.randrange(40, 80) * 25.0, self.rng.randrange(2100, 3300)
        return self._untracked(plan, {"sport_type": "Swim", "distance": distance_m, "moving_time": time_s,
                                      "elapsed_time": time_s + 240, "trainer": True, "max_speed": 1.31,
                                      "total_elevation_gain": 0.0, "device_name": self.watch.name,
                                      **self._heart(0.62, 0.76)})  # fmt: skip

    def _strength(self, plan: Plan) -> Json:
        time_s = self.rng.randrange(1500, 3000)
        return self._untracked(plan, {"sport_type": "WeightTraining", "elapsed_time": time_s, "trainer": True,
                                      "max_speed": 0.0, "elev_high": 0.0, "elev_low": 0.0,
                                      "average_temp": self.rng.randrange(18, 24),
                                      "device_name": self.watch.name,
                                      **self._heart(0.52, 0.75)})  # fmt: skip

    def _heart(self, mean: float, peak: float) -> Json:
        mean_bpm = self.body.max_bpm * mean + self.rng.gauss(0, 4)
        found: Json = {
            "average_heartrate": round(mean_bpm, 1),
            "max_heartrate": float(round(self.body.max_bpm * peak + self.rng.gauss(0, 4))),
        }
        if self.athlete.subscriber:
            found["suffer_score"] = float(self.rng.randrange(6, 24))
        return found

    def _untracked(self, plan: Plan, known: Json) -> Json:
        known |= {"name": default_name(known["sport_type"], plan.start), "start_date": utc_text(plan.start)}
        return self.athlete.completed(known, self.last_id, seed=self.rng.getrandbits(40))


def _easy_distance(rng: random.Random, progress: float) -> float:
    """One of the usual rounds, longer ones later in the season."""
    rounds = (6200.0, 7400.0, 8100.0, 9300.0)
    weights = (4 - 2 * progress, 4, 2 + 2 * progress, 3 * progress)
    return rng.choices(rounds, weights)[0] * rng.gauss(1, 0.005)


def _repeats(rng: random.Random, stretch: Callable[[float, float], Stretch]) -> list[Stretch]:
    count, length_m, jog_m = rng.choice(((8, 400, 200), (6, 800, 300), (5, 1000, 400)))
    effort = {400: 1.12, 800: 1.08, 1000: 1.06}[length_m]
    return [part for _ in range(count) for part in (stretch(length_m, effort), stretch(jog_m, 0.62))]
