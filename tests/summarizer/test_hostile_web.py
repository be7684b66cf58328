"""What a hostile web can do to the collector: nothing but an error, soon, in little memory."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from summarizer.collecting.addresses import is_public
from summarizer.collecting.extracting import extract_article, extract_html
from summarizer.collecting.fetching import Client, fetch_feed, fetch_page
from summarizer.collecting.parsing import MAX_ENTRIES, parse_feed
from summarizer.errors import (
    NotAFeedError,
    RefusedAddressError,
    TooLargeError,
    UnreachableError,
    UnreadableError,
)
from summarizer.models import Entry, Feed, FeedState, Fetched, NotModified, Page
from tests.web_server import Request, WebServer, response

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FEED = Feed(url="https://news.example/rss", outlet="Example")
LIMIT = 100_000
TLS = ssl.create_default_context()


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


async def fetch(url: str, **options: object) -> Fetched | NotModified:
    async with make_client(**options) as client:
        return await client.fetch(url, limit_bytes=LIMIT)


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
    started = time.monotonic()
    with pytest.raises(UnreachableError, match=r"no answer within 0\.2 s"):
        await fetch(server.url("/"), timeout_s=0.2)
    assert time.monotonic() - started < 2


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
    started = time.monotonic()
    with pytest.raises(UnreachableError, match="no answer within"):
        await fetch(server.url("/"), timeout_s=0.3)
    assert time.monotonic() - started < 1.5


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


async def test_a_proxy_of_the_environment_is_not_used(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    server.pages["/"] = response("direct")
    assert isinstance(await fetch(server.url("/")), Fetched)


# --- feeds -----------------------------------------------------------------------------------


def rss(items: str, *, head: str = "") -> bytes:
    return (
        f"<?xml version='1.0'?>{head}<rss version='2.0'><channel><title>T</title>"
        f"{items}</channel></rss>"
    ).encode()


def item(title: str = "A title", link: str = "/a", extra: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{extra}</item>"


def parse(content: bytes, **fields: str) -> list[Entry]:
    return parse_feed(Fetched(url=FEED.url, content=content, **fields), FEED, now=NOW)  # type: ignore[arg-type]


def test_an_entity_bomb_does_not_expand() -> None:
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol" * 10}">' for n in range(12)
    )
    bomb = rss(item("Boom &e11;"), head=f"<!DOCTYPE rss [{entities}]>")
    started = time.process_time()
    entries = parse(bomb)
    assert time.process_time() - started < 5
    assert all(len(entry.title) < 1000 for entry in entries)


def test_an_external_entity_is_not_read() -> None:
    head = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    entries = parse(rss(item("Look &x;"), head=head))
    assert all("root:" not in entry.title for entry in entries)


def test_fifty_thousand_entries_are_cut_to_the_first_ones() -> None:
    started = time.process_time()
    entries = parse(rss("".join(item(f"Story {n}", f"/{n}") for n in range(50_000))))
    assert len(entries) == MAX_ENTRIES
    assert [entries[0].title, entries[-1].title] == ["Story 0", f"Story {MAX_ENTRIES - 1}"]
    assert time.process_time() - started < 10


def test_titles_are_plain_text_without_tricks() -> None:
    script = "&lt;script&gt;alert(1)&lt;/script&gt;"
    [entry] = parse(rss(item(f"&lt;b&gt;Bold&lt;/b&gt; {script}\u202eDERUT\u202c &amp;amp; co")))
    assert entry.title == "Bold DERUT & co"
    [entry] = parse(rss(item("&lt;img src=x onerror=alert(1)&gt;Zero\u200bwidth\u2066!")))
    assert entry.title == "Zerowidth!"


def test_nul_bytes_and_controls_are_dropped() -> None:
    entries = parse(rss(item("Nul\x00 and bell\x07 and \x1b[31mred")))
    assert [entry.title for entry in entries] == ["Nul and bell and [31mred"]
    page = extract_html(b"<html><body>\x00" + b"<p>A sentence of some words here. " * 30)
    assert "\x00" not in page.text


@pytest.mark.parametrize("charset", ["iso-8859-1", "klingon", "utf-7", "rot13", "zip", "utf-16"])
def test_a_wrong_charset_does_not_garble_utf_8(charset: str) -> None:
    [entry] = parse(rss(item("Zürich — “ça va”")), charset=charset)
    assert entry.title == "Zürich — “ça va”"
    html = "<html><body><article>" + "<p>Zürich sagt, dass alles gut ist.</p>" * 20
    assert "Zürich" in extract_html(html.encode(), charset=charset).text


def test_a_feed_that_turned_into_a_web_page_is_not_a_feed() -> None:
    html = (
        b"<!doctype html><html><head><title>Sign in</title>"
        b'<link rel="alternate" type="application/rss+xml" href="/new.xml">'
        b'<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">'
        b'<link rel="alternate" type="application/rss+xml" href="http://[">'
        b"</head><body>Please sign in.</body></html>"
    )
    with pytest.raises(NotAFeedError) as error:
        parse(html, content_type="application/rss+xml")
    assert error.value.feeds == ("https://news.example/new.xml",)


def test_dates_in_the_future_become_now() -> None:
    date = "<pubDate>Mon, 02 Mar 2099 08:00:00 GMT</pubDate>"
    [entry] = parse(rss(item(extra=date)))
    assert entry.published_at == NOW


@pytest.mark.parametrize("date", ["yesterday", "Mon, 99 Foo 2026", "0000-00-00", "9" * 5000])
def test_dates_that_are_none_become_now(date: str) -> None:
    [entry] = parse(rss(item(extra=f"<pubDate>{date}</pubDate>")))
    assert entry.published_at == NOW


def test_the_same_address_comes_once() -> None:
    items = item("One", "/a?utm_source=x") + item("Two", "/a#top") + item("Three", "/a?fbclid=1")
    assert [entry.title for entry in parse(rss(items))] == ["One"]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[", ""]
)
def test_entries_that_lead_out_of_the_web_are_left_out(link: str) -> None:
    assert parse(rss(item(link=link))) == []


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\x00" * 1000, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"\xff\xfe\x00", b"plain"),
        *(b"{", b"{}", b'{"version": 1, "items": 2}', b'{"a":' * 50_000, b"[" * 100_000),
    ],
)
def test_what_is_no_feed_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse(content)


def test_a_feed_that_breaks_off_gives_what_came() -> None:
    assert parse(b"<rss version='2.0'>") == []
    whole = rss(item("One", "/1") + item("Two", "/2"))
    assert [e.title for e in parse(whole[: whole.index(b"<link>/2")])][:1] == ["One"]


# --- pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"\x00\xff\xfe",
        b"<div>" * 20_000 + b"deep",
        b"<p>" * 20_000,
        b"<table>" * 3_000,
        b"<a href=x>" * 5_000,
        b"<!--" * 10_000,
        b"<![CDATA[" * 1_000,
        b"&lol;" * 20_000,
        b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script>",
        b'<script type="application/ld+json">{"@type": "NewsArticle", "headline": 1}</script>',
        b"<title>" + b"x" * 200_000,
    ],
)
def test_pages_made_to_choke_on_end_soon(html: bytes) -> None:
    started = time.process_time()
    extract_html(html, url="https://news.example/a")
    assert time.process_time() - started < 10


def test_titles_of_pages_are_plain_text_without_tricks() -> None:
    html = (
        "<html><head><title>&lt;script&gt;alert(1)&lt;/script&gt; Two killed in\u202e storm\u0000"
        "</title></head><body><p>Some text.</p></body></html>"
    )
    title = extract_html(html.encode()).title
    assert "\u202e" not in title
    assert "\x00" not in title


def test_a_failed_page_leaves_the_feeds_own_text() -> None:
    entry = Entry(
        url="https://news.example/a?utm_source=x",
        outlet="Example",
        feed_url=FEED.url,
        title="Bridge closed",
        text="The old bridge was closed on Monday.",
        published_at=NOW,
    )
    page = Page(url=entry.url, html=b"<html>" + b"\x00" * 5000)
    article = extract_article(entry, page, now=NOW)
    assert (article.text, article.summary_only) == (entry.text, True)


async def test_a_hostile_feed_stops_no_other(server: WebServer) -> None:
    server.pages |= {"/bad": response(b"x" * 200_000), "/good": response(rss(item()))}
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
