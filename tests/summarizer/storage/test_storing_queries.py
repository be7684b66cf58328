import numpy as np

from summarizer.storage import Storage

from .making import DAY, NOW, make_vectors


async def test_the_vectors_of_texts_are_asked_for_by_one_and_made_by_another(
    storage: Storage,
) -> None:
    await storage.queries.want(["ferries", "tides", "ferries"])
    assert sorted(await storage.queries.wanted()) == ["ferries", "tides"]
    assert await storage.queries.vectors(["ferries", "tides"]) == {}

    vectors = make_vectors(2)
    await storage.queries.save(["ferries", "tides"], vectors)

    assert await storage.queries.wanted() == []
    found = await storage.queries.vectors(["tides", "ferries", "reefs"])
    assert set(found) == {"ferries", "tides"}
    assert np.allclose(found["tides"], vectors[1])


async def test_asking_for_a_vector_that_is_there_changes_nothing(storage: Storage) -> None:
    await storage.queries.save(["ferries"], make_vectors(1))
    await storage.queries.want(["ferries"])
    assert await storage.queries.wanted() == []


async def test_a_text_that_the_database_cannot_keep_as_it_is_has_its_vector(
    storage: Storage,
) -> None:
    await storage.queries.save(["fer\x00ries"], make_vectors(1))
    assert set(await storage.queries.vectors(["fer\x00ries"])) == {"fer\x00ries"}


async def test_old_queries_are_forgotten(storage: Storage) -> None:
    await storage.queries.want(["ferries"])
    await storage.queries.purge(NOW - DAY)
    assert await storage.queries.wanted() == ["ferries"]
    await storage.queries.purge(NOW + 10_000 * DAY)
    assert await storage.queries.wanted() == []
