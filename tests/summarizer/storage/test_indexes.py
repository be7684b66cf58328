"""What runs every few seconds must not read whole tables, however much has piled up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from summarizer.storage import CitedPage, Follow, Storage
from summarizer.storage.schema import metadata

from .making import (
    HOUR,
    NOW,
    make_article,
    make_chat,
    make_delivery,
    make_part,
    make_report,
    make_story,
    make_subscription,
    make_vectors,
)

# The others hold one row for each feed, or for each hour and language.
BIG = set(metadata.tables) - {"feeds", "skipped"}
# These hold nothing but what is looked for.
PARTIAL = {
    "ix_articles_ungrouped",
    "ix_stories_unwritten",
    "ix_messages_edit_at",
    "ix_messages_possible_duplicate",
    "ix_queries_wanted",
}


@contextmanager
def recorded(storage: Storage) -> Iterator[list[tuple[str, Any]]]:
    statements: list[tuple[str, Any]] = []

    def record(
        connection: object, cursor: object, sql: str, parameters: Any, context: object, many: bool
    ) -> None:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            statements.append((sql, parameters[0] if many else parameters))

    engine = storage._database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine, "before_cursor_execute", record)


@pytest.mark.parametrize(
    "step",
    [
        *("collecting", "grouping", "writing", "reading", "scheduling", "sending"),
        *("following", "correcting", "asking", "updating"),
    ],
)
async def test_frequent_steps_use_indexes(sqlite_storage: Storage, step: str) -> None:
    with recorded(sqlite_storage) as statements:
        await STEPS[step](sqlite_storage)

    async with sqlite_storage._database.read() as connection:
        for sql, parameters in statements:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters or None)
            for row in plan:
                words = row.detail.split()
                whole = words[0] == "SCAN" and words[1] in BIG and words[-1] not in PARTIAL
                assert not whole, f"{row.detail}: {sql}"
    assert statements


async def collect(storage: Storage) -> None:
    await storage.articles.due_feeds(NOW)
    await storage.articles.seen_entry_urls(["u"])
    await storage.articles.mark_entries_seen(["u"], NOW)
    await storage.articles.known(["a"])
    await storage.articles.add([make_article("a"), make_article("b")], make_vectors(2))
    await storage.articles.add([make_article("a", text="Changed.")], make_vectors(1))
    await storage.articles.save_validators({"a": (None, None)})


async def group(storage: Storage) -> None:
    await storage.articles.add([make_article("a")], make_vectors(1))
    await storage.articles.ungrouped(10, language="en")
    await storage.articles.ungrouped_languages()
    await storage.articles.save_vectors([make_article("a")], make_vectors(1))
    await storage.stories.open_stories(NOW, language="en")
    await storage.stories.members(["s"])
    await storage.stories.save([make_story()], [make_article()])
    await storage.stories.story_of("a")


async def write(storage: Storage) -> None:
    await group(storage)
    await storage.stories.unwritten(10)
    await storage.stories.unwritten_version("s")
    await storage.stories.known_facts("s")
    await storage.stories.save_report(make_report())


async def read(storage: Storage) -> None:
    await storage.stories.reports(NOW)
    await storage.stories.report("s")
    await storage.articles.reading(NOW - HOUR, NOW)
    await storage.articles.count_since(NOW)
    await storage.queries.want(["ferries"])
    await storage.queries.wanted()
    await storage.queries.save(["ferries"], make_vectors(1))
    await storage.queries.vectors(["ferries"])


async def schedule(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    subscription, _ = await storage.chats.subscribe(make_subscription())
    await storage.chats.due(NOW, 10)
    await storage.chats.due(NOW, 10, ending="7")
    await storage.told.of("c", 0)
    part = make_part(fact_ids=("f",), story_ids=("s",))
    await storage.deliveries.plan(make_delivery(), [part], [(subscription.id, NOW + HOUR, NOW)])


async def follow(storage: Storage) -> None:
    await write(storage)
    await schedule(storage)
    following = Follow(chat_id="c", story_id="s", version=1, since=NOW, not_before=NOW)
    await storage.follows.follow(following)
    await storage.follows.due(NOW, 10)
    await storage.follows.keep(following)
    await storage.follows.followed("c", 0)
    await storage.follows.disliked("c", 0)
    await storage.follows.move(following, "s")
    await storage.follows.unfollow("c", 0, "s")


async def send(storage: Storage) -> None:
    await schedule(storage)
    await storage.deliveries.pending(NOW, 10)
    await storage.deliveries.mark_sending(["d.0"])
    await storage.deliveries.mark_failed("d.0", "timed out", NOW)
    await storage.deliveries.mark_sent("d.0", 7, NOW)
    await storage.deliveries.post("c", 0, "s")
    await storage.deliveries.hold_chat("c", NOW)
    await storage.deliveries.recover()


async def correct(storage: Storage) -> None:
    await send(storage)
    corrections = storage.corrections
    await corrections.due_pages(NOW, 10)
    await corrections.finish_page(
        CitedPage(article=make_article(), etag=None, last_modified=None), NOW
    )
    await corrections.citing("a")
    [message] = await corrections.sent(["s"], ["part"], since=NOW, limit=10)
    await corrections.revise({message: "new"}, NOW)
    await corrections.due_edits(NOW, 10)
    await corrections.finish_edit(message)


async def ask(storage: Storage) -> None:
    await storage.chats.get("c")
    await storage.chats.subscriptions("c")
    await storage.chats.subscription("x")
    await storage.chats.log_request("c", NOW)
    await storage.chats.count_requests("c", NOW)


async def receive(storage: Storage) -> None:
    await storage.updates.store(1, "{}", NOW)
    await storage.updates.unhandled()
    await storage.updates.handled(1, NOW)


STEPS = {
    "collecting": collect,
    "grouping": group,
    "writing": write,
    "reading": read,
    "scheduling": schedule,
    "sending": send,
    "following": follow,
    "correcting": correct,
    "asking": ask,
    "updating": receive,
}
