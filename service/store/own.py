"""The runner's own facts as one bundle, to take along. Walks the tables, so that a new one cannot be
forgotten.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store.tables import Base

# Keys to doors rather than facts: digests of sign-ins, links and invitations, and sealed addresses.
_NOT_FACTS = frozenset({"login_session", "used_link", "invitation"})
_NOT_SAID = frozenset({"athlete_id", "address_sealed"})


def own_facts(session: Session, athlete_id: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of every table of the runner's own facts, columns of that class only: nothing that came from
    Strava.
    """
    return {
        table.name: [
            {name: _plain(value) for name, value in row._mapping.items()}
            for row in session.execute(select(*_own_columns(table)).where(_owner_column(table) == athlete_id))
        ]
        for table in Base.metadata.sorted_tables
        if table.name not in _NOT_FACTS and _owner_column(table) is not None and _own_columns(table)
    }


def held(session: Session, athlete_id: int) -> dict[str, int]:
    """Rows by table, of everything that hangs on the account."""
    return {
        table.name: session.scalar(
            select(func.count()).select_from(table).where(_owner_column(table) == athlete_id)
        )
        or 0
        for table in Base.metadata.sorted_tables
        if _owner_column(table) is not None
    }


def _owner_column(table: Any) -> Any:
    return table.c.id if table.name == "athlete" else table.c.get("athlete_id")


def _own_columns(table: Any) -> list[Any]:
    return [column for column in table.c if column.info["data_class"] == "C" and column.name not in _NOT_SAID]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (datetime, date, time)) else value
