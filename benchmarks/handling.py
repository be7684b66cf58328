"""How long a person waits for an answer that needs no new summary.

    python -m benchmarks.handling [--chats 10000] [--rounds 40]

Each update is timed from its arrival to its end: stored, handled with its answers sent to the
tests' Bot API server on the loopback, marked as handled. The database is SQLite with its full
durability and has as many subscriptions as chats.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from telegram import Update

from benchmarks.delivery import NOW, STORIES_A_TOPIC, add_story, subscribe
from bot.app import App, build_app
from config.catalog import load_catalog
from config.settings import load_settings
from summarizer.computing import keep_loaded
from summarizer.digests.matching import catalog_topics
from summarizer.embedding import Embedder
from summarizer.pipeline import Pipeline
from summarizer.storage import Storage
from tests.telegram_chats import Chat
from tests.telegram_server import TelegramServer

COMMANDS = (
    "/start",
    "/help",
    "/subscribe",
    "/subscribe world 07:30",
    "/topics",
    "/schedule weekdays 08:00",
    "/timezone Lisbon",
    "/quiet 22:00 07:00",
    "/sources",
    "/settings",
    "/lang de",
    "/lang en",
    "/status",
    "/privacy",
    "/unsubscribe world",
)
PRESSES = ("World", "Technology", "Length: normal", "‹ Settings")
BAR_MS = 50


async def main(chats: int, rounds: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    topics = [topic for topic in catalog_topics(load_catalog()) if topic.queries]
    vectors = Embedder.load().embed([topic.queries[0] for topic in topics])
    with TemporaryDirectory(prefix="digest-bench-") as folder:
        storage = await Storage.open(f"sqlite+aiosqlite:///{Path(folder) / 'digest.db'}")
        async with TelegramServer() as server:
            settings = load_settings(
                environ={
                    "DIGEST_PATHS__DATA": folder,
                    "DIGEST_TELEGRAM__TOKEN": server.token,
                    "DIGEST_TELEGRAM__API_URL": server.url,
                }
            )
            async with Pipeline(settings=settings, storage=storage) as pipeline:
                for topic, vector in zip(topics, vectors, strict=True):
                    for number in range(STORIES_A_TOPIC):
                        await add_story(storage, f"{topic.key}-{number}", vector)
                await subscribe(storage, range(1_000_000, 1_000_000 + chats), topics)
                app = build_app(
                    settings, storage, pipeline, topics, lambda: NOW - timedelta(hours=1)
                )
                await app.application.initialize()
                keep_loaded()  # as `digest-bot run` does
                show(await measure(server, app, rounds))
                await app.application.shutdown()
        await storage.close()


async def measure(server: TelegramServer, app: App, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds that each command and button took, a new chat in each round."""
    took: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        chat = server.private_chat()
        for text in COMMANDS:
            await chat.send_text(text)
            milliseconds = await handle(server, app)
            if number:  # the first one reads the catalogues and compiles the statements
                took[text].append(milliseconds)
            for button in [b for b in PRESSES if has(chat, b)][:1]:
                await chat.press(button)
                milliseconds = await handle(server, app)
                if number:
                    took[f"[{button}]"].append(milliseconds)
    return took


def has(chat: Chat, button: str) -> bool:
    return any(button in row for row in chat.messages[-1].buttons)


async def handle(server: TelegramServer, app: App) -> float:
    """Let the bot handle the update that waits; return the milliseconds that takes."""
    update = Update.de_json(server.updates.pop(), app.application.bot)
    started = time.perf_counter()
    await app.inbox.take(update)
    await app.inbox.wait_for_room(1)
    return 1000 * (time.perf_counter() - started)


def show(took: dict[str, list[float]]) -> None:
    for name, figures in [*took.items(), ("all", [f for some in took.values() for f in some])]:
        ordered = sorted(figures)
        middle, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        print(f"{name:28} p50 {middle:6.1f} ms  p95 {high:6.1f} ms  bar {BAR_MS} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    asyncio.run(main(given.chats, given.rounds))
