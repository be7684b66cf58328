"""A sender of planned messages, and a Telegram that keeps to its limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.delivery import Sender
from bot.rendering import Form
from summarizer.models import derive_id
from summarizer.storage import Chat, Delivery, OutMessage, Storage
from tests import telegram_chats
from tests.telegram_server import TelegramServer

NOW = datetime(2023, 3, 21, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPERATOR = 77


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(strict_limits=True) as running:
        yield running


def make_bot(server: TelegramServer, *, read_timeout: float = 60) -> Bot:
    request = HTTPXRequest(connection_pool_size=64, read_timeout=read_timeout)
    return Bot(server.token, base_url=f"{server.url}/bot", request=request)


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    made = make_bot(server)
    async with made:
        yield made


@pytest.fixture
def sender(bot: Bot, sqlite_storage: Storage) -> Sender:
    return make_sender(bot, sqlite_storage)


def make_sender(bot: Bot, storage: Storage) -> Sender:
    return Sender(
        bot,
        storage,
        late=12 * HOUR,
        operator_chats=[OPERATOR],
        form_of=lambda chat: Form(timezone=chat.timezone),
    )


async def know(storage: Storage, chat: telegram_chats.Chat, timezone: str = "UTC") -> None:
    await storage.chats.upsert(
        Chat(id=str(chat.id), kind=chat.type, timezone=timezone, created_at=NOW)
    )


async def plan(
    storage: Storage,
    chat: telegram_chats.Chat,
    *texts: str,
    at: datetime = NOW,
    kind: Literal["scheduled", "request", "notice"] = "scheduled",
    thread_id: int = 0,
    **values: object,
) -> str:
    """Plan a delivery of these texts and return its id."""
    delivery = Delivery(
        id=derive_id(str(chat.id), str(thread_id), kind, at.isoformat()),
        chat_id=str(chat.id),
        thread_id=thread_id,
        scheduled_at=at,
        kind=kind,
        created_at=at,
    )
    parts = [
        OutMessage(part=i, text=text, **values)  # type: ignore[arg-type]  # its own fields
        for i, text in enumerate(texts)
    ]
    await storage.deliveries.plan(delivery, parts)
    return delivery.id
