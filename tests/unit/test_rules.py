"""The thresholds of the judgements, read from config/rules.toml."""

import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from service.domain.effort import RunKind
from service.domain.rules import parse_rules
from tests.builders import CONFIG, the_rules, the_words


def shipped() -> dict[str, Any]:
    return tomllib.loads((CONFIG / "rules.toml").read_text("utf-8"))


def without(rules: dict[str, Any]) -> None:
    del rules["effort"]["heart"]["level_centre_share"]


def unknown(rules: dict[str, Any]) -> None:
    rules["effort"]["pace"]["speed_of_light"] = 1


def worded(rules: dict[str, Any]) -> None:
    rules["days"]["rest"]["earliest"] = "soon"


def zero(rules: dict[str, Any]) -> None:
    rules["effort"]["swing"]["scale_share"] = 0


def backwards(rules: dict[str, Any]) -> None:
    rules["physiology"]["valid"]["heart_bpm"] = [220, 35]


def three(rules: dict[str, Any]) -> None:
    rules["effort"]["points"]["bounds"] = [-2.0, 0.0, 2.0]


def broken(rules: dict[str, Any]) -> None:
    rules["effort"]["label"]["known_runs"] = 8.5


def not_a_number(rules: dict[str, Any]) -> None:
    rules["effort"]["pace"]["weight"] = float("nan")


def empty(rules: dict[str, Any]) -> None:
    rules.clear()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (without, "effort.heart.level_centre_share is missing"),
        (unknown, "effort.pace.speed_of_light is not a known key"),
        (worded, "days.rest.earliest must be a time"),
        (zero, "effort.swing.scale_share must be above zero"),
        (backwards, "physiology.valid.heart_bpm must be a low and a high value"),
        (three, "effort.points.bounds must be a low and a high value"),
        (broken, "effort.label.known_runs must be a whole number"),
        (not_a_number, "effort.pace.weight must be a number"),
        (empty, "effort is missing"),
    ],
)
def test_a_threshold_that_is_missing_unknown_or_wrong_is_named(
    change: Callable[[dict[str, Any]], None], named: str
) -> None:
    rules = shipped()
    change(rules)

    with pytest.raises(ValueError, match=re.escape(named)):
        parse_rules(rules, the_words())


def test_sections_of_others_are_left_to_them() -> None:
    assert parse_rules({**shipped(), "plan": {"anything": 1}}, the_words()) == the_rules()


@pytest.mark.parametrize("kind", list(RunKind))
def test_every_kind_of_run_has_a_name(kind: RunKind) -> None:
    words = tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8"))

    assert words["kind"][kind]


def test_what_is_believed_of_a_heart_and_of_easy_hangs_together() -> None:
    rules = the_rules()
    label, long = rules.effort.label, rules.effort.long

    assert label.hard_to < 0 < label.easy_from <= label.sure_from
    assert label.cold_runs <= label.known_runs <= label.sure_runs
    assert label.veto_score < label.hard_to
    assert label.doubt_p_easy < 0.5
    assert long.from_minutes < long.minutes
    assert rules.physiology.effort.least_minutes <= label.least_minutes
