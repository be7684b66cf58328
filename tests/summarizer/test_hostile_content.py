"""What hostile feeds and pages can do to their readers: nothing, in little memory."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from summarizer.collecting.extracting import extract_article, extract_html
from summarizer.collecting.furnishing import clean_paragraphs
from summarizer.collecting.parsing import MAX_ENTRIES, parse_feed
from summarizer.errors import NotAFeedError, UnreadableError
from summarizer.models import Entry, Feed, Fetched, Page

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FEED = Feed(url="https://news.example/rss", outlet="Example")
FEED_BYTES, PAGE_BYTES = 10_000_000, 5_000_000
"""The limits as they are by default: the largest that gets as far as the parsers."""

pytestmark = pytest.mark.usefixtures("little_memory")


def filled(part: bytes, size: int, head: bytes = b"", tail: bytes = b"") -> bytes:
    """Return as many parts as fit into so many bytes, with a head and a tail."""
    return head + part * ((size - len(head) - len(tail)) // len(part)) + tail


# --- feeds -----------------------------------------------------------------------------------


RSS = b"<rss version='2.0'><channel><item><title>A title</title><link>/a</link>"
JSON = b'{"version":"https://jsonfeed.org/version/1","items":['


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
    entries = parse(bomb)
    assert all(len(entry.title) < 1000 for entry in entries)


def test_an_external_entity_is_not_read() -> None:
    head = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    entries = parse(rss(item("Look &x;"), head=head))
    assert all("root:" not in entry.title for entry in entries)


@pytest.mark.parametrize(
    "content",
    [
        filled(b"<x/>", FEED_BYTES, RSS),
        filled(b"<x>", FEED_BYTES, RSS),
        filled(b"<a b='c' ", FEED_BYTES, RSS, b">"),
        filled(b'<a b=" ', 1_700_000, RSS, b">"),
        filled(b"<!--", 1_000_000, RSS) + b" " * 9_000_000,
        filled(b"<![CDATA[", FEED_BYTES, RSS),
        filled(b"<!DOCTYPE a[", FEED_BYTES),
        filled(b"\n", FEED_BYTES, b"<?xml version='1.0'?>", RSS),
        filled(b"&", FEED_BYTES, RSS),
        filled(b"&x;", FEED_BYTES, RSS),
        filled(b"&amp;", FEED_BYTES, RSS),
        filled(b"<category>x</category>", 2_100_000, RSS),
        filled(b"<p>", 290_000, RSS + b"<description>"),
        filled(b"&lt;p>", FEED_BYTES, RSS + b"<description>"),
        filled(b"<p>", FEED_BYTES, b"<html><body>"),
        RSS + b"<x " + b" ".join(b"a%d='1'" % n for n in range(490_000)) + b"/>",
        RSS + b"".join(b"<x%d:a xmlns:x%d='u%d'/>" % (n, n, n) for n in range(90_000)),
        filled(b"<\x00i\x00t\x00e\x00m\x00>\x00", FEED_BYTES, RSS.decode().encode("utf-16-le")),
        filled(b'{"a":1},', FEED_BYTES, JSON),
        filled(b"[],", FEED_BYTES, JSON),
        JSON + b"{" + b",".join(b'"a%d":1' % n for n in range(900_000)) + b"}]}",
        filled(b"<p>", 1_000_000, RSS + b"<description><![CDATA[", b"]]></description>"),
    ],
    ids=(
        *("elements", "nested", "unclosed tags", "unclosed values", "comments", "CDATA"),
        *("document types", "blank lines", "ampersands", "unknown references", "references"),
        *("categories", "paragraphs", "escaped paragraphs", "a page", "attributes", "namespaces"),
        *("UTF-16", "objects", "lists", "keys", "one long text"),
    ),
)
def test_a_feed_full_of_one_thing_is_refused_or_read(content: bytes) -> None:
    with suppress(UnreadableError):
        assert len(parse(content)) <= MAX_ENTRIES


def test_a_broken_entry_breaks_no_other() -> None:
    broken = "<item><title>Two</b></tit><link>/2</link><description><p>a<br></item>"
    entries = parse(rss(item("One", "/1") + broken + item("Three &nbsp; &", "/3")))
    assert [entry.title for entry in entries if entry.title != "Two"] == ["One", "Three &"]
    warned = b"<br /><b>Warning</b>: no such file<br />" + rss(item("One", "/1"))
    assert [entry.title for entry in parse(warned)] == ["One"]


def test_a_document_type_elsewhere_is_not_asked_for() -> None:
    head = (
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd" [<!ENTITY % p SYSTEM "file:///etc/hosts">%p;]>'
    )
    assert [entry.title for entry in parse(rss(item("Calm"), head=head))] == ["Calm"]


def test_fifty_thousand_entries_are_cut_to_the_first_ones() -> None:
    entries = parse(rss("".join(item(f"Story {n}", f"/{n}") for n in range(50_000))))
    assert len(entries) == MAX_ENTRIES
    assert [entries[0].title, entries[-1].title] == ["Story 0", f"Story {MAX_ENTRIES - 1}"]


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


def test_a_missing_date_is_now() -> None:
    [entry] = parse(rss(item()))
    assert entry.published_at == NOW


def test_ids_that_come_twice_cost_no_entry() -> None:
    guid = "<guid isPermaLink='false'>1</guid>"
    entries = parse(rss(item("One", "/1", guid) + item("Two", "/2", guid)))
    assert [entry.title for entry in entries] == ["One", "Two"]


def test_an_address_longer_than_any_is_left_out() -> None:
    entries = parse(rss(item("Long", "/" + "a" * 5000) + item("Short", "/a" * 500)))
    assert [entry.title for entry in entries] == ["Short"]


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
def test_pages_made_to_choke_on_hold_no_text(html: bytes) -> None:
    assert extract_html(html, url="https://news.example/a").text == ""


@pytest.mark.parametrize(
    "html",
    [
        filled(b"<p>", PAGE_BYTES),
        filled(b"<a>", PAGE_BYTES),
        filled(b"<p>", 1_450_000),
        filled(b"<p a b c d e f g h i j k l m n o p q r s t u v w x y z>", 1_450_000),
        b"<p " + b" ".join(b"a%d=1" % n for n in range(490_000)) + b">",
        b"<p " + b"/".join(b"a%d" % n for n in range(500_000)) + b">",
        b"<p " + b"".join(b"a%d='>'" % n for n in range(390_000)) + b">",
        b'<p a="' + b" ".join(b"a%d" % n for n in range(500_000)) + b">",
        filled(b"<a b='", PAGE_BYTES),
        filled(b"<", PAGE_BYTES),
        filled(b"<h1>x</h1>", PAGE_BYTES),
        filled(b"&amp;", PAGE_BYTES),
        filled(b"\x00", PAGE_BYTES),
        filled(b"\xff", PAGE_BYTES),
        filled(b'{"a":1},', PAGE_BYTES, b'<script type="application/ld+json">[', b"]</script>"),
    ],
    ids=(
        *("paragraphs", "links", "fewer paragraphs", "short attributes", "attributes", "slashes"),
        *("quoted attributes", "an open value", "open values", "brackets", "headlines"),
        *("references", "NUL bytes", "no UTF-8", "structured data"),
    ),
)
def test_a_page_full_of_one_thing_holds_no_text(html: bytes) -> None:
    extract_html(html, url="https://news.example/a")


def test_the_longest_page_is_read() -> None:
    words = filled(b"word ", PAGE_BYTES, b"<html><body><p>", b"</p></body></html>")
    assert extract_html(words).text.startswith("word word")
    said = b"<p>The minister said on Monday that the old bridge would be closed.</p>"
    assert extract_html(filled(said, 1_000_000)).text.startswith("The minister said")


def test_a_tag_with_thousands_of_attributes_loses_them_alone() -> None:
    many = " ".join(f"data-{n}='a > b'" for n in range(3000))
    page = f"<html><body><article class=x {many}>" + "<p>The bridge was closed on Monday.</p>" * 20
    assert "bridge was closed" in extract_html(page.encode()).text


def test_lines_made_to_take_long_are_judged() -> None:
    hostile = [
        "1" * 60 + "x",
        "email " + "a@" * 20_000,
        "Seen. (" + "A" * 50_000 + "!)",
        "(photo " * 5_000 + "x)",
    ]
    assert len(clean_paragraphs(hostile)) == len(hostile)


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
