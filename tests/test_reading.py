"""Reading feeds: what a round counts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.settings import load_settings
from summarizer.models import Feed
from summarizer.pipeline import Pipeline
from summarizer.storage import Storage
from tests.web_server import Request, WebServer, response

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
GERMAN = (
    "Der Stadtrat hat am Dienstag beschlossen, den alten Hafen für Autos zu sperren, wie die "
    "Bürgermeisterin nach der Sitzung mitteilte. "
)


async def test_an_article_in_another_language_is_counted_once_by_two_rounds_at_a_time(
    sqlite_storage: Storage, tmp_path: Path
) -> None:
    arrived: list[Request] = []
    both = asyncio.Event()

    async def page(request: Request, writer: asyncio.StreamWriter) -> None:
        arrived.append(request)
        if len(arrived) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 5)
        writer.write(response(f"<html><body><article><p>{GERMAN * 5}</p></article></body></html>"))
        await writer.drain()

    async with WebServer() as server:
        item = (
            f"<item><title>Hafen</title><link>/a</link><description>{GERMAN}</description></item>"
        )
        server.pages["/rss"] = response(f"<rss><channel>{item}</channel></rss>")
        server.pages["/a"] = page
        await sqlite_storage.articles.sync_feeds([Feed(url=server.url("/rss"), outlet="Post")])
        settings = load_settings(
            environ={
                "DIGEST_PATHS__DATA": str(tmp_path),
                "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
            }
        )
        async with (
            Pipeline(settings=settings, storage=sqlite_storage) as one,
            Pipeline(settings=settings, storage=sqlite_storage) as other,
        ):
            await asyncio.gather(one.collect(NOON), other.collect(NOON))
        assert len(arrived) == 2
        read = await sqlite_storage.articles.reading(NOON - timedelta(days=1), NOON)
        assert read.skipped_languages == {"de": 1}
