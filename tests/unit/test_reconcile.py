"""What a watch recorded, beside the sessions that are known and the hours at which one was wanted."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.domain.reconcile import Match, match, parse_reconcile_rules
from tests.builders import an_activity, the_rules
from tests.builders_week import RULES_FILE

RULES = parse_reconcile_rules(RULES_FILE)
EVENING = "2030-05-08 18:00"
HIDDEN = {"start": "2030-05-08 00:00:01", "start_hidden": True}  # only the day is known


def at(hour: str) -> datetime:
    wall = datetime.fromisoformat(f"2030-05-08 {hour}")
    return wall.replace(tzinfo=ZoneInfo("Europe/Rome")).astimezone(UTC)


ASKED = ((at("17:30"), at("20:00")),)


def of(sport: str, minutes: float, *, begun: str = "", asked: bool = False, **more: Any) -> Match:
    activity = an_activity(sport, minutes=minutes, **({"start": EVENING} | more))
    known = (at(begun),) if begun else ()
    return match(activity, known, ASKED if asked else (), the_rules().days, RULES)


@pytest.mark.parametrize(
    ("sport", "minutes", "more", "match"),
    [
        # beside a session of ours, which began at that hour
        ("WeightTraining", 14, {"begun": "18:02"}, Match.SAME),
        ("WeightTraining", 14, {"begun": "18:34"}, Match.SAME),  # 20 minutes after it
        ("WeightTraining", 14, {"begun": "17:00"}, Match.SAME),
        ("WeightTraining", 14, {"begun": "16:59"}, Match.NO),
        ("WeightTraining", 14, {"begun": "19:15"}, Match.NO),
        ("WeightTraining", 40, {"begun": "18:05"}, Match.SAME),
        ("WeightTraining", 41, {"begun": "18:05"}, Match.GYM),  # longer than any of ours
        ("PhysicalTherapy", 5, {"begun": "18:00"}, Match.SAME),
        ("Yoga", 14, {"begun": "18:00"}, Match.NO),
        ("WeightTraining", 14, {"begun": "07:00", **HIDDEN}, Match.SAME),
        # alone
        ("PhysicalTherapy", 7.9, {}, Match.NO),
        ("PhysicalTherapy", 8, {}, Match.COUNT_IT),
        ("PhysicalTherapy", 25, {}, Match.COUNT_IT),
        ("PhysicalTherapy", 26, {"asked": True}, Match.NO),
        ("WeightTraining", 12, {}, Match.NO),
        ("WeightTraining", 12, {"name": "Knee prehab"}, Match.COUNT_IT),
        ("Workout", 34, {"name": "Physiotherapy"}, Match.COUNT_IT),
        ("Workout", 41, {"name": "Physiotherapy"}, Match.GYM),
        ("Workout", 7, {"name": "Physiotherapy"}, Match.NO),
        ("WeightTraining", 24, {}, Match.NO),
        ("WeightTraining", 25, {}, Match.GYM),
        ("WeightTraining", 65, {"asked": True}, Match.GYM),
        ("Yoga", 15, {"asked": True, "name": "Yoga for knees"}, Match.NO),
        ("Run", 15, {"asked": True}, Match.NO),
        # at an hour at which a session was wanted
        ("WeightTraining", 8, {"asked": True}, Match.COUNT_IT),
        ("Crossfit", 20, {"asked": True}, Match.COUNT_IT),
        ("Workout", 21, {"asked": True}, Match.NO),
        ("Workout", 12, {"asked": True, "start": "2030-05-08 17:19"}, Match.COUNT_IT),
        ("Workout", 12, {"asked": True, "start": "2030-05-08 17:17"}, Match.NO),
        ("Workout", 12, {"asked": True, "start": "2030-05-08 20:01"}, Match.NO),
        ("Workout", 12, {"asked": True, **HIDDEN}, Match.NO),
        # our own write come back
        ("WeightTraining", 14, {"external_id": "afterrun-1f", "asked": True}, Match.OURS),
    ],
)  # fmt: skip
def test_a_recording_is_told_from_a_session(
    sport: str, minutes: float, more: dict[str, Any], match: Match
) -> None:
    assert of(sport, minutes, **more) is match


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("near_min", -1.0, "reconcile.near_min, around_slot_min and ask_days must not be below 0"),
        ("ask_days", "one", "reconcile.ask_days must be a number"),
        ("gym", 1, "reconcile.gym is not a known key"),
    ],
)
def test_a_wrong_rule_is_named(key: str, value: object, line: str) -> None:
    with pytest.raises(ValueError, match=line):
        parse_reconcile_rules({"reconcile": {**RULES_FILE["reconcile"], key: value}})
