"""The pictures of the README: what the bot sends on the sample days, drawn as Telegram shows it.

    python -m docs.pictures [--browser chromium]

The bot itself runs, against the tests' Bot API server: it reads the sample's evening, sends its
digest, reads the next morning and sends what is new. Its messages are set as a web page with
`telegram.css`; a browser takes `docs/*.png` of it and pngquant makes them small (Debian: chromium,
pngquant, fonts-roboto-unhinted).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bot.app import App, build_app, run
from bot.sample import SampleServer
from config.catalog import load_catalog
from config.settings import load_settings
from summarizer.digests.matching import catalog_topics
from summarizer.pipeline import Pipeline
from summarizer.storage import Storage
from tests.telegram_chats import Chat
from tests.telegram_messages import Message
from tests.telegram_server import TelegramServer

DOCS = Path(__file__).parent
WIDTH = 400
SCALE = 1.5


class Scene:
    """A person with the bot, on the sample's days."""

    app: App

    def __init__(self, chat: Chat, sample: SampleServer) -> None:
        self.chat = chat
        self._sample = sample
        self.early = timedelta(hours=1)
        """How long before the sample's time it is."""

    @property
    def now(self) -> datetime:
        return self._sample.now - self.early

    async def read(self) -> None:
        """Let the outlets' time come: read what they have by then, send what is due."""
        self.early = timedelta()
        await self.app.rounds.collect()
        await self.app.rounds.deliver()

    async def sleep(self) -> None:
        """Pass the night, then read."""
        self._sample.advance()
        await self.read()

    async def ask(self, text: str, wanted: str = "") -> Message:
        await self.chat.send_text(text)
        return await self.chat.wait_for_message(wanted)


@asynccontextmanager
async def open_scene(folder: str) -> AsyncIterator[Scene]:
    storage = await Storage.open(f"sqlite+aiosqlite:///{Path(folder) / 'digest.db'}")
    stop = asyncio.Event()
    async with SampleServer() as sample, TelegramServer() as server:
        settings = load_settings(
            environ={
                "DIGEST_PATHS__DATA": folder,
                "DIGEST_TELEGRAM__TOKEN": server.token,
                "DIGEST_TELEGRAM__API_URL": server.url,
                "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
                "DIGEST_COLLECTING__CATALOG_FEEDS": "false",
                "DIGEST_DIGESTS__STORIES": "3",
                # The days are played, not waited for.
                "DIGEST_SCHEDULE__TICK_S": "3600",
                "DIGEST_SCHEDULE__COLLECT_S": "3600",
            }
        )
        await storage.articles.sync_feeds(sample.feeds)
        async with Pipeline(settings=settings, storage=storage) as pipeline:
            catalogue = catalog_topics(load_catalog())
            scene = Scene(server.private_chat(), sample)
            scene.app = build_app(settings, storage, pipeline, catalogue, lambda: scene.now)
            running = asyncio.create_task(run(scene.app, stop, introduced=True))
            yield scene
            stop.set()
            await running
    await storage.close()


async def play(folder: str) -> dict[str, str]:
    """Return the pictures as web pages, by their names."""
    async with open_scene(folder) as scene:
        await scene.ask("/timezone London", "London")
        await scene.ask("/subscribe top 20:00 08:00", "Top stories")
        await scene.read()
        digest = await scene.chat.wait_for_message("Sources")
        pictures = {"digest": page([bubble(digest, "20:00")])}
        await scene.sleep()
        update = await scene.chat.wait_for_message("Update")
        pictures["update"] = page([bubble(update, "08:00", reply_to=digest)])
        await scene.ask("/subscribe chip export controls 07:30", "chip")
        await scene.ask("/subscribe science weekdays 18:00", "Science")
        topics = await scene.ask("/topics", "Your 3 topics")
        pictures["topics"] = page([said("/topics", "08:00"), bubble(topics, "08:00")])
        return pictures


# --- a message as Telegram shows it -----------------------------------------------------------


def page(parts: list[str]) -> str:
    """Return a chat with these messages."""
    style = (DOCS / "telegram.css").read_text(encoding="utf-8")
    measure = "document.documentElement.dataset.height = document.body.offsetHeight"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}</style>'
        f"<body>{''.join(parts)}<script>{measure}</script></html>"
    )


def said(text: str, at: str) -> str:
    """Return what the person wrote."""
    return f'<div class="mine">{escape(text)}<time>{at} ✓✓</time></div>'


def bubble(message: Message, at: str, *, reply_to: Message | None = None) -> str:
    """Return a message of the bot with its buttons."""
    html = re.sub(r"\n?(<blockquote[^>]*>)", r"\1", message.html)
    html = html.replace("</blockquote>\n", "</blockquote>").replace("\n", "<br>")
    reply = ""
    if reply_to is not None:
        first = escape(next(line for line in reply_to.text.splitlines() if line))
        reply = f'<div class="reply"><b>Digest</b><br>{first}</div>'
    rows = "".join(
        f"<div>{''.join(f'<span>{escape(text)}</span>' for text in row)}</div>"
        for row in message.buttons
    )
    return (
        f'<div class="message"><div class="bubble">{reply}{html}'
        f"<time>{at}</time></div>{f'<nav>{rows}</nav>' if rows else ''}</div>"
    )


def draw(name: str, html: str, folder: str, browser: str) -> None:
    """Let the browser take a picture as high as the page is."""
    file = Path(folder) / f"{name}.html"
    file.write_text(html, encoding="utf-8")
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--hide-scrollbars",
        f"--force-device-scale-factor={SCALE}",
    ]
    shown = subprocess.run(
        [*command, f"--window-size={WIDTH},800", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r'data-height="(\d+)"', shown.stdout)
    assert found, shown.stderr
    picture = DOCS / f"{name}.png"
    subprocess.run(
        [
            *command,
            f"--window-size={WIDTH},{found[1]}",
            f"--screenshot={picture}",
            file.as_uri(),
        ],
        capture_output=True,
        check=True,
    )
    subprocess.run(["pngquant", "--force", "--ext", ".png", "64", picture], check=True)
    print(f"{picture.relative_to(DOCS.parent)}: {picture.stat().st_size / 1000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", default="chromium")
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with TemporaryDirectory(prefix="digest-pictures-") as folder:
        for name, html in asyncio.run(play(folder)).items():
            draw(name, html, folder, given.browser)


if __name__ == "__main__":
    main()
