"""When days without a run are worth a question, and the rules of what Today asks."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.questions import days_without_run, parse_question_rules
from tests.builders_week import RULES_FILE

RULES = parse_question_rules(RULES_FILE).no_runs
LAST = date(2030, 5, 1)


def run_days(per_week: int, weeks: int = 13) -> set[date]:
    return {LAST - timedelta(weeks=week, days=2 * day) for week in range(weeks) for day in range(per_week)}


@pytest.mark.parametrize(("per_week", "later", "days"), [(3, 5, None), (3, 6, 6), (2, 40, 40), (1, 6, None)])
def test_days_without_a_run_count_where_the_runner_usually_runs(
    per_week: int, later: int, days: int | None
) -> None:
    assert days_without_run(run_days(per_week), None, LAST + timedelta(days=later), RULES) == days


def test_nobody_is_asked_before_a_habit_is_known() -> None:
    assert days_without_run(run_days(4, weeks=5), None, LAST + timedelta(days=8), RULES) is None
    assert days_without_run(set(), None, LAST, RULES) is None


def test_a_time_away_that_was_told_is_not_asked_about() -> None:
    told_until = LAST + timedelta(days=10)
    assert days_without_run(run_days(3), told_until, told_until - timedelta(days=1), RULES) is None
    assert days_without_run(run_days(3), told_until, told_until + timedelta(days=5), RULES) is None
    assert days_without_run(run_days(3), told_until, told_until + timedelta(days=6), RULES) == 16


def with_slot(**changes: Any) -> dict[str, Any]:
    question = RULES_FILE["question"]
    return {"question": question | {"slot": question["slot"] | changes}}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"together": 7}, "together"),
        ({"together": 0}, "together"),
        ({"round_min": 0}, "round_min"),
        ({"ignored": 0}, "ignored"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_their_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=rf"question\.slot.*{named}"):
        parse_question_rules(with_slot(**changes))


def test_days_that_cannot_be_are_refused_by_their_name() -> None:
    no_runs = RULES_FILE["question"]["no_runs"] | {"days": 0}
    with pytest.raises(ValueError, match=r"question\.no_runs\.days"):
        parse_question_rules({"question": RULES_FILE["question"] | {"no_runs": no_runs}})
