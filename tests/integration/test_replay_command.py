"""`afterrun replay`: what runners of a file would have been asked, by the pipeline itself."""

import socket
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli.main import cli
from service.replay.span import last_weeks, on_the_wall
from tests.builders import a_run
from tests.histories import a_line, read_lines, write_lines

FIRST_MONDAY, WEEKS, PLAYED = date(2030, 3, 4), 6, 2
# weekday, hour, km, minutes, average heart rate; Monday is free
WEEK = (
    (1, "07:00", 8.0, 48, 136),
    (2, "07:00", 4.0, 25, 133),
    (2, "18:00", 10.0, 46, 168),
    (3, "07:00", 8.5, 52, 138),
    (4, "07:00", 7.5, 46, 135),
    (4, "17:00", 5.0, 31, 132),
    (5, "08:00", 18.0, 112, 146),
    (5, "16:00", 4.5, 28, 131),
    (6, "09:00", 8.0, 49, 137),
    (6, "16:00", 6.0, 37, 134),
)
KEYS = {
    "prompt": {"sent_at_local", "trigger", "size", "activity_index", "wording", "reasons"},
    "session": {"done_at_local", "size"},
    "week": {"week", "target", "planned", "done", "excused"},
}


def a_history(runner: str, weeks: int = WEEKS) -> list[dict[str, Any]]:
    runs = [
        a_run(
            km=km + 0.1 * (week % 3),
            minutes=minutes + week % 2,
            hr=hr + week % 4,
            start=f"{FIRST_MONDAY + timedelta(days=7 * week + weekday)} {hour}",
        )
        for week in range(weeks)
        for weekday, hour, km, minutes, hr in WEEK
    ]
    return [a_line(run, runner, index) for index, run in enumerate(runs)]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a replay called out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["replay", "--weeks", str(PLAYED), "--jobs", "1", *map(str, words)])


def replayed(folder: Path, histories: Path, *words: str) -> list[dict[str, Any]]:
    output = folder / "d.ndjson"
    done = run("--input", histories, "--output", output, *words)
    assert done.exit_code == 0, done.output
    return read_lines(output)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replay")


@pytest.fixture(scope="module")
def histories(folder: Path) -> Path:
    return write_lines(folder / "a.ndjson.gz", [*a_history("r1"), *a_history("short", weeks=1)])


@pytest.fixture(scope="module")
def obedient(folder: Path, histories: Path) -> list[dict[str, Any]]:
    return replayed(folder, histories)


