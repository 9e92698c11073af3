"""How a synthetic runner's body answers to what is planned: paces, heart rates, distances."""

import random
from dataclasses import dataclass

from integrations.strava.sandbox.track import Stretch, Track, record

ROUNDS_M = (6200.0, 7400.0, 8100.0, 9300.0)  # the usual ones
REPEATS = (
    (8, 400, 200, 1.12),
    (6, 800, 300, 1.08),
    (5, 1000, 400, 1.06),
)  # count, metres, jog metres, effort
JOG_EFFORT = 0.62


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

    def threshold_at(self, progress: float) -> float:
        """The season makes 4 % faster; ``progress`` goes from 0 to 1."""
        return self.threshold_mps * (0.97 + 0.04 * progress)


def a_body(rng: random.Random) -> Body:
    return Body(
        threshold_mps=rng.uniform(3.35, 3.95),
        max_bpm=rng.randrange(181, 196),
        weight_kg=round(rng.uniform(56, 78), 1),
        climb_m_per_km=rng.uniform(4, 9),
    )


def easy_distance_m(rng: random.Random, progress: float) -> float:
    """One of the usual rounds, longer ones later in the season."""
    weights = (4 - 2 * progress, 4, 2 + 2 * progress, 3 * progress)
    return rng.choices(ROUNDS_M, weights)[0] * rng.gauss(1, 0.005)


def track_of(kind: str, body: Body, progress: float, rng: random.Random) -> Track:
    """Run, ride or walk what is planned; see `training.Plan` for the kinds."""
    climb = body.climb_m_per_km * rng.uniform(0.75, 1.25)
    if kind == "ride":
        parts = [Stretch(rng.uniform(18_000, 38_000), rng.uniform(6.0, 7.2), body.heart_at(0.68))]
        return record(parts, rng, climb_m_per_km=climb, speed_noise=0.15, pauses=rng.randrange(4))
    if kind == "walk":
        parts = [Stretch(rng.uniform(2500, 6000), rng.uniform(1.3, 1.6), body.max_bpm * 0.47)]
        return record(parts, rng, climb_m_per_km=climb, start_bpm=72)
    form = body.threshold_at(progress) * (1 + rng.gauss(0, 0.008))
    parts = [
        Stretch(distance_m, effort * form, body.heart_at(effort) + rng.gauss(0, 1.5))
        for distance_m, effort in _efforts(kind, progress, rng)
    ]
    ceiling_bpm = body.max_bpm * 0.985
    if kind in ("intervals", "race"):
        return record(parts, rng, climb_m_per_km=climb * 0.5, heart_noise_bpm=1.5, speed_noise=0.02,
                      ceiling_bpm=ceiling_bpm)  # fmt: skip
    flat = kind == "treadmill"
    return record(parts, rng, climb_m_per_km=0 if flat else climb, pauses=0 if flat else rng.randrange(3),
                  ceiling_bpm=ceiling_bpm)  # fmt: skip


def _efforts(kind: str, progress: float, rng: random.Random) -> list[tuple[float, float]]:
    """(metres, effort) of each part of a run."""
    if kind == "long":
        return [(11_500 + 6_500 * progress + rng.uniform(-900, 900), rng.gauss(0.79, 0.012))]
    if kind == "tempo":
        return [(2000, 0.79), (rng.choice((4000, 5000)), 0.965), (1500, 0.78)]
    if kind == "race":
        return [(3000, 1.03), (5500, 1.0), (1540, 1.06)]
    if kind == "intervals":
        count, length_m, jog_m, effort = rng.choice(REPEATS)
        return [(2000, 0.79), *[(length_m, effort), (jog_m, JOG_EFFORT)] * count, (1400, 0.77)]
    return [(easy_distance_m(rng, progress), rng.gauss(0.785, 0.014))]
