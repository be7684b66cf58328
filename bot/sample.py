"""The sample news day over HTTP: every invented outlet is a host of its own on the loopback.

It answers as outlets do: validators and 304, a feed that moved, a missing page, a paywall, a host
that hangs up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from hashlib import blake2b
from types import TracebackType

from bot.sample_pages import (
    Item,
    Outlet,
    read_items,
    read_outlets,
    render_feed,
    render_home,
    render_page,
)
from summarizer.models import Feed

_EVENING = time(20, 0)
_MORNING = time(8, 0)
_LONGEST_REQUEST_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP answer; the length and the connection's end are added when it is sent."""

    status: str
    headers: Mapping[str, str]
    body: bytes = b""


class SampleServer:
    """Serves the sample from `day` 1, the evening of a day full of news, or 2, the next morning.

    `now` decides which days these are: day 1 is the last one whose evening has come.
    `requests` records each request as (outlet id, path, status).
    """

    def __init__(self, *, day: int = 1, now: datetime | None = None) -> None:
        now = now or datetime.now(UTC)
        self.first = (now - timedelta(hours=_EVENING.hour, minutes=_EVENING.minute)).date()
        self.day = day
        self.requests: list[tuple[str, str, str]] = []
        self.outlets = read_outlets()
        self._items: dict[str, list[Item]] = {}
        self._servers: dict[str, asyncio.Server] = {}
        self._bases: dict[str, str] = {}

    async def __aenter__(self) -> SampleServer:
        self._publish()
        for outlet in self.outlets:
            server = await asyncio.start_server(partial(self._serve, outlet), "127.0.0.1", 0)
            self._servers[outlet.id] = server
            self._bases[outlet.id] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers.values():
            server.close()
            await server.wait_closed()

    @property
    def feeds(self) -> list[Feed]:
        """The outlets' feeds, one of them unreachable, one at an address that moved."""
        return [
            Feed(
                url=self._bases[outlet.id] + (outlet.moved_from or outlet.feed),
                outlet=outlet.name,
                language=outlet.language,
            )
            for outlet in self.outlets
        ]

    @property
    def now(self) -> datetime:
        """The time of the sample: 20:00 UTC on day 1, 08:00 on day 2."""
        clock = _EVENING if self.day == 1 else _MORNING
        return datetime.combine(self.first + timedelta(days=self.day - 1), clock, tzinfo=UTC)

    def advance(self) -> None:
        """Let the night pass: publish what is new the next morning."""
        self.day = 2
        self._publish()

    def _publish(self) -> None:
        items = read_items(self.outlets, day=self.day, first=self.first)
        self._items = {
            outlet.id: [item for item in items if item.outlet == outlet.id]
            for outlet in self.outlets
        }

    async def _serve(
        self, outlet: Outlet, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request, then close; an outlet that is not reachable only closes."""
        try:
            if outlet.reachable:
                async with asyncio.timeout(_LONGEST_REQUEST_S):
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                    writer.write(self._answer(outlet, head))
                    await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError):
            return
        finally:
            writer.close()

    def _answer(self, outlet: Outlet, head: str) -> bytes:
        request, *lines = head.split("\r\n")
        path = request.split(" ")[1]
        headers = {
            name.strip().lower(): value.strip()
            for name, colon, value in (line.partition(":") for line in lines)
            if colon
        }
        response = _validate(self.respond(outlet, path.partition("?")[0]), headers)
        self.requests.append((outlet.id, path, response.status))
        fields = {
            **response.headers,
            "Content-Length": str(len(response.body)),
            "Connection": "close",
        }
        top = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {response.status}\r\n{top}\r\n".encode("latin-1") + response.body

    def respond(self, outlet: Outlet, path: str) -> Response:
        """Return the full answer to a GET of `path`."""
        items = self._items[outlet.id]
        base = self._bases[outlet.id]
        if path == "/robots.txt":
            return _found("text/plain", b"User-agent: *\nDisallow: /account/\n")
        if path == outlet.moved_from:
            return Response(status="301 Moved Permanently", headers={"Location": outlet.feed})
        if path == outlet.feed:
            media, body = render_feed(outlet, items, base=base)
            return _found(f"{media}; charset={outlet.encoding}", body, changed=items[0].updated_at)
        html = f"text/html; charset={outlet.encoding}"
        if path == "/":
            return _found(html, render_home(outlet, items))
        item = next((i for i in items if i.path == path and i.page != "missing"), None)
        if item is None:
            return Response(
                status="404 Not Found",
                headers={"Content-Type": html},
                body=b"<!doctype html><title>Page not found</title><h1>Page not found</h1>",
            )
        page = render_page(outlet, item, items, base=base)
        return _found(html, page, changed=item.updated_at)


def _found(media: str, body: bytes, *, changed: datetime | None = None) -> Response:
    headers = {"Content-Type": media, "Cache-Control": "max-age=120"}
    if changed is not None:
        headers["ETag"] = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        headers["Last-Modified"] = format_datetime(changed, usegmt=True)
    return Response(status="200 OK", headers=headers, body=body)


def _validate(response: Response, asked: Mapping[str, str]) -> Response:
    """Return 304 where what the client has is still good (RFC 9110, section 13.2.2)."""
    etag, changed = response.headers.get("ETag"), response.headers.get("Last-Modified")
    if etag is None or changed is None:
        return response
    if "if-none-match" in asked:
        same = etag in [tag.strip() for tag in asked["if-none-match"].split(",")]
    elif "if-modified-since" in asked:
        same = parsedate_to_datetime(changed) <= parsedate_to_datetime(asked["if-modified-since"])
    else:
        same = False
    if not same:
        return response
    kept = {k: v for k, v in response.headers.items() if k != "Content-Type"}
    return Response(status="304 Not Modified", headers=kept)
