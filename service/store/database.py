"""Open the database, and hand out transactions: many readers, one writer at a time on SQLite."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session, sessionmaker

from service.store.cache import STRICT

BUSY_TIMEOUT_MS = 10_000


class StoreUnavailable(Exception):
    """The database cannot be read or written now: locked, full, or gone. One clear line."""


class Store:
    """``read()`` and ``write()`` give a Session; leaving ``write()`` without an error commits it.

    ``remembers``: keep in memory what was parsed of the cache, beyond the rows' own end. For recorded pasts
    alone: what is deleted must be gone.
    """

    def __init__(self, url: str, *, kept: timedelta = STRICT, remembers: bool = False) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        info: dict[str, Any] = {"kept": kept, "parsed": {} if remembers else None}
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, info=info)
        # SQLite's busy handler sleeps and starves; a lock in front of it keeps the slowest write short.
        self._writer: AbstractContextManager[Any] = Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with _clear_errors(), self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with _clear_errors(), self._writer, self._sessions.begin() as session:
            if self.is_sqlite:
                session.connection(execution_options={"afterrun_write": True})
            yield session

    def forget(self) -> None:
        """Let what was deleted leave the disk too: empty the write-ahead log, where old pages linger."""
        if self.is_sqlite:
            with _clear_errors(), self._writer, self.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # a checkpoint is refused inside a transaction
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql" and parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions by itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # A transaction that reads first and writes later can fail at the upgrade; take the lock at once.
    writes = connection.get_execution_options().get("afterrun_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(_line(str(error.orig))) from error
    except NoConnectionFree as error:
        raise StoreUnavailable("every connection to the database is in use") from error


def _line(cause: str) -> str:
    if "database is locked" in cause:
        return "the database is locked by another process"
    if "disk is full" in cause or "No space left" in cause:
        return "the disk is full: nothing was written"
    return f"the database did not answer: {cause.splitlines()[0] if cause else 'no reason given'}"
