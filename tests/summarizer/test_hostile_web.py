"""What hostile servers can do to the collector: nothing but an error, in little memory.

`benchmarks.hostile` runs these and `test_hostile_content.py` and shows how long each takes.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from summarizer.collecting.addresses import is_public
from summarizer.collecting.fetching import Client, fetch_feed, fetch_page
from summarizer.errors import (
    DisallowedError,
    RefusedAddressError,
    TooLargeError,
    UnreachableError,
    UnreadableError,
)
from summarizer.models import Feed, FeedState, Fetched, NotModified
from tests.web_server import Request, WebServer, response

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FEED = Feed(url="https://news.example/rss", outlet="Example")
LIMIT = 100_000
DATA = Path(__file__).parents[1] / "data"
TLS = ssl.create_default_context()


pytestmark = pytest.mark.usefixtures("little_memory")


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as server:
        yield server


def make_client(**options: object) -> Client:
    values: dict[str, object] = {
        "contact": "https://example.org",
        "allow_private_addresses": True,
        "respect_robots": False,
        "timeout_s": 5.0,
        "ssl_context": TLS,
    }
    return Client(**{**values, **options})  # type: ignore[arg-type]


async def fetch(url: str, *, limit_bytes: int = LIMIT, **options: object) -> Fetched | NotModified:
    async with make_client(**options) as client:
        return await client.fetch(url, limit_bytes=limit_bytes)


# --- bodies ----------------------------------------------------------------------------------


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


# --- where requests are led ------------------------------------------------------------------


async def test_a_redirect_loop_ends(server: WebServer) -> None:
    server.pages["/a"] = response(status=302, Location="/b")
    server.pages["/b"] = response(status=302, Location="/a")
    with pytest.raises(UnreadableError, match="more than 5 redirects"):
        await fetch(server.url("/a"))
    assert len(server.paths()) == 6


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "017700000001", "0"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "10.0.0.1", "192.168.0.1"),
        *("169.254.169.254", "[fe80::1]", "[64:ff9b::7f00:1]", "100.64.0.1"),
    ],
)
async def test_addresses_inside_are_refused_however_they_are_written(
    server: WebServer, host: str
) -> None:
    server.pages["/"] = response("secret")
    with pytest.raises(RefusedAddressError, match="refused address"):
        await fetch(server.url("/", host=host), allow_private_addresses=False)
    assert server.requests == []


class Names:
    """A resolver: each name's answers, one after the other, the last one for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): found for name, found in answers.items()}

    async def __call__(self, host: str, port: int) -> list[str]:
        found = self.answers.get(host)
        if found is None:
            raise OSError(f"unknown name {host}")
        return found.pop(0) if len(found) > 1 else found[0]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "::1", "::ffff:192.168.1.1"])
async def test_a_name_that_resolves_inside_is_refused(server: WebServer, address: str) -> None:
    server.pages["/"] = response("secret")
    with pytest.raises(RefusedAddressError, match=r"'evil\.example' is"):
        await fetch(
            server.url("/", host="evil.example"),
            allow_private_addresses=False,
            resolve=Names(evil_example=[[address]]),
        )
    assert server.requests == []


async def test_one_address_inside_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(RefusedAddressError):
        await fetch(
            "http://evil.example/",
            allow_private_addresses=False,
            resolve=Names(evil_example=[["93.184.215.14", "127.0.0.1"]]),
        )


async def test_a_name_is_resolved_once_for_each_connection(server: WebServer) -> None:
    """What was checked is what is connected to: no second answer can slip in between."""
    names = Names(news_example=[["127.0.0.1"], ["127.0.0.2"]])
    server.pages["/"] = response("yes")
    await fetch(server.url("/", host="news.example"), resolve=names)
    assert names.answers["news.example"] == [["127.0.0.2"]]


async def test_a_name_whose_answer_changes_to_inside_is_refused_then() -> None:
    names = Names(evil_example=[["192.0.2.1"], ["127.0.0.1"]])
    async with make_client(allow_private_addresses=False, resolve=names) as client:
        for _ in range(2):
            with pytest.raises(RefusedAddressError):
                await client.fetch("http://evil.example/", limit_bytes=LIMIT)


async def test_a_name_without_addresses_is_unreachable() -> None:
    with pytest.raises(UnreachableError):
        await fetch("http://empty.example/", resolve=Names(empty_example=[[]]))
    with pytest.raises(UnreachableError):
        await fetch("http://unknown.example/", resolve=Names())


async def test_a_name_server_that_does_not_answer_holds_up_only_the_requests_that_ask_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released = threading.Event()

    def look_up(*values: object, **options: object) -> list[object]:
        released.wait(10)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with make_client() as client:
        waiting = [
            asyncio.create_task(client.fetch(f"http://n{i}.example/", limit_bytes=LIMIT))
            for i in range(50)
        ]
        try:
            await asyncio.sleep(0.2)
            # Among others, the lock under which the bot takes updates needs a thread for a moment.
            assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 2) == "free"
        finally:
            released.set()
            found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, UnreachableError) for one in found)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "http://127.0.0.1:{port}/in",
            "http://localhost:{port}/in",
            "http://2130706433:{port}/in",
        ),
        *("http://[::ffff:127.0.0.1]:{port}/in", "//127.0.0.1:{port}/in", "http://0:{port}/in"),
        *("http://169.254.169.254/latest/meta-data/", "http://inside.example:{port}/in"),
    ],
)
async def test_a_redirect_to_the_inside_is_refused(server: WebServer, target: str) -> None:
    # The only address outside, in this test, is one that the machine answers on itself.
    async with WebServer(host="127.0.0.99") as outside:
        outside.pages["/"] = response(status=302, Location=target.format(port=server.port))
        server.pages["/in"] = response("secret")
        names = Names(
            outside_example=[["127.0.0.99"]],
            inside_example=[["10.0.0.1"]],
            localhost=[["127.0.0.1"]],
            **{host: [[host]] for host in ("127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1")},
            **{"0": [["0.0.0.0"]], "2130706433": [["127.0.0.1"]]},
        )
        with pytest.raises(RefusedAddressError, match="refused address"):
            await fetch(
                outside.url("/", host="outside.example"),
                allow_private_addresses=False,
                is_allowed=lambda address: address == "127.0.0.99" or is_public(address),
                resolve=names,
            )
        assert len(outside.requests) == 1
    assert server.requests == []


async def test_a_name_that_only_looks_like_numbers_is_no_name() -> None:
    with pytest.raises((UnreadableError, RefusedAddressError)):
        await fetch("http://①②⑦.⓪.⓪.①/", allow_private_addresses=False)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://a@b/"])
async def test_a_redirect_out_of_the_web_is_not_followed(server: WebServer, target: str) -> None:
    server.pages["/"] = response(status=302, Location=target)
    with pytest.raises(UnreadableError):
        await fetch(server.url("/"))


async def test_robots_txt_cannot_lead_inside_either(server: WebServer) -> None:
    server.pages["/"] = response("secret")
    with pytest.raises(RefusedAddressError):
        await fetch(server.url("/"), allow_private_addresses=False, respect_robots=True)
    assert server.requests == []


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


async def test_a_proxy_of_the_environment_is_not_used(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.pages["/"] = response("direct")
    assert isinstance(await fetch(server.url("/")), Fetched)


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
