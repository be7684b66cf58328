"""Lists of feeds as other programs keep them: OPML (http://opml.org/spec2.opml), in and out."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

import listparser

from summarizer.collecting.cleaning import clean_line
from summarizer.collecting.parsing import canonical_url
from summarizer.errors import TooLargeError, UnreadableError
from summarizer.models import Feed

MAX_BYTES = 2_000_000
MAX_FEEDS = 5000
_MAX_NAME = 100


def parse_opml(content: bytes, *, name: str) -> list[Feed]:
    """Return the feeds of an OPML file, each address once; `name` is for messages.

    Outlines that lead to no web address are left out. Raises UnreadableError where there is no
    feed and TooLargeError for a file that no reader of feeds would write.
    """
    if len(content) > MAX_BYTES:
        raise TooLargeError(f"larger than {MAX_BYTES} bytes: {name!r}")
    # As bytes, since listparser fetches a text that looks like an address; with a byte order mark,
    # since its parser takes what names no encoding for Latin-1.
    found = listparser.parse(content.decode("utf-8-sig", "replace").encode("utf-8-sig"))
    feeds: dict[str, Feed] = {}
    for outline in found.feeds:
        url = clean_line(str(outline.url or ""))
        try:
            key = canonical_url(url)
        except UnreadableError:
            continue
        title = clean_line(str(outline.title or ""))[:_MAX_NAME]
        feeds.setdefault(key, Feed(url=url, outlet=title or url))
        if len(feeds) == MAX_FEEDS:
            break
    if not feeds:
        raise UnreadableError(f"no feeds in this file, is it OPML? {name!r}")
    return list(feeds.values())


def write_opml(feeds: Iterable[Feed]) -> str:
    """Return the feeds as OPML."""
    lines = [
        f"    <outline type='rss' text={quoteattr(f.outlet)} title={quoteattr(f.outlet)}"
        f" xmlUrl={quoteattr(f.url)}/>"
        for f in feeds
    ]
    return (
        "<?xml version='1.0' encoding='utf-8'?>\n<opml version='2.0'>\n"
        "  <head><title>digest-bot feeds</title></head>\n  <body>\n"
        + "\n".join(lines)
        + "\n  </body>\n</opml>"
    )
