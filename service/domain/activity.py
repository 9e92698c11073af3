"""An activity as recorded, in the units of the record: metres, seconds, beats a minute."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

RUN_SPORTS = frozenset({"Run", "TrailRun", "VirtualRun"})
OUR_MARK = "afterrun-"  # begins the external id of whatever we write ourselves


@dataclass(frozen=True, slots=True)
class Split:
    """One kilometre or one lap. ``None`` means the recording does not say."""

    distance_m: float
    moving_time_s: int
    elapsed_time_s: int
    average_speed_mps: float
    elevation_difference_m: float | None = None
    grade_adjusted_speed_mps: float | None = None
    average_heartrate_bpm: float | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """One recorded activity. ``None`` means the recording does not say; zero is a measured zero."""

    id: int
    sport_type: str  # the platform's own word; unknown words are kept as they came
    start_at: datetime  # aware UTC
    start_local: datetime  # naive wall time where it happened
    distance_m: float
    moving_time_s: int
    elapsed_time_s: int
    name: str = ""
    timezone: str = ""  # IANA name, "" where unknown
    elevation_gain_m: float = 0.0
    average_speed_mps: float | None = None
    max_speed_mps: float | None = None
    average_heartrate_bpm: float | None = None
    max_heartrate_bpm: float | None = None
    average_cadence: float | None = None  # per leg
    suffer_score: float | None = None
    workout_type: int | None = None  # runs: 1 race, 2 long run, 3 workout
    perceived_exertion: float | None = None  # 1 to 10, as the runner rated it
    trainer: bool = False
    commute: bool = False
    manual: bool = False
    private: bool = False
    flagged: bool = False
    start_hidden: bool = False  # the platform hides the hour (shown as 00:00:01): only the day is known
    device_name: str = ""
    external_id: str = ""
    detailed: bool = False  # splits, laps and perceived exertion have been asked for
    splits: tuple[Split, ...] = ()
    laps: tuple[Split, ...] = ()

    def as_listed(self) -> "Activity":
        """Without what only a read of its own tells."""
        return replace(self, detailed=False, splits=(), laps=(), perceived_exertion=None)

    @property
    def is_run(self) -> bool:
        return self.sport_type in RUN_SPORTS

    @property
    def is_ours(self) -> bool:
        """Our own write come back: it must not make us plan anything."""
        return self.external_id.startswith(OUR_MARK)

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(seconds=max(self.elapsed_time_s, self.moving_time_s))

    @property
    def local_on(self) -> date:
        """The day it counts for: the local day of its start."""
        return self.start_local.date()


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that spoke. Its words live in config/messages under ``reason.<rule>``, filled with
    ``facts``.
    """

    rule: str  # key in config/rules.toml, e.g. "heart.level"
    points: float = 0.0  # positive speaks for easy; strongest first when shown
    facts: Mapping[str, float | str] | None = None
