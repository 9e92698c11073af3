"""The migrations make exactly the tables of service.store.tables, from nothing and from what was there."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from service.domain.calendar import Why
from service.domain.effort import RunKind
from service.domain.preferences import Preferences
from service.store import activities, athletes, calendar, corrections, prompts, schema, sessions, work
from service.store.database import Store
from service.store.tables import Base
from tests.fakes import FakeClock


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database without a single table."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'afterrun.db'}")
    else:
        store = Store(request.getfixturevalue("postgres_url"))
        _clear(store)
    yield store
    if not store.is_sqlite:
        _clear(store)
    store.close()


def _clear(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def differences(store: Store) -> list[object]:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def shape(store: Store) -> dict[str, object]:
    """What Alembic does not compare: keys, and what happens to rows whose account goes."""
    found = inspect(store.engine)
    return {
        name: (
            found.get_pk_constraint(name)["constrained_columns"],
            sorted(
                (tuple(key["constrained_columns"]), key["referred_table"], key["options"].get("ondelete"))
                for key in found.get_foreign_keys(name)
            ),
            sorted(
                (
                    str(index["name"]),
                    tuple(index["column_names"]),
                    str(_where(index)).lower().replace("'::text", "'"),
                )
                for index in found.get_indexes(name)
            ),
        )
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def alembic_for(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _where(index: object) -> object:
    options = index.get("dialect_options", {})  # type: ignore[attr-defined]
    return options.get("sqlite_where", options.get("postgresql_where"))


def test_a_fresh_database_is_as_the_tables_say(empty: Store) -> None:
    schema.bring_up_to_date(empty)

    assert differences(empty) == []


def test_migrations_and_tables_make_the_same_keys_cascades_and_partial_indexes(empty: Store) -> None:
    schema.bring_up_to_date(empty)
    migrated = shape(empty)
    Base.metadata.drop_all(empty.engine)
    Base.metadata.create_all(empty.engine)

    assert migrated == shape(empty)
    assert any("open" in str(where) for _, _, where in migrated["work"][2])  # type: ignore[index]


def test_the_newest_migration_is_the_one_the_store_asks_for(empty: Store) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]
    schema.bring_up_to_date(empty)
    assert schema.version(empty) == schema.HEAD


def test_bringing_it_up_to_date_again_changes_nothing(empty: Store, clock: FakeClock) -> None:
    schema.bring_up_to_date(empty)
    with empty.write() as session:
        athletes.create(session, clock(), timezone="Europe/Rome")
    schema.bring_up_to_date(empty)

    with empty.read() as session:
        assert athletes.count(session) == 1
    assert differences(empty) == []


ACCOUNT_OF_0001 = (
    """INSERT INTO athlete (id, role, created_at, timezone, target_per_week, week_starts_on, weekday_slot,
        weekend_slot, quiet_from, quiet_until, max_minutes, never_weekdays, units)
    VALUES (1, 'owner', :at, 'Europe/Rome', 2, 0, '18:30:00.000000', '11:00:00.000000', '21:00:00.000000',
        '07:30:00.000000', 12, '[]', 'km')""",
    """INSERT INTO correction (athlete_id, activity_digest, said, at) VALUES (1, 'digest', 'hard', :at)""",
    """INSERT INTO session (athlete_id, "on", size, started_at, done_at, minutes, prescription, origin)
    VALUES (1, '2030-05-06', 'full', :at, :at, 12, '{}', 'page')""",
    """INSERT INTO activity (athlete_id, id, expires_at, fetched_at, start_at, local_on, sport_type, facts,
        kind, verdict, judged_at)
    VALUES (1, 7, '2030-05-14 00:00:00', :at, :at, '2030-05-06', 'Run', '{}', 'easy',
        '{"kind": "easy", "reasons": []}', :at)""",
    """INSERT INTO outlook (athlete_id, expires_at, decided_at, local_on, body)
    VALUES (1, '2030-05-14 00:00:00', :at, '2030-05-08', '{"state": "ask"}')""",
)


def test_an_account_from_before_keeps_all_it_has_and_gets_what_is_new(empty: Store, clock: FakeClock) -> None:
    """Its rows hang on the account: a migration that rebuilt that table would take them away."""
    with empty.write() as session:
        command.upgrade(alembic_for(session.connection()), "0001")
    with empty.engine.begin() as connection:
        for statement in ACCOUNT_OF_0001:
            connection.execute(text(statement), {"at": f"{clock():%Y-%m-%d %H:%M:%S}"})
    schema.bring_up_to_date(empty)

    with empty.read() as session:
        (athlete,) = athletes.everyone(session)
        assert athletes.preferences(athlete) == Preferences()
        assert corrections.words(session, athlete.id) == {"digest": RunKind.HARD}
        assert corrections.steps(session, athlete.id) == ()
        assert sessions.count_done(session, athlete.id)[0] == 1
        # verdicts of other rules are dropped, and asked for anew
        assert activities.verdict(session, athlete.id, 7) is None
        assert list(activities.unjudged(session, athlete.id, clock())) == [7]
        assert prompts.outlook(session, athlete.id, clock()) is None
        assert work.has_open(session, athlete.id, "classify")
    assert differences(empty) == []


@pytest.mark.parametrize(
    ("until", "timezone", "last_on"),
    [
        ("2130-05-12 22:00:00", "Europe/Rome", date(2130, 5, 12)),
        ("2130-05-13 00:00:00", "", date(2130, 5, 12)),
        ("2020-05-12 22:00:00", "Europe/Rome", None),
    ],
)
def test_a_pause_from_before_goes_on_as_a_holiday(
    empty: Store, clock: FakeClock, until: str, timezone: str, last_on: date | None
) -> None:
    with empty.write() as session:
        command.upgrade(alembic_for(session.connection()), "0001")
    paused = "UPDATE athlete SET paused_until = :until, timezone = :timezone"
    with empty.engine.begin() as connection:
        connection.execute(text(ACCOUNT_OF_0001[0]), {"at": f"{clock():%Y-%m-%d %H:%M:%S}"})
        stored = f"{until}.000000" if empty.is_sqlite else f"{until}+00"
        connection.execute(text(paused), {"until": stored, "timezone": timezone})
    schema.bring_up_to_date(empty)

    with empty.read() as session:
        found = calendar.away(session, 1, date(2000, 1, 1))
    assert [(away.last_on, away.why) for away in found] == ([(last_on, Why.HOLIDAY)] if last_on else [])
    assert all(away.first_on < date(2130, 1, 1) for away in found)


def test_an_upgrade_can_be_taken_back(empty: Store) -> None:
    schema.bring_up_to_date(empty)
    with empty.write() as session:
        command.downgrade(alembic_for(session.connection()), "0001")
    assert schema.version(empty) == "0001"
    schema.bring_up_to_date(empty)
    assert differences(empty) == []


def test_an_empty_file_from_before_is_filled(tmp_path: Path) -> None:
    file = tmp_path / "afterrun.db"
    file.touch()
    store = Store(f"sqlite:///{file}")
    schema.bring_up_to_date(store)

    assert differences(store) == []
    store.close()


def test_a_start_that_died_before_the_first_migration_is_taken_up(empty: Store) -> None:
    """Alembic's own table is there, and no version in it."""
    with empty.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    schema.bring_up_to_date(empty)

    assert schema.version(empty) == schema.HEAD
    assert differences(empty) == []
