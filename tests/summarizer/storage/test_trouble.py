"""A disk that is full or cannot be written, a real one: named, nothing lost, over by itself."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from summarizer.errors import StorageError
from summarizer.storage import Storage

from .making import make_article, make_chat, make_vectors


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None or not mount(folder, "-t", "tmpfs", "-o", "size=4m", "tmpfs"):
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def mount(folder: Path, *options: str) -> bool:
    command = ["mount", *options, str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


async def test_a_full_disk_is_named_and_forgotten_once_there_is_room(
    disk: Path, sqlite_template: Path
) -> None:
    shutil.copyfile(sqlite_template, disk / "digest.db")
    storage = await Storage.open(f"sqlite:///{disk / 'digest.db'}")
    await storage.chats.upsert(make_chat())
    filler = disk / "filler"
    filler.write_bytes(b"x" * (shutil.disk_usage(disk).free - 200_000))
    articles = [make_article(str(n), text=f"{n} " * 5000) for n in range(100)]

    with pytest.raises(StorageError, match=r"disk is full: '.*digest.db'"):
        await storage.articles.add(articles, make_vectors(100))

    assert await storage.chats.get("c") == make_chat()
    assert await storage.articles.get(["0"]) == {}
    filler.unlink()
    assert len((await storage.articles.add(articles, make_vectors(100))).new) == 100
    await storage.close()


async def test_a_disk_that_cannot_be_written_is_named_and_used_once_it_can(
    disk: Path, sqlite_template: Path
) -> None:
    shutil.copyfile(sqlite_template, disk / "digest.db")
    url = f"sqlite:///{disk / 'digest.db'}"
    assert mount(disk, "-o", "remount,ro")

    with pytest.raises(StorageError, match=r"(read-only|cannot open the database): '.*digest.db'"):
        await Storage.open(url)

    assert mount(disk, "-o", "remount,rw")
    storage = await Storage.open(url)
    assert await storage.chats.upsert(make_chat()) == make_chat()
    await storage.close()
