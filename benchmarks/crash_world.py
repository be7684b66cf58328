"""The world that `benchmarks.crash` kills the bot in: news, readers, Telegram, a real process.

Nothing in the bot is replaced. Clock, database, models and HTTP are those it always has; only the
intervals are seconds, and the servers it talks to are on the loopback address.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any, Self

import psycopg
from sqlalchemy import make_url

from summarizer.storage import migrations
from tests.telegram_http import CutError
from tests.telegram_http import Request as BotRequest
from tests.telegram_server import TelegramServer
from tests.web_server import Request, WebServer, response

DIGEST = "<b>Top stories"
"""How the text of a scheduled digest begins: readers have this topic, people who ask do not."""
IN_THE_FEEDS = 40

_NEWS = tomllib.loads((Path(__file__).parent / "data" / "crash.toml").read_text())
SYLLABLES = (
    "bel",
    "cor",
    "dan",
    "fen",
    "gar",
    "hol",
    "kel",
    "lin",
    "mor",
    "nor",
    "pel",
    "ros",
    "tav",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    url: str
    place: str
    title: str
    text: str
    at: datetime


class Newsroom(WebServer):
    """Two outlets' feeds and pages; `on_page` is called while a page is being read."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self._articles: list[list[Article]] = [[], []]
        self.on_page: Callable[[], None] = lambda: None
        self.reading = 0

    def feed_url(self, outlet: int) -> str:
        return self.url(f"/{outlet}/rss")

    @property
    def published(self) -> list[Article]:
        return [article for outlet in self._articles for article in outlet]

    def publish(self) -> str:
        """Let both outlets report one new event; return where it happened."""
        count = len(self._articles[0])
        name = "".join(self._random.choice(SYLLABLES) for _ in range(3))
        place = f"{name.capitalize()}{SYLLABLES[count % len(SYLLABLES)]}"
        event = _NEWS["events"][count % len(_NEWS["events"])]
        thing = _NEWS["things"][count % len(_NEWS["things"])]
        now = datetime.now(UTC)
        for outlet in (0, 1):
            path = f"/{outlet}/{count}-{place.lower()}"
            article = Article(
                url=self.url(path),
                place=place,
                title=event[f"title{outlet}"].format(place=place, thing=thing, n=20 + count),
                text=event[f"text{outlet}"].format(place=place, thing=thing, n=20 + count),
                at=now,
            )
            self._articles[outlet].append(article)
            self.pages[path] = self._page(article)
            self.pages[f"/{outlet}/rss"] = response(
                self._feed(outlet), Content_Type="application/rss+xml"
            )
        return place

    def _page(self, article: Article) -> Callable[..., Any]:
        paragraphs = "".join(f"<p>{escape(s)}.</p>" for s in article.text.rstrip(".").split(". "))
        html = (
            f"<html><head><title>{escape(article.title)}</title></head><body><article>"
            f"<h1>{escape(article.title)}</h1>{paragraphs}</article></body></html>"
        )

        async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
            self.reading += 1
            try:
                self.on_page()
                await asyncio.sleep(0.05)  # as long as a near web server takes
                writer.write(response(html, Content_Type="text/html"))
                await writer.drain()
            finally:
                self.reading -= 1

        return answer

    def _feed(self, outlet: int) -> str:
        items = "".join(
            f"<item><title>{escape(a.title)}</title><link>{a.url}</link>"
            f"<description>{escape(a.text)}</description>"
            f"<pubDate>{format_datetime(a.at)}</pubDate></item>"
            for a in self._articles[outlet][-IN_THE_FEEDS:]
        )
        return f"<rss version='2.0'><channel><title>{outlet}</title>{items}</channel></rss>"


