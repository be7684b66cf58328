"""Pages, dumps of pages and feed entries to articles: title, clean text, time, outlet, language.

::

    html ─ decode ─ tree ┬ describe ──────────────┐
                         └ trafilatura ─ furniture ┴ Extracted ─ Article
    dump ─ lines ─ furniture, title, region ───────┘
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import htmldate
import numpy as np
import trafilatura
import trafilatura.external
from justext.utils import get_stoplist
from lxml import etree
from lxml import html as lxml_html
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from trafilatura.utils import load_html

from summarizer.collecting.cleaning import clean_line, clean_text
from summarizer.collecting.decoding import decode
from summarizer.collecting.describing import Description, describe, host_name, strip_outlet
from summarizer.collecting.dumping import read_dump
from summarizer.collecting.furnishing import clean_paragraphs, count_words, is_prose, key
from summarizer.collecting.parsing import canonical_url
from summarizer.collecting.walls import is_walled
from summarizer.errors import UnreadableError
from summarizer.models import Article, Entry, Page, derive_id

# trafilatura warns of every page without text; that is ours to judge.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)
# trafilatura's second opinion on short and untidy pages looks words up in the stop words of all 100
# languages, 150,000 that it copies for each page: 80 ms and 100 MB. Those of English do as well.
trafilatura.external.JT_STOPLIST = tuple(get_stoplist("English"))

LANGUAGES = (
    *("ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu", "id"),
    *("it", "ja", "ko", "nl", "no", "pl", "pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"),
)
_LANGUAGE_SAMPLE = 240  # characters
_SHORTEST_SAMPLE = 20

_SHORT = 120
"""Words: a page with fewer is checked for walls, and its paragraphs for what was missed; a feed's
text with fewer is a summary, unless its page has hardly more."""
_AS_MUCH = 0.8
"""Of a feed's text: a page that gives this share of its words bears out that it is all there is."""
_MUCH_MORE = 1.25
"""Times the words: less more than that is likely to be the author's note or the newsletter's."""
_MAX_ELEMENTS = 30_000
"""Of a page: each takes trafilatura a tenth of a millisecond; news pages have some thousands."""
# A start tag as browsers see one: a quotation mark opens a value after an equals sign alone.
_START_TAG = re.compile(r"""<[a-zA-Z](?:[^>=]++|=\s*+(?:"[^"]*+"?|'[^']*+'?)?+)*+""")
_BETWEEN = re.compile(r"[\s/\"']+")
_MAX_ATTRIBUTES = 1000
_MAX_TAGS = 1_500_000
"""Characters of all start tags: a tree takes up to a hundred times as many bytes."""
_MAX_ALL_ATTRIBUTES = 300_000
"""Spaces in all start tags; each attribute takes a few hundred bytes, several times over."""
_LONG_LINKS = etree.XPath("//a[string-length(normalize-space()) > 15]")
# What sites call a caption that stands in no figcaption: wp-caption-text, cutline.
_CAPTIONS = etree.XPath(
    "//p[contains(@class, 'caption') or contains(@class, 'cutline')]"
    "|//div[contains(@class, 'caption') or contains(@class, 'cutline')][string-length() < 400]"
)
_loading = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page or a dump holds. `text` is plain, paragraphs are separated by blank lines."""

    title: str
    text: str
    published_at: datetime | None = None
    outlet: str | None = None
    language: str | None = None
    walled: bool = False
    """It is a paywall, a consent form or a blocked request, not an article."""


def extract_article(entry: Entry, page: Page, *, now: datetime) -> Article:
    """Return the entry's article: the page's text, or the feed's own where that is all there is.

    The id depends on the entry's address alone, so that it is the same whatever the page gave.
    """
    url = canonical_url(entry.url)
    feed_text = "\n\n".join(clean_paragraphs(entry.text.split("\n\n"), title=entry.title))
    extracted = None
    if page.html is not None and page.error is None:
        extracted = extract_html(page.html, url=page.url, charset=page.charset)
    title = strip_outlet(entry.title, outlet=entry.outlet, url=url)
    published_at = _earlier(entry.published_at or now, extracted, now)
    if extracted is None or extracted.walled or len(extracted.text) < len(feed_text):
        text, language = feed_text, detect_language(feed_text)
        summary_only = extracted is None or extracted.walled or _is_summary(text, extracted.text)
    else:
        text, language, summary_only = extracted.text, extracted.language, False
        if title.endswith(("...", "…")) and extracted.title:
            title = extracted.title
    return Article(
        id=derive_id(url),
        url=url,
        outlet=entry.outlet,
        title=title,
        text=text,
        published_at=published_at,
        fetched_at=now,
        language=language or entry.language or "en",
        summary_only=summary_only,
    )


def _is_summary(feed_text: str, page_text: str) -> bool:
    """Return whether a feed's text is a summary of an article that its page did not give."""
    words = count_words(feed_text)
    return not page_text or (words < _SHORT and count_words(page_text) < _AS_MUCH * words)


