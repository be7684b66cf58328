"""What pages say about themselves: title, outlet, time, language, encoding."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from trafilatura.utils import load_html

from summarizer.collecting.decoding import decode
from summarizer.collecting.describing import Description, describe, parse_time, strip_outlet
from summarizer.collecting.extracting import detect_language, extract_html
from tests.summarizer.html_pages import PROSE, page

URL = "https://courier.example/news/ferry-aground"


@pytest.mark.parametrize(
    ("title", "outlet", "stripped"),
    [
        ("Xi meets Putin in Moscow - BBC News", None, "Xi meets Putin in Moscow"),
        ("Bridge shut for six weeks | The Example", None, "Bridge shut for six weeks"),
        ("Bridge shut for weeks | World | The Example", None, "Bridge shut for weeks"),
        ("Bridge shut – The Northern Courier", "The Northern Courier", "Bridge shut"),
        ("Bridge shut - courier.example", None, "Bridge shut"),
        ("Bridge shut for weeks - a first look", None, "Bridge shut for weeks - a first look"),
        ("Norway - Sweden: a long history", None, "Norway - Sweden: a long history"),
        ("Storm warning: Courier readers respond", None, "Storm warning: Courier readers respond"),
        ("Bridge\u202e shut", None, "Bridge shut"),
    ],
)
def test_titles_lose_the_outlet(title: str, outlet: str | None, stripped: str) -> None:
    assert strip_outlet(title, outlet=outlet, url=URL) == stripped


def about(head: str, body: str = "") -> Description:
    return describe(
        load_html(f"<html><head>{head}</head><body>{body}<p>x</p></body></html>"), url=URL
    )


def test_the_headline_is_the_one_that_the_title_agrees_with() -> None:
    head = "<title>Dam at Upper Olm holds | Olm Herald</title>"
    body = "<h1>The Olm Herald today</h1><h1>Dam at Upper Olm holds</h1>"
    assert about(head, body).title == "Dam at Upper Olm holds"
    assert (
        about("<title>Dam holds firm in Olm | Olm Herald</title>").title == "Dam holds firm in Olm"
    )
    assert about("", "<h1>Only a heading here</h1>").title == "Only a heading here"
    assert about("").title == ""


@pytest.mark.parametrize(
    ("head", "outlet"),
    [
        ('<meta property="og:site_name" content="Olm Herald | News | Weather">', "Olm Herald"),
        ('<meta property="og:site_name" content="https://www.olm.example">', "olm.example"),
        ('<meta name="application-name" content="Olm">', "Olm"),
        ("", "courier.example"),
        (
            '<script type="application/ld+json">[{"@type": "NewsArticle", "publisher":'
            ' [{"name": "Olm Herald"}]}];</script>',
            "Olm Herald",
        ),
        ('<script type="application/ld+json">{broken</script>', "courier.example"),
    ],
)
def test_the_outlet_is_what_the_page_calls_itself(head: str, outlet: str) -> None:
    assert about(head).outlet == outlet


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T22:40:00+01:00", datetime(2026, 3, 1, 21, 40, tzinfo=UTC)),
        ("2026-03-01T22:40:00Z", datetime(2026, 3, 1, 22, 40, tzinfo=UTC)),
        ("2026-03-01 22:40", datetime(2026, 3, 1, 22, 40, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 22:40:00 GMT", datetime(2026, 3, 1, 22, 40, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_of_pages_are_instants_in_utc(text: str, instant: datetime | None) -> None:
    assert parse_time(text) == instant


def test_a_stated_time_is_better_than_a_stated_day() -> None:
    head = (
        '<meta name="date" content="2026-03-01">'
        '<meta name="pubdate" content="Sun, 01 Mar 2026 22:40:00 GMT">'
    )
    assert about(head).published_at == datetime(2026, 3, 1, 22, 40, tzinfo=UTC)
    times = '<time itemprop="datePublished" datetime="2026-03-01T20:00Z">'
    assert about("", times).published_at == datetime(2026, 3, 1, 20, tzinfo=UTC)


def test_a_day_in_the_address_is_better_than_none() -> None:
    html = page(f"<p>{PROSE * 8}</p>")
    assert extract_html(html, url="https://x.example/2026/02/27/wall").published_at == datetime(
        2026, 2, 27, tzinfo=UTC
    )
    assert extract_html(html).published_at is None


@pytest.mark.parametrize(
    ("content", "charset", "text"),
    [
        ("Malmö".encode(), None, "Malmö"),
        ("Malmö".encode(), "iso-8859-1", "Malmö"),
        ("Malmö".encode("latin-1"), "iso-8859-1", "Malmö"),
        ("“Malmö”".encode("cp1252"), "iso-8859-1", "“Malmö”"),
        (
            b'<meta charset="koi8-r">' + "Москва".encode("koi8-r"),
            None,
            '<meta charset="koi8-r">Москва',
        ),
        ("北京".encode("gb18030"), "gb2312", "北京"),
        ("東京".encode("iso-2022-jp"), "iso-2022-jp", "東京"),
        ("Malmö".encode("utf-8-sig"), None, "Malmö"),
        ("Malmö".encode("utf-16"), None, "Malmö"),
        ("Malmö".encode("latin-1"), "rot13", "Malmö"),
        ("Malmö".encode("latin-1"), "cp99999", "Malmö"),
    ],
)
def test_text_is_decoded_as_browsers_do(content: bytes, charset: str | None, text: str) -> None:
    assert decode(content, charset=charset) == text


def test_languages_are_told_where_there_is_text_enough() -> None:
    assert detect_language(PROSE) == "en"
    assert (
        detect_language("Der Rat der Stadt hat am Montag für den Bau der Mauer gestimmt.") == "de"
    )
    assert detect_language("Совет города проголосовал за строительство стены.") == "ru"
    assert detect_language("Oslo 3") is None
