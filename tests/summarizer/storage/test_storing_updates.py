from summarizer.storage import Storage

from .making import DAY, HOUR, NOW


async def test_an_update_is_stored_once_and_replayed_until_it_is_handled(storage: Storage) -> None:
    assert await storage.updates.store(2, "second", NOW)
    assert await storage.updates.store(1, "first", NOW, chat_id="c")
    assert not await storage.updates.store(1, "first", NOW)
    assert await storage.updates.unhandled() == ["first", "second"]

    await storage.updates.handled(1, NOW)
    await storage.updates.handled(9, NOW)

    assert await storage.updates.unhandled() == ["second"]
    assert not await storage.updates.store(1, "first", NOW)


async def test_what_people_wrote_is_not_kept_once_it_was_acted_on(storage: Storage) -> None:
    await storage.updates.store(1, "private words", NOW, chat_id="c")
    assert (await storage.chats.export_chat("c"))["updates"] != []

    await storage.updates.handled(1, NOW)

    assert (await storage.chats.export_chat("c"))["updates"] == []


async def test_only_handled_updates_are_forgotten(storage: Storage) -> None:
    await storage.updates.store(1, "handled", NOW)
    await storage.updates.handled(1, NOW + HOUR)
    await storage.updates.store(2, "not yet", NOW)

    assert (await storage.purge(NOW + DAY)).updates == 1

    assert await storage.updates.unhandled() == ["not yet"]
    assert await storage.updates.store(1, "handled", NOW)