def _earlier(published_at: datetime, extracted: Extracted | None, now: datetime) -> datetime:
    """Return the page's time where it is earlier than the feed's.

    A day without a time of day says less than the feed, unless the feed has no date: then it is
    the time of reading.
    """
    stated = extracted.published_at if extracted is not None else None
    if stated is None:
        return published_at
    is_day = stated.time() == time.min
    if is_day and (published_at < now or stated + timedelta(days=1) >= now):
        return published_at
    return min(stated, published_at)


def to_article(extracted: Extracted, *, url: str | None = None, now: datetime) -> Article:
    """Return what a person gave to summarise as an article.

    The id depends on the address, or on the text where there is none.
    """
    address = canonical_url(url) if url else None
    title = extracted.title or _beginning(extracted.text)
    return Article(
        id=derive_id(address) if address else derive_id(title, extracted.text),
        url=address,
        outlet=extracted.outlet or host_name(address) or "unknown",
        title=title,
        text=extracted.text,
        published_at=min(extracted.published_at or now, now),
        fetched_at=now,
        language=extracted.language or "en",
        summary_only=extracted.walled,
    )


def extract_file(path: Path, *, url: str | None = None) -> Extracted:
    """Return what a file holds: a web page or the plain-text dump of one, told by its content.

    `url` is where the page came from, if that is known. Where the page names no outlet, it is the
    file's name. Raises UnreadableError for a file that cannot be read or holds no text.
    """
    try:
        content = path.expanduser().read_bytes()
    except OSError as exc:
        raise UnreadableError(f"cannot read the file: {str(path)!r}") from exc
    return extract_bytes(content, name=path.stem, url=url)


