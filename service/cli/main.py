"""Read the command line and hand over; what a command needs is imported when it is called."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

PATH = click.Path(path_type=Path)
HISTORIES_HELP = "Histories: one activity a line, as JSON, also gzipped."
SPLITS_HELP = "Kilometres and laps of some of them."


class Missing(LookupError):
    """What the command was asked about is not there. One line for a person."""


@contextmanager
def one_clear_line() -> Iterator[None]:
    """What is expected to go wrong ends with its own words and exit code 1; a defect keeps its traceback."""
    from service.engine.lock import AlreadyRunning
    from service.ndjson import BadLine
    from service.ports import SourceError
    from service.settings import BadSettings
    from service.store.database import StoreUnavailable

    try:
        yield
    except (BadSettings, BadLine, Missing, AlreadyRunning, SourceError, StoreUnavailable) as failure:
        fail(str(failure))
    except BrokenPipeError:
        raise  # whoever read us has had enough; click ends quietly
    except OSError as failure:
        fail(f"{failure.strerror or failure}{f': {failure.filename}' if failure.filename else ''}")


def fail(line: str) -> NoReturn:
    click.echo(f"afterrun: {line}", err=True)
    sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Twelve minutes of strength work, asked for right after an easy run."""


@cli.command()
def serve() -> None:
    """Run the service: pages, webhook and engine in one process."""
    from service.cli.serve import serve as run

    with one_clear_line():
        run()


@cli.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="Of the service. Default 8000, or a free one."
)
@click.option(
    "--sandbox-port", type=click.IntRange(0, 65535), default=None, help="Default 8001, or a free one."
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when ready, and nothing else.")
def demo(port: int | None, sandbox_port: int | None, as_json: bool) -> None:
    """A simulated runner with 26 weeks of history, a sandbox in place of Strava, and the service. No keys
    needed.
    """
    from service.cli.demo import demo as run

    with one_clear_line():
        run(port, sandbox_port, as_json)


@cli.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run only the sandbox: a faithful Strava on this machine."""
    from integrations.strava.sandbox.command import main as run
    from service.bootstrap import real_clock

    with one_clear_line():
        sys.exit(run(list(arguments), real_clock))


@cli.command("login-link")
@click.option("--athlete", type=int, default=None, help="Number of the account. Default: the owner's.")
def login_link(athlete: int | None) -> None:
    """Print a link that signs one browser in; it works once, for ten minutes."""
    from service.cli.serve import login_link as link

    with one_clear_line():
        click.echo(link(athlete))


@cli.command()
@click.option("--input", "path", metavar="FILE", type=PATH, required=True, help=HISTORIES_HELP)
@click.option("--splits", metavar="FILE", type=PATH, help=SPLITS_HELP)
@click.option("--runner", "runners", metavar="ID", multiple=True, help="Only this one; may be repeated.")
@click.option("--output", metavar="FILE", required=True, help="One JSON object a run; - prints them.")
@click.option("--reasons/--no-reasons", default=True, help="In English sentences, three at most.")
def classify(path: Path, splits: Path | None, runners: tuple[str, ...], output: str, reasons: bool) -> None:
    """Say of every run in a file what kind it was, from that runner's earlier activities alone."""
    from service.cli.classify import classify as run

    with one_clear_line():
        run(path, splits, frozenset(runners), output, with_reasons=reasons)


class _Answers(click.ParamType[float | None]):
    """all -> 1.0, none -> None (nothing at all, ever), or a share."""

    name = "all|none|RATE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        if value in ("all", "none"):
            return 1.0 if value == "all" else None
        share: float = click.FloatRange(0, 1).convert(str(value), param, ctx)  # type: ignore[arg-type]
        return share


@cli.command(context_settings={"show_default": True})
@click.option("--input", "path", metavar="FILE", type=PATH, required=True, help=HISTORIES_HELP)
@click.option("--splits", metavar="FILE", type=PATH, help=SPLITS_HELP)
@click.option("--runner", "runners", metavar="ID", multiple=True, help="Only this one; may be repeated.")
@click.option("--weeks", type=click.IntRange(1, 1000), default=52, help="The last whole ones of each runner.")
@click.option("--answers", type=_Answers(), default="all", help="Share of prompts that lead to a session.")
@click.option("--seed", type=int, default=0, help="For the answers and their minutes.")
@click.option("--enter-races", is_flag=True, help="Runs whose intent is race are entered 14 days ahead.")
@click.option(
    "--lag-minutes", type=click.FloatRange(0, 10_080), default=3.0, help="From a run's end to its event."
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes.  [default: one a core]")
@click.option(
    "--output", metavar="FILE", required=True, help="Prompts, sessions and weeks as JSON; - prints."
)
def replay(
    path: Path,
    splits: Path | None,
    runners: tuple[str, ...],
    weeks: int,
    answers: float | None,
    seed: int,
    enter_races: bool,
    lag_minutes: float,
    jobs: int | None,
    output: str,
) -> None:
    """Play the last weeks of histories in a file through the real pipeline: what would have been asked, and
    when.
    """
    from service.cli import replay as commands

    with one_clear_line():
        commands.replay_file(
            commands.Files(path, splits, output),
            frozenset(runners),
            commands.conditions_of(weeks, lag_minutes, answers, seed),
            enter_races=enter_races,
            jobs=jobs or os.cpu_count() or 1,
        )


@cli.command()
@click.option("--athlete", type=int, help="Number of the account. Default: the owner's.")
@click.option("--activity", type=int, metavar="ID", help="One run. Default: the latest.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="The runs of that day.")
@click.option("--input", "path", metavar="FILE", type=PATH, help=f"Not the database: {HISTORIES_HELP}")
@click.option("--splits", metavar="FILE", type=PATH, help=SPLITS_HELP)
@click.option("--runner", metavar="ID", help="Whose run in the file.")
@click.option("--index", type=int, help="Which of that runner's activities.")
def explain(
    athlete: int | None,
    activity: int | None,
    on: datetime | None,
    path: Path | None,
    splits: Path | None,
    runner: str | None,
    index: int | None,
) -> None:
    """Tell why a run counts as what it does, and what its day means for the plan."""
    from service.cli import explain as commands

    own, in_file = (athlete, activity, on), (splits, runner, index)
    if path is None and any(given is not None for given in in_file):
        raise click.UsageError("--splits, --runner and --index belong to --input.")
    if path is not None and (any(given is not None for given in own) or runner is None or index is None):
        raise click.UsageError("--input takes --runner and --index, and no --athlete, --activity or --on.")
    if activity is not None and on is not None:
        raise click.UsageError("--activity or --on, not both.")
    with one_clear_line():
        if path is not None and runner is not None and index is not None:
            commands.explain_in_file(path, splits, runner, index)
        else:
            commands.explain(athlete, activity, on.date() if on else None)


@cli.group()
def webhook() -> None:
    """The push subscription at Strava: one per API application."""


@webhook.command()
def url() -> None:
    """Print the address that Strava must be able to reach."""
    _webhook("url")


@webhook.command()
def subscribe() -> None:
    """Ask Strava to push events here. The service must be running and reachable from outside."""
    _webhook("subscribe")


@webhook.command()
def view() -> None:
    """Show the subscription that Strava holds."""
    _webhook("view")


@webhook.command()
def delete() -> None:
    """End the subscription; the service goes back to polling."""
    _webhook("delete")


def _webhook(action: str) -> None:
    from service.cli import webhook as commands

    with one_clear_line():
        click.echo(getattr(commands, action)())


def main() -> None:
    cli(prog_name="afterrun")
