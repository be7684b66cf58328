"""Reading the pages again that digests cite, and what their changes take from what was sent.

::

    cited page that is due ─ conditional GET ─ its text now ─ sentences it bears out no more
        ─ `correct` them ─ the article's revision ─ done

In this order: whatever is broken off is read and found again, so no correction is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from config.settings import Settings
from summarizer.collecting.extracting import extract_article
from summarizer.collecting.fetching import UNCHANGED, Client, fetch_page
from summarizer.errors import StopError
from summarizer.models import Article, Entry, Sentence, SourceSentence, StoryReport
from summarizer.sentences import source_sentences, split_sentences
from summarizer.storage import CitedPage, Storage
from summarizer.words import content_stems
from summarizer.writing.checking import check, supporters
from summarizer.writing.readings import read_figures

log = structlog.get_logger(__name__)

PAGES = 500
"""Read in one round at most."""
SAME_TEXT = 0.5
"""The share of an article's words that its page must still have: else it shows something else (a
wall, another article), and says nothing about what was reported."""
LIKE = 0.5
"""The share of a sentence's words that one must have to be what it was changed into."""
_ANY_TITLE = "…"
"""For one that is cut short the page's own is taken."""
NEAREST = 5
"""A sentence is looked for among so many of a changed text, those most like its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What was told, and none of the articles it rests on bears out any more."""

    story_ids: frozenset[str]
    text: str
    """A sentence; a headline; of a difference, what it is about."""
    is_headline: bool = False
    values: tuple[str, ...] = ()
    """A difference's, in their order."""
    outlet: str
    """Whose article changed."""
    now_says: str
    """What stands there instead, in the outlet's words."""


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
        title = known.title
        if page.error == UNCHANGED:
            article = known  # a feed may have brought the change before us
        elif page.html is None:
            log.info("cited page not read", url=known.url, error=page.error)
            return cited
        else:
            read = await asyncio.to_thread(extract_article, _as_entry(known), page, now=now)
            title = known.title if read.title == _ANY_TITLE else read.title
            article = replace(read, id=known.id, title=known.title, published_at=known.published_at)
            if article.summary_only or not _is_same_text(known.text, article.text):
                return cited
        reports = await self._storage.corrections.citing(known.id)
        ids = {a.id for report in reports for a in report.articles}
        articles = await self._storage.articles.get(ids)
        articles[known.id] = changed = replace(article, title=title)
        changes = await asyncio.to_thread(find_changes, reports, articles, changed, known)
        if changes:
            log.info("cited page changed", url=known.url, changes=len(changes))
            await correct(changes)
        await self._storage.articles.add([article])
        return replace(cited, etag=page.etag, last_modified=page.last_modified)


def find_changes(
    reports: Sequence[StoryReport],
    articles: Mapping[str, Article],
    changed: Article,
    known: Article,
) -> list[Change]:
    """Return what none of the `articles` bears out any more of what the reports say.

    Looked at is what rests on the article that `changed` from what is `known`: sentences, and the
    figures of headlines and differences. What it only leaves out now is no change: live articles
    make room for news, and what they drop is not wrong for it.
    """
    return [
        *_changed_sentences(reports, articles, changed),
        *_changed_figures(reports, articles, changed, known),
    ]


def _changed_sentences(
    reports: Sequence[StoryReport], articles: Mapping[str, Article], changed: Article
) -> list[Change]:
    by_text: dict[str, tuple[set[str], list[Sentence]]] = {}
    for report in reports:
        for sentence in report.sentences:
            if changed.id in {e.article_id for e in sentence.evidence}:
                stories, same = by_text.setdefault(sentence.text, (set(), []))
                stories.add(report.story_id)
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


def _changed_figures(
    reports: Sequence[StoryReport],
    articles: Mapping[str, Article],
    changed: Article,
    known: Article,
) -> list[Change]:
    """Return the headlines and differences with a figure for which there is another one now.

    It must be in a sentence that is new, where the older text is known yet.
    """
    old = {s.text for s in (_title(known), *source_sentences(known))}
    if known.text == changed.text:
        old.clear()
    given = {a.id: _figures([_title(a), *source_sentences(a)]) for a in articles.values()}
    changes: dict[Change, set[str]] = {}
    for report in reports:
        ids = {a.n: a.id for a in report.articles}
        headline = replace(_title(changed), text=report.headline)
        no_values: tuple[str, ...] = ()
        figures = [
            (about, shown, report.headline_articles, report.headline, no_values)
            for about, shown, _ in _figures([headline])
        ]
        for d in report.differences:
            values = tuple(v.value for v in d.values)
            figures += [(d.about, v.value, v.articles, d.about, values) for v in d.values]
        for about, shown, numbers, text, values in figures:
            resting = {ids[n] for n in numbers if n in ids}
            stands = any(
                (about, shown) == figure[:2] for id in resting for figure in given.get(id, ())
            )
            instead = [
                said for other, _, said in given[changed.id] if other == about and said not in old
            ]
            if changed.id in resting and instead and not stands:
                change = Change(
                    story_ids=frozenset(),
                    text=text,
                    is_headline=not values,
                    values=values,
                    outlet=changed.outlet,
                    now_says=instead[0],
                )
                changes.setdefault(change, set()).add(report.story_id)
    return [replace(change, story_ids=frozenset(ids)) for change, ids in changes.items()]


def _figures(sentences: Sequence[SourceSentence]) -> list[tuple[str, str, str]]:
    """Return what each figure is of, the figure, and the sentence that gives it."""
    return [(r.about, r.shown, sentences[r.sentence].text) for r in read_figures(sentences)]


def _title(article: Article) -> SourceSentence:
    return SourceSentence(article_id=article.id, n=article.n, position=0, text=article.title)


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
        title=_ANY_TITLE,
        text="",
        published_at=article.published_at,
        language=article.language,
    )