class Telegram(TelegramServer):
    """The Bot API server, telling what it is about to do and what it has done."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[str, dict[str, Any]], None] = lambda method, p: None
        self.after: Callable[[str, dict[str, Any]], None] = lambda method, p: None
        self.cut = False
        """Set once the process was killed: what it asked for meanwhile is not carried out."""
        self.received: list[tuple[int, str]] = []
        """Chat and text of each message that was carried out, in order."""

    async def _carry_out(self, method: str, request: BotRequest) -> Any:
        parameters = request.parameters
        self.before(method, parameters)
        if self.cut:
            raise CutError
        result = await super()._carry_out(method, request)
        if method == "sendMessage":
            self.received.append((int(parameters["chat_id"]), str(parameters["text"])))
        self.after(method, parameters)
        if self.cut:
            raise CutError
        return result


class Bot:
    """The real process, `digest-bot run`, and what it logs; use it with `async with`."""

    def __init__(self, environ: dict[str, str], steps: Path) -> None:
        self._environ = environ
        self._steps = steps
        self.problems: list[str] = []
        self.on_event: Callable[[dict[str, Any]], None] = lambda event: None
        self._pid: int | None = None
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        self._code = 0

    async def __aenter__(self) -> Self:
        """Load what each process is forked from."""
        self._source = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.crash_process", str(self._steps)),
            env={**os.environ, **self._environ},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=2**20,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *args: object) -> None:
        assert self._source.stdin is not None
        self.kill()
        self._source.stdin.close()
        await self._source.wait()
        await self._reader

    async def start(self) -> None:
        """Return once the process runs."""
        assert self._source.stdin is not None
        self._started.clear()
        self._ended.clear()
        self._source.stdin.write(b".")
        await self._started.wait()

    def kill(self) -> None:
        """Send SIGKILL, if the process still runs."""
        self._send(signal.SIGKILL)

    async def ended(self) -> int:
        """Return how it ended, once it has and all that it logged is read."""
        await self._ended.wait()
        return self._code

    async def stop(self, timeout_s: float) -> int:
        """Ask it to end, as an operator does; return its exit code."""
        self._send(signal.SIGTERM)
        return await asyncio.wait_for(self.ended(), timeout_s)

    def _send(self, number: signal.Signals) -> None:
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)

    async def _read(self) -> None:
        assert self._source.stderr is not None
        async for line in self._source.stderr:
            if not line.strip():
                continue
            try:
                event = json.loads(line)
            except ValueError:
                self.problems.append(line.decode(errors="replace").rstrip())
                continue
            if event["event"] == "process started":
                self._pid = event["pid"]
                self._started.set()
            elif event["event"] == "process ended":
                self._pid, self._code = None, event["code"]
                self._ended.set()
            elif event["level"] in ("error", "critical"):
                self.problems.append(line.decode(errors="replace").rstrip()[-3000:])
            self.on_event(event)
        self._pid, self._code = None, 1  # what it is forked from ended, which it must not
        self._started.set()
        self._ended.set()


class Look:
    """The database, read from outside while nothing or the bot has it open."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._file = parsed.database if parsed.get_backend_name() == "sqlite" else None
        self._url = parsed.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        if self._file is None:
            with psycopg.connect(self._url, autocommit=True) as server:
                yield server
        else:
            with closing(
                sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=10)
            ) as file:
                yield file

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self._open() as connection:
            return list(connection.execute(query).fetchall())

    def count(self, query: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {query}")[0][0])

    def problem(self) -> str:
        """Return what SQLite finds wrong with its file; PostgreSQL was not what was killed."""
        if self._file is None:
            self.rows("SELECT 1")
            return ""
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        broken = self.rows("PRAGMA foreign_key_check")
        return "" if found == ["ok"] and not broken else f"{found} {broken}"


class Steps:
    """Migrations as later releases may have them: the real ones, and one more with each `add`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        versions = folder / "versions"
        versions.mkdir(parents=True)
        shutil.copy(migrations.FOLDER / "env.py", folder)
        for file in (migrations.FOLDER / "versions").glob("v*.py"):
            shutil.copy(file, versions)
        self.added = 0
        self._last = migrations.revisions()[0]

    def add(self) -> None:
        """Add a step that rebuilds the tables with the most rows, for a column nobody reads."""
        self.added += 1
        number = f"9{self.added:03}"
        code = (
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision = {number!r}\ndown_revision = {self._last!r}\n\n\ndef upgrade():\n"
            "    for name in ('articles', 'messages', 'told', 'subscriptions'):\n"
            "        with op.batch_alter_table(name, recreate='auto') as table:\n"
            f"            table.add_column(sa.Column('later_{number}', sa.Text()))\n"
            f"            table.create_index('ix_{{}}_{number}'.format(name), ['later_{number}'])\n"
        )
        (self.folder / "versions" / f"v{number}_later.py").write_text(code)
        self._last = number
