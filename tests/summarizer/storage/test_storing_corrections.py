"""Pages that are due to be read again, and messages that are due to be edited."""

from __future__ import annotations

from dataclasses import replace

from summarizer.storage import Storage
from summarizer.storage.corrections import SentMessage, reread_times

from .making import (
    DAY,
    HOUR,
    NOW,
    add_articles,
    make_article,
    make_chat,
    make_delivery,
    make_part,
    make_report,
    make_story,
)


async def send(storage: Storage, chat_id: str = "c", text: str = "A ferry ran aground.") -> str:
    """Send a chat a message on the story s, which cites the articles a and b."""
    await storage.chats.upsert(make_chat(chat_id))
    await storage.deliveries.plan(
        make_delivery(f"d{chat_id}", chat_id=chat_id),
        [make_part(text=text, story_ids=("s",))],
        cites=["a", "b", "a"],
    )
    id = f"d{chat_id}.0"
    await storage.deliveries.mark_sending([id])
    await storage.deliveries.mark_sent(id, 7, NOW)
    return id


async def test_cited_pages_are_due_three_times_however_many_cite_them(storage: Storage) -> None:
    await add_articles(storage, make_article("a"), make_article("b"))
    await storage.articles.save_validators({"a": ('"1"', "Monday")})
    for chat_id in ("c", "e"):
        await send(storage, chat_id)
    assert await storage.corrections.due_pages(NOW, 10) == []

    first, second, third = reread_times(NOW)
    one, other = await storage.corrections.due_pages(first, 10)
    assert (one.article.id, one.etag, one.last_modified) == ("a", '"1"', "Monday")
    assert await storage.corrections.due_pages(first, 1) == [one]
    await storage.corrections.finish_page(replace(one, etag='"2"'), first)
    assert await storage.corrections.due_pages(first, 10) == [other]

    [again] = [p for p in await storage.corrections.due_pages(second, 10) if p.article.id == "a"]
    assert (again.etag, again.last_modified) == ('"2"', "Monday")
    for page in (one, other):
        await storage.corrections.finish_page(page, third)
    assert await storage.corrections.due_pages(NOW + 9 * DAY, 10) == []


async def test_pages_of_purged_articles_are_forgotten(storage: Storage) -> None:
    await add_articles(storage, make_article("b"))
    await send(storage)
    assert [p.article.id for p in await storage.corrections.due_pages(NOW + DAY, 10)] == ["b"]
    await storage.purge(NOW + 2 * DAY)
    await add_articles(storage, make_article("b"))
    assert await storage.corrections.due_pages(NOW + DAY, 10) == []


async def test_all_versions_of_the_stories_of_an_article_are_found(storage: Storage) -> None:
    await add_articles(storage, make_article("a"), make_article("b"))
    await storage.stories.save([make_story("s", "a", "b")])
    report = make_report("s")
    [sentence] = report.sentences
    await storage.stories.save_report(report)
    newer = replace(sentence, text="A ferry sank.")
    await storage.stories.save_report(replace(report, version=2, sentences=(newer,)))
    for id in ("a", "b"):
        found = await storage.corrections.citing(id)
        assert [r.sentences for r in found] == [(sentence,), (newer,)]
    assert await storage.corrections.citing("unknown") == []


async def test_messages_that_said_something_are_found_and_edited_once(storage: Storage) -> None:
    said = 'A ferry with 100% of_its "crew" ran aground.'
    for chat_id, text in (("c", said), ("e", f"{said} More."), ("f", "A ferry sank.")):
        await send(storage, chat_id, text)
    corrections = storage.corrections

    async def find(text: str = said, after: str = "") -> list[SentMessage]:
        return await corrections.sent(["s"], [text], since=NOW - HOUR, after=after, limit=10)

    one, other = await find()
    assert (one.id, one.chat_id, one.chat_kind, one.message_id) == ("dc.0", "c", "private", 7)
    assert await find(after=one.id) == [other]
    assert await find("A ferry with 100% of its") == [], "no wildcards"
    assert await corrections.sent(["t"], [said], since=NOW - HOUR, limit=10) == []
    assert await corrections.sent(["s"], [said], since=NOW + HOUR, limit=10) == []

    await corrections.revise({one: "New."}, NOW)
    await corrections.revise({one: "Newer."}, NOW)  # from the old text: that is no more
    [edited] = await corrections.due_edits(NOW, 10)
    assert edited == replace(one, text="New.")
    await corrections.finish_edit(edited, NOW + HOUR)
    assert await corrections.due_edits(NOW, 10) == []
    await corrections.revise({edited: "Newer."}, NOW)
    await corrections.finish_edit(edited)  # the chat has "New.", not what there is by now
    [latest] = await corrections.due_edits(NOW, 10)
    assert latest.text == "Newer."
    await corrections.finish_edit(latest)
    assert await corrections.due_edits(NOW + DAY, 10) == []
