from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import URL, func, select

from summarizer.errors import StorageError
from summarizer.storage import Storage, copying
from summarizer.storage.copying import copy_database
from summarizer.storage.schema import metadata
from tests.conftest import new_database

from .making import (
    HOUR,
    NOW,
    add_articles,
    make_article,
    make_chat,
    make_delivery,
    make_part,
    make_report,
    make_story,
    make_subscription,
    make_vectors,
)


@pytest.fixture
def target(postgres_server: URL) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
async def source(sqlite_url: str) -> str:
    """A SQLite database with something in most of its tables."""
    storage = await Storage.open(sqlite_url)
    names = ["a", "B", "ä", "b", "Z", "é", "日"]  # in another order for people than for bytes
    await add_articles(storage, *(make_article(name) for name in names))
    await storage.stories.save([make_story("s", "a", "B"), make_story("t", "ä")])
    await storage.stories.save_report(make_report("s"))
    await storage.chats.upsert(make_chat())
    subscription, _ = await storage.chats.subscribe(make_subscription())
    part = make_part(fact_ids=("f",), story_ids=("s",))
    await storage.deliveries.plan(make_delivery(), [part], [(subscription.id, NOW + HOUR, NOW)])
    await storage.updates.store(5, '{"text": "“quoted” 日"}', NOW, chat_id="c")
    await storage.queries.save(["ferries"], make_vectors(1))
    for n in range(5):
        await storage.chats.log_request("c", NOW)
        skipped = {f"de{n}": "de"}
        await storage.articles.mark_entries_seen(skipped, NOW - n * timedelta(hours=2), skipped)
    await storage.close()
    return sqlite_url


async def count_rows(url: str) -> dict[str, int]:
    storage = await Storage.open(url)
    async with storage._database.read() as connection:
        found = {
            table.name: (
                await connection.execute(select(func.count()).select_from(table))
            ).scalar_one()
            for table in metadata.sorted_tables
        }
    await storage.close()
    return found


async def test_everything_is_there_afterwards_and_goes_on(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 2)
    copied = await copy_database(source, target)
    rows = {table.name: table.rows for table in copied}
    assert rows == await count_rows(source) == await count_rows(target)
    assert rows["articles"] == 7
    assert rows["skipped"] == 5
    old, new = await Storage.open(source), await Storage.open(target)
    assert await new.chats.subscriptions("c") == await old.chats.subscriptions("c")
    found = await new.stories.report("s")
    assert found is not None
    assert found.sentences == make_report("s").sentences
    await new.chats.log_request("c", NOW)  # its number is not one of those that were copied
    assert await new.chats.count_requests("c", NOW) == 6
    await old.close()
    await new.close()


async def test_a_copy_that_was_broken_off_goes_on_where_it_was(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 2)
    steps: list[tuple[str, int]] = []

    def note(table: str, done: int, total: int) -> None:
        steps.append((table, done))
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copy_database(source, target, progress=note)
    before = list(steps)
    await copy_database(source, target, progress=note)
    assert not set(before) & set(steps[len(before) :])
    assert await count_rows(source) == await count_rows(target)

    steps.clear()
    again = await copy_database(source, target, progress=note)
    assert steps == []
    assert {table.rows for table in again} >= {7}


async def test_a_database_that_holds_something_else_is_left_alone(source: str, target: str) -> None:
    other = await Storage.open(target)
    await other.chats.upsert(make_chat(id="other"))
    await other.close()
    with pytest.raises(StorageError, match="other rows in table 'chats'"):
        await copy_database(source, target)
    assert (await count_rows(target))["chats"] == 1


async def test_only_sqlite_to_postgresql_is_copied(source: str, target: str) -> None:
    for pair in ((target, source), (source, source)):
        with pytest.raises(StorageError, match="from SQLite to PostgreSQL"):
            await copy_database(*pair)
