"""A session as Strava's JSON strength upload, and what the answers to one say. Pure.

Source: https://developers.strava.com/docs/uploads/, "JSON - Strength Training" (since May 2026).
"""

import json
import re
from datetime import timedelta, timezone
from io import BytesIO
from typing import IO, Any

from integrations.strava import parse
from service.ports import SourceDown, SourceRefused, StrengthSet, StrengthUpload, Uploaded, UploadState

SPORT_TYPE = "WeightTraining"  # PhysicalTherapy takes no such file
VERSION = "1.0"
CREATOR = "Afterrun"

# Strava's words for the moves, by level from the first.
EXERCISE_TYPES = {
    "single_leg_squat": ("ASSISTED_PISTOL_SQUATS", "ASSISTED_PISTOL_SQUATS", "PISTOL_SQUAT", "PISTOL_SQUAT"),
    "glute_bridge": ("GLUTE_BRIDGE", "GLUTE_BRIDGE", "SINGLE_LEG_GLUTE_BRIDGE", "SINGLE_LEG_GLUTE_BRIDGE"),
    "seated_squeeze": ("HIP_STABILITY_GENERIC",),
    "clamshell": ("CLAMS", "BANDED_CLAMS", "BANDED_CLAMS", "SIDE_LYING_LEG_RAISE"),
    "standing_clam": ("STANDING_HIP_ABDUCTION", "STANDING_HIP_ABDUCTION"),
    "step_down": ("STEP_DOWN", "STEP_DOWN", "STEP_DOWN", "STEP_DOWN"),
}
# "a.json duplicate of activity 12", or "a.json duplicate of <a href='/activities/12' ...>a title</a>"
DUPLICATE = re.compile(r"duplicate of (?:activity |<a href=['\"][^'\"]*/activities/)(\d+)")


def form(session: StrengthUpload) -> dict[str, Any]:
    return {
        "data_type": "json",
        "sport_type": SPORT_TYPE,
        "external_id": session.external_id,
        "name": session.name,
        "description": session.description,
    }


def file(session: StrengthUpload) -> IO[bytes]:
    """Raises SourceRefused for a move that has no word of Strava's."""
    zone = timezone(timedelta(seconds=session.utc_offset_s))
    return BytesIO(
        json.dumps(
            {
                "version": VERSION,
                "start_time": session.start_at.astimezone(zone).isoformat(timespec="seconds"),
                "utc_offset": session.utc_offset_s,
                "elapsed_time": session.elapsed_s,
                "creator": {"name": CREATOR},
                "sets": [
                    {"exercise_type": _exercise_type(one), "repetitions": one.reps} for one in session.sets
                ],
            }
        ).encode()
    )


def upload_id(raw: Any) -> int:
    try:
        return parse.activity_id(raw)
    except (parse.ParseError, AttributeError):
        raise SourceDown("Strava's answer holds no upload id") from None


def uploaded(raw: Any) -> Uploaded:
    """An activity id or an error ends the processing; with neither it goes on."""
    if not isinstance(raw, dict):
        raise SourceDown("Strava's answer is no upload")
    error = raw.get("error")
    if error:
        twin = DUPLICATE.search(str(error))
        return Uploaded(UploadState.DUPLICATE, int(twin[1])) if twin else Uploaded(UploadState.REFUSED)
    if raw.get("activity_id") is None:
        return Uploaded(UploadState.WORKING)
    try:
        return Uploaded(UploadState.DONE, parse.activity_id({"id": raw["activity_id"]}))
    except parse.ParseError:
        raise SourceDown("Strava's answer holds no usable activity id") from None


def _exercise_type(one: StrengthSet) -> str:
    levels = EXERCISE_TYPES.get(one.exercise, ())
    if not 1 <= one.level <= len(levels):
        raise SourceRefused(f"Strava has no word for {one.exercise} at level {one.level}")
    return levels[one.level - 1]
