"""Names of Strava's fields and sports, in its own order. Source: recorded answers of 2025 and 2026."""

LIST_FIELDS = (
    "resource_state", "athlete", "name", "distance", "moving_time", "elapsed_time", "total_elevation_gain",
    "type", "sport_type", "workout_type", "device_name", "id", "start_date", "start_date_local", "timezone",
    "utc_offset", "location_city", "location_state", "location_country", "achievement_count", "kudos_count",
    "comment_count", "athlete_count", "photo_count", "map", "trainer", "commute", "manual", "private",
    "visibility", "flagged", "gear_id", "start_latlng", "end_latlng", "average_speed", "max_speed",
    "average_cadence", "average_temp", "average_watts", "max_watts", "weighted_average_watts",
    "device_watts", "kilojoules", "has_heartrate", "average_heartrate", "max_heartrate",
    "heartrate_opt_out", "display_hide_heartrate_option", "elev_high", "elev_low", "upload_id",
    "upload_id_str", "external_id", "from_accepted_tag", "pr_count", "total_photo_count", "has_kudoed",
    "suffer_score",
)  # fmt: skip
DETAIL_FIELDS = (
    "description", "calories", "perceived_exertion", "prefer_perceived_exertion", "segment_efforts",
    "splits_metric", "splits_standard", "laps", "best_efforts", "gear", "photos", "stats_visibility",
    "hide_from_home", "embed_token", "similar_activities", "available_zones", "private_note",
)  # fmt: skip
FLOAT_FIELDS = (
    "distance", "utc_offset", "average_speed", "max_speed", "total_elevation_gain", "average_cadence",
    "average_watts", "kilojoules", "average_heartrate", "max_heartrate", "elev_high", "elev_low",
    "suffer_score", "calories",
)  # fmt: skip
NUMBER_FIELDS = (*FLOAT_FIELDS, "moving_time", "elapsed_time", "perceived_exertion")
HEART_FIELDS = ("average_heartrate", "max_heartrate", "suffer_score")

RUNS = frozenset({"Run", "TrailRun", "VirtualRun"})
RIDES = frozenset({"Ride", "VirtualRide", "GravelRide", "MountainBikeRide", "EBikeRide", "EMountainBikeRide"})
STRENGTH = frozenset({
    "WeightTraining", "Workout", "Crossfit", "HighIntensityIntervalTraining", "PhysicalTherapy", "Pilates",
    "Yoga",
})  # fmt: skip
# Only these carry workout_type at all; for the others the key is absent.
WITH_WORKOUT_TYPE = RUNS | RIDES | {"WeightTraining"}
# The older `type` knows fewer values than `sport_type`.
LEGACY_TYPE = {
    "TrailRun": "Run", "GravelRide": "Ride", "MountainBikeRide": "Ride", "EMountainBikeRide": "EBikeRide",
    "HighIntensityIntervalTraining": "Workout", "Pilates": "Workout", "PhysicalTherapy": "Workout",
    "Badminton": "Workout", "Basketball": "Workout", "Cricket": "Workout", "Dance": "Workout",
    "Padel": "Workout", "Pickleball": "Workout", "Racquetball": "Workout", "Squash": "Workout",
    "TableTennis": "Workout", "Tennis": "Workout", "Volleyball": "Workout", "VirtualRow": "Rowing",
}  # fmt: skip
SPORT_TYPES = frozenset({
    "AlpineSki", "BackcountrySki", "Badminton", "Basketball", "Canoeing", "Cricket", "Crossfit", "Dance",
    "EBikeRide", "Elliptical", "EMountainBikeRide", "Golf", "GravelRide", "Handcycle",
    "HighIntensityIntervalTraining", "Hike", "IceSkate", "InlineSkate", "Kayaking", "Kitesurf",
    "MountainBikeRide", "NordicSki", "Padel", "PhysicalTherapy", "Pickleball", "Pilates", "Racquetball",
    "Ride", "RockClimbing", "RollerSki", "Rowing", "Run", "Sail", "Skateboard", "Snowboard", "Snowshoe",
    "Soccer", "Squash", "StairStepper", "StandUpPaddling", "Surfing", "Swim", "TableTennis", "Tennis",
    "TrailRun", "Velomobile", "VirtualRide", "VirtualRow", "VirtualRun", "Volleyball", "Walk",
    "WeightTraining", "Wheelchair", "Windsurf", "Workout", "Yoga",
})  # fmt: skip
