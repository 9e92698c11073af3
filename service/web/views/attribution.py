"""Where the figures come from, as Strava and Garmin ask for it.

Strava brand guidelines: "View on Strava" links to the source. Garmin API brand guidelines: the device is
named beside what it recorded, and views built from such recordings say so.
"""

from dataclasses import dataclass

from service.domain.activity import Activity
from service.pipeline.situation import Situation

ALL_ACTIVITIES = "/athlete/training"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where the figures come from. ``device`` is named wherever the recording names it."""

    path: str  # on Strava's site
    device: str
    derived_from_garmin: bool


def device(activity: Activity) -> str:
    """As the recording names it; an upload from Garmin's service without a device is still named Garmin."""
    if activity.device_name:
        return activity.device_name
    return "Garmin" if is_garmin(activity) else ""


def is_garmin(activity: Activity) -> bool:
    return activity.device_name.startswith("Garmin") or activity.external_id.startswith("garmin_")


def attribution(known: Situation) -> Attribution | None:
    """The deciding activity with its device, else all that the strip is built from. None where nothing is."""
    week = [item.activity for item in known.judged if item.activity.local_on >= known.week_on]
    deciding_id = known.days[known.today].deciding_id
    activity = next((activity for activity in week if activity.id == deciding_id), None)
    if activity is not None:
        others = any(is_garmin(other) for other in week if other is not activity)
        return Attribution(activity_path(activity.id), device(activity), others and not is_garmin(activity))
    return attribution_of_all(known)  # usual days come from older ones


def attribution_of_all(known: Situation) -> Attribution | None:
    """Of what is built from the whole history."""
    if not known.judged:
        return None
    return Attribution(ALL_ACTIVITIES, "", any(is_garmin(item.activity) for item in known.judged))


def activity_path(activity_id: int) -> str:
    return f"/activities/{activity_id}"
