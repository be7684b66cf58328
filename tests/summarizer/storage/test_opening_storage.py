import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, inspect, text

from summarizer.errors import NewerDatabaseError, StorageError
from summarizer.storage import Storage, migrations, upgrade
from summarizer.storage.database import make_engine, parse_url
from summarizer.storage.schema import metadata
from tests.conftest import new_database

from .making import NOW, make_chat

CURRENT = migrations.revisions()[0]


async def execute(url: str, *statements: str) -> None:
    engine = make_engine(parse_url(url), timeout_s=5)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_an_empty_database_gets_all_tables_once(
    empty_database_url: str, tmp_path: Path
) -> None:
    assert await upgrade(empty_database_url)
    assert not await upgrade(empty_database_url)

    storage = await Storage.open(empty_database_url)
    await storage.chats.upsert(make_chat())
    await storage.close()
    again = await Storage.open(empty_database_url)
    assert await again.chats.get("c") == make_chat()
    await again.close()
    assert not [name for name in files(tmp_path) if "before" in name]


async def test_the_migrations_build_exactly_the_schema(storage: Storage) -> None:
    def differences(connection: object) -> object:
        context = MigrationContext.configure(
            connection,  # type: ignore[arg-type]  # given by run_sync, which does not say
            opts={"compare_type": True, "version_table": migrations.VERSION_TABLE},
        )
        return compare_metadata(context, metadata)

    def checks(connection: object) -> set[str]:
        found = inspect(connection)
        return {str(c["name"]) for t in metadata.tables for c in found.get_check_constraints(t)}

    async with storage._database.read() as connection:
        assert await connection.run_sync(differences) == []
        assert await connection.run_sync(checks) == {"ck_deliveries_state", "ck_messages_state"}


async def test_two_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    changed = await asyncio.gather(*(upgrade(empty_database_url) for _ in range(3)))

    assert sorted(changed) == [False, False, True]


async def test_a_database_newer_than_the_code_is_refused(database_url: str) -> None:
    await execute(database_url, "UPDATE digest_bot_version SET version_num = '9999'")
    try:
        with pytest.raises(NewerDatabaseError, match="revision '9999': update digest-bot"):
            await Storage.open(database_url)
    finally:
        await execute(database_url, f"UPDATE digest_bot_version SET version_num = '{CURRENT}'")


async def test_a_database_that_cannot_hold_every_letter_is_refused(postgres_server: URL) -> None:
    options = "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    said = pytest.raises(StorageError, match="encoding SQL_ASCII")
    with new_database(postgres_server, options) as url, said:
        await Storage.open(url.render_as_string(hide_password=False))


async def test_another_programs_tables_are_left_alone(empty_database_url: str) -> None:
    await execute(empty_database_url, "CREATE TABLE articles (id TEXT)")

    with pytest.raises(StorageError, match=r"not a digest-bot database: .* table 'articles'"):
        await Storage.open(empty_database_url)


async def test_another_programs_file_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "recipes.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE recipes (id TEXT)")
    content = file.read_bytes()

    with pytest.raises(StorageError, match="it has a table 'recipes'"):
        await Storage.open(f"sqlite:///{file}")

    assert file.read_bytes() == content
    assert files(tmp_path) == {"recipes.db"}


