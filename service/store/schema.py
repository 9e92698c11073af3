"""Make the database, or bring an older one up to date, by the migrations beside this file."""

from pathlib import Path

from sqlalchemy import inspect, text

from service.store.database import Store

HEAD = "0005"  # the newest migration; a test keeps it true
MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(store: Store) -> None:
    """Nothing to do is the usual case and costs one query: Alembic is only loaded when there is work for
    it.
    """
    if version(store) != HEAD:
        _migrate(store)


def version(store: Store) -> str | None:
    with store.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def _migrate(store: Store) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.write() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")
