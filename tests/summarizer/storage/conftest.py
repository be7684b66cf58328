"""Chats that messages are planned for, and what becomes of the messages."""

from datetime import datetime

import pytest

from summarizer.storage import Delivery, Storage

from .making import NOW, make_chat, make_delivery, make_part


@pytest.fixture
async def filled(storage: Storage) -> Storage:
    """A storage with the chats b and c."""
    await storage.chats.upsert(make_chat("b", kind="group"))
    await storage.chats.upsert(make_chat())
    return storage


async def plan(storage: Storage, id: str = "d", parts: int = 1, **changes: object) -> Delivery:
    delivery = make_delivery(id, **changes)
    await storage.deliveries.plan(delivery, [make_part(n) for n in range(parts)])
    return delivery


async def pending(storage: Storage, now: datetime = NOW) -> list[str]:
    return [message.id for message in await storage.deliveries.pending(now, 10)]


async def send(storage: Storage, id: str, message_id: int = 7, at: datetime = NOW) -> None:
    await storage.deliveries.mark_sending([id])
    await storage.deliveries.mark_sent(id, message_id, at)


async def state_of(storage: Storage, id: str) -> str | None:
    delivery = await storage.deliveries.get(id)
    return None if delivery is None else delivery.state
