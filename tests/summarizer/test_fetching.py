"""Fetching over a real loopback server, and deciding when to read a feed again."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from summarizer.collecting.fetching import (
    Client,
    fetch_feed,
    fetch_page,
    parse_retry_after,
)
from summarizer.errors import (
    BadStatusError,
    DisallowedError,
    GoneError,
    RefusedAddressError,
    UnreachableError,
    UnreadableError,
)
from summarizer.models import Feed, FeedState, Fetched, NotModified
from tests.web_server import Request, WebServer, response, zipped

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CONTACT = "https://example.org/bot"
TLS = ssl.create_default_context()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(
        contact=CONTACT, allow_private_addresses=True, timeout_s=2.0, ssl_context=TLS
    ) as client:
        yield client


async def fetch(client: Client, url: str, **options: str) -> Fetched | NotModified:
    return await client.fetch(url, limit_bytes=1_000_000, **options)  # type: ignore[arg-type]


async def test_a_body_comes_with_its_type_charset_validators_and_age(
    server: WebServer, client: Client
) -> None:
    server.pages["/feed"] = response(
        "text",
        Content_Type='text/xml; charset="iso-8859-1"',
        ETag='"a1"',
        Last_Modified="Mon, 02 Mar 2026 07:00:00 GMT",
        Cache_Control="public, max-age=600",
    )
    fetched = await fetch(client, server.url("/feed#top"))
    assert fetched == Fetched(
        url=server.url("/feed"),
        content=b"text",
        content_type='text/xml; charset="iso-8859-1"',
        charset="iso-8859-1",
        etag='"a1"',
        last_modified="Mon, 02 Mar 2026 07:00:00 GMT",
        max_age_s=600,
    )


async def test_requests_say_who_asks_and_want_no_encoding_but_gzip(
    server: WebServer, client: Client
) -> None:
    server.pages["/"] = zipped(b"hello")
    fetched = await fetch(client, server.url("/"))
    assert isinstance(fetched, Fetched)
    assert fetched.content == b"hello"
    headers = server.requests[-1].headers
    assert headers["user-agent"].startswith("digest-bot/")
    assert CONTACT in headers["user-agent"]
    assert headers["accept-encoding"] == "gzip"


async def test_an_unchanged_feed_is_not_sent_again(server: WebServer, client: Client) -> None:
    server.pages["/feed"] = response(status=304, Cache_Control="max-age=60")
    feed = Feed(url=server.url("/feed"), outlet="Example")
    state = FeedState(url=feed.url, etag='"a1"', last_modified="Mon, 02 Mar 2026 07:00:00 GMT")
    unchanged = await fetch_feed(client, feed, state, limit_bytes=1000)
    assert unchanged == NotModified(url=feed.url, max_age_s=60)
    assert server.requests[-1].headers["if-none-match"] == '"a1"'
    assert server.requests[-1].headers["if-modified-since"] == "Mon, 02 Mar 2026 07:00:00 GMT"


async def test_a_304_that_nobody_asked_for_is_an_error(server: WebServer, client: Client) -> None:
    server.pages["/feed"] = response(status=304)
    with pytest.raises(BadStatusError, match="304"):
        await fetch(client, server.url("/feed"))


async def test_redirects_are_followed_to_the_end(server: WebServer, client: Client) -> None:
    server.pages["/a"] = response(status=301, Location="/b?x=1")
    server.pages["/b?x=1"] = response(status=302, Location=server.url("/c"))
    server.pages["/c"] = response("here")
    fetched = await fetch(client, server.url("/a"))
    assert isinstance(fetched, Fetched)
    assert (fetched.url, fetched.content) == (server.url("/c"), b"here")


async def test_a_redirect_without_an_address_is_unreadable(
    server: WebServer, client: Client
) -> None:
    server.pages["/a"] = response(status=302)
    with pytest.raises(UnreadableError, match="redirect to nowhere"):
        await fetch(client, server.url("/a"))


async def test_one_host_gets_one_request_at_a_time(server: WebServer, client: Client) -> None:
    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(response(request.path))

    server.pages |= {f"/{n}": slowly for n in range(6)}
    await asyncio.gather(*(fetch(client, server.url(f"/{n}")) for n in range(6)))
    assert sorted(server.paths()) == [f"/{n}" for n in range(6)]
    assert server.most_at_once == 1


async def test_different_hosts_are_read_side_by_side() -> None:
    started = asyncio.Event()

    async def wait(request: Request, writer: asyncio.StreamWriter) -> None:
        await started.wait()
        writer.write(response("late"))

    async def go(request: Request, writer: asyncio.StreamWriter) -> None:
        started.set()
        writer.write(response("early"))

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with (
        WebServer(pages={"/one": wait, "/two": go}) as server,
        Client(
            contact=CONTACT, allow_private_addresses=True, timeout_s=2.0, resolve=resolve
        ) as client,
    ):
        await asyncio.gather(
            fetch(client, server.url("/one", host="one.example")),
            fetch(client, server.url("/two", host="two.example")),
        )


async def test_robots_txt_is_read_once_and_obeyed(server: WebServer, client: Client) -> None:
    server.pages["/robots.txt"] = response(
        "User-agent: *\nDisallow: /\n\nUser-agent: digest-bot\nDisallow: /private\n"
    )
    server.pages["/public"] = response("yes")
    await asyncio.gather(*(fetch(client, server.url("/public")) for _ in range(3)))
    with pytest.raises(DisallowedError, match=r"robots\.txt forbids it"):
        await fetch(client, server.url("/private/page"))
    assert [r.path for r in server.requests].count("/robots.txt") == 1
    assert "/private/page" not in server.paths()


async def test_an_operator_may_ignore_robots_txt(server: WebServer) -> None:
    server.pages["/robots.txt"] = response("User-agent: *\nDisallow: /\n")
    server.pages["/page"] = response("yes")
    async with Client(
        contact=CONTACT, allow_private_addresses=True, respect_robots=False
    ) as client:
        await fetch(client, server.url("/page"))
    assert [r.path for r in server.requests] == ["/page"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_without_rules_everything_may_be_read(
    server: WebServer, client: Client, status: int
) -> None:
    server.pages["/robots.txt"] = response("User-agent: *\nDisallow: /", status=status)
    server.pages["/page"] = response("yes")
    assert isinstance(await fetch(client, server.url("/page")), Fetched)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_while_the_rules_are_out_of_reach_nothing_is_read(
    server: WebServer, client: Client, status: int
) -> None:
    server.pages["/robots.txt"] = response(status=status)
    server.pages["/page"] = response("yes")
    for _ in range(2):
        with pytest.raises(UnreachableError, match=r"robots\.txt out of reach"):
            await fetch(client, server.url("/page"))
    assert [r.path for r in server.requests] == ["/robots.txt"]


async def test_rules_with_endless_redirects_are_no_rules(server: WebServer, client: Client) -> None:
    server.pages["/robots.txt"] = response(status=302, Location="/robots.txt")
    server.pages["/page"] = response("yes")
    assert isinstance(await fetch(client, server.url("/page")), Fetched)


async def test_of_enormous_rules_the_first_half_megabyte_counts(
    server: WebServer, client: Client
) -> None:
    rules = b"User-agent: *\nDisallow: /no\n" + b"# x\n" * 400_000 + b"Disallow: /page\n"
    server.pages["/robots.txt"] = response(rules)
    server.pages["/page"] = response("yes")
    assert isinstance(await fetch(client, server.url("/page")), Fetched)
    with pytest.raises(DisallowedError):
        await fetch(client, server.url("/no"))


async def test_a_host_that_asks_to_wait_is_left_alone(server: WebServer, client: Client) -> None:
    server.pages["/a"] = response(status=429, Retry_After="120")
    server.pages["/b"] = response("yes")
    with pytest.raises(BadStatusError) as first:
        await fetch(client, server.url("/a"))
    with pytest.raises(BadStatusError, match="asked to wait") as second:
        await fetch(client, server.url("/b"))
    assert server.paths() == ["/a"]
    assert first.value.retry_at == second.value.retry_at
    wait = (first.value.retry_at or NOW) - datetime.now(UTC)
    assert timedelta(seconds=100) < wait <= timedelta(seconds=120)


async def test_a_wait_that_is_over_is_over(server: WebServer, client: Client) -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(minutes=1), usegmt=True)
    server.pages["/a"] = response(status=503, Retry_After=past)
    for _ in range(2):
        with pytest.raises(BadStatusError, match="503"):
            await fetch(client, server.url("/a"))
    server.pages["/b"] = response(status=503, Retry_After="1")
    with pytest.raises(BadStatusError):
        await fetch(client, server.url("/b"))
    server.pages["/b"] = response("yes")
    await asyncio.sleep(1.05)
    assert isinstance(await fetch(client, server.url("/b")), Fetched)


async def test_errors_say_what_failed_where(server: WebServer, client: Client) -> None:
    server.pages["/gone"] = response(status=410)
    with pytest.raises(BadStatusError, match=r"bad HTTP status: 'http://.*/missing': 404") as error:
        await fetch(client, server.url("/missing"))
    assert error.value.status == 404
    with pytest.raises(GoneError, match=r"gone: 'http://.*/gone'"):
        await fetch(client, server.url("/gone"))
    port = server.port
    async with Client(contact=CONTACT, allow_private_addresses=True) as other:
        with pytest.raises(UnreachableError, match=r"nowhere\.invalid"):
            await fetch(other, f"http://nowhere.invalid:{port}/")


async def test_a_refused_connection_is_unreachable(client: Client) -> None:
    closed = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    with pytest.raises(UnreachableError):
        await fetch(client, f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/feed",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.org/feed",
        "http://",
        "http://user:secret@example.org/",
        "http://[::1",
        "http://exa mple.org/",
        "http://example.org:99999/",
        "http://" + "a" * 64 + ".example/",
        "http://\x00/",
    ],
)
async def test_what_is_no_web_address_is_never_asked_for(client: Client, url: str) -> None:
    with pytest.raises((UnreadableError, UnreachableError)):
        await fetch(client, url)


async def test_a_feed_that_is_missing_for_long_is_gone(server: WebServer, client: Client) -> None:
    feed = Feed(url=server.url("/feed"), outlet="Example")
    with pytest.raises(BadStatusError):
        await fetch_feed(client, feed, FeedState(url=feed.url, failures=3), limit_bytes=1000)
    with pytest.raises(GoneError, match="missing for long"):
        await fetch_feed(client, feed, FeedState(url=feed.url, failures=11), limit_bytes=1000)


async def test_a_page_carries_its_failure_as_a_value(server: WebServer, client: Client) -> None:
    server.pages |= {
        "/robots.txt": response("User-agent: *\nDisallow: /private"),
        "/ok": response("<p>hello", Content_Type="text/html; charset=utf-8"),
        "/plain": response("<p>no type"),
        "/gone": response(status=410),
        "/pdf": response("%PDF", Content_Type="application/pdf"),
        "/large": response("x" * 2000),
        "/broken": response("x", Content_Encoding="br"),
    }

    async def error(path: str) -> str | None:
        return (await fetch_page(client, server.url(path), limit_bytes=1000)).error

    page = await fetch_page(client, server.url("/ok"), limit_bytes=1000)
    assert (page.html, page.charset, page.error) == (b"<p>hello", "utf-8", None)
    assert await error("/plain") is None
    assert await error("/missing") == "status 404"
    assert await error("/gone") == "status 410"
    assert await error("/pdf") == "not a web page but 'application/pdf'"
    assert await error("/large") == "too large"
    assert await error("/private") == "forbidden by robots.txt"
    assert await error("/broken") == "unreadable"
    async with Client(contact=CONTACT) as strict:
        refused = await fetch_page(strict, server.url("/ok"), limit_bytes=1000)
    assert refused.error == "refused address"
    unreachable = await fetch_page(client, "http://nowhere.invalid/", limit_bytes=1000)
    assert unreachable.error == "unreachable"


async def test_tls_asks_for_the_host_by_name() -> None:
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda socket, name, context: asked.append(name)

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        Client(
            contact=CONTACT, allow_private_addresses=True, respect_robots=False, resolve=resolve
        ) as client,
    ):
        # The server has no certificate, so the handshake fails, after the name was sent.
        with pytest.raises(UnreachableError):
            await fetch(client, f"https://news.example:{port}/")
    assert asked == ["news.example"]


async def test_the_next_address_of_a_name_is_tried_where_one_refuses(server: WebServer) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    server.pages["/"] = response("yes")
    async with Client(
        contact=CONTACT, allow_private_addresses=True, resolve=resolve, timeout_s=2.0
    ) as client:
        assert isinstance(await fetch(client, server.url("/", host="news.example")), Fetched)


async def test_a_port_of_another_service_is_refused() -> None:
    async with Client(contact=CONTACT) as client:
        with pytest.raises(RefusedAddressError, match="refused port"):
            await fetch(client, "http://example.org:25/")


def test_retry_after_is_seconds_or_a_date_and_at_most_a_day() -> None:
    assert parse_retry_after("120", now=NOW) == NOW + timedelta(seconds=120)
    assert parse_retry_after("9" * 30, now=NOW) == NOW + timedelta(days=1)
    date = "Mon, 02 Mar 2026 09:30:00 GMT"
    assert parse_retry_after(date, now=NOW) == NOW + timedelta(hours=1, minutes=30)
    assert parse_retry_after("Mon, 02 Mar 2026 09:30:00 -0000", now=NOW) == NOW + timedelta(
        hours=1, minutes=30
    )
    assert parse_retry_after("Tue, 02 Mar 2100 09:30:00 GMT", now=NOW) == NOW + timedelta(days=1)
    assert parse_retry_after("soon", now=NOW) is None


def test_only_one_module_knows_the_http_library() -> None:
    folder = Path(__file__).parents[2] / "summarizer"
    users = [p.name for p in folder.rglob("*.py") if "import http" in p.read_text("utf-8")]
    assert [name for name in users if name != "requesting.py"] == []
