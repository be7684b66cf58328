"""Reading the pages again that digests cite, and what their changes take from what was sent.

::

    cited page that is due ─ conditional GET ─ its text now ─ sentences it bears out no more
        ─ `correct` them ─ the article's revision ─ done

In this order: whatever is broken off is read and found again, so no correction is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from config.settings import Settings
from summarizer.collecting.extracting import extract_article
from summarizer.collecting.fetching import UNCHANGED, Client, fetch_page
from summarizer.errors import StopError
from summarizer.models import Article, Entry, Sentence, SourceSentence
from summarizer.sentences import source_sentences, split_sentences
from summarizer.storage import CitedPage, Storage
from summarizer.words import content_stems
from summarizer.writing.checking import check, supporters

log = structlog.get_logger(__name__)

PAGES = 500
"""Read in one round at most."""
SAME_TEXT = 0.5
"""The share of an article's words that its page must still have: else it shows something else (a
wall, another article), and says nothing about what was reported."""
LIKE = 0.5
"""The share of a sentence's words that one must have to be what it was changed into."""
NEAREST = 5
"""A sentence is looked for among so many of a changed text, those most like its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A sentence that was written, and that none of the articles it cites bears out any more."""

    story_ids: frozenset[str]
    text: str
    outlet: str
    """Whose article changed."""
    now_says: str
    """The sentence that stands there instead, in the outlet's words."""


Correct = Callable[[list[Change]], Awaitable[object]]


class Rereader:
    """Reads cited pages again through the HTTP client that keeps what hosts asked for."""

    def __init__(self, *, settings: Settings, storage: Storage, client: Client) -> None:
        self._settings = settings
        self._storage = storage
        self._client = client

    async def reread(self, now: datetime, correct: Correct) -> int:
        """Read the pages that are due; give `correct` what stands no longer; return how many.

        A page that is gone, or out of reach, changes nothing: it is read at its next time. One
        that brings up a bug holds up no other.
        """
        slots = asyncio.Semaphore(self._settings.collecting.concurrency)

        async def read(page: CitedPage) -> None:
            async with slots:
                try:
                    page = await self._read(page, now, correct)
                except StopError:
                    raise
                except Exception:
                    log.exception("page not read again", article=page.article.id)
            await self._storage.corrections.finish_page(page, now)

        due = await self._storage.corrections.due_pages(now, PAGES)
        await asyncio.gather(*(read(page) for page in due))
        return len(due)

    async def _read(self, cited: CitedPage, now: datetime, correct: Correct) -> CitedPage:
        """Read one page and correct what it takes back; return it with its validators."""
        known = cited.article
        page = await fetch_page(
            self._client,
            known.url or "",
            limit_bytes=self._settings.collecting.page_bytes,
            etag=cited.etag,
            last_modified=cited.last_modified,
        )
        if page.error == UNCHANGED:
            article = known  # a feed may have brought the change before us
        elif page.html is None:
            log.info("cited page not read", url=known.url, error=page.error)
            return cited
        else:
            read = await asyncio.to_thread(extract_article, _as_entry(known), page, now=now)
            article = replace(read, id=known.id, published_at=known.published_at)
            if article.summary_only or not _is_same_text(known.text, article.text):
                return cited
        written = await self._storage.corrections.citing(known.id)
        ids = {e.article_id for said in written.values() for s in said for e in s.evidence}
        articles = {**await self._storage.articles.get(ids), known.id: article}
        changes = await asyncio.to_thread(find_changes, written, articles, article)
        if changes:
            log.info("cited page changed", url=known.url, sentences=len(changes))
            await correct(changes)
        await self._storage.articles.add([article])
        return replace(cited, etag=page.etag, last_modified=page.last_modified)


def find_changes(
    written: Mapping[str, Iterable[Sentence]], articles: Mapping[str, Article], changed: Article
) -> list[Change]:
    """Return what none of the `articles` bears out any more of what was `written` by story.

    All of it cites the article that `changed`. What that only leaves out now is no change: live
    articles make room for news, and what they drop is not wrong for it.
    """
    by_text: dict[str, tuple[set[str], list[Sentence]]] = {}
    for story_id, sentences in written.items():
        for sentence in sentences:
            stories, same = by_text.setdefault(sentence.text, (set(), []))
            stories.add(story_id)
            same.append(sentence)
    said = {a.id: source_sentences(a) for a in articles.values()}
    changes = []
    for text, (stories, same) in by_text.items():
        sources = {(e.article_id, e.text) for s in same for e in s.evidence}
        if any(
            id in articles and _stands(text, source, said[id], articles) for id, source in sources
        ):
            continue
        source = next(source for id, source in sources if id == changed.id)
        for instead in _nearest(source, said[changed.id])[:1]:
            if _share(source, instead.text) >= LIKE:
                changes.append(
                    Change(
                        story_ids=frozenset(stories),
                        text=text,
                        outlet=changed.outlet,
                        now_says=instead.text,
                    )
                )
    return changes


def _stands(
    text: str, source: str, said: list[SourceSentence], articles: Mapping[str, Article]
) -> bool:
    """Whether an article that says this still bears out what was written from `source`."""
    known = {sentence.text for sentence in said}
    parts = split_sentences(source)
    if source in known or all(part in known for part in parts):
        return True
    if supporters(text, _nearest(source, said)[:NEAREST], articles=articles):
        return True
    together = [s for part in parts for s in _nearest(part, said)[:1]]
    return len(parts) > 1 and check(text, together, articles=articles).supported


def _nearest(source: str, said: Iterable[SourceSentence]) -> list[SourceSentence]:
    return sorted(said, key=lambda s: -_share(source, s.text))


def _share(source: str, text: str) -> float:
    """Return how many of the words of either are in both."""
    one, other = set(content_stems(source)), set(content_stems(text))
    return len(one & other) / max(len(one | other), 1)


def _is_same_text(before: str, now: str) -> bool:
    words = set(content_stems(before))
    return len(words & set(content_stems(now))) >= SAME_TEXT * len(words)


def _as_entry(article: Article) -> Entry:
    return Entry(
        url=article.url or "",
        outlet=article.outlet,
        feed_url="",
        title=article.title,
        text="",
        published_at=article.published_at,
        language=article.language,
    )
