from dataclasses import replace
from datetime import timezone

import numpy as np
import pytest
from sqlalchemy.exc import StatementError

from summarizer.storage import Added, Storage

from .making import DAY, HOUR, NOW, add_articles, make_article, make_story, make_vectors

LONG = "The ferry ran aground near Lindholm on Sunday night with many people on board. " * 4


async def test_an_article_comes_back_as_it_was_added(storage: Storage) -> None:
    article = make_article(
        url=None, language="de", summary_only=True, text="Sturm über Lindholm.\n\n“Ruhe”, sagt er."
    )
    vectors = make_vectors(1)

    added = await storage.articles.add([article], vectors)

    assert added == Added(new=(article,))
    assert await storage.articles.get(["a", "unknown"]) == {"a": article}
    ((found, vector),) = (await storage.articles.with_vectors(["a"])).values()
    assert found == article
    assert vector.dtype == np.float32
    assert float(vector @ vectors[0]) == pytest.approx(1, abs=1e-3)


async def test_a_time_in_another_zone_comes_back_in_utc(storage: Storage) -> None:
    there = NOW.astimezone(timezone(5 * HOUR))
    await add_articles(storage, make_article(published_at=there))

    found = (await storage.articles.get(["a"]))["a"]

    assert found.published_at == NOW
    assert found.published_at.utcoffset() == 0 * HOUR


async def test_a_naive_time_is_refused(storage: Storage) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        await add_articles(storage, make_article(published_at=NOW.replace(tzinfo=None)))
    assert await storage.articles.get(["a"]) == {}


async def test_adding_an_unchanged_article_again_changes_nothing(storage: Storage) -> None:
    await add_articles(storage, make_article())
    again = make_article(text="A ferry ran aground, text a says. \n\n Nobody was hurt.")

    assert await storage.articles.add([again], make_vectors(1)) == Added()
    assert await storage.articles.known(["a"]) == {"a": 1}


@pytest.mark.parametrize("change", [{"text": "Another text."}, {"title": "Another title"}])
async def test_a_changed_article_is_a_revision_to_be_grouped_again(
    storage: Storage, change: dict[str, str]
) -> None:
    await add_articles(storage, make_article())
    await storage.stories.save([make_story()])
    assert await storage.articles.ungrouped(10) == []

    added = await storage.articles.add([make_article(**change)], make_vectors(1))

    assert added == Added(revised=(make_article(revision=2, **change),))
    assert await storage.articles.get(["a"]) == {"a": make_article(revision=2, **change)}
    assert [article.id for article, _ in await storage.articles.ungrouped(10)] == ["a"]


async def test_a_feeds_summary_does_not_replace_a_full_text(storage: Storage) -> None:
    await add_articles(storage, make_article(), make_article("b", summary_only=True))

    added = await storage.articles.add(
        [make_article(text="Short.", summary_only=True), make_article("b", text=LONG)],
        make_vectors(2),
    )

    assert [article.id for article in added.revised] == ["b"]
    assert (await storage.articles.get(["a"]))["a"].text == make_article().text


async def test_the_same_text_at_a_second_address_of_the_outlet_is_left_out(
    storage: Storage,
) -> None:
    await add_articles(storage, make_article(text=LONG))
    copy = make_article("b", text=f"{LONG}\n")
    batch = [copy, replace(copy, id="c", outlet="Another"), replace(copy, id="d", outlet="Another")]

    added = await storage.articles.add(batch, make_vectors(3))

    assert [article.id for article in added.new] == ["c"]
    assert added.revised == ()


async def test_short_texts_are_the_same_only_under_the_same_title(storage: Storage) -> None:
    batch = [
        make_article("a", title="Storm", text=""),
        make_article("b", title="Strike", text=""),
        make_article("c", title="Strike", text=""),
    ]

    added = await storage.articles.add(batch, make_vectors(3))

    assert [article.id for article in added.new] == ["a", "b"]


async def test_of_an_article_twice_in_one_batch_the_later_is_kept(storage: Storage) -> None:
    batch = [make_article(), make_article(text="Corrected.")]

    added = await storage.articles.add(batch, make_vectors(2))

    assert added == Added(new=(make_article(text="Corrected."),))
    assert await storage.articles.get(["a"]) == {"a": make_article(text="Corrected.")}


async def test_characters_no_database_holds_are_dropped(storage: Storage) -> None:
    article = make_article(text="A\x00ground \ud83d again.", title="\x00")

    await add_articles(storage, article)
    added = await storage.articles.add([article], make_vectors(1))

    assert added == Added()
    assert (await storage.articles.get(["a"]))["a"].text == "Aground  again."


async def test_ungrouped_articles_come_oldest_first(storage: Storage) -> None:
    await add_articles(
        storage,
        make_article("a"),
        make_article("b", published_at=NOW - HOUR),
        make_article("c", published_at=NOW + HOUR),
    )

    assert [article.id for article, _ in await storage.articles.ungrouped(2)] == ["b", "a"]


async def test_more_articles_than_one_statement_takes_are_added_and_found(
    storage: Storage,
) -> None:
    batch = [make_article(f"{n:04}") for n in range(2100)]
    vectors = np.zeros((len(batch), 384), dtype=np.float32)

    added = await storage.articles.add(batch, vectors)
    again = await storage.articles.add(batch, vectors)

    assert (len(added.new), again) == (2100, Added())
    assert len(await storage.articles.known(a.id for a in batch)) == 2100
    assert await storage.articles.count_since(NOW) == 2100


async def test_nothing_added_is_nothing(storage: Storage) -> None:
    assert await storage.articles.add([], make_vectors(0)) == Added()
    assert await storage.articles.count_since(NOW) == 0


async def test_purging_keeps_articles_of_stories_that_are_kept(storage: Storage) -> None:
    old = {"published_at": NOW - 2 * DAY, "fetched_at": NOW - 2 * DAY}
    await add_articles(
        storage, make_article("a", **old), make_article("b", **old), make_article("c")
    )
    await storage.stories.save([make_story("s", "a", "c")])

    purged = await storage.purge(NOW - DAY)

    assert (purged.articles, purged.stories) == (1, 0)
    assert set(await storage.articles.get("abc")) == {"a", "c"}


async def test_vectors_come_after_the_articles_and_go_with_a_revision(storage: Storage) -> None:
    await storage.articles.add([make_article("a"), make_article("b", language="de")])
    assert await storage.articles.ungrouped_languages() == ["de", "en"]
    [(article, vector)] = await storage.articles.ungrouped(10, language="en")
    assert vector is None

    await storage.articles.save_vectors([article], make_vectors(1))
    [(_, vector)] = await storage.articles.ungrouped(10, language="en")
    assert vector is not None
    assert np.allclose(vector, make_vectors(1)[0], atol=1e-3)

    await storage.articles.add([make_article("a", text="Changed.")])
    await storage.articles.save_vectors([article], make_vectors(1))  # of the text before
    [(_, vector)] = await storage.articles.ungrouped(10, language="en")
    assert vector is None
