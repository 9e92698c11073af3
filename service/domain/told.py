"""What a runner told us of themselves, in words or by corrections. It counts beside what their runs show."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HeartRateZones:
    """Upper bounds of the first four of five zones, ascending."""

    upper_bpm: tuple[float, float, float, float]
    custom: bool  # the runner set them; else the platform derived them from a highest heart rate


@dataclass(frozen=True, slots=True)
class Offsets:
    """How far the runner's corrections have moved their own limits; positive lets more count as easy."""

    heart_share: float = 0.0
    pace_share: float = 0.0
    split_share: float = 0.0


NO_OFFSETS = Offsets()


@dataclass(frozen=True, slots=True)
class Told:
    offsets: Offsets = field(default_factory=Offsets)
    zones: HeartRateZones | None = None
    heart_max_bpm: float | None = None  # the runner's own figure, which wins
    use_heart: bool = True  # False: medication or a sensor makes it meaningless for this runner
    use_pace: bool = True  # False: runs with a pram, a dog, a child


NOTHING_TOLD = Told()