async def test_a_server_that_ends_the_connection_is_named_and_asked_again(
    storage: Storage, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no server")

    async def be_cut_off() -> None:
        async with storage._database.write() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(StorageError, match="database failed: 'postgresql"):
        await be_cut_off()

    assert await storage.chats.upsert(make_chat()) == make_chat()


async def test_an_upgrade_makes_a_backup_first_and_keeps_the_data(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await Storage.open(sqlite_url)
    await storage.chats.upsert(make_chat())
    await storage.close()
    steps = later_steps(tmp_path, "op.add_column('chats', sa.Column('mood', sa.Text()))")
    monkeypatch.setattr(migrations, "FOLDER", steps)

    assert await upgrade(sqlite_url)

    before = tmp_path / f"digest.db.before-{CURRENT}"
    with (
        closing(sqlite3.connect(before)) as old,
        closing(sqlite3.connect(file_of(sqlite_url))) as new,
    ):
        assert "mood" not in old.execute("SELECT sql FROM sqlite_master").fetchall().__repr__()
        assert old.execute("SELECT id FROM chats").fetchall() == [("c",)]
        assert new.execute("SELECT id, mood FROM chats").fetchall() == [("c", None)]


async def test_an_upgrade_that_fails_changes_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = later_steps(
        tmp_path,
        "op.add_column('chats', sa.Column('mood', sa.Text()))\n    op.execute('SELECT mud')",
    )
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "FOLDER", steps)
        with pytest.raises(Exception, match="mud"):
            await upgrade(database_url)

    assert not await upgrade(database_url)
    storage = await Storage.open(database_url)
    assert await storage.chats.upsert(make_chat()) == make_chat()
    await storage.close()


def test_a_kill_in_the_middle_of_an_upgrade_leaves_the_old_database(
    sqlite_url: str, tmp_path: Path
) -> None:
    steps = later_steps(
        tmp_path,
        "op.add_column('chats', sa.Column('mood', sa.Text()))\n    __import__('os')._exit(9)",
    )
    program = (
        "import asyncio, pathlib, sys; from summarizer.storage import migrations, upgrade;"
        "migrations.FOLDER = pathlib.Path(sys.argv[1]); asyncio.run(upgrade(sys.argv[2]))"
    )

    killed = subprocess.run([sys.executable, "-c", program, str(steps), sqlite_url], check=False)

    assert killed.returncode == 9
    with closing(sqlite3.connect(file_of(sqlite_url))) as connection:
        assert "mood" not in str(connection.execute("SELECT sql FROM sqlite_master").fetchall())
        assert connection.execute("SELECT * FROM digest_bot_version").fetchall() == [(CURRENT,)]


async def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await execute(
        sqlite_url,
        "INSERT INTO deliveries (id, chat_id, scheduled_at, kind, created_at, state)"
        " VALUES ('d', 'c', '2026-03-21', 'notice', '2026-03-21', 'pending')",
        "INSERT INTO messages"
        " (id, delivery_id, part, chat_id, scheduled_at, text, story_ids, state)"
        " VALUES ('d.0', 'd', 0, 'c', '2026-03-21', 'hello', '[]', 'pending')",
    )
    rebuild = (
        "with op.batch_alter_table('deliveries', recreate='always') as t: t.drop_column('late')"
    )
    monkeypatch.setattr(migrations, "FOLDER", later_steps(tmp_path, rebuild))

    await upgrade(sqlite_url)

    with closing(sqlite3.connect(file_of(sqlite_url))) as connection:
        assert connection.execute("SELECT text FROM messages").fetchall() == [("hello",)]


async def test_a_step_that_breaks_references_is_undone(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan = (
        "op.execute(\"INSERT INTO facts (story_id, sentence_key, fact_id) VALUES ('s', 'k', 'f')\")"
    )
    monkeypatch.setattr(migrations, "FOLDER", later_steps(tmp_path, orphan))

    with pytest.raises(StorageError, match="broke references in table 'facts'; undone"):
        await upgrade(sqlite_url)

    with closing(sqlite3.connect(file_of(sqlite_url))) as connection:
        assert connection.execute("SELECT * FROM facts").fetchall() == []


async def test_sqlite_is_set_up_to_lose_nothing(sqlite_storage: Storage) -> None:
    async with sqlite_storage._database.write() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


async def test_a_failed_block_leaves_nothing_behind(storage: Storage) -> None:
    async def fail() -> None:
        async with storage._database.write() as connection:
            await connection.execute(
                text("INSERT INTO entries (url, seen_at) VALUES ('u', '2026-03-21 08:00:00')")
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await storage.articles.seen_entry_urls(["u"]) == frozenset()


async def test_many_writers_at_once_all_succeed(storage: Storage) -> None:
    mark = storage.articles.mark_entries_seen
    await asyncio.gather(*(mark([f"u{n}"], NOW, {f"u{n}": "fr"}) for n in range(30)))

    assert (await storage.articles.reading(NOW, NOW)).skipped_languages == {"fr": 30}


async def test_a_locked_database_is_named_and_can_be_used_later(sqlite_url: str) -> None:
    storage = await Storage.open(sqlite_url, timeout_s=0.1)
    with closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match=r"locked by another program: '.*digest.db'"):
            await storage.chats.upsert(make_chat())
        assert await storage.chats.get("c") is None
        other.execute("ROLLBACK")

    assert await storage.chats.upsert(make_chat()) == make_chat()
    await storage.close()


async def test_a_database_that_is_locked_at_start_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'digest.db'}"
    await upgrade(url)
    with closing(sqlite3.connect(tmp_path / "digest.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="locked by another program"):
            await Storage.open(url, timeout_s=0.1)
        other.execute("ROLLBACK")
        other.execute("BEGIN IMMEDIATE")  # lets the upgrade look, but not the journal change
        with pytest.raises(StorageError, match="locked by another program"):
            await Storage.open(url, timeout_s=0.1)


async def test_a_missing_driver_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StorageError, match=r"pip install 'digest-bot\[distributed\]'"):
        await Storage.open("postgresql://localhost/x")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("digest.db", "not a database URL: 'digest.db': write sqlite"),
        ("mysql://localhost/x", "not a supported database: 'mysql'"),
        ("sqlite+aiosqlite://", "in memory would forget everything"),
        ("sqlite:///:memory:", "in memory would forget everything"),
        ("sqlite+aiosqlite:////nowhere/at/all/digest.db", "no such folder .*'/nowhere/at/all'"),
        ("sqlite+aiosqlite:////proc/digest.db", "cannot open the database: '/proc/digest.db'"),
        ("postgresql://u:secret@127.0.0.1:9/x", r"database failed: .*u:\*\*\*@127.0.0.1:9/x"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_named(url: str, message: str) -> None:
    with pytest.raises(StorageError, match=message) as caught:
        await Storage.open(url, timeout_s=2)

    assert "secret" not in str(caught.value)


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "digest.db"
    file.write_text("Dear diary, today a ferry ran aground near Lindholm. " * 50)
    content = file.read_bytes()

    with pytest.raises(StorageError, match=r"not a SQLite database: '.*digest.db'"):
        await Storage.open(f"sqlite:///{file}")

    assert file.read_bytes() == content


async def test_a_folder_with_a_percent_sign_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "100%"
    folder.mkdir()
    monkeypatch.setattr(migrations, "FOLDER", later_steps(folder, "pass"))

    assert await upgrade(f"sqlite:///{folder / 'digest.db'}")


def file_of(url: str) -> str:
    return url.partition("///")[2]


def later_steps(folder: Path, code: str) -> Path:
    """Return a migrations folder as a later release may have it: one more step, doing `code`."""
    steps = folder / "later"
    (steps / "versions").mkdir(parents=True)
    for file in (migrations.FOLDER / "env.py", *migrations.FOLDER.glob("versions/v*.py")):
        (steps / file.relative_to(migrations.FOLDER)).write_text(file.read_text())
    (steps / "versions" / "v9000_later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '9000'\ndown_revision = '{CURRENT}'\n\n\ndef upgrade():\n    {code}\n"
    )
    return steps
