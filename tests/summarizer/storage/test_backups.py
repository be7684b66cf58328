import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from summarizer.errors import NewerDatabaseError, StorageError
from summarizer.storage import Storage, backup, restore

from .making import make_chat

POSTGRES = "postgresql+psycopg://localhost/digest"


async def save_chat(url: str, id: str) -> None:
    storage = await Storage.open(url)
    await storage.chats.upsert(make_chat(id))
    await storage.close()


async def saved_chats(url: str) -> list[str]:
    storage = await Storage.open(url)
    chats = [chat.id for chat in await storage.chats.active()]
    await storage.close()
    return chats


async def test_a_backup_of_a_database_in_use_is_one_whole_file(
    sqlite_storage: Storage, sqlite_url: str, tmp_path: Path
) -> None:
    await sqlite_storage.chats.upsert(make_chat())
    folder = tmp_path / "backups"
    folder.mkdir()

    backup(sqlite_url, folder / "digest.bak")

    assert [file.name for file in folder.iterdir()] == ["digest.bak"]
    assert await saved_chats(f"sqlite:///{folder / 'digest.bak'}") == ["c"]


async def test_a_restored_database_is_as_it_was_at_the_backup(
    sqlite_url: str, tmp_path: Path
) -> None:
    await save_chat(sqlite_url, "early")
    backup(sqlite_url, tmp_path / "digest.bak")
    await save_chat(sqlite_url, "late")

    restore(sqlite_url, tmp_path / "digest.bak")

    assert await saved_chats(sqlite_url) == ["early"]
    kept = f"sqlite:///{tmp_path / 'digest.db.before-restore'}"
    assert await saved_chats(kept) == ["early", "late"]


async def test_a_backup_can_be_restored_where_there_is_no_database(
    sqlite_url: str, tmp_path: Path
) -> None:
    await save_chat(sqlite_url, "c")
    backup(sqlite_url, tmp_path / "digest.bak")
    elsewhere = f"sqlite:///{tmp_path / 'new.db'}"

    restore(elsewhere, tmp_path / "digest.bak")

    assert await saved_chats(elsewhere) == ["c"]


async def test_a_database_in_use_is_not_replaced(sqlite_url: str, tmp_path: Path) -> None:
    backup(sqlite_url, tmp_path / "digest.bak")
    storage = await Storage.open(sqlite_url)
    await storage.chats.upsert(make_chat())

    with pytest.raises(StorageError, match=r"locked by another program"):
        restore(sqlite_url, tmp_path / "digest.bak", timeout_s=0.1)

    assert await storage.chats.get("c") == make_chat()
    await storage.close()


async def test_a_damaged_database_can_be_replaced_and_is_kept(
    sqlite_url: str, tmp_path: Path
) -> None:
    await save_chat(sqlite_url, "c")
    backup(sqlite_url, tmp_path / "digest.bak")
    (tmp_path / "digest.db").write_bytes(b"damaged" * 1000)
    (tmp_path / "digest.db-wal").write_bytes(b"damaged")

    with pytest.raises(StorageError, match=r"not a SQLite database: '.*digest.db'"):
        backup(sqlite_url, tmp_path / "other.bak")
    restore(sqlite_url, tmp_path / "digest.bak")

    assert await saved_chats(sqlite_url) == ["c"]
    assert (tmp_path / "digest.db.before-restore").read_bytes() == b"damaged" * 1000
    assert not (tmp_path / "other.bak.partial").exists()


async def test_a_backup_whose_rows_break_its_rules_is_damaged(
    sqlite_url: str, tmp_path: Path
) -> None:
    await save_chat(sqlite_url, "c")
    backup(sqlite_url, tmp_path / "digest.bak")
    with closing(sqlite3.connect(tmp_path / "digest.bak")) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql ="
            " replace(sql, 'inactive_reason TEXT', 'inactive_reason TEXT NOT NULL')"
        )

    with pytest.raises(StorageError, match=r"damaged: .*: NULL value in chats.inactive_reason"):
        restore(sqlite_url, tmp_path / "digest.bak")


async def test_a_backup_of_a_newer_version_is_not_restored(sqlite_url: str, tmp_path: Path) -> None:
    await save_chat(sqlite_url, "c")
    backup(sqlite_url, tmp_path / "digest.bak")
    with closing(sqlite3.connect(tmp_path / "digest.bak")) as connection, connection:
        connection.execute("UPDATE digest_bot_version SET version_num = '9999'")

    with pytest.raises(NewerDatabaseError, match="newer than this version"):
        restore(sqlite_url, tmp_path / "digest.bak")

    assert await saved_chats(sqlite_url) == ["c"]


def test_a_backup_to_where_nothing_can_be_written_is_refused(sqlite_url: str) -> None:
    with pytest.raises(StorageError, match=r"cannot open the database: .*/proc/digest.bak"):
        backup(sqlite_url, Path("/proc/digest.bak"))


def test_a_backup_overwrites_nothing(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "digest.bak").write_text("precious")

    with pytest.raises(StorageError, match=r"file exists: '.*digest.bak'"):
        backup(sqlite_url, tmp_path / "digest.bak")

    assert (tmp_path / "digest.bak").read_text() == "precious"


def test_a_backup_into_a_folder_that_is_not_there_is_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match=r"no such folder: '.*nowhere'"):
        backup(sqlite_url, tmp_path / "nowhere" / "digest.bak")
    with pytest.raises(StorageError, match=r"no such database: '.*nothing.db'"):
        backup(f"sqlite:///{tmp_path / 'nothing.db'}", tmp_path / "digest.bak")


async def test_what_is_no_sound_backup_is_not_restored(sqlite_url: str, tmp_path: Path) -> None:
    await save_chat(sqlite_url, "c")
    text, other, damaged = (tmp_path / name for name in ("text", "other.db", "damaged.db"))
    text.write_text("Dear diary, today a ferry ran aground. " * 50)
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE recipes (id)")
    backup(sqlite_url, damaged)
    content = bytearray(damaged.read_bytes())
    content[8192:40960] = bytes(32768)
    damaged.write_bytes(content)

    for source in (text, other, damaged):
        with pytest.raises(StorageError, match=f"{source.name}'"):
            restore(sqlite_url, source)
    with pytest.raises(StorageError, match="no such file"):
        restore(sqlite_url, tmp_path / "missing")

    assert await saved_chats(sqlite_url) == ["c"]


def test_postgresql_has_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="pg_dump"):
        backup(POSTGRES, tmp_path / "x")
    with pytest.raises(StorageError, match="pg_restore"):
        restore(POSTGRES, tmp_path / "x")
