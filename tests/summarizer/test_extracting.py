"""Pages and dumps to articles: the text without its furniture, and what is known about it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trafilatura.external

from benchmarks.extraction import EXTRACTORS, compare, load, score
from summarizer.collecting.extracting import (
    extract_article,
    extract_bytes,
    extract_dump,
    extract_file,
    extract_html,
    to_article,
)
from summarizer.errors import UnreadableError
from summarizer.models import Entry, Page, derive_id
from tests.summarizer.html_pages import PROSE, page

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "data"
URL = "https://courier.example/news/ferry-aground"
FERRY = (DATA / "pages" / "ferry.html").read_bytes()
FERRY_TEXT = (DATA / "pages" / "ferry.txt").read_text("utf-8").strip()
DUMPS = sorted(p for p in (DATA / "dumps").glob("*.txt") if "expected" not in p.name)
ENTRY = Entry(
    url=f"{URL}?utm_source=rss",
    outlet="The Northern Courier",
    feed_url="https://courier.example/rss",
    title="Ferry runs aground off Lindholm | The Northern Courier",
    text="A ferry with 212 people on board ran aground.",
    published_at=datetime(2026, 3, 1, 22, 0, tzinfo=UTC),
    language="en",
)


# --- pages --------------------------------------------------------------------------------------


def test_a_page_gives_its_article_and_none_of_its_furniture() -> None:
    extracted = extract_html(FERRY, url=URL)
    assert extracted.text == FERRY_TEXT
    assert extracted.title == "Ferry runs aground off Lindholm, 212 people taken ashore"
    assert extracted.published_at == datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
    assert (extracted.outlet, extracted.language) == ("The Northern Courier", "en")
    assert not extracted.walled


def test_an_entry_and_its_page_become_an_article() -> None:
    article = extract_article(ENTRY, Page(url=URL, html=FERRY), now=NOW)
    assert article.id == derive_id(URL)
    assert (article.url, article.outlet) == (URL, "The Northern Courier")
    assert article.title == "Ferry runs aground off Lindholm"
    assert article.text == FERRY_TEXT
    assert article.published_at == datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
    assert (article.fetched_at, article.language, article.summary_only) == (NOW, "en", False)


def test_the_same_address_is_the_same_article_whatever_the_page_gave() -> None:
    whole = extract_article(ENTRY, Page(url=URL, html=FERRY), now=NOW)
    failed = extract_article(ENTRY, Page(url=URL, error="status 403"), now=NOW)
    assert failed.id == whole.id
    assert (failed.text, failed.summary_only) == (ENTRY.text, True)
    assert failed.published_at == ENTRY.published_at


def test_a_feed_text_that_says_more_than_the_page_is_taken() -> None:
    whole = f"First. {PROSE * 3}\n\nSecond. {PROSE * 3}".replace(" \n", "\n")
    entry = replace(ENTRY, text=f"{whole}More.\n\nThe post Ferry appeared first on X.")
    article = extract_article(entry, Page(url=URL, html=page(f"<p>{PROSE}</p>")), now=NOW)
    assert article.text == f"{whole}More."
    assert not article.summary_only


def test_only_a_feed_text_that_is_a_summary_is_marked_as_one() -> None:
    def read(text: str, html: bytes) -> bool:
        entry = replace(ENTRY, text=text)
        return extract_article(entry, Page(url=URL, html=html), now=NOW).summary_only

    short, full = (PROSE * 3).strip(), (PROSE * 8).strip()
    assert not read(f"{full} It was passed.", page(f"<p>{full}</p>"))
    assert not read(f"{short} It was passed.", page(f"<p>{short}</p>"))
    assert read(short, page(f"<p>{PROSE}</p>"))
    assert read(full, page("<p>Loading…</p>"))
    assert read(full, page(f"<p>{PROSE}</p><p>Subscribe to continue reading.</p>"))


def test_a_title_that_the_feed_cut_off_comes_from_the_page() -> None:
    entry = replace(ENTRY, title="Ferry runs aground off…")
    article = extract_article(entry, Page(url=URL, html=FERRY), now=NOW)
    assert article.title == "Ferry runs aground off Lindholm, 212 people taken ashore"


def test_a_missing_date_of_the_feed_comes_from_the_page() -> None:
    article = extract_article(replace(ENTRY, published_at=NOW), Page(url=URL, html=FERRY), now=NOW)
    assert article.published_at == datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
    day = page(f"<p>{PROSE * 8}</p>", head='<meta name="date" content="2026-03-02">')
    same_day = extract_article(replace(ENTRY, published_at=NOW), Page(url=URL, html=day), now=NOW)
    assert same_day.published_at == NOW
    old = day.replace(b"2026-03-02", b"2026-02-20")
    earlier = extract_article(replace(ENTRY, published_at=NOW), Page(url=URL, html=old), now=NOW)
    assert earlier.published_at == datetime(2026, 2, 20, tzinfo=UTC)
    none = extract_article(replace(ENTRY, published_at=None), Page(url=URL, error="x"), now=NOW)
    assert none.published_at == NOW


@pytest.mark.parametrize("day", ["2026-03-01", "2026-03-02T00:00:00+01:00"])
def test_a_day_without_a_time_does_not_replace_the_feeds_time(day: str) -> None:
    entry = replace(ENTRY, published_at=datetime(2026, 3, 2, 0, 30, tzinfo=UTC))
    html = page(f"<p>{PROSE * 8}</p>", head=f'<meta name="date" content="{day}">')
    assert extract_html(html).published_at is not None
    article = extract_article(entry, Page(url=URL, html=html), now=NOW)
    assert article.published_at == entry.published_at
    timed = html.replace(day.encode(), b"2026-03-01T23:10:00Z")
    earlier = extract_article(entry, Page(url=URL, html=timed), now=NOW)
    assert earlier.published_at == datetime(2026, 3, 1, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "wall",
    [
        "Subscribe to continue reading this story.",
        "Already a subscriber? Log in to read the full article.",
        "We value your privacy. We and our partners store cookies.",
        "Please verify you are a human by completing the captcha below.",
        "Access denied. Your request was blocked by our security service.",
    ],
)
def test_a_walled_page_falls_back_to_the_feed(wall: str) -> None:
    html = page(f"<h1>Harbour wall to be rebuilt</h1><p>{PROSE}</p><p>{wall}</p>")
    assert extract_html(html).walled
    article = extract_article(ENTRY, Page(url=URL, html=html), now=NOW)
    assert (article.text, article.summary_only) == (ENTRY.text, True)


def test_a_page_that_says_it_is_not_free_and_is_short_is_walled() -> None:
    data = '{"@type": ["NewsArticle"], "isAccessibleForFree": "False"}'
    head = f'<script type="application/ld+json">{data}</script>'
    assert extract_html(page(f"<p>{PROSE}</p>", head=head)).walled
    assert not extract_html(page(f"<p>{PROSE * 8}</p>", head=head)).walled


BANNER = (
    "<div id='consent'><p>We value your privacy. We and our partners store cookies. "
    "Accept all cookies</p></div>"
)


def test_a_banner_beside_an_article_makes_no_wall() -> None:
    body = f"<main><article><h1>Wall</h1><p>{PROSE * 2}</p><p>In May, {PROSE * 2}</p>"
    html = f"<html><body>{BANNER}{body}</article></main>{BANNER}</body></html>".encode()
    extracted = extract_html(html)
    assert 100 <= len(extracted.text.split()) < 120
    assert not extracted.walled
    article = extract_article(ENTRY, Page(url=URL, html=html), now=NOW)
    assert (article.text, article.summary_only) == (extracted.text, False)
    nothing = f"<html><body>{BANNER}<main><p>{PROSE}</p></main></body></html>"
    assert extract_html(nothing.encode()).walled


def test_a_text_that_is_the_walls_own_or_breaks_off_at_a_gate_is_walled() -> None:
    consent = "We value your privacy, and our partners do so as well, on every page of this site."
    assert extract_html(page("".join(f"<p>{consent} {n}.</p>" for n in range(6)))).walled
    gate = "<p>Subscribe to continue reading this story.</p>"
    assert extract_html(page(f"<p>{PROSE * 2}</p><p>In May, {PROSE * 2}</p>{gate}")).walled
    beside = f"<div><p>{PROSE * 3}</p></div><form>Subscribe to continue reading.</form>"
    assert extract_html(page(beside)).walled


def test_a_long_article_on_walls_is_not_walled() -> None:
    said = "Readers must subscribe to continue reading, it said."
    body = "".join(f"<p>{PROSE}{said} Part {n}.</p>" for n in range(8))
    assert not extract_html(page(body)).walled


def test_what_the_extractor_misses_is_found_in_the_fullest_element() -> None:
    paragraphs = "".join(f"<p>{PROSE}Part {n} of the plan follows in spring.</p>" for n in range(8))
    html = (
        "<html><body><div><p>This copy is for your personal use only.</p></div>"
        f'<div class="paywall premium-gate hidden-content">{paragraphs}</div>'
        f"<aside><p>{PROSE}</p></aside></body></html>"
    )
    assert extract_html(html.encode()).text.count("Part") == 8


def test_the_text_of_the_structured_data_is_used_where_the_page_has_none() -> None:
    data = f'{{"@type": "NewsArticle", "articleBody": "{PROSE * 8}"}}'
    head = f'<script type="application/ld+json">{data}</script>'
    assert extract_html(page("<p>Loading…</p>", head=head)).text.startswith("The council of Olm")


def test_an_empty_page_is_empty() -> None:
    assert extract_html(b"", url=URL).text == ""
    assert extract_html(b"<html></html>", url=URL).outlet == "courier.example"


# --- dumps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_a_dump_gives_its_title_and_its_text(path: Path) -> None:
    expected = path.with_name(f"{path.stem}.expected.txt").read_text("utf-8")
    extracted = extract_dump(path.read_text("utf-8"))
    assert f"{extracted.title}\n\n{extracted.text}\n" == expected
    assert extracted.language == "en"


def test_a_dump_that_is_wrapped_at_a_column_is_put_together() -> None:
    text = (
        "Dam at Upper Olm holds\n\n"
        "The dam at Upper Olm was holding on Tuesday morning, the water\n"
        "board said, and about 1,200 people who had left their homes on\n"
        "Sunday were told that they could go back from noon.\n\n"
        "Schools in the valley stay shut until Thursday, when the last of\n"
        "the roads is to be cleared of mud and branches.\n"
    )
    extracted = extract_dump(text)
    assert extracted.title == "Dam at Upper Olm holds"
    assert extracted.text.startswith(
        "The dam at Upper Olm was holding on Tuesday morning, the water board"
    )
    assert extracted.text.count("\n\n") == 1


def test_a_dump_without_a_title_or_without_text_is_taken_as_it_is() -> None:
    extracted = extract_dump(PROSE)
    assert (extracted.title, extracted.text) == ("", PROSE.strip())
    article = to_article(extracted, now=NOW)
    assert (
        article.title
        == "The council of Olm voted on Monday to rebuild the old harbour wall before…"
    )
    assert extract_dump("").text == ""
    assert extract_dump("Home\nNews\nSport").text == ""
    short = extract_dump("Dam holds in Olm\nThe dam in Olm was holding on Tuesday morning.")
    assert short.text == "The dam in Olm was holding on Tuesday morning."


def test_readers_comments_are_not_text_however_many_there_are() -> None:
    body = [f"{PROSE}Part {n}." for n in range(4)]
    comments = [
        f"I have lived in Olm for {n} years and never saw such a mess at the harbour."
        for n in range(40)
    ]
    for mark in ("12 comments", "Leave a Reply", "Published by Olmwatch", "3 thoughts on “Wall”"):
        extracted = extract_dump(
            "\n".join(["Olm to rebuild the harbour wall", *body, mark, *comments])
        )
        assert extracted.text.split("\n\n") == body


def test_a_menu_before_the_text_does_not_give_the_title() -> None:
    menu = [
        "Politics & Policy",
        "The Magazine",
        "Olm wins the cup",
        "Shop",
        "Cookies",
        "Olm Herald",
    ]
    lines = [*menu * 3, "Olm to rebuild its harbour wall", "By Mara Ellison", f"{PROSE} {PROSE}"]
    extracted = extract_dump("\n\n".join(lines))
    assert extracted.title == "Olm to rebuild its harbour wall"
    assert extracted.text == f"{PROSE} {PROSE}".replace("  ", " ").strip()


def test_a_comment_list_in_the_middle_does_not_end_a_longer_text() -> None:
    lines = [
        "Dam holds at Upper Olm",
        PROSE,
        "3 comments",
        *[f"{PROSE} Part {n}." for n in range(3)],
    ]
    assert "Part 2" in extract_dump("\n".join(lines)).text


# --- files --------------------------------------------------------------------------------------


def test_a_file_is_read_as_what_it_holds(tmp_path: Path) -> None:
    misnamed = tmp_path / "courier.txt"
    misnamed.write_bytes(FERRY)
    assert extract_file(misnamed).text == FERRY_TEXT
    dump = extract_file(DATA / "dumps" / "bridge.txt")
    assert (dump.title, dump.outlet) == (
        "Engineers close Karsund bridge after cracks are found",
        "bridge",
    )


def test_files_that_are_none_or_hold_nothing_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="cannot read the file"):
        extract_file(tmp_path / "missing.html")
    for content in (b"", b"\x00\x01\x02" * 100, b"<html><body></body></html>", b"Menu\nHome"):
        with pytest.raises(UnreadableError):
            extract_bytes(content, name="file")


def test_a_file_becomes_an_article_of_its_address_or_of_its_text() -> None:
    extracted = extract_html(FERRY, url=URL)
    assert to_article(extracted, url=f"{URL}?utm_source=x", now=NOW).id == derive_id(URL)
    first, second = to_article(extracted, now=NOW), to_article(extracted, now=NOW)
    assert (first.id, first.url) == (second.id, None)
    bare = to_article(replace(extracted, outlet=None, published_at=None, language=None), now=NOW)
    assert (bare.outlet, bare.published_at, bare.language) == ("unknown", NOW, "en")
    assert to_article(replace(extracted, walled=True), now=NOW).summary_only


# --- real pages ---------------------------------------------------------------------------------


def test_the_measure_is_that_of_the_benchmark() -> None:
    assert compare("one two three four five", "one two three four five") == (1.0, 1.0)
    assert compare("", "") == (1.0, 1.0)
    assert compare("a b c d e", "") == (0.0, 0.0)
    assert compare("a b", "a b") == (1.0, 1.0)
    assert compare("a b c d e f", "a b c d x y") == (1 / 3, 1 / 3)
    expected = {"x": {"articleBody": FERRY_TEXT, "url": URL}}
    assert score(EXTRACTORS["ours"], {"x": FERRY}, expected)["f1"] == 1.0
    assert score(EXTRACTORS["trafilatura"], {"x": FERRY}, expected)["f1"] < 0.99


MATERIAL = os.environ.get("DIGEST_TEST_MATERIAL")


@pytest.mark.slow
@pytest.mark.skipif(not MATERIAL, reason="needs the pages in DIGEST_TEST_MATERIAL")
def test_real_pages_are_read_better_than_the_extractor_alone_does() -> None:
    pages, expected = load(Path(str(MATERIAL)) / "pages")
    assert score(EXTRACTORS["ours"], pages, expected)["f1"] >= 0.975


@pytest.mark.skipif(not MATERIAL, reason="needs the dumps in DIGEST_TEST_MATERIAL")
def test_real_dumps_lose_their_furniture() -> None:
    titles, texts = [], []
    for path in sorted((Path(str(MATERIAL)) / "seeds").glob("*.txt")):
        extracted = extract_file(path)
        titles.append(extracted.title)
        texts.append(extracted.text)
    assert titles == [
        "Xi Jinping meets Vladimir Putin in Moscow",
        "Russia and China ‘share similar goals’, Xi tells Putin",
    ]
    furniture: tuple[str, ...] = (
        "tiger shark",
        "train derail",
        "Latest stories",
        "live blog",
        "Credit",
        "comment",
    )
    furniture += (
        "Matthew Robinson",
        "Sam Hall",
        "Published by",
        "Act today",
        "Get started",
        "Home",
    )
    assert not [words for words in furniture for text in texts if words in text]
    assert "comprehensive partnership" in texts[0]
    assert "slightly envious" in texts[1]


def test_a_short_page_is_read_without_the_stop_words_of_all_languages() -> None:
    html = (
        b"<html><body><article><aside>Advert</aside><p>Nine were hurt.</p></article></body></html>"
    )
    extract_html(html, url="https://post.example/a")
    words = trafilatura.external.JT_STOPLIST
    assert words is not None
    assert len(words) < 1000
