"""How fast the sender sends, held to Telegram's limits by the tests' Bot API server.

    python -m benchmarks.sending [--chats 600]

Private chats get a message each and some get several, groups get more than a minute allows. Bars:
as near to 30 a second as goes without a 429, one a second in a private chat, 20 a minute in a
group. The server runs in this process, so its time, and a busy machine, count as the line's: the
rate is 30 / (1 + the seconds a message is on its way).
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from telegram import Bot

from bot.delivery import Sender
from summarizer.models import derive_id
from summarizer.storage import Chat, Delivery, OutMessage, Storage
from tests.telegram_chats import Chat as ServerChat
from tests.telegram_server import TelegramServer

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
LONG, LONG_CHATS = 5, 5
GROUP, GROUPS = 25, 2


async def main(chats: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with TemporaryDirectory(prefix="digest-bench-") as folder:
        storage = await Storage.open(f"sqlite+aiosqlite:///{Path(folder) / 'digest.db'}")
        async with TelegramServer(strict_limits=True) as server:
            for _ in range(LONG_CHATS):  # the oldest, so that they go on beside the others
                await plan(storage, server.private_chat(), LONG, NOW - timedelta(minutes=1))
            for _ in range(chats):
                await plan(storage, server.private_chat(), 1)
            for _ in range(GROUPS):
                await plan(storage, server.supergroup(), GROUP)
            async with Bot(server.token, base_url=f"{server.url}/bot") as bot:
                sender = Sender(bot, storage, late=timedelta(hours=12))
                started = time.monotonic()
                while (await storage.deliveries.figures()).pending:
                    await sender.send_due(NOW + timedelta(seconds=time.monotonic() - started))
                    await asyncio.sleep(0.5)
            show(server)
        await storage.close()


async def plan(storage: Storage, chat: ServerChat, parts: int, at: datetime = NOW) -> None:
    known = Chat(id=str(chat.id), kind=chat.type, created_at=NOW)
    await storage.chats.upsert(known)
    delivery = Delivery(id=derive_id(known.id), chat_id=known.id, scheduled_at=at, created_at=at)
    await storage.deliveries.plan(
        delivery, [OutMessage(part=n, text=f"Part {n} of a digest.") for n in range(parts)]
    )


def show(server: TelegramServer) -> None:
    sent = [call for call in server.calls if call.method == "sendMessage"]
    refused = [call for call in sent if call.refused]
    times: defaultdict[int, list[float]] = defaultdict(list)
    for call in sent:
        times[int(call.parameters["chat_id"])].append(call.at)
    first = sent[0].at
    # The groups' last messages wait for their minute: the rate is that of all the others.
    private = [at for chat_id, all_ in times.items() if chat_id > 0 for at in all_]
    seconds = max(private) - first
    busy = sum(call.at <= max(private) for call in sent)
    most = max(Counter(int(at - first) for at in private).values())
    print(f"{len(sent)} messages; {busy} in {seconds:.1f} s: {busy / seconds:.1f} a second")
    print(f"most in one second of the clock: {most}; answered 429: {len(refused)} (bar 0)")
    apart = [b - a for i, all_ in times.items() if i > 0 for a, b in pairwise(all_)]
    print(f"private chats: at least {min(apart):.2f} s apart (bar 1)")
    minute = max(
        sum(start <= at < start + 60 for at in all_)
        for i, all_ in times.items()
        if i < 0
        for start in all_
    )
    print(f"groups: at most {minute} messages in any minute (bar 20)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=600)
    asyncio.run(main(parser.parse_args().chats))