def of(lines: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    return (line for line in lines if line["kind"] == kind)


def at(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["sent_at_local"])


def ends(history: list[dict[str, Any]], index: int) -> datetime:
    line = history[index]
    return datetime.fromisoformat(line["start_date_local"]) + timedelta(seconds=line["elapsed_time"])


def test_every_line_has_its_fields_in_the_order_of_time(obedient: list[dict[str, Any]]) -> None:
    for line in obedient:
        assert set(line) == KEYS[line["kind"]] | {"kind", "runner"}
    times = [line.get("sent_at_local") or line.get("done_at_local") for line in obedient]
    known = [time for time in times if time]
    assert known == sorted(known)
    assert all("{" not in reason for line in of(obedient, "prompt") for reason in line["reasons"])


def test_the_obedient_runner_does_what_is_asked_within_the_hour(obedient: list[dict[str, Any]]) -> None:
    asked, done = list(of(obedient, "prompt")), list(of(obedient, "session"))
    assert len(asked) == len(done) > 2
    for prompt, session in zip(asked, done, strict=True):
        waited = datetime.fromisoformat(session["done_at_local"]) - at(prompt)
        assert timedelta(minutes=5) <= waited <= timedelta(minutes=35)
        assert session["size"] == prompt["size"]


def test_only_whole_weeks_are_counted_with_what_was_done_in_them(obedient: list[dict[str, Any]]) -> None:
    weeks = list(of(obedient, "week"))
    last = FIRST_MONDAY + timedelta(weeks=WEEKS - 1)
    assert [week["week"] for week in weeks] == [
        (last - timedelta(weeks=back)).isoformat() for back in range(PLAYED - 1, -1, -1)
    ]
    credit = {"full": 1.0, "mini": 0.5}
    assert sum(week["done"] for week in weeks) == sum(
        credit[session["size"]] for session in of(obedient, "session")
    )
    assert all(week["planned"] > 0 and week["target"] == 2 and not week["excused"] for week in weeks)


def test_a_week_that_the_end_cuts_is_left_out() -> None:
    runs = on_the_wall([a_run(start=f"2030-05-{day:02} 07:00") for day in range(6, 16)])
    span = last_weeks(runs, 52)
    assert (span.starts_on, span.ends_on) == (date(2030, 5, 6), date(2030, 5, 13))


def test_a_prompt_after_a_run_waits_for_its_event(folder: Path, histories: Path) -> None:
    lines = replayed(folder, histories, "--lag-minutes", "40", "--answers", "none")
    history = a_history("r1")
    after_run = [line for line in of(lines, "prompt") if line["activity_index"] is not None]
    assert after_run
    for line in after_run:
        assert timedelta(minutes=41) < at(line) - ends(history, line["activity_index"]) <= timedelta(hours=1)
    assert not list(of(lines, "session"))  # and the deaf runner does nothing
    assert all(week["done"] == 0 for week in of(lines, "week"))


def test_a_seed_gives_the_same_again_and_labels_give_nothing(folder: Path, histories: Path) -> None:
    labels = ["race", "easy", "long", "intervals", "none"]
    chosen = Random(5)
    told = [{**line, "intent": chosen.choice(labels)} for line in a_history("r1")]
    labelled = write_lines(folder / "labelled.ndjson", told)
    half = ("--answers", "0.5", "--seed", "3", "--runner", "r1")
    lines = replayed(folder, histories, *half)
    assert replayed(folder, labelled, *half) == lines
    assert 0 < len(list(of(lines, "session"))) < len(list(of(lines, "prompt")))


def test_a_race_that_is_entered_keeps_its_day_and_the_day_before_free(
    folder: Path, obedient: list[dict[str, Any]]
) -> None:
    asked = [line for line in of(obedient, "prompt") if line["activity_index"] is not None][-1]
    history = a_history("r1")
    history[asked["activity_index"]]["intent"] = "race"
    labelled = write_lines(folder / "race.ndjson", history)
    on = at(asked).date()

    lines = replayed(folder, labelled, "--enter-races")
    full_on = {at(line).date() for line in of(lines, "prompt") if line["size"] == "full"}
    assert not full_on & {on, on - timedelta(days=1)}


# --- where it goes ------------------------------------------------------------------------------


def test_runners_with_few_runs_are_skipped_and_counted(histories: Path) -> None:
    done = run("--input", histories, "--output", "-", "--runner", "short")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 skipped with fewer than 20 runs" in done.stderr


def test_processes_give_what_one_gives(folder: Path, histories: Path, obedient: list[dict[str, Any]]) -> None:
    assert replayed(folder, histories, "--jobs", "2") == obedient


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--answers", "2"), 2, "not in the range"),
        (("--answers", "some"), 2, "not a valid float range"),
        (("--runner", "nobody"), 1, "no runner nobody"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_leaves_no_file(
    folder: Path, histories: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    output = folder / "none.ndjson"
    done = run("--input", histories, "--output", output, *words)
    assert done.exit_code == code
    assert told in done.output.splitlines()[-1]
    assert not output.exists()


def test_what_is_read_is_never_written_over(histories: Path) -> None:
    before = histories.read_bytes()
    done = run("--input", histories, "--output", histories)
    assert (done.exit_code, histories.read_bytes()) == (1, before)


def test_a_broken_file_leaves_no_half_output(folder: Path) -> None:
    broken = write_lines(folder / "broken.ndjson", [*a_history("short", weeks=1), "{"])
    done = run("--input", broken, "--output", folder / "half.ndjson")
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert not list(folder.glob("*half*"))
