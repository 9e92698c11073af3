"""Seeded synthetic runners: half a year of believable training, the same for the same seed.

Four runs a week (easy, easy, intervals or tempo, long), now and then a ride, a swim, a walk or strength,
one race, a cold week, some treadmill runs and entries typed by hand. The runner gets a little faster and
goes a little further.
"""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.body import Body, a_body, easy_distance_m, track_of
from integrations.strava.sandbox.recorded import GARMIN, Device, Recording, activity_of
from integrations.strava.sandbox.shapes import Json, default_name, utc_text
from integrations.strava.sandbox.training import DEMANDING, Plan, weeks_until

FIRST_ATHLETE_ID = 90_000_000
FIRST_NAMES = ("Anna", "Bruno", "Carla", "Dario", "Elisa", "Fabio", "Giulia", "Hanna", "Ivo", "Jana")
LAST_NAMES = ("Rossi", "Keller", "Novak", "Moreau", "Lindgren", "Costa", "Weber", "Silva")
WATCHES = (GARMIN, Device("Garmin Forerunner 965", power=True), Device("Garmin fēnix 7", power=True))
CLEAR_AFTER_HARD_H = 38  # nothing hard or long within these hours before the end of the history


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
    zone, body = ZoneInfo(timezone), a_body(rng)
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
    last_day = end.astimezone(zone).date() - timedelta(days=1 + quiet_days_before_end)
    for number, plans in enumerate(weeks_until(last_day, weeks, easy_weekday or 0, zone, rng)):
        for plan in plans:
            if plan.start.date() <= last_day:
                maker.make(plan, progress=number / max(1, weeks - 1), end=end)
    return athlete


class _Maker:
    """Runs the plans and keeps what the watch recorded."""

    def __init__(self, athlete: Athlete, body: Body, rng: random.Random, watch: Device) -> None:
        self.athlete, self.body, self.rng, self.watch = athlete, body, rng, watch
        self.last_id = 11_000_000_000 + (athlete.id % 400) * 10_000_000

    def make(self, plan: Plan, progress: float, end: datetime) -> None:
        self.last_id += self.rng.randrange(500, 9_000)
        known = self._made(plan, progress)
        ended = plan.start + timedelta(seconds=known["elapsed_time"])
        clear_h = CLEAR_AFTER_HARD_H if plan.kind in DEMANDING else 0
        if ended <= end - timedelta(hours=clear_h):
            self.athlete.keep(known)

    def _made(self, plan: Plan, progress: float) -> Json:
        if plan.kind == "strength":
            return self._strength(plan)
        if plan.kind == "swim":
            return self._swim(plan)
        if plan.kind == "typed":
            return self._typed_by_hand(plan, progress)
        track = track_of(plan.kind, self.body, progress, self.rng)
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
            threshold_mps=self.body.threshold_at(progress),
            weight_kg=self.body.weight_kg,
            workout_type=1 if plan.kind == "race" else None,
        )
        return activity_of(recording, self.athlete, self.last_id, self.rng)

    def _temperature(self, start: datetime) -> int:
        winter = abs(6.5 - (start.month - 0.5)) / 6
        return round(24 - 18 * winter + self.rng.gauss(0, 2.5))

    def _typed_by_hand(self, plan: Plan, progress: float) -> Json:
        """No watch: round figures, no heart rate."""
        distance_m = round(easy_distance_m(self.rng, progress) / 500) * 500.0
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
