"""Runs judged a second, each against the runs before it, on one core: the verdicts alone, and with their
reasons in words. Where recorded histories are at hand, on them as well, and how good the verdicts are.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from bench.ablations import without_each_family
from bench.accounts import training
from bench.promise import Measured
from bench.runs_table import Row, cold_start, easy_precision, said_easy_by_intent, unsure_share
from integrations.files.histories import read_histories
from service import ndjson
from service.bootstrap import read_rules, read_words_and_routine, real_clock
from service.cli.classify import predictions
from service.domain.activity import Activity
from service.domain.effort import Verdict, judge_all
from service.domain.rules import Rules
from service.words import Words
from tests.shared_data import FOLDER

ASKED_PER_S, ASKED_BARE_PER_S = 5_000.0, 20_000.0
HALF_YEARS, SEEDS, TIMES = 20, (7, 8), 3
DETAILED_EVERY = 8
TRUTH = FOLDER / "runs" / "dev"
SCORE = FOLDER.parent / "tools" / "score_runs.py"

History = Sequence[Activity]
Recorded = Sequence[tuple[str, list[tuple[int, Activity]]]]  # by runner, each activity with its index


@dataclass(frozen=True, slots=True)
class Rates:
    """Runs a second, medians."""

    bare: float
    with_reasons: float

    def __str__(self) -> str:
        return f"{self.bare:,.0f} a second bare, {self.with_reasons:,.0f} with reasons"


def measure() -> Measured:
    rules, (words, _) = read_rules().effort, read_words_and_routine()
    made_up = [as_listed(training(real_clock(), HALF_YEARS, [seed])) for seed in SEEDS]
    made_up_rates = time_it(made_up, rules, words)
    found, told = recorded(rules, words)
    rates = found or made_up_rates
    asked = f"asked {ASKED_BARE_PER_S:,.0f} without"
    detail = f"{asked}; {len(SEEDS)} made-up runners of ten years: {made_up_rates}; {told}"
    met = rates.with_reasons >= ASKED_PER_S and rates.bare >= ASKED_BARE_PER_S
    return Measured("classify", round(rates.with_reasons, 3), "runs/s", ASKED_PER_S, met, detail)


def as_listed(history: History) -> History:
    """Kilometres and laps on every eighth activity, as recorded histories have them: a listing has none."""
    return [
        activity if number % DETAILED_EVERY == 0 else activity.as_listed()
        for number, activity in enumerate(history)
    ]


def time_it(histories: Sequence[History], rules: Rules, words: Words) -> Rates:
    runs = sum(activity.is_run for history in histories for activity in history)
    bare, explained = [], []
    for _ in range(TIMES):
        began = perf_counter()
        kinds = sum(len(judge_all(history, rules, tell=False)) for history in histories)
        bare.append(runs / (perf_counter() - began))
        began = perf_counter()
        verdicts = [verdict for history in histories for verdict in judge_all(history, rules).values()]
        said = sum(len([words.reason(reason) for reason in verdict.reasons]) for verdict in verdicts)
        explained.append(runs / (perf_counter() - began))
        assert kinds == len(verdicts) == runs <= said
    return Rates(median(bare), median(explained))


# --- on recorded histories --------------------------------------------------------------------


def recorded(rules: Rules, words: Words) -> tuple[Rates | None, str]:
    """The rates, for which the promise is made, and the main figures in one line; the table is printed."""
    activities, splits = TRUTH / "activities.ndjson.gz", TRUTH / "splits.ndjson.gz"
    if not (activities.is_file() and splits.is_file()):
        return None, f"no recorded histories in {TRUTH}"
    read = list(read_histories(activities, splits))
    rates = time_it([[activity for _, activity in history] for _, history in read], rules, words)
    verdicts = {runner: judge_all((activity for _, activity in history), rules) for runner, history in read}
    told = list(lines(read, verdicts))
    table = rows(activities, {(line["runner"], line["index"]): line for line in told})
    score_without_each_family(read, rules)
    return rates, f"{len(read)} recorded runners: {rates}; {own_figures(table)}; {scored(told)}"


def score_without_each_family(read: Recorded, rules: Rules) -> None:
    """Prints the shared tool's table, a line for each family left out."""
    if not SCORE.is_file():
        return
    with TemporaryDirectory(prefix="afterrun-bench-") as folder:
        files = []
        for name, weaker in without_each_family(rules):
            verdicts = {
                runner: judge_all((activity for _, activity in history), weaker, tell=False)
                for runner, history in read
            }
            files.append(Path(folder) / f"{name}.ndjson")
            files[-1].write_text("".join(f"{json.dumps(line)}\n" for line in lines(read, verdicts)))
        print(_tool(*map(str, files)))


def lines(read: Recorded, verdicts: Mapping[str, dict[int, Verdict]]) -> Iterator[dict[str, Any]]:
    for runner, history in read:
        yield from predictions(runner, history, verdicts[runner], None)


def rows(activities: Path, told: Mapping[tuple[str, int], Mapping[str, Any]]) -> list[Row]:
    position: dict[str, int] = {}
    found = []
    for _, line in ndjson.read(activities):
        said = told.get((line["runner"], line["index"]))
        if said is None:
            continue
        position[line["runner"]] = position.get(line["runner"], -1) + 1
        found.append(
            Row(
                runner=line["runner"],
                position=position[line["runner"]],
                intent=line.get("intent") or "",
                from_tag=line.get("intent_source") == "workout_type",
                kind=said["kind"],
                predicted=said["predicted_class"],
                p_easy=said["p_easy"],
            )
        )
    return found


def own_figures(table: Sequence[Row]) -> str:
    cold, (precision, called) = cold_start(table), easy_precision(table)
    later, called_later = easy_precision(table, after=30)
    by_intent = ", ".join(f"{intent} {share:.3f}" for intent, share in said_easy_by_intent(table).items())
    print(f"\ncalled suitable (task light): {by_intent}")
    return (
        f"unsure after 30 runs {unsure_share(table):.1%}"
        f", EASY precise {precision:.3f} of {called} (after 30 runs {later:.3f} of {called_later})"
        f", first 20 runs macro BAC {cold.macro:.3f} of {cold.runners} runners"
        f", pooled {cold.pooled:.3f} of {cold.runs}"
    )


def scored(told: Sequence[Mapping[str, Any]]) -> str:
    """What the shared tool says."""
    if not SCORE.is_file():
        return f"not scored: no {SCORE}"
    with TemporaryDirectory(prefix="afterrun-bench-") as folder:
        predicted = Path(folder) / "afterrun.ndjson"
        predicted.write_text("".join(f"{json.dumps(line)}\n" for line in told))
        (found,) = json.loads(_tool(str(predicted), "--json")).values()
    light, easy = found["light"], found["easy"]
    macro = light["macro"]
    return (
        f"light: macro BAC {macro['balanced_accuracy']:.3f}, precision {macro['precision']:.3f}"
        f" at recall {macro['recall']:.3f}, worst quarter {light['worst_quarter_balanced_accuracy']:.3f}"
        f"; easy: macro BAC {easy['macro']['balanced_accuracy']:.3f}"
    )


def _tool(*arguments: str) -> str:
    command = [sys.executable, str(SCORE), str(TRUTH), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout.rstrip()
