"""What a page says about itself: title, time, outlet, authors, and whether it is free to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from lxml import html

from summarizer.collecting.cleaning import clean_line

_ARTICLE_TYPES = re.compile(r"(?:\w*Article|\w*Posting|Report|Review|WebPage)$")
_MAX_JSON = 1_000_000
_LONGEST_OUTLET = 60
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Earlier times are what content systems print where they have none."""
_DATE_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "date.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
    "cxenseparse:recs:publishtime",
)
_SEPARATOR = re.compile(r"\s+(?:[|–—»·•‹›:]|-|::|\|\|)\s+")
_SECTION_WORDS = re.compile(
    r"\b(?:news|times|post|herald|tribune|journal|gazette|observer|online|tv|radio|magazine"
    r"|daily|weekly|press|chronicle|telegraph|mail|today|world|business|sport|politics|opinion)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A page's own account of itself."""

    title: str = ""
    published_at: datetime | None = None
    """Midnight where only the day is stated."""
    outlet: str | None = None
    authors: frozenset[str] = frozenset()
    restricted: bool = False
    """It says that it is not accessible for free."""
    body: str = ""
    """The article's text, where the structured data holds it."""


def describe(tree: html.HtmlElement, *, url: str | None = None) -> Description:
    """Return what the page's meta tags, JSON-LD and headings say."""
    meta = _meta(tree)
    nodes = [node for node in _json_nodes(tree) if _is_article(node)]
    outlet = _outlet(meta, nodes) or host_name(url)
    return Description(
        title=_title(tree, meta, nodes, outlet, url),
        published_at=_published_at(tree, meta, nodes),
        outlet=outlet or None,
        authors=_authors(meta, nodes),
        restricted=any(str(node.get("isAccessibleForFree")).lower() == "false" for node in nodes),
        body=max((_text(node.get("articleBody")) for node in nodes), key=len, default=""),
    )


def _outlet(meta: Mapping[str, str], nodes: list[Mapping[str, object]]) -> str:
    stated = _first(
        meta.get("og:site_name"),
        *(_name(node.get("publisher")) for node in nodes),
        meta.get("application-name"),
    )
    if stated.startswith(("http://", "https://")):
        return host_name(stated)
    return re.split(r"\s+[|–—]\s+", stated)[0][:_LONGEST_OUTLET]


def host_name(url: str | None) -> str:
    """Return the host of a URL without 'www.', or '' where there is none."""
    try:
        return (urlsplit(url or "").hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def strip_outlet(title: str, *, outlet: str | None = None, url: str | None = None) -> str:
    """Return a title without the outlet's name at its end ('… | The Example', '… - BBC News')."""
    title = clean_line(title)
    names = {_letters(name) for name in (outlet or "", host_name(url)) if name}
    names |= {_letters(host_name(url).rsplit(".", 1)[0])} - {""}
    for _ in range(3):
        cut = _outlet_cut(title, names)
        if cut is None:
            return title
        title = title[:cut].rstrip()
    return title


def _outlet_cut(title: str, names: set[str]) -> int | None:
    """Return where the outlet's name at the end of a title begins, with its separator."""
    separators = list(_SEPARATOR.finditer(title))
    if not separators:
        return None
    last = separators[-1]
    tail, head = title[last.end() :], title[: last.start()]
    letters = _letters(tail)
    if letters and any(letters == n or (len(letters) > 3 and letters in n) for n in names):
        return last.start()
    if any(len(name) > 3 and letters.startswith(name) for name in names) and len(tail.split()) < 5:
        return last.start()
    long_enough = len(head.split()) >= 4 and len(tail.split()) <= 4
    if long_enough and "|" in last[0]:
        return last.start()
    is_named = tail[:1].isupper() and _SECTION_WORDS.search(tail)
    return last.start() if long_enough and ":" not in last[0] and is_named else None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower().removeprefix("the")


def _meta(tree: html.HtmlElement) -> dict[str, str]:
    """Return the content of the meta tags by lower-case name; the first of each."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        for key in ("property", "name", "itemprop"):
            name = element.get(key)
            if name and content:
                found.setdefault(name.lower(), content.strip())
    return found


def _json_nodes(tree: html.HtmlElement) -> Iterator[Mapping[str, object]]:
    """Return the objects of the page's JSON-LD, nested graphs and lists opened."""
    for script in tree.iter("script"):
        text = script.text
        if script.get("type", "").lower() != "application/ld+json" or not text:
            continue
        try:
            stack = [json.loads(text[:_MAX_JSON].strip().rstrip(";"), strict=False)]
        except (ValueError, RecursionError):
            continue
        while stack:
            node = stack.pop(0)
            if isinstance(node, list):
                stack[:0] = node[:100]
            elif isinstance(node, dict):
                yield node
                stack += [node[key] for key in ("@graph", "mainEntity") if key in node]


def _is_article(node: Mapping[str, object]) -> bool:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and _ARTICLE_TYPES.match(name) for name in names)


def _title(
    tree: html.HtmlElement,
    meta: Mapping[str, str],
    nodes: list[Mapping[str, object]],
    outlet: str,
    url: str | None,
) -> str:
    """Return the headline: the only h1 where the page's title agrees, else what meta tags say."""
    element = tree.find(".//head//title")
    page_title = clean_line(element.text_content()) if element is not None else ""
    headings = [clean_line(h.text_content()) for h in tree.iter("h1")]
    headings = [h for h in headings if len(h.split()) > 2]
    stated = [meta.get("og:title", ""), *(_text(n.get("headline")) for n in nodes)]
    stated = [strip_outlet(text, outlet=outlet, url=url) for text in stated]
    for heading in headings:
        if any(_letters(heading) in _letters(text) for text in (*stated, page_title) if text):
            return heading
    candidates = [t for t in (*stated, meta.get("twitter:title", ""), page_title) if t]
    if candidates:
        return strip_outlet(candidates[0], outlet=outlet, url=url)
    return headings[0] if headings else ""


def _published_at(
    tree: html.HtmlElement, meta: Mapping[str, str], nodes: list[Mapping[str, object]]
) -> datetime | None:
    stated = [_text(node.get("datePublished")) for node in nodes]
    stated += [meta.get(name, "") for name in _DATE_NAMES]
    times = tree.iter("time")
    stated += [t.get("datetime", "") for t in times if t.get("itemprop") == "datePublished"]
    instants = [instant for text in stated if text and (instant := parse_time(text))]
    exact = (instant for instant in instants if instant.time() != time.min)
    return next(exact, instants[0] if instants else None)


def parse_time(text: str) -> datetime | None:
    """Return the instant that a date in ISO 8601 or RFC 5322 names, in UTC; without a zone, UTC.

    Midnight is what is stated of a day alone: it stays midnight, whatever the zone.
    """
    text = text.strip()
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        try:
            parsed = parsedate_to_datetime(text)
        except ValueError:
            return None
    if parsed.time() == time.min:  # a day, whatever the zone
        parsed = parsed.replace(tzinfo=UTC)
    try:
        instant = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
    return instant if instant >= _EARLIEST else None


def _authors(meta: Mapping[str, str], nodes: list[Mapping[str, object]]) -> frozenset[str]:
    names = [meta.get("author", ""), meta.get("article:author", ""), meta.get("byl", "")]
    for node in nodes:
        author = node.get("author")
        names += [_name(one) for one in (author if isinstance(author, list) else [author])]
    parts = (part for name in names for part in re.split(r",|;| and ", name))
    cleaned = (re.sub(r"^by\s+", "", clean_line(part), flags=re.IGNORECASE) for part in parts)
    return frozenset(name.lower() for name in cleaned if 1 < len(name.split()) < 5)


def _name(value: object) -> str:
    if isinstance(value, list):
        return _first(*(_name(one) for one in value))
    if isinstance(value, dict):
        return _name(value.get("name"))
    return _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _first(*texts: str | None) -> str:
    return next((cleaned for text in texts if text and (cleaned := clean_line(text))), "")
