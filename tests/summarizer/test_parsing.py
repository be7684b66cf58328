"""Feeds of all kinds to entries, and addresses to canonical ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.collecting.cleaning import clean_line, clean_text, strip_markup
from summarizer.collecting.parsing import canonical_url, parse_feed, parse_ttl
from summarizer.errors import NotAFeedError, UnreadableError
from summarizer.models import Entry, Feed, Fetched

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data" / "feeds"
FEED = Feed(url="https://courier.example/feeds/rss.xml", outlet="Courier", language="en")


def read(name: str, *, url: str = FEED.url, charset: str | None = None) -> list[Entry]:
    fetched = Fetched(url=url, content=(DATA / name).read_bytes(), charset=charset)
    return parse_feed(fetched, FEED, now=NOW)


def parse(content: str | bytes, *, url: str = FEED.url, charset: str | None = None) -> list[Entry]:
    raw = content.encode() if isinstance(content, str) else content
    return parse_feed(Fetched(url=url, content=raw, charset=charset), FEED, now=NOW)


def test_rss_items_become_entries_in_plain_text() -> None:
    ferry, counter, guid = read("rss.xml")
    assert ferry == Entry(
        url="https://courier.example/news/ferry?utm_source=rss&utm_medium=feed&id=7#comments",
        outlet="Courier",
        feed_url=FEED.url,
        title="Ferry runs aground off Lindholm – 212 taken ashore",
        text=(
            "A ferry with 212 people on board ran aground late on Sunday.\n\n"
            "No one was seriously hurt. The cause is not known."
        ),
        published_at=datetime(2026, 3, 1, 21, 40, tzinfo=UTC),
        updated_at=None,
        language="en",
    )
    assert counter.url == "https://courier.example/news/counter"
    assert counter.text == "AT&T and others: 3 < 5"
    assert counter.published_at == NOW
    assert guid.url == "https://courier.example/news/guid"


def test_atom_entries_become_entries_with_links_resolved() -> None:
    dam, updated = read("atom.xml", url="https://olm.example/blog/atom.xml")
    assert (dam.url, dam.title) == ("https://olm.example/blog/dam-holds", "Dam at Upper Olm holds")
    assert dam.text == "The dam was holding on Tuesday morning.\n\nRain was easing."
    assert dam.published_at == datetime(2026, 3, 2, 6, 15, tzinfo=UTC)
    assert dam.updated_at == datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    assert updated.published_at == datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def test_json_feed_items_become_entries() -> None:
    bridge, plain = read("feed.json", url="https://post.example/feed.json")
    assert (bridge.url, bridge.title) == ("https://post.example/bridge", "Bridge closed")
    assert bridge.text == "The bridge was closed.\n\nFerries run."
    assert bridge.published_at == datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
    assert bridge.updated_at == datetime(2026, 3, 2, 6, 10, tzinfo=UTC)
    assert (plain.url, plain.text) == ("https://post.example/relative", "5 < 6 & 7 > 6")
    assert plain.published_at == NOW


@pytest.mark.parametrize("content", ['{"items": []}', '{"version": "x", "items": []}', "{nope"])
def test_json_that_is_no_feed_is_unreadable(content: str) -> None:
    with pytest.raises(UnreadableError):
        parse(content)


def test_a_web_page_names_its_feeds_those_of_comments_last() -> None:
    html = (
        "<html><head>"
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments.xml">'
        '<link rel="alternate" type="application/atom+xml" href="atom.xml">'
        '<link rel="alternate" type="application/feed+json" href="//cdn.example/feed.json">'
        '<link rel="alternate" hreflang="de" href="/de">'
        '<link rel="stylesheet" type="application/rss+xml" href="/no">'
        "</head><body>News</body></html>"
    )
    with pytest.raises(
        NotAFeedError, match=r"it names 'https://courier\.example/feeds/atom\.xml'"
    ) as e:
        parse(html)
    assert e.value.feeds == (
        "https://courier.example/feeds/atom.xml",
        "https://cdn.example/feed.json",
        "https://courier.example/comments.xml",
    )


def test_a_web_page_without_feeds_is_no_feed_either() -> None:
    with pytest.raises(NotAFeedError, match="a web page, not a feed") as error:
        parse("<!DOCTYPE html><html><body>Hello</body></html>")
    assert error.value.feeds == ()


def test_a_charset_that_the_body_breaks_is_not_believed() -> None:
    head = '<rss version="2.0"><channel><item><link>/a</link><title>'
    tail = "</title></item></channel></rss>"
    [entry] = parse(f"{head}Malmö{tail}", charset="iso-8859-1")
    assert entry.title == "Malmö"
    latin = f'<?xml version="1.0" encoding="iso-8859-1"?>{head}Malmö{tail}'.encode("latin-1")
    assert parse(latin)[0].title == "Malmö"
    assert parse(f"{head}Malmö{tail}".encode("cp1252"), charset="windows-1252")[0].title == "Malmö"
    wide = f'<?xml version="1.0" encoding="utf-16"?>{head}Malmö{tail}'.encode("utf-16")
    assert parse(wide)[0].title == "Malmö"


def test_a_feed_may_say_how_long_it_keeps() -> None:
    fetched = Fetched(url=FEED.url, content=(DATA / "rss.xml").read_bytes())
    assert parse_ttl(fetched) == 1800
    assert parse_ttl(Fetched(url=FEED.url, content=b"<rss><ttl>soon</ttl></rss>")) is None


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTPS://News.Example.ORG:443/A/b?b=2&a=1#top", "https://news.example.org/A/b?b=2&a=1"),
        ("http://example.org:80", "http://example.org/"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a?utm_source=x&id=7&UTM_Medium=y", "https://example.org/a?id=7"),
        ("https://example.org/a?fbclid=1&gclid=2&mc_cid=3&at_medium=RSS", "https://example.org/a"),
        ("https://example.org/a?ref=rss&source=feed", "https://example.org/a"),
        ("https://example.org/a?ref=page2", "https://example.org/a?ref=page2"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a?q=x%20y+z&&r", "https://example.org/a?q=x%20y+z&r"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://exämple.org/ä?ö=ü", "https://xn--exmple-cua.org/%C3%A4?%C3%B6=%C3%BC"),
        (" https://example.org/a\n", "https://example.org/a"),
        ("https://[2606:4700::1111]/a", "https://[2606:4700::1111]/a"),
        ("https://example.org/a//b/../c/", "https://example.org/a//b/../c/"),
    ],
)
def test_addresses_lose_what_does_not_change_what_they_name(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "url",
    ["", "example.org", "ftp://example.org", "http://", "http://[", "http://a:b/", "mailto:a@b"],
)
def test_what_is_no_web_address_has_no_canonical_one(url: str) -> None:
    with pytest.raises(UnreadableError, match="not a web address"):
        canonical_url(url)


def test_markup_becomes_paragraphs() -> None:
    html = (
        "<div>One &amp; two<br>still one<br><br>Two</div><ul><li>A</li><li>B</li></ul>"
        "<!-- gone --><style>p{}</style><p>Three <a href='x'>linked</a>, four</p>"
    )
    assert strip_markup(html) == "One & two still one\n\nTwo\n\nA\n\nB\n\nThree linked, four"
    assert strip_markup("5 < 6 and 7 > 6") == "5 < 6 and 7 > 6"
    assert strip_markup("<?xml version='1.0' encoding='utf-8'?><p>Text</p>") == "Text"


def test_invisible_characters_are_dropped_and_joiners_kept() -> None:
    assert clean_line("a\u202eb\u200bc\ufeff\u00add\x00\u0007e") == "abcde"
    assert clean_line("👩\u200d🚒 one\u2028two\u00a0three") == "👩\u200d🚒 one two three"
    assert clean_text("a\r\n\r\nb\rc\n\n\n\nd ") == "a\n\nb c\n\nd"


@given(st.text())
def test_cleaned_text_stays_as_it_is(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert not set(once) & {"\u202e", "\x00", "\r"}


@given(st.text(max_size=60))
def test_any_title_becomes_one_line_without_tags(text: str) -> None:
    assert "\n" not in clean_line(strip_markup(f"<p>{text}</p>"))


def test_a_reference_to_no_character_costs_no_feed() -> None:
    raw = (DATA / "rss.xml").read_bytes().replace(b"<title>", b"<title>&#x110000;&#9999999999;")
    assert len(parse(raw)) == 3


@pytest.mark.parametrize(
    ("content", "charset"),
    [(b"<rss/>\xe9", "\x00"), (b"<?xml version='1.0' encoding='\xa6'?><rss/>\xe9", None)],
)
def test_a_charset_that_is_none_costs_no_feed(content: bytes, charset: str | None) -> None:
    assert parse(content, charset=charset) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r"])
def test_a_feed_in_the_encoding_that_it_names_is_read(encoding: str) -> None:
    raw = f"<?xml version='1.0' encoding='{encoding}'?>" + (
        "<rss version='2.0'><channel><item><title>Мост & AT&T&nbsp;закрыт</title>"
        "<link>/a?b=1&c=2</link></item></channel></rss>"
    )
    [entry] = parse(raw.encode(encoding), charset=encoding)
    assert (entry.title, entry.url) == ("Мост & AT&T закрыт", "https://courier.example/a?b=1&c=2")
