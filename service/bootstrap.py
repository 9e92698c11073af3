"""Wire the parts together. The only place that reads the real clock and the config folder."""

import logging
import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from cryptography.fernet import Fernet

from integrations.notify import open_channel
from integrations.strava import StravaHook, StravaSource
from service.domain.adherence import parse_adherence_rules
from service.domain.asking import parse_ask_rules
from service.domain.fitness import parse_screening_rules
from service.domain.mileage import parse_mileage_rules
from service.domain.pain import parse_pain_rules
from service.domain.planner import parse_plan_rules
from service.domain.play import parse_result_rules
from service.domain.progression import parse_progression_rules
from service.domain.prompting import parse_prompt_rules
from service.domain.questions import parse_question_rules
from service.domain.reconcile import parse_reconcile_rules
from service.domain.routine import Routine, parse_dose_rules, parse_routine
from service.domain.rules import parse_rules
from service.domain.titles import parse_words
from service.keys import Keys
from service.pipeline.tools import Rules, Tools
from service.ports import Clock
from service.settings import BadSettings, Settings
from service.store import cache, schema
from service.store.budget import StoredBudget
from service.store.database import Store
from service.words import Words

CONFIG = Path(__file__).resolve().parent.parent / "config"


def real_clock() -> datetime:
    return datetime.now(UTC)


def wire(settings: Settings, clock: Clock = real_clock) -> Tools:
    """Open the database (made or brought up to date if need be) and put everything in its place.

    Raises StoreUnavailable, or BadSettings, which also names the wrong key of a config file.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    keys = read_keys(settings)
    store = Store(settings.database, kept=cache.STRICT if settings.retention == "strict" else cache.KEEP_ON)
    schema.bring_up_to_date(store)
    words, routine = read_words_and_routine()
    strava = StravaSource(
        client_id=settings.strava_client_id or 0,
        client_secret=settings.strava_client_secret.get_secret_value(),
        oauth_base=settings.strava_oauth_base,
        api_base=settings.strava_api_base,
        revoke=settings.strava_revoke,
        budget=StoredBudget(store, clock),
        clock=clock,
    )
    return Tools(
        store=store,
        keys=keys,
        clock=clock,
        source=strava,
        uploads=strava,
        hooks=StravaHook(
            client_id=settings.strava_client_id or 0,
            client_secret=settings.strava_client_secret.get_secret_value(),
            oauth_base=settings.strava_oauth_base,
            api_base=settings.strava_api_base,
            clock=clock,
        ),
        open_channel=open_channel,
        rules=read_rules(),
        routine=routine,
        words=words,
        public_url=settings.url,
        settle=timedelta(seconds=settings.settle_seconds),
    )


def read_rules() -> Rules:
    with _config("titles.toml") as titles:
        words = parse_words(titles)
    with _config("rules.toml") as table:
        return Rules(
            effort=parse_rules(table, words),
            plan=parse_plan_rules(table),
            prompt=parse_prompt_rules(table),
            ask=parse_ask_rules(table),
            question=parse_question_rules(table),
            reconcile=parse_reconcile_rules(table),
            dose=parse_dose_rules(table),
            screening=parse_screening_rules(table),
            progression=parse_progression_rules(table),
            result=parse_result_rules(table),
            adherence=parse_adherence_rules(table),
            mileage=parse_mileage_rules(table),
            pain=parse_pain_rules(table),
        )


def read_words_and_routine() -> tuple[Words, Routine]:
    """The words in every language that has a file in config/messages."""
    catalogues = {}
    for path in sorted((CONFIG / "messages").glob("*.toml")):
        with _config(f"messages/{path.name}") as messages:
            catalogues[path.stem] = messages
    with _config("routine.toml") as routine:
        return Words(catalogues), parse_routine(routine)


def read_keys(settings: Settings) -> Keys:
    """From the settings, else from a file that is made on the first start and that only its owner can
    read.
    """
    given = settings.secret_keys.get_secret_value()
    if not given:
        given = _key_file(settings.data_dir / "secret.keys")
    try:
        return Keys([key.strip() for key in given.replace("\n", ",").split(",") if key.strip()])
    except ValueError:
        raise BadSettings("AFTERRUN_SECRET_KEYS: each key must be 32 bytes in urlsafe base64") from None


def _key_file(path: Path) -> str:
    """Made whole under another name first: a crash in between must not leave half a key."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(Fernet.generate_key().decode() + "\n")
        with suppress(FileExistsError):  # somebody else was faster
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()


@contextmanager
def _config(name: str) -> Iterator[dict[str, Any]]:
    """A file of config/, for whoever reads it inside: what is wrong with it leaves as BadSettings."""
    try:
        yield tomllib.loads((CONFIG / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings(f"config/{name}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"config/{name}: {error}") from error
    except ValueError as error:  # "rules: plan.gap_h is missing"
        raise BadSettings(f"config/{name}: {str(error).partition(': ')[2] or error}") from error


def start_logging(level: str) -> None:
    """One line per event on standard error, with ids and never a token; ours at ``level``, others from
    WARNING.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            # the plain form: the pretty one prints local variables, and a token may be one
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
