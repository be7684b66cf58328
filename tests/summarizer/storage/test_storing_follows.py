"""Stories that chats follow or want fewer of, on both databases."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from summarizer.storage import Follow, Storage

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
    make_vector,
)


def make_follow(story_id: str = "s", **changes: object) -> Follow:
    values = {"chat_id": "c", "version": 1, "since": NOW, "not_before": NOW, **changes}
    return Follow(story_id=story_id, **values)  # type: ignore[arg-type]  # the test's own fields


async def tell(storage: Storage, story_id: str = "s", version: int = 1, **changes: object) -> None:
    """Keep a story with a report of this version."""
    await add_articles(storage, make_article())
    await storage.stories.save([make_story(story_id, version=version, **changes)])
    await storage.stories.save_report(make_report(story_id, version))


async def test_a_followed_story_is_due_once_it_has_a_new_version(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    await tell(storage)
    await storage.follows.follow(make_follow())
    assert await storage.follows.due(NOW, 10) == []
    await tell(storage, version=2)
    assert await storage.follows.due(NOW, 10) == [make_follow()]
    await storage.follows.keep(make_follow(version=2))
    assert await storage.follows.due(NOW, 10) == []


async def test_a_follow_waits_for_its_time_and_for_an_active_chat(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    await tell(storage, version=2)
    await storage.follows.follow(make_follow(not_before=NOW + HOUR))
    assert await storage.follows.due(NOW, 10) == []
    await storage.chats.deactivate("c", "blocked")
    assert await storage.follows.due(NOW + HOUR, 10) == []
    await storage.chats.reactivate("c")
    assert len(await storage.follows.due(NOW + HOUR, 10)) == 1
    await storage.follows.unfollow("c", 0, "s")
    assert await storage.follows.due(NOW + HOUR, 10) == []


async def test_following_again_changes_nothing_and_threads_are_apart(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    await tell(storage)
    await storage.follows.follow(make_follow(version=1))
    await storage.follows.follow(make_follow(version=7))
    await storage.follows.follow(make_follow(thread_id=5))
    await tell(storage, version=2)
    assert [f.version for f in await storage.follows.due(NOW, 10)] == [1, 1]
    assert await storage.follows.followed("c", 5) == {"s"}
    await storage.follows.unfollow("c", 5, "s")
    assert await storage.follows.followed("c", 5) == frozenset()
    assert await storage.follows.followed("c", 0) == {"s"}


async def test_a_follow_goes_on_with_the_story_that_its_own_was_merged_into(
    storage: Storage,
) -> None:
    await storage.chats.upsert(make_chat())
    await tell(storage, "old")
    await tell(storage, "new")
    await storage.follows.follow(make_follow("old"))
    await tell(storage, "old", merged_into="new")
    (due,) = await storage.follows.due(NOW, 10)
    moved = await storage.follows.move(due, "new")
    assert (moved.story_id, moved.since) == ("new", NOW)
    assert await storage.follows.followed("c", 0) == {"old", "new"}
    await storage.follows.follow(make_follow("old"))
    assert await storage.follows.due(NOW, 10) == [moved], "it looks at the merged story at once"
    await storage.follows.unfollow("c", 0, "old")
    assert await storage.follows.followed("c", 0) == frozenset()
    assert await storage.follows.move(moved, "old"), "what was ended meanwhile stays so"
    assert await storage.follows.followed("c", 0) == frozenset()


async def test_an_update_moves_its_follow_on_and_a_skipped_one_back(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    await tell(storage, version=2)
    await storage.follows.follow(make_follow())
    later = NOW + HOUR
    on = make_follow(version=2, since=later, not_before=later)
    update = make_delivery(kind="follow", created_at=later)
    await storage.deliveries.plan(update, [make_part(story_ids=("s",))], follow=on)
    assert await storage.follows.due(later, 10) == []
    await storage.deliveries.plan(update, [make_part()], follow=make_follow(version=9))
    assert (await storage.told.of("c", 0))[1] == {"s"}
    await storage.deliveries.skip("d", "too old")
    (due,) = await storage.follows.due(later, 10)
    assert due.since == later - DAY
    assert await storage.told.of("c", 0) == (frozenset(), frozenset())


async def test_dislikes_are_kept_taken_back_and_forgotten_with_time(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    await storage.follows.dislike("c", 0, "s", make_vector(1), NOW)
    await storage.follows.dislike("c", 0, "s", make_vector(2), NOW)
    await storage.follows.dislike("c", 0, "t", make_vector(3), NOW + HOUR)
    found = await storage.follows.disliked("c", 0)
    assert np.allclose(found["s"], make_vector(1), atol=1e-3)
    assert await storage.follows.disliked("c", 5) == {}
    await storage.follows.forgive("c", 0, "s")
    assert set(await storage.follows.disliked("c", 0)) == {"t"}
    await storage.purge(NOW + timedelta(minutes=30))
    assert set(await storage.follows.disliked("c", 0)) == {"t"}
    await storage.purge(NOW + DAY)
    assert await storage.follows.disliked("c", 0) == {}
