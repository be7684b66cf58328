"""Where hostile names and redirects lead a request: nowhere inside."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from summarizer.collecting.addresses import is_public
from summarizer.errors import RefusedAddressError, UnreachableError, UnreadableError
from summarizer.models import Fetched
from tests.summarizer.hostile_web import LIMIT, Names, fetch, make_client
from tests.web_server import WebServer, response

pytestmark = pytest.mark.usefixtures("little_memory")


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
