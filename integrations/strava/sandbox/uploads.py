"""Uploads of strength sessions in Strava's JSON format, processed a little later as at Strava.

Source: Strava API, Uploads, "JSON - Strength Training" (since May 2026).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.strava.sandbox.errors import bad_request
from integrations.strava.sandbox.shapes import Json, parsed_utc, utc_text
from integrations.strava.sandbox.world import World

PROCESSING_S = 1.5
DATA_TYPES = frozenset({"json", "fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"})
STRENGTH_UPLOADS = frozenset({"WeightTraining", "HighIntensityIntervalTraining", "Workout", "Crossfit"})
FIRST_UPLOAD_ID = 20_000_000_000


@dataclass(slots=True)
class Upload:
    id: int
    athlete_id: int
    external_id: str | None
    known: Json | None  # the activity to be; None if the file cannot be read
    error: str | None
    ready_at: datetime
    world: World
    activity_id: int | None = None
    settled: bool = False
    _claimed: bool = False  # somebody is making the activity

    def settle(self) -> None:
        """Make the activity once processing time is over. Harmless to repeat."""
        with self.world.lock:
            if self._claimed or self.world.clock() < self.ready_at:
                return
            self._claimed = True
            twin = _twin(self.world, self.athlete_id, self.external_id)
            if twin is not None:  # it may have come in while the first was still being processed
                self.known, self.error = None, f"{self.external_id} duplicate of activity {twin}"
        if self.known is not None:
            self.activity_id = self.world.add_activity(self.athlete_id, self.known)["id"]
        self.settled = True

    def as_json(self) -> Json:
        error, status = None, "Your activity is still being processed."
        if self.settled:
            error = self.error
            status = "There was an error processing your activity." if error else "Your activity is ready."
        return {"id": self.id, "id_str": str(self.id), "external_id": self.external_id, "error": error,
                "status": status, "activity_id": self.activity_id}  # fmt: skip


def receive(world: World, athlete_id: int, form: Mapping[str, Any], content: bytes | None) -> Upload:
    """Take a file in. Raises StravaError for a wrong form; errors of the file show when it is processed."""
    if form.get("data_type") not in DATA_TYPES:
        raise bad_request("Upload", "data_type", "invalid" if form.get("data_type") else "missing")
    if content is None:
        raise bad_request("Upload", "file", "missing")
    external_id = str(form["external_id"]) if form.get("external_id") else None
    known, error = None, None
    try:
        known = _strength_activity(form, content)
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        error = f"The file is malformed: {problem}"
    with world.lock:
        upload_id = FIRST_UPLOAD_ID + len(world.uploads) + 1
        if known is not None:
            known |= {"upload_id": upload_id, "external_id": external_id or f"{upload_id}.json"}
        ready_at = world.clock() + timedelta(seconds=PROCESSING_S)
        upload = Upload(upload_id, athlete_id, external_id, known, error, ready_at, world)
        world.uploads[upload_id] = upload
    world.agenda.add(upload.settle, at=ready_at)
    return upload


def _twin(world: World, athlete_id: int, external_id: str | None) -> int | None:
    """The id of an activity that came from a file of the same name."""
    if external_id is None:
        return None
    for activity in world.athlete(athlete_id).activities.values():
        if activity["external_id"] == external_id:
            return int(activity["id"])
    return None


def _strength_activity(form: Mapping[str, Any], content: bytes) -> Json:
    """Read the file. Raises KeyError, TypeError or ValueError with what is wrong."""
    if form["data_type"] != "json":
        raise ValueError("the sandbox reads data_type json only")
    sport = str(form.get("sport_type") or "WeightTraining")
    if sport not in STRENGTH_UPLOADS:
        raise ValueError(f"sport_type {sport} takes no strength file")
    file = json.loads(content)
    if file["version"] != "1.0":
        raise ValueError("version must be 1.0")
    start_at = parsed_utc(file["start_time"])
    elapsed_s, sets = int(file["elapsed_time"]), file["sets"]
    if not math.isfinite(float(file["utc_offset"])) or elapsed_s <= 0 or not sets:
        raise ValueError("utc_offset, a positive elapsed_time and at least one set are needed")
    for one in sets:
        if not one["exercise_type"] or ("repetitions" not in one and "duration" not in one):
            raise ValueError("a set needs exercise_type and repetitions or duration")
    known: Json = {
        "name": form.get("name") or "Weight Training",
        "description": form.get("description"),
        "sport_type": sport,
        "start_date": utc_text(start_at),
        "elapsed_time": elapsed_s,
        "moving_time": int(file.get("active_time") or elapsed_s),
        "trainer": True,
        "device_name": (file.get("creator") or {}).get("name", "Strava API"),
    }
    return known | _heart(file.get("streams") or {})


def _heart(streams: Mapping[str, Any]) -> Json:
    beats = streams.get("heartrate")
    if not beats:
        return {}
    if len(beats) != len(streams["time"]):
        raise ValueError("streams must be equally long")
    return {"average_heartrate": round(sum(beats) / len(beats), 1), "max_heartrate": float(max(beats))}
