"""`afterrun explain`: why a run counts as what it does, from the database or from a file."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli.explain import report
from service.cli.main import Missing, cli
from service.cli.paper import Paper
from service.domain.effort import RunKind
from service.pipeline import log
from service.pipeline.tools import Tools
from service.store import activities
from tests.fakes import FakeChannel, FakeClock, FakeSource
from tests.histories import lines_of, write_lines
from tests.integration.stage import HARD, Stage

DAY = "2030-05-09"  # a Thursday


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Thursday 08:00 in Rome: ten weeks have been read."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history()
    stage.until(f"{DAY} 08:00")
    return stage


def told(stage: Stage, activity: int | None = None, on: str | None = None, width: int = 100) -> str:
    calls = len(stage.source.calls)
    text = report(stage.tools, None, activity, date.fromisoformat(on) if on else None, Paper(width))
    assert len(stage.source.calls) == calls  # nobody was asked
    return text.replace("\x1b[1m", "").replace("\x1b[0m", "")


def an_easy_run(stage: Stage) -> int:
    run = stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=10)
    return run


# --- from the database ------------------------------------------------------------------------


def test_the_latest_run_is_told_with_its_kind_score_signs_day_and_session(stage: Stage) -> None:
    run = an_easy_run(stage)
    text = told(stage)
    assert text.startswith("Easy run · ")
    assert "Thursday, 9 May, 07:03 · 7.2 km in 45 min" in text
    assert f"Activity {run} · {DAY}" in text
    assert "Every sign · score +" in text
    assert "Where every run starts" in text
    assert "Your figures before this run" in text
    assert "The day: Easy run" in text
    assert "Asked at 08:" in text
    assert "answer: none yet" in text
    assert "Easy run, finished 07:48" in text
    assert "Planned: a full session" in text
    assert "0 of 2 done this week" in text


@pytest.mark.parametrize("run", [{}, HARD, {"workout_type": 1}, {"workout_type": 3}])
def test_the_points_of_the_signs_add_up_to_the_score(stage: Stage, run: dict[str, Any]) -> None:
    stage.finish_run(minutes_ago=12, **run)
    stage.pass_time(minutes=10)
    heading, *lines = told(stage).partition("Every sign · score ")[2].splitlines()
    rows = lines[: lines.index("")]
    points = [float(row.split()[0].replace("−", "-")) for row in rows if row[2:3] in "+−"]
    assert len(points) >= 3
    assert sum(points) == pytest.approx(float(heading.split()[0].replace("−", "-")), abs=0.03)


def test_the_verdict_that_stands_is_the_one_that_is_told(stage: Stage) -> None:
    run = stage.finish_run(minutes_ago=12, **HARD)
    stage.pass_time(minutes=10)
    with stage.tools.store.read() as session:
        cached = activities.judged(session, stage.runner, stage.clock())
    verdict = next(item.verdict for item in cached if item.activity.id == run)
    assert verdict is not None
    text = told(stage, run)
    assert text.startswith("Hard run · ")
    for reason in verdict.reasons:
        assert stage.tools.words.reason(reason) in text
    assert "Silent now: A hard run today" in text


def test_the_runners_own_word_is_shown_as_such_beside_the_signs(stage: Stage) -> None:
    run = an_easy_run(stage)
    with stage.write() as session:
        log.correct(session, stage.tools, stage.runner, run, RunKind.HARD)
    stage.pass_time(minutes=1)
    text = told(stage, run)
    assert text.startswith("Hard run · Your word")
    assert "By the signs alone: Easy run" in text
    assert "You said so" in text
    assert "score +" in text  # what the signs say stays


def test_the_word_on_the_day_before_counts_as_it_did_in_the_verdict(stage: Stage) -> None:
    """Called hard by the runner, it makes the next day's easy run likelier."""
    before = an_easy_run(stage)
    with stage.write() as session:
        log.correct(session, stage.tools, stage.runner, before, RunKind.HARD)
    stage.until("2030-05-10 08:00")
    run = an_easy_run(stage)

    with stage.tools.store.read() as session:
        verdict = activities.verdict(session, stage.runner, run)
    assert verdict is not None
    text = told(stage, run)
    assert "The day before was hard" in text
    assert f"Every sign · score {verdict.score:+.2f} " in text


def test_a_verdict_that_would_fall_otherwise_now_says_so(stage: Stage) -> None:
    run = an_easy_run(stage)
    with stage.write() as session:
        stood = activities.verdict(session, stage.runner, run)
        assert stood is not None
        activities.put_verdicts(
            session, stage.runner, {run: replace(stood, kind=RunKind.HARD)}, stage.clock()
        )

    text = told(stage, run)
    assert text.startswith("Hard run · ")
    assert "By what is known now: Easy run" in text


