"""`afterrun classify`: one line a run, whole or not at all, and one clear line when it cannot be done."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from integrations.files.histories import read_histories
from service.bootstrap import read_words_and_routine
from service.cli.main import cli
from service.domain.effort import judge_all
from tests.builders import the_rules
from tests.histories import lines_of, read_lines, write_lines
from tests.shared_data import history_files

ROOT = Path(__file__).parents[2]
CLASSES = {"easy": "easy", "long": "long", "hard": "workout", "race": "race"}


@pytest.fixture
def histories(tmp_path: Path) -> Path:
    ride = {"runner": "r2", "index": 48, "start_date_local": "2030-05-06T07:00:00", "sport_type": "Ride"}
    return write_lines(tmp_path / "a.ndjson.gz", [*lines_of("r1"), *lines_of("r2"), ride])


def classify(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["classify", *map(str, words)])


def predictions(folder: Path, histories: Path, *words: str | Path) -> list[dict[str, Any]]:
    output = folder / "p.ndjson"
    done = classify("--input", histories, "--output", output, *words)
    assert done.exit_code == 0, done.output
    return read_lines(output)


def test_every_run_gets_a_line_in_the_order_of_the_file(tmp_path: Path, histories: Path) -> None:
    found = predictions(tmp_path, histories)
    assert [(line["runner"], line["index"]) for line in found] == [
        (runner, index) for runner in ("r1", "r2") for index in range(48)
    ]  # and none for the ride


@pytest.mark.parametrize("name", ["a.ndjson.gz", "s.ndjson"])
def test_what_is_read_is_never_written_over(tmp_path: Path, histories: Path, name: str) -> None:
    splits = write_lines(tmp_path / "s.ndjson", [])
    before = (tmp_path / name).read_bytes()
    roundabout = tmp_path / ".." / tmp_path.name / name
    done = classify("--input", histories, "--splits", splits, "--output", roundabout)

    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert "choose another --output" in done.output
    assert (tmp_path / name).read_bytes() == before


def test_a_line_says_the_kind_how_sure_and_why_in_sentences(tmp_path: Path, histories: Path) -> None:
    for line in predictions(tmp_path, histories):
        assert set(line) == {"runner", "index", "predicted_class", "p_easy", "reasons", "kind", "confidence"}
        assert line["predicted_class"] == CLASSES.get(line["kind"], "unknown")
        assert 0 <= line["p_easy"] <= 1
        assert 1 <= len(line["reasons"]) <= 3
        assert all(len(reason) > 8 and "{" not in reason for reason in line["reasons"])


def test_the_lines_say_what_the_domain_says(tmp_path: Path, histories: Path) -> None:
    found = iter(predictions(tmp_path, histories))
    words, _ = read_words_and_routine()
    for _, history in read_histories(histories):
        verdicts = judge_all((activity for _, activity in history), the_rules())
        for _, run in history:
            if run.is_run:
                line, verdict = next(found), verdicts[run.id]
                assert (line["kind"], line["confidence"]) == (verdict.kind, verdict.confidence)
                assert line["p_easy"] == pytest.approx(verdict.p_easy, abs=1e-6)
                assert line["reasons"] == [words.reason(reason) for reason in verdict.reasons]


def test_a_run_is_judged_without_the_runs_after_it_and_without_other_runners(
    tmp_path: Path, histories: Path
) -> None:
    alone = write_lines(tmp_path / "b.ndjson", lines_of("r2")[:30])
    everything = [line for line in predictions(tmp_path, histories) if line["runner"] == "r2"]
    assert predictions(tmp_path, alone) == everything[:30]


def test_a_stated_intent_changes_nothing(tmp_path: Path) -> None:
    told = write_lines(tmp_path / "b.ndjson", lines_of("r1", intent="race", intent_source="title"))
    silent = write_lines(tmp_path / "c.ndjson", lines_of("r1"))
    assert predictions(tmp_path, told) == predictions(tmp_path, silent)


def test_reasons_can_be_left_out(tmp_path: Path, histories: Path) -> None:
    with_them, without = predictions(tmp_path, histories), predictions(tmp_path, histories, "--no-reasons")
    for line in with_them:
        del line["reasons"]
    assert without == with_them


def test_single_runners_can_be_asked_for(tmp_path: Path, histories: Path) -> None:
    assert {line["runner"] for line in predictions(tmp_path, histories, "--runner", "r2")} == {"r2"}
    both = predictions(tmp_path, histories, "--runner", "r2", "--runner", "r1")
    assert both == predictions(tmp_path, histories)


def test_laps_of_the_second_file_are_weighed(tmp_path: Path, histories: Path) -> None:
    repeats = [{"distance": 400, "moving_time": 96}, {"distance": 400, "moving_time": 192}] * 10
    splits = write_lines(tmp_path / "s.ndjson", [{"runner": "r1", "index": 44, "laps": repeats}])
    plain, told = predictions(tmp_path, histories), predictions(tmp_path, histories, "--splits", splits)
    assert (plain[44]["kind"], told[44]["kind"]) == ("easy", "hard")
    assert told[:44] == plain[:44]


# --- where it goes ----------------------------------------------------------------------------


def test_a_dash_prints_the_lines_and_nothing_else(tmp_path: Path, histories: Path) -> None:
    printed = classify("--input", histories, "--output", "-")
    assert printed.exit_code == 0
    assert printed.stderr == ""
    assert [json.loads(line) for line in printed.stdout.splitlines()] == predictions(tmp_path, histories)


def test_how_many_there_were_is_said_beside_the_file(tmp_path: Path, histories: Path) -> None:
    done = classify("--input", histories, "--output", tmp_path / "p.ndjson")
    assert done.stdout == ""
    assert done.stderr == f"96 runs of 2 runners: {tmp_path / 'p.ndjson'}\n"


def test_nothing_is_left_of_a_file_that_could_not_be_finished(tmp_path: Path) -> None:
    broken = write_lines(tmp_path / "a.ndjson", [*lines_of("r1"), *lines_of("r2", 1), "{"])
    output = tmp_path / "p.ndjson"
    output.write_text("of yesterday")
    failed = classify("--input", broken, "--output", output)
    assert failed.exit_code == 1
    assert output.read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.ndjson", "p.ndjson"]


def test_a_link_stays_one_and_a_device_is_not_replaced(tmp_path: Path, histories: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert classify("--input", histories, "--output", tmp_path / "link").exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert len(read_lines(tmp_path / "real")) == 96
    assert classify("--input", histories, "--output", os.devnull).exit_code == 0
    assert not Path(os.devnull).is_file()


# --- when it cannot be done -------------------------------------------------------------------


def test_a_missing_file_or_folder_is_said_in_one_line(tmp_path: Path, histories: Path) -> None:
    for words in (
        ("--input", tmp_path / "none.ndjson", "--output", tmp_path / "p"),
        ("--input", histories, "--splits", tmp_path / "none.ndjson", "--output", tmp_path / "p"),
        ("--input", histories, "--output", tmp_path / "none.ndjson" / "p"),
    ):
        failed = classify(*words)
        assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)
        assert "none.ndjson" in failed.stderr


def test_a_broken_line_is_said_with_its_number(tmp_path: Path) -> None:
    failed = classify(
        "--input", write_lines(tmp_path / "a.ndjson", [*lines_of("r1", 1), "{"]), "--output", "-"
    )
    assert failed.exit_code == 1
    assert failed.stderr.startswith(f"afterrun: {tmp_path / 'a.ndjson'}: line 5: not JSON")
    assert failed.stderr.count("\n") == 1


def test_a_runner_who_is_not_in_the_file_is_said(tmp_path: Path, histories: Path) -> None:
    failed = classify("--input", histories, "--runner", "r9", "--runner", "r1", "--output", tmp_path / "p")
    assert (failed.exit_code, failed.stderr) == (1, f"afterrun: {histories}: no runner r9 in it\n")
    assert not (tmp_path / "p").exists()


def test_absurd_values_end_no_run(tmp_path: Path) -> None:
    odd = [float("nan"), float("inf"), -1, 0, 251, "x", None, [], 1e300]
    names = ("distance", "moving_time", "elapsed_time", "average_heartrate", "start_date_local", "utc_offset")
    lines = lines_of("r1")
    for number, line in enumerate(lines[8:]):
        line[names[number % len(names)]] = odd[number % len(odd)]
    found = predictions(tmp_path, write_lines(tmp_path / "a.ndjson", lines))
    assert len(found) == 48


@pytest.mark.parametrize("words", [(), ("--input", "a.ndjson"), ("--output", "-"), ("--fast",)])
def test_wrong_usage_ends_with_two(words: tuple[str, ...]) -> None:
    assert classify(*words).exit_code == 2


# --- as a process -----------------------------------------------------------------------------


def on_a_terminal(command: list[str]) -> str:
    """What a person would see of standard error."""
    mine, its = pytest.importorskip("pty").openpty()
    process = subprocess.run(command, stderr=its, stdout=subprocess.DEVNULL, cwd=ROOT, timeout=60)
    os.close(its)
    seen = b""
    try:
        while piece := os.read(mine, 4096):
            seen += piece
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(mine)
    assert process.returncode == 0
    return seen.decode()


def test_a_terminal_shows_a_bar_and_a_pipe_does_not(tmp_path: Path, histories: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "classify", "--input", str(histories)]
    command += ["--output", str(tmp_path / "p")]
    assert "Judging" in on_a_terminal(command)
    piped = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert "Judging" not in piped.stderr + piped.stdout


def test_a_reader_who_has_had_enough_ends_it_quietly(tmp_path: Path) -> None:
    histories = write_lines(tmp_path / "a.ndjson", [line for n in range(8) for line in lines_of(f"r{n}", 60)])
    command = f"'{sys.executable}' -m service.cli classify --input '{histories}' --output - | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


@pytest.mark.real_data
def test_real_histories_are_classified_whole(tmp_path: Path) -> None:
    files = history_files()
    runner = next(iter(read_histories(files.activities)))[0]
    found = predictions(tmp_path, files.activities, "--splits", files.splits, "--runner", runner)
    assert found
    assert {line["predicted_class"] for line in found} <= {"easy", "long", "workout", "race", "unknown"}
