"""A whole day with the real parts: outlets, collector, model, bot; only Telegram is our own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App, build_app, run
from bot.sample import SampleServer
from config.catalog import load_catalog
from config.settings import load_settings
from summarizer.digests.matching import catalog_topics
from summarizer.pipeline import Pipeline
from summarizer.storage import Storage
from tests.telegram_server import TelegramServer


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


async def pass_time(app: App, clock: Clock, until: datetime) -> None:
    """Let the time come, read the news of it, then look for what is due."""
    clock.now = until
    await app.rounds.collect()
    await app.rounds.deliver()


@pytest.mark.slow
async def test_a_day_from_typing_subscribe_to_only_what_is_new(
    sqlite_storage: Storage, tmp_path: Path
) -> None:
    async with TelegramServer() as telegram, SampleServer() as outlets:
        settings = load_settings(
            environ={
                "DIGEST_PATHS__DATA": str(tmp_path),
                "DIGEST_TELEGRAM__TOKEN": telegram.token,
                "DIGEST_TELEGRAM__API_URL": telegram.url,
                "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
                # The test looks for what is due itself, at times of its own.
                "DIGEST_SCHEDULE__TICK_S": "3600",
                "DIGEST_SCHEDULE__COLLECT_S": "3600",
            }
        )
        clock = Clock(outlets.now - timedelta(hours=1))
        async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
            topics = catalog_topics(load_catalog())
            app = build_app(settings, sqlite_storage, pipeline, topics, clock)
            stop = asyncio.Event()
            running = asyncio.create_task(run(app, stop))
            try:
                await live_a_day(app, clock, telegram, outlets, sqlite_storage)
            finally:
                stop.set()
                await running


async def live_a_day(
    app: App, clock: Clock, telegram: TelegramServer, outlets: SampleServer, storage: Storage
) -> None:
    reader = telegram.private_chat(user_id=7, name="Ada")
    await reader.send_text("/start")
    await reader.wait_for_message()
    await reader.send_text("/subscribe ferry Lindholm 20:05")
    await reader.wait_for_message("20:05")
    await reader.send_text("/schedule 08:05 20:05")
    await reader.wait_for_message("08:05")

    await storage.articles.sync_feeds(outlets.feeds)
    seen = len(reader.messages)
    await pass_time(app, clock, outlets.now)
    assert len(reader.messages) == seen, "nothing is due at 20:00"
    await pass_time(app, clock, outlets.now + timedelta(minutes=5))
    evening = await reader.wait_for_message("Sources", timeout_s=60)
    assert "every sentence checked" in evening.text
    told, _ = await storage.told.of("7", 0)
    assert told

    outlets.advance()
    await pass_time(app, clock, outlets.now + timedelta(minutes=5))
    morning = await reader.wait_for_message("Update", timeout_s=60)
    assert morning.reply_to == evening.id
    told_then, _ = await storage.told.of("7", 0)
    assert told < told_then, "new facts, and only new ones"
    sentences = [s for s in evening.text.splitlines() if s.endswith("]")]
    assert not set(sentences) & set(morning.text.splitlines())

    await pass_time(app, clock, outlets.now + timedelta(hours=12, minutes=5))
    await reader.wait_for_message("20:05", timeout_s=60)
    assert (await storage.told.of("7", 0))[0] == told_then
