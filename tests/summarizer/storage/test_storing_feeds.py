from dataclasses import replace

from summarizer.models import Feed, FeedState, Reading
from summarizer.storage import Storage

from .making import DAY, HOUR, NOW, add_articles, make_article

NORTH = Feed(url="https://north.example/rss", outlet="North")
SOUTH = Feed(url="https://south.example/rss", outlet="South", language="de")


async def test_the_catalogues_feeds_are_added_once(storage: Storage) -> None:
    assert await storage.articles.sync_feeds([NORTH, SOUTH, NORTH]) == 2
    assert await storage.articles.sync_feeds([NORTH, SOUTH]) == 0
    assert await storage.articles.sync_feeds([]) == 0
    assert await storage.articles.feeds() == [
        (NORTH, FeedState(url=NORTH.url)),
        (SOUTH, FeedState(url=SOUTH.url)),
    ]


async def test_the_catalogue_renames_its_own_feeds_but_not_an_operators(storage: Storage) -> None:
    await storage.articles.sync_feeds([NORTH])
    await storage.articles.add_feed(replace(SOUTH, outlet="Mine"))

    await storage.articles.sync_feeds([replace(NORTH, outlet="North News"), SOUTH])

    assert [feed.outlet for feed, _ in await storage.articles.feeds()] == ["Mine", "North News"]


async def test_a_removed_feed_does_not_come_back_with_the_catalogue(storage: Storage) -> None:
    await storage.articles.sync_feeds([NORTH])

    assert await storage.articles.remove_feed(NORTH.url)
    assert not await storage.articles.remove_feed(NORTH.url)
    assert await storage.articles.sync_feeds([NORTH]) == 0

    assert await storage.articles.feeds() == []
    assert await storage.articles.due_feeds(NOW) == []


async def test_an_operator_brings_back_a_removed_or_disabled_feed(storage: Storage) -> None:
    await storage.articles.sync_feeds([NORTH, SOUTH])
    await storage.articles.remove_feed(NORTH.url)
    broken = FeedState(url=SOUTH.url, failures=9, last_error="gone", disabled=True, next_at=NOW)
    await storage.articles.save_feed_state(broken)

    assert await storage.articles.add_feed(NORTH)
    assert await storage.articles.add_feed(SOUTH)
    assert not await storage.articles.add_feed(SOUTH)

    assert [state for _, state in await storage.articles.due_feeds(NOW)] == [
        FeedState(url=NORTH.url),
        FeedState(url=SOUTH.url),
    ]


async def test_a_feeds_state_is_kept_and_says_when_it_is_due(storage: Storage) -> None:
    await storage.articles.sync_feeds([NORTH, SOUTH])
    state = FeedState(
        url=NORTH.url,
        etag='"x"',
        last_modified="Sat, 21 Mar 2026 08:00:00 GMT",
        next_at=NOW + HOUR,
        interval_s=300,
        failures=2,
        last_error="status 503",
        last_ok_at=NOW - DAY,
        last_tried_at=NOW,
    )

    await storage.articles.save_feed_state(state)
    await storage.articles.save_feed_state(FeedState(url="https://unknown.example/"))

    assert await storage.articles.feeds() == [(NORTH, state), (SOUTH, FeedState(url=SOUTH.url))]
    assert [feed for feed, _ in await storage.articles.due_feeds(NOW)] == [SOUTH]
    assert [feed for feed, _ in await storage.articles.due_feeds(NOW + HOUR)] == [SOUTH, NORTH]
    before = [feed for feed, _ in await storage.articles.due_feeds(NOW - DAY)]
    assert before == [SOUTH, NORTH], "read by a clock that was ahead"


async def test_the_footer_counts_articles_feeds_and_skipped_languages(storage: Storage) -> None:
    states = {
        "ok": FeedState(url="ok", last_ok_at=NOW - DAY, last_tried_at=NOW),
        "well-then-bad": FeedState(url="w", failures=1, last_ok_at=NOW - HOUR, last_tried_at=NOW),
        "bad": FeedState(url="bad", failures=1, last_ok_at=NOW - 3 * DAY, last_tried_at=NOW),
        "disabled": FeedState(url="d", disabled=True, last_ok_at=NOW - 3 * DAY, last_tried_at=NOW),
        "never tried": FeedState(url="never"),
    }
    await storage.articles.sync_feeds([Feed(url=s.url, outlet="o") for s in states.values()])
    for state in states.values():
        await storage.articles.save_feed_state(state)
    await add_articles(
        storage, make_article("a"), make_article("b", fetched_at=NOW - 2 * DAY), make_article("c")
    )
    rounds = [("fr", 2, NOW), ("fr", 3, NOW - HOUR / 2), ("de", 1, NOW), ("de", 9, NOW - 2 * DAY)]
    for language, n, at in rounds:
        urls = {f"{language}{at}{k}": language for k in range(n)}
        await storage.articles.mark_entries_seen(urls, at, urls)
        # What is dealt with again is not counted again.
        await storage.articles.mark_entries_seen(urls, at, urls)

    reading = await storage.articles.reading(NOW - DAY, NOW)

    assert reading == Reading(articles=2, feeds_ok=2, feeds=4, skipped_languages={"de": 1, "fr": 5})
    assert reading.unreachable == 2


async def test_entries_are_seen_once_and_forgotten_in_time(storage: Storage) -> None:
    await storage.articles.mark_entries_seen([], NOW)
    await storage.articles.mark_entries_seen(["u1", "u2", "u1"], NOW - 2 * DAY)
    await storage.articles.mark_entries_seen(["u2"], NOW)
    assert await storage.articles.seen_entry_urls(["u1", "u2", "u3"]) == {"u1", "u2"}

    await storage.purge(NOW - DAY)

    assert await storage.articles.seen_entry_urls(["u1", "u2", "u3"]) == {"u2"}
