"""What hostile servers can do to the collector: nothing but an error, in little memory.

`benchmarks.hostile` runs these, `test_hostile_addresses.py` and `test_hostile_content.py` and shows
how long each takes.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
import zlib
from pathlib import Path

import pytest

from summarizer.collecting.fetching import fetch_feed, fetch_page
from summarizer.errors import (
    DisallowedError,
    TooLargeError,
    UnreachableError,
    UnreadableError,
)
from summarizer.models import Feed, FeedState, Fetched
from tests.summarizer.hostile_web import LIMIT, Names, fetch, make_client
from tests.web_server import Request, WebServer, response

DATA = Path(__file__).parents[1] / "data"

pytestmark = pytest.mark.usefixtures("little_memory")


async def test_an_endless_body_is_cut_off_at_the_limit(server: WebServer) -> None:
    sent = 0

    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            sent += 10_000
            await writer.drain()

    server.pages["/"] = endless
    with pytest.raises(TooLargeError, match="larger than 100000 bytes"):
        await fetch(server.url("/"))
    assert sent < 20_000_000


async def test_a_body_that_says_it_is_too_large_is_too_large(server: WebServer) -> None:
    server.pages["/"] = response(b"x" * (LIMIT + 1))
    with pytest.raises(TooLargeError):
        await fetch(server.url("/"))
    server.pages["/"] = response(b"x" * LIMIT)
    assert isinstance(await fetch(server.url("/")), Fetched)


async def test_a_body_that_drips_is_given_up_when_the_time_is_over(server: WebServer) -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    server.pages["/"] = drip
    with pytest.raises(UnreachableError, match=r"no answer within 0\.2 s"):
        await fetch(server.url("/"), timeout_s=0.2)


async def test_a_server_that_never_answers_is_given_up(server: WebServer) -> None:
    async def silent(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    server.pages["/"] = silent
    with pytest.raises(UnreachableError, match="no answer within"):
        await fetch(server.url("/"), timeout_s=0.1)


async def test_redirects_share_one_time_limit(server: WebServer) -> None:
    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        writer.write(response(status=302, Location=f"{request.path}x"))

    server.pages |= {"/" + "x" * n: slowly for n in range(6)}
    # With a limit for each there would be six, and then too many.
    with pytest.raises(UnreachableError, match="no answer within"):
        await fetch(server.url("/"), timeout_s=0.3)


async def test_a_gzip_bomb_is_inflated_to_the_limit_and_no_further(server: WebServer) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < LIMIT
    server.pages["/"] = response(bomb, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            await fetch(server.url("/"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_page_of_a_hundred_megabytes_is_too_large(server: WebServer, encoding: str) -> None:
    part = b"<p>" + b"A sentence of some words here. " * 2000
    packer = zlib.compressobj(wbits=31)

    async def page(request: Request, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: {encoding}\r\n\r\n"
        writer.write(head.encode())
        for _ in range(100_000_000 // len(part)):
            writer.write(packer.compress(part) if encoding == "gzip" else part)
            await writer.drain()
        writer.write(packer.flush() if encoding == "gzip" else b"")

    server.pages["/"] = page
    with pytest.raises(TooLargeError, match="larger than 5000000 bytes"):
        await fetch(server.url("/"), limit_bytes=5_000_000)


async def test_a_bomb_of_many_gzip_members_is_bounded_too(server: WebServer) -> None:
    server.pages["/"] = response(gzip.compress(b"x" * 60_000) * 4, Content_Encoding="gzip")
    with pytest.raises(TooLargeError):
        await fetch(server.url("/"))
    server.pages["/"] = response(
        gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 8, Content_Encoding="gzip"
    )
    fetched = await fetch(server.url("/"))
    assert isinstance(fetched, Fetched)
    assert fetched.content == b"one two"
    server.pages["/"] = response(gzip.compress(b"") * 8000, Content_Encoding="gzip")
    with pytest.raises(TooLargeError):
        await fetch(server.url("/"))


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "zstd", "gzip;q=1", "x"])
async def test_encodings_that_nobody_asked_for_are_refused(
    server: WebServer, encoding: str
) -> None:
    body = gzip.compress(gzip.compress(b"x"))
    server.pages["/"] = response(body, Content_Encoding=encoding)
    with pytest.raises(UnreadableError, match="unexpected content encoding"):
        await fetch(server.url("/"))


async def test_a_broken_gzip_body_is_an_error(server: WebServer) -> None:
    server.pages["/"] = response(b"not gzip at all", Content_Encoding="gzip")
    with pytest.raises(UnreadableError, match="broken gzip body"):
        await fetch(server.url("/"))
    half = zlib.compress(b"some text " * 100, wbits=31)[:-10]
    server.pages["/"] = response(half, Content_Encoding="gzip")
    with pytest.raises(UnreachableError, match="breaks off"):
        await fetch(server.url("/"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_answers_that_are_no_http_are_unreachable(server: WebServer, answer: bytes) -> None:
    async def write(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    server.pages["/"] = write
    with pytest.raises(UnreachableError):
        await fetch(server.url("/"))


@pytest.mark.parametrize(
    ("certificate", "trusted"),
    [("other.pem", False), ("other.pem", True), ("expired.pem", True)],
    ids=["of nobody", "of another name", "expired"],
)
async def test_a_bad_certificate_is_not_believed(certificate: str, trusted: bool) -> None:
    file = DATA / "certificates" / certificate
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(file)
    ours = ssl.create_default_context(cafile=file if trusted else None)
    answered: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answered.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    secure = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=theirs)
    port = secure.sockets[0].getsockname()[1]
    async with secure:
        with pytest.raises(UnreachableError, match="certificate verify failed"):
            await fetch(
                f"https://news.example:{port}/",
                ssl_context=ours,
                resolve=Names(news_example=[["127.0.0.1"]]),
            )
    assert answered == []


@pytest.mark.parametrize(
    "rules",
    [
        [
            *(f"User-agent: a{n}" for n in range(12_000)),
            *(f"Disallow: /{n}" for n in range(20_000)),
        ],
        ["User-agent: *", *(f"Disallow: /*a*b{n}*" for n in range(25_000))],
        ["User-agent: *", "Disallow: /" + "*a" * 250_000],
        ["x" * 10_000_000],
    ],
    ids=["robots times rules", "many patterns", "a long pattern", "10 MB"],
)
async def test_robots_txt_of_any_size_is_answered(server: WebServer, rules: list[str]) -> None:
    server.pages["/robots.txt"] = response("\n".join(rules))
    page = "/" + "a" * 1500
    server.pages[page] = response("yes")
    try:
        assert isinstance(await fetch(server.url(page), respect_robots=True), Fetched)
    except DisallowedError:
        assert server.paths() == []


async def test_a_hostile_feed_stops_no_other(server: WebServer) -> None:
    server.pages |= {"/bad": response(b"x" * 200_000), "/good": response("<rss version='2.0'/>")}
    async with make_client() as client:
        results = []
        for path in ("/bad", "/good"):
            feed = Feed(url=server.url(path), outlet="Example")
            try:
                results.append(
                    await fetch_feed(client, feed, FeedState(url=feed.url), limit_bytes=LIMIT)
                )
            except TooLargeError as error:
                results.append(error)
        assert isinstance(results[0], TooLargeError)
        assert isinstance(results[1], Fetched)
        page = await fetch_page(client, server.url("/bad"), limit_bytes=LIMIT)
        assert page.error == "too large"