def extract_bytes(content: bytes, *, name: str, url: str | None = None) -> Extracted:
    """Return what the bytes of a web page or a plain-text dump hold; `name` is for messages."""
    if b"\x00" in content[:1000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError(f"not text: {name!r}")
    text = decode(content)
    if re.search(r"<(?:!doctype\s+html|html|head|body|article|div|p)\b[^>]*>", text[:5000], re.I):
        extracted = extract_html(content, url=url)
    else:
        extracted = extract_dump(text)
    if not extracted.text:
        raise UnreadableError(f"no article text found: {name!r}")
    return _with_outlet(extracted, name)


def _with_outlet(extracted: Extracted, name: str) -> Extracted:
    return Extracted(
        title=extracted.title,
        text=extracted.text,
        published_at=extracted.published_at,
        outlet=extracted.outlet or name,
        language=extracted.language,
        walled=extracted.walled,
    )


def extract_dump(text: str) -> Extracted:
    """Return the article in a plain-text dump of a whole page."""
    title, paragraphs = read_dump(text)
    body = "\n\n".join(paragraphs)
    return Extracted(title=strip_outlet(title), text=body, language=detect_language(body))


def extract_html(html: bytes, *, url: str | None = None, charset: str | None = None) -> Extracted:
    """Return the article in a web page; `text` is empty where there is none."""
    markup = _bound(decode(html, charset=charset))
    tree = load_html(markup) if markup is not None else None
    if tree is None or tree.xpath("count(//*)") > 4 * _MAX_ELEMENTS:
        return Extracted(title="", text="", outlet=host_name(url) or None)
    about = describe(tree, url=url)
    found = _main_paragraphs(tree, url)
    paragraphs = clean_paragraphs(
        found,
        title=about.title,
        authors=about.authors,
        outside=_outside(tree, {key(text) for text in found if not is_prose(text)}),
    )
    words = _words(paragraphs)
    if words < _SHORT:
        missed = _missed(tree, about)
        if _words(missed) > _MUCH_MORE * words:
            found = paragraphs = missed
            words = _words(paragraphs)
    text = "\n\n".join(paragraphs)
    walled = words < _SHORT and (
        about.restricted or is_walled(tree, title=about.title, main=found, words=words)
    )
    return Extracted(
        title=about.title,
        text=text,
        published_at=about.published_at or _guess_date(tree, url),
        outlet=about.outlet,
        language=detect_language(text),
        walled=walled,
    )


def _bound(markup: str) -> str | None:
    """Return a page that the parser reads soon and in little memory, or None where there is none.

    A tag with very many attributes, each of which it compares with all others, loses them.
    """
    size = attributes = 0

    def bound(tag: re.Match[str]) -> str:
        nonlocal size, attributes
        text = tag[0]
        if len(text) > _MAX_ATTRIBUTES and len(_BETWEEN.findall(text)) > _MAX_ATTRIBUTES:
            text = _BETWEEN.split(text, maxsplit=1)[0]
        size += len(text)
        attributes += text.count(" ")
        return text

    markup = _START_TAG.sub(bound, markup)
    return markup if size <= _MAX_TAGS and attributes <= _MAX_ALL_ATTRIBUTES else None


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's language; None where it is too short to tell."""
    sample = text[:_LANGUAGE_SAMPLE]
    if sum(map(str.isalpha, sample)) < _SHORTEST_SAMPLE:
        return None
    with _loading:  # several threads read pages: each would load a model of its own, of 70 MB
        identifier = _identifier()
    return str(identifier.classify(sample)[0])


@cache
def _identifier() -> Any:
    every = LanguageIdentifier.from_model_file(MODEL_FILE)
    every.set_languages(LANGUAGES)
    # A new one does not keep the other languages; and it has its table row by row in memory: a text
    # looks up some hundred rows, and cache misses are all it costs.
    return LanguageIdentifier(
        np.ascontiguousarray(every.nb_ptc),
        every.nb_pc,
        every.nb_classes,
        every.tk_nextmove,
        every.tk_output,
        tk_row=every.tk_row,
    )


def _main_paragraphs(tree: lxml_html.HtmlElement, url: str | None) -> list[str]:
    if tree.xpath("count(//*)") > _MAX_ELEMENTS:
        return []
    # It copies the tree several times over; what it throws away at once need not be copied.
    etree.strip_elements(tree, "script", "style", "svg", with_tail=False)
    document = trafilatura.bare_extraction(
        tree, url=url, favor_precision=True, include_comments=False
    )
    text = str(document.text or "") if document is not None else ""
    lines = (line.strip("| ") for line in clean_text(text.replace("\n", "\n\n")).split("\n\n"))
    return [line.removeprefix("- ") for line in lines if line]


def _outside(tree: lxml_html.HtmlElement, paragraphs: Collection[str]) -> set[str]:
    """Return those paragraphs that are headlines, captions or links standing alone, as keys."""
    found = {key("".join(element.itertext())) for element in tree.iter("h1")}
    # The extractor may have kept one part of a caption only, without the credit.
    for caption in (*tree.iter("figcaption"), *_CAPTIONS(tree)):
        found.update(key("".join(part.itertext())) for part in caption.iter("*"))
    # Only a line that is no sentence can be such a link: without one there is nothing to look for.
    for link in _LONG_LINKS(tree) if paragraphs else ():
        parent = link.getparent()
        text = "".join(link.itertext())
        if parent is None or key(text) not in paragraphs:
            continue
        # A table of contents names the headings; what it names stays.
        is_alone = len("".join(parent.itertext())) - len(text) < 8
        if is_alone and not link.get("href", "").startswith("#"):
            found.add(key(text))
    return found


def _missed(tree: lxml_html.HtmlElement, about: Description) -> list[str]:
    """Return the paragraphs of the fullest element: what is left where the extractor found little.

    The structured data's own text is taken where that is longer.
    """
    groups: dict[lxml_html.HtmlElement, list[str]] = {}
    for paragraph in tree.iter("p"):
        text = clean_line(paragraph.text_content())
        parent = paragraph.getparent()
        if parent is None or not is_prose(text) or _is_aside(paragraph):
            continue
        for ancestor in (parent, parent.getparent()):
            if ancestor is not None and ancestor.tag not in ("body", "html"):
                groups.setdefault(ancestor, []).append(text)
    fullest = max(groups.values(), key=_words, default=[])
    stated = clean_text(about.body).split("\n\n") if about.body else []
    best = max(fullest, stated, key=_words)
    return clean_paragraphs(best, title=about.title, authors=about.authors)


def _is_aside(element: lxml_html.HtmlElement) -> bool:
    return any(
        a.tag in ("aside", "footer", "nav", "form", "header", "noscript")
        for a in element.iterancestors()
    )


def _guess_date(tree: lxml_html.HtmlElement, url: str | None) -> datetime | None:
    """Return a date without a time of day (midnight, UTC), as found in markup or the address."""
    try:
        found = htmldate.find_date(tree, url=url, original_date=True, extensive_search=False)
        return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else None
    except (ValueError, TypeError, OverflowError):
        return None


def _words(paragraphs: Iterable[str]) -> int:
    return sum(map(count_words, paragraphs))


def _beginning(text: str) -> str:
    words = text.split("\n\n", 1)[0].split()
    return " ".join(words[:14]) + ("…" if len(words) > 14 else "")