def test_an_older_run_and_one_of_a_day_can_be_asked_for(stage: Stage) -> None:
    an_easy_run(stage)
    text = told(stage, on="2030-05-01")
    assert text.startswith("Hard run · ")
    assert "· 2030-05-01" in text
    assert "None asked or done on that day." in text
    assert "Silent now" not in text
    assert told(stage, on="2030-03-06").startswith("Hard run · ")  # longer ago than the last three weeks


def test_all_runs_of_a_day_are_told_and_the_day_once(stage: Stage) -> None:
    first = stage.finish_run(minutes_ago=120)
    second = an_easy_run(stage)
    text = told(stage, on=DAY)
    assert text.index(f"Activity {first}") < text.index(f"Activity {second}") < text.index("The day: ")
    assert text.count("The day: ") == 1


def test_a_run_that_waits_for_its_verdict_is_judged_on_the_spot(stage: Stage) -> None:
    run = an_easy_run(stage)
    with stage.write() as session:
        activities.unjudge(session, stage.runner, run)
    assert told(stage, run).startswith("Easy run · ")


@pytest.mark.parametrize("width", [20, 40, 80, 300])
def test_no_line_is_wider_than_the_terminal_or_a_hundred_columns(stage: Stage, width: int) -> None:
    an_easy_run(stage)
    lines = told(stage, width=width).splitlines()
    assert max(map(len, lines)) <= min(max(width, 36), 100)


def test_what_is_not_there_is_said(stage: Stage, tools: Tools) -> None:
    ride = stage.finish_run(minutes_ago=12, sport="Ride")
    stage.pass_time(minutes=10)
    for asked, said in (
        ({"activity": 5}, "no activity 5"),
        ({"activity": ride}, f"activity {ride} is no run but Ride"),
        ({"on": "2030-05-10"}, "no run of 2030-05-10"),
    ):
        with pytest.raises(Missing, match=said):
            told(stage, **asked)
    with pytest.raises(Missing, match="no account 99"):
        report(tools, 99, None, None, Paper())


def test_a_runner_without_runs_is_said(tools: Tools, runner: int) -> None:
    with pytest.raises(Missing, match="no run of this account"):
        report(tools, runner, None, None, Paper())


# --- from a file ------------------------------------------------------------------------------


def explain(*words: str | int | Path) -> Result:
    return CliRunner().invoke(cli, ["explain", *map(str, words)])


@pytest.fixture
def histories(tmp_path: Path) -> Path:
    ride = {"runner": "r2", "index": 48, "start_date_local": "2030-05-06T07:00:00", "sport_type": "Ride"}
    return write_lines(tmp_path / "a.ndjson.gz", [*lines_of("r1"), *lines_of("r2"), ride])


def test_a_run_of_a_file_is_told_without_a_day(histories: Path) -> None:
    done = explain("--input", histories, "--runner", "r2", "--index", 45)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Hard run · ")
    assert "Runner r2, activity 45 · 2030-05-01" in done.stdout
    assert "Every sign · score −" in done.stdout
    assert "The day:" not in done.stdout
    assert "\x1b" not in done.stdout  # no colours where it is no terminal


def test_the_same_run_is_the_same_in_both_commands(tmp_path: Path, histories: Path) -> None:
    classified = CliRunner().invoke(cli, ["classify", "--input", str(histories), "--output", "-"])
    line = classified.stdout.splitlines()[45]
    done = explain("--input", histories, "--runner", "r1", "--index", 45)
    assert '"kind": "hard"' in line
    assert done.stdout.startswith("Hard run")


@pytest.mark.parametrize(
    ("runner", "index", "said"),
    [
        ("r9", 0, "no runner r9 in it"),
        ("r1", 48, "runner r1 has no activity 48"),
        ("r2", 48, "is no run but Ride"),
    ],
)
def test_what_is_not_in_the_file_is_said_in_one_line(
    histories: Path, runner: str, index: int, said: str
) -> None:
    failed = explain("--input", histories, "--runner", runner, "--index", index)
    assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)
    assert said in failed.stderr


def test_a_missing_file_is_said_in_one_line(tmp_path: Path) -> None:
    failed = explain("--input", tmp_path / "none.ndjson", "--runner", "r1", "--index", 0)
    assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        ("--input", "a.ndjson"),
        ("--input", "a.ndjson", "--runner", "r1"),
        ("--input", "a.ndjson", "--runner", "r1", "--index", "1", "--activity", "2"),
        ("--runner", "r1"),
        ("--splits", "s.ndjson"),
        ("--activity", "1", "--on", DAY),
        ("--on", "yesterday"),
    ],
)
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    assert explain(*words).exit_code == 2


def test_an_installation_without_an_account_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERRUN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    failed = explain()
    assert (failed.exit_code, failed.stderr) == (1, "afterrun: there is no account yet\n")
