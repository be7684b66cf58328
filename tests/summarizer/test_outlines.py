"""OPML, in and out, however it was written."""

from __future__ import annotations

import asyncio

import pytest

from summarizer.collecting.outlines import MAX_BYTES, MAX_FEEDS, parse_opml, write_opml
from summarizer.errors import TooLargeError, UnreadableError
from summarizer.models import Feed
from tests.web_server import WebServer, response


def opml(*outlines: str) -> bytes:
    return f"<opml version='2.0'><body>{''.join(outlines)}</body></opml>".encode()


def outline(url: str, title: str = "Post") -> str:
    return f"<outline type='rss' title='{title}' xmlUrl='{url}'/>"


def test_feeds_come_back_as_they_were_written() -> None:
    feeds = [
        Feed(url="https://post.example/rss?a=1&b=2", outlet="Zürich & 'Söhne' — 新聞"),
        Feed(url="https://star.example/", outlet="Star"),
    ]
    assert parse_opml(write_opml(feeds).encode(), name="x") == feeds


async def test_a_file_that_begins_with_an_address_is_not_fetched() -> None:
    async with WebServer() as server:
        server.pages["/"] = response(opml(outline("https://post.example/rss")))
        with pytest.raises(UnreadableError, match="is it OPML"):
            await asyncio.to_thread(parse_opml, server.url("/").encode(), name="x")
        assert server.requests == []


def test_what_leads_out_of_the_web_is_left_out_and_each_address_comes_once() -> None:
    content = opml(
        outline("javascript:alert(1)"),
        outline("file:///etc/passwd"),
        outline("https://post.example/rss", "One\u202e two"),
        outline("https://post.example/rss#x", "Again"),
    )
    assert parse_opml(content, name="x") == [Feed(url="https://post.example/rss", outlet="One two")]


def test_entities_do_not_expand_and_sizes_are_bounded() -> None:
    bomb = b"<!DOCTYPE x [<!ENTITY a 'lol'><!ENTITY b '" + b"&a;" * 1000 + b"'>]>"
    [feed] = parse_opml(bomb + opml(outline("https://a.example/", "&b;")), name="x")
    assert len(feed.outlet) <= 100
    many = opml(*(outline(f"https://a.example/{n}") for n in range(MAX_FEEDS + 10)))
    assert len(parse_opml(many, name="x")) == MAX_FEEDS
    with pytest.raises(TooLargeError):
        parse_opml(b" " * (MAX_BYTES + 1), name="x")
