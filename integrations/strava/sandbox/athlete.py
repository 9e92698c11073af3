"""An athlete of the sandbox and what Strava says about one."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.strava.sandbox.shapes import Json, complete, start_of, utc_text

# Upper bounds of Strava's default heart rate zones 1 to 4, as shares of the maximum.
ZONE_BOUNDS = (0.65, 0.81, 0.89, 0.97)


@dataclass(slots=True)
class Athlete:
    """Activities are kept as whole details by id and never changed in place: an edit puts a new one there."""

    id: int
    firstname: str = "Sam"
    lastname: str = "Sandbox"
    zone: str = "Europe/Rome"  # IANA name
    max_heartrate_bpm: int = 190
    sex: str = "F"
    weight_kg: float = 64.0
    subscriber: bool = True  # only subscribers get suffer_score
    joined_at: datetime = datetime(2019, 3, 2, 9, 30, tzinfo=UTC)
    activities: dict[int, Json] = field(default_factory=dict)
    _newest_first: list[Json] | None = None

    @property
    def name(self) -> str:
        return f"{self.firstname} {self.lastname}"

    def completed(self, known: Mapping[str, Any], activity_id: int, seed: int = 0) -> Json:
        """The whole detail of an activity of which some fields are known; it is not kept yet."""
        return complete(known, activity_id=activity_id, athlete_id=self.id, zone=self.zone, seed=seed)

    def keep(self, activity: Json) -> None:
        self.activities[activity["id"]] = activity
        self._newest_first = None

    def drop(self, activity_id: int) -> None:
        del self.activities[activity_id]
        self._newest_first = None

    def newest_first(self) -> list[Json]:
        """All activities by start time, Only You ones included. Not to be changed by the caller."""
        if self._newest_first is None:
            self._newest_first = sorted(self.activities.values(), key=_by_start, reverse=True)
        return self._newest_first

    def summary(self) -> Json:
        """SummaryAthlete, as in the token answer."""
        return {
            "id": self.id, "username": f"sandbox_{self.id}", "resource_state": 2,
            "firstname": self.firstname, "lastname": self.lastname, "city": "", "state": "", "country": "",
            "sex": self.sex, "premium": self.subscriber, "summit": self.subscriber,
            "created_at": utc_text(self.joined_at), "updated_at": utc_text(self.joined_at),
            "badge_type_id": int(self.subscriber), "profile_medium": "", "profile": "", "friend": None,
            "follower": None,
        }  # fmt: skip

    def detail(self) -> Json:
        """DetailedAthlete; needs profile:read_all."""
        return self.summary() | {
            "resource_state": 3, "bio": None, "weight": self.weight_kg, "blocked": False, "can_follow": True,
            "follower_count": 0, "friend_count": 0, "mutual_friend_count": 0, "athlete_type": 1,
            "date_preference": "%d/%m/%Y", "measurement_preference": "meters", "clubs": [],
            "postable_clubs_count": 0, "ftp": None, "bikes": [], "shoes": [],
        }  # fmt: skip

    def zones(self) -> Json:
        """Heart rate zones; no power key where no power zones are set. The last upper bound is -1."""
        bounds = [0, *(round(share * self.max_heartrate_bpm) for share in ZONE_BOUNDS), -1]
        ranges = [{"min": low, "max": high} for low, high in itertools.pairwise(bounds)]
        return {"heart_rate": {"custom_zones": False, "zones": ranges}}


def _by_start(activity: Json) -> tuple[datetime, int]:
    return start_of(activity), int(activity["id"])
