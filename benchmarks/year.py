"""A year of news in one database, day by day: `python -m benchmarks.year`.

Stories, reports, digests and updates are stored by the code that stores them in the bot, and each
day ends with its purge; only the days are simulated. The database must stop growing once it holds
what retention keeps, and keep every subscription.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from config.settings import load_settings
from summarizer.models import derive_id
from summarizer.storage import Storage
from tests.summarizer.storage.making import (
    DAY,
    NOW,
    make_article,
    make_chat,
    make_delivery,
    make_part,
    make_report,
    make_sentence,
    make_story,
    make_subscription,
    make_vectors,
)

CHATS = 5
ARTICLES = 3
"""Of a story."""
GROWTH = 1.1
"""The database may be so much larger at the end than it was when retention was first full."""
_WORDS = "ferry council harbour minister river strike court market storm bridge vote coast".split()  # noqa: SIM905


@dataclass(slots=True, kw_only=True)
class Year:
    """What a run came to."""

    retention_days: int
    full_bytes: int = 0
    """A month after the first day's news was due to go."""
    end_bytes: int = 0
    subscriptions: int = 0
    by_month: list[int] = field(default_factory=list)
    """Megabytes at the end of each 30 days."""

    @property
    def is_well(self) -> bool:
        return self.end_bytes <= GROWTH * self.full_bytes and self.subscriptions == CHATS


async def run(folder: Path, *, days: int, stories: int) -> Year:
    """Live so many days with so many stories each; return how the database grew."""
    chance = random.Random(1)
    url = f"sqlite+aiosqlite:///{folder / 'digest.db'}"
    keeps = load_settings(environ={"DIGEST_PATHS__DATA": str(folder)}).stories.retention_days
    year = Year(retention_days=keeps)
    storage = await Storage.open(url)
    try:
        for n in range(CHATS):
            await storage.chats.upsert(make_chat(str(n)))
            await storage.chats.subscribe(make_subscription(str(n)))
        for day in range(days):
            now = NOW + day * DAY
            await _live(storage, now, stories, chance)
            await storage.purge(now - keeps * DAY)
            size = (await storage.vitals(now)).database_bytes
            if day == min(2 * keeps, days - 1):
                year.full_bytes = size
            if day % 30 == 29:
                year.by_month.append(round(size / 1e6))
        vitals = await storage.vitals(now)
        year.end_bytes, year.subscriptions = vitals.database_bytes, vitals.subscriptions
    finally:
        await storage.close()
    return year


async def _live(storage: Storage, now: datetime, count: int, chance: random.Random) -> None:
    """Store one day: its stories with their reports, a digest for each chat, and its answer."""

    def words(n: int) -> str:
        return " ".join(chance.choices(_WORDS, k=n))

    ids = [f"{now:%Y%m%d}-{n}" for n in range(count)]
    members = {id: [f"{id}-{n}" for n in range(ARTICLES)] for id in ids}
    articles = [
        make_article(a, title=words(8), text=words(500), published_at=now, fetched_at=now)
        for own in members.values()
        for a in own
    ]
    await storage.articles.add(articles, make_vectors(len(articles)))
    await storage.articles.mark_entries_seen([a.url or "" for a in articles], now)
    dated = {"opened_at": now, "updated_at": now}
    await storage.stories.save([make_story(id, *members[id], **dated) for id in ids])
    for id in ids:
        sentences = tuple(
            replace(make_sentence(f"{id}-{n}", f"{id}-{n}"), text=words(20)) for n in range(8)
        )
        await storage.stories.save_report(
            make_report(id, sentences=sentences, written_at=now, **dated)
        )
    for chat in range(CHATS):
        part = make_part(
            text=words(300), story_ids=tuple(ids[:5]), fact_ids=tuple(f"{id}-0" for id in ids[:5])
        )
        delivery = derive_id(str(chat), now.isoformat())
        await storage.deliveries.plan(
            make_delivery(delivery, chat_id=str(chat), scheduled_at=now, created_at=now), [part]
        )
        [message] = [
            m for m in await storage.deliveries.pending(now, 100) if m.chat_id == str(chat)
        ]
        await storage.deliveries.mark_sending([message.id])
        await storage.deliveries.mark_sent(message.id, chat + 1, now)
        number = int(now.timestamp()) + chat
        await storage.updates.store(number, json.dumps({"text": words(5)}), now)
        await storage.updates.handled(number, now + timedelta(seconds=1))
        await storage.chats.log_request(str(chat), now)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--stories", type=int, default=15, help="a day")
    chosen = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="digest-year-") as folder:
        year = asyncio.run(run(Path(folder), days=chosen.days, stories=chosen.stories))
    print(
        f"{chosen.days} days, {chosen.stories} stories a day, kept for {year.retention_days}: "
        f"{year.full_bytes / 1e6:.1f} MB when full, {year.end_bytes / 1e6:.1f} MB at the end, "
        f"{year.subscriptions} of {CHATS} subscriptions; MB by month {year.by_month}; "
        f"{time.monotonic() - started:.0f} s"
    )
    if not year.is_well:
        sys.exit(1)


if __name__ == "__main__":
    main()
