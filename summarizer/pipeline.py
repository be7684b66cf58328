"""The stages joined: collect → group → write → compose, each one method, each safe to repeat.

::

    collect   feeds that are due → articles with vectors in the database
    group     new articles → stories, new or grown
    write     stories without a report of their version → reports
    compose   topics and what a chat was told → the digest for that chat

Only HTTP and the database are awaited here; what computes runs in one worker thread, so that
models are never used by two threads at once and the event loop stays free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import random
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import numpy as np
import structlog
from numpy.typing import NDArray

from config.catalog import load_catalog
from config.settings import Settings
from summarizer.collecting.extracting import extract_article
from summarizer.collecting.fetching import Client, fetch_feed, fetch_page, plan_next
from summarizer.collecting.parsing import canonical_url, parse_feed, parse_ttl
from summarizer.digests.composing import Preferences, compose_digest
from summarizer.digests.matching import match_topic, topic_texts
from summarizer.embedding import Embedder
from summarizer.errors import DigestError
from summarizer.models import (
    EMBEDDING_WIDTH,
    Article,
    ArticleRef,
    Digest,
    Entry,
    Fact,
    Feed,
    FeedState,
    NotModified,
    Story,
    StoryReport,
    Topic,
    Vector,
    derive_id,
)
from summarizer.sentences import source_sentences
from summarizer.storage import Storage
from summarizer.stories.grouping import group_articles
from summarizer.stories.independence import independent_reports
from summarizer.writing.choosing import write_sentence
from summarizer.writing.differences import find_differences
from summarizer.writing.headlines import choose_headline
from summarizer.writing.novelty import date_facts
from summarizer.writing.rewriting import Candidate, Rewriter
from summarizer.writing.selecting import select_facts
from summarizer.writing.wording import loaded_words

log = structlog.get_logger(__name__)

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

FACTS = 10
"""A report's facts at most: a detailed digest shows about six, later ones what is new."""
SENTENCES_PER_ARTICLE = 30
"""News puts what matters first; the tail of a long page costs time and adds background."""
LOADED = 2
"""Loaded words in a source sentence from which it comes behind all plainer ones."""
KNOWN_VECTORS = 20_000
"""Sentences' vectors kept in memory, 30 MB: what several hundred open stories were written from."""
LATE_NEWS = timedelta(hours=24)
"""An article can be collected this long after its publication and still be news to a chat."""
SINGLE_SENTENCES = 8
"""Of a story that one outlet has: a digest shows one line of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What one round of collecting did."""

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    articles: int = 0
    revised: int = 0
    summary_only: int = 0
    skipped: int = 0
    """Articles in a language the model does not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one round of writing did."""

    stories: int = 0
    sentences: int = 0
    rewritten: int = 0


class Writer:
    """Writes one story's report; everything it does is plain computing.

    Not thread-safe: one thread at a time.
    """

    def __init__(self, embedder: Embedder, rewriter: Rewriter, *, name: str, beams: int) -> None:
        self._embedder = embedder
        self._rewriter = rewriter
        self._name = name
        self._beams = beams
        self._vectors: dict[str, Vector] = {}

    @classmethod
    def load(cls, settings: Settings, embedder: Embedder) -> Writer:
        """Load the rewriting model that the settings name. Raises ModelError."""
        rewriter = Rewriter.load(
            settings.model.name,
            cache=settings.paths.folder() / "models",
            device=settings.model.device,
            threads=settings.model.threads,
        )
        return cls(embedder, rewriter, name=settings.model.name, beams=settings.model.beams)

    def write(
        self,
        story: Story,
        articles: Sequence[Article],
        *,
        known: Mapping[str, str],
        previous: StoryReport | None,
        now: datetime,
    ) -> StoryReport:
        """Return the report of `story` from its `articles`, in the order they joined it.

        `known` maps the keys of source sentences to the ids of the facts they told in earlier
        versions, so that a fact keeps its id; `previous` is the last version's report, against
        which facts are new or not.
        """
        articles = [replace(a, n=n) for n, a in enumerate(articles, start=1)]
        by_id = {a.id: a for a in articles}
        single = len({a.outlet for a in articles}) == 1
        most = SINGLE_SENTENCES if single else SENTENCES_PER_ARTICLE
        sentences = [s for a in articles for s in source_sentences(a)[:most]]
        vectors = self._embed([s.text for s in sentences])
        titles = self._embed([a.title for a in articles])
        independent = independent_reports(articles)

        facts = select_facts(articles, sentences, vectors, independent=independent, known=known)
        facts = facts[: 3 if single else FACTS]
        candidates = self._rewrite(facts, previous)
        dates = date_facts(facts, sentences, vectors, previous=previous, now=now)
        written = [
            replace(write_sentence(fact, options, articles=by_id), new_at=dates[fact.id])
            for fact, options in zip(facts, candidates, strict=True)
        ]
        # One who exaggerates is heard last, however central what they say.
        loaded = {f.id: len(loaded_words(f.best.text)) >= LOADED for f in facts}
        written.sort(key=lambda sentence: loaded[sentence.fact_id])
        headline, headline_articles = choose_headline(articles, titles)
        return StoryReport(
            story_id=story.id,
            version=story.version,
            headline=headline,
            headline_articles=headline_articles,
            sentences=tuple(written),
            differences=tuple(find_differences(articles, sentences, vectors)),
            articles=tuple(_refer(a) for a in articles),
            independent_reports=len(independent),
            vector=story.centroid,
            opened_at=story.opened_at,
            updated_at=story.updated_at,
            written_at=now,
            language=story.language,
            model=self._name,
            sentence_keys=tuple(s.key for s in sentences),
        )

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the texts' vectors; those of a story's earlier versions are still known."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if len(self._vectors) + len(missing) > KNOWN_VECTORS:
            self._vectors.clear()
            missing = list(dict.fromkeys(texts))
        self._vectors.update(zip(missing, self._embedder.embed(missing), strict=True))
        found = [self._vectors[text] for text in texts]
        return np.array(found, dtype=np.float32).reshape(len(texts), EMBEDDING_WIDTH)

    def _rewrite(
        self, facts: Sequence[Fact], previous: StoryReport | None
    ) -> list[Sequence[Candidate]]:
        """Return each fact's candidates; a sentence that an earlier version has is not made anew.

        So a story's wording stays as it was while it grows, and costs only what is new.
        """
        made = {s.fact_id: s for s in previous.sentences} if previous else {}
        kept: dict[str, Sequence[Candidate]] = {}
        for fact in facts:
            old = made.get(fact.id)
            if old is not None and fact.best.text in {e.text for e in old.evidence}:
                again = Candidate(text=old.text, score=0.0, words=old.words)
                kept[fact.id] = [again] if old.method == "rewritten" else []
        new = [fact for fact in facts if fact.id not in kept]
        found = self._rewriter.candidates([f.best.text for f in new], beams=self._beams)
        kept.update((fact.id, options) for fact, options in zip(new, found, strict=True))
        return [kept[fact.id] for fact in facts]

    def write_articles(self, articles: Sequence[Article], *, now: datetime) -> StoryReport:
        """Return the report of articles that are taken as one story, whatever they are about."""
        vectors = self._embedder.embed([a.lead for a in articles])
        return self.write(make_story(articles, vectors), articles, known={}, previous=None, now=now)


class Pipeline:
    """The stages on one storage; use it with `async with`.

    One HTTP client serves it for good: it keeps what hosts asked for (robots.txt, Retry-After).
    """

    def __init__(self, *, settings: Settings, storage: Storage) -> None:
        self._settings = settings
        self._storage = storage
        self._client = make_client(settings)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="models")
        self._loading = asyncio.Lock()
        self._embedder: Embedder | None = None
        self._writer: Writer | None = None
        self._topic_vectors: dict[tuple[str, ...], NDArray[np.float32]] = {}

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)
        # What is being computed is waited for, off the event loop.
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def collect(self, now: datetime, progress: Progress | None = None) -> Collected:
        """Read the feeds that are due and store their new and changed articles.

        A feed's validators are stored after its articles, so a stop in between reads it again
        rather than losing them. One feed's failure is recorded and holds up no other.
        """
        due = await self._storage.articles.due_feeds(now)
        chosen = self._settings.collecting
        total = Collected(feeds=len(due))
        slots = asyncio.Semaphore(chosen.concurrency)
        done = 0

        async def read(feed: Feed, state: FeedState) -> Collected:
            nonlocal done
            async with slots:
                result = await self._read_feed(feed, state, now)
            done += 1
            if progress:
                progress(done, len(due))
            return result

        for result in await asyncio.gather(*(read(f, s) for f, s in due)):
            total = _add(total, result)
        log.info("collected", feeds=total.feeds, articles=total.articles, failed=total.failed)
        return total

    async def _read_feed(self, feed: Feed, state: FeedState, now: datetime) -> Collected:
        chosen = self._settings.collecting
        articles: list[Article] = []
        skipped: list[str] = []
        max_age_s = None
        outcome: Any = "unchanged"
        revised = added = 0
        try:
            fetched = await fetch_feed(self._client, feed, state, limit_bytes=chosen.feed_bytes)
            max_age_s = fetched.max_age_s
            if not isinstance(fetched, NotModified):
                max_age_s = max(max_age_s or 0, parse_ttl(fetched) or 0)
                found = await asyncio.to_thread(parse_feed, fetched, feed, now=now)
                entries = await self._choose_entries(found, now)
                articles, skipped = await self._read_pages(entries, now)
                vectors = await self._embed([a.lead for a in articles])
                result = await self._storage.articles.add(articles, vectors)
                added, revised = len(result.new), len(result.revised)
                for language in skipped:
                    await self._storage.articles.count_skipped(language, 1, now)
                await self._storage.articles.mark_entries_seen(
                    [canonical_url(e.url) for e in entries], now
                )
                state = replace(state, etag=fetched.etag, last_modified=fetched.last_modified)
                outcome = "new" if added or revised else "unchanged"
        except DigestError as exc:
            log.warning("feed failed", feed=feed.url, error=str(exc))
            outcome = exc
        await self._storage.articles.save_feed_state(
            plan_next(
                state,
                now=now,
                outcome=outcome,
                interval_s=chosen.interval_s,
                min_interval_s=chosen.min_interval_s,
                max_interval_s=chosen.max_interval_s,
                max_age_s=max_age_s,
                jitter=random(),
            )
        )
        return Collected(
            unchanged=int(outcome == "unchanged"),
            failed=int(isinstance(outcome, DigestError)),
            articles=added,
            revised=revised,
            summary_only=sum(a.summary_only for a in articles),
            skipped=len(skipped),
        )

    async def _choose_entries(self, entries: Sequence[Entry], now: datetime) -> list[Entry]:
        """Return the entries that are recent and either new or changed since they were read."""
        oldest = now - timedelta(hours=self._settings.collecting.max_age_hours)
        recent = {
            canonical_url(e.url): e
            for e in entries
            if e.published_at is None or e.published_at >= oldest
        }
        seen = await self._storage.articles.seen_entry_urls(recent)
        stored = await self._storage.articles.get(derive_id(url) for url in recent)
        chosen = []
        for url, entry in recent.items():
            known = stored.get(derive_id(url))
            changed = known and entry.updated_at and entry.updated_at > known.fetched_at
            if changed or (known is None and url not in seen):
                chosen.append(entry)
        return chosen

    async def _read_pages(
        self, entries: Sequence[Entry], now: datetime
    ) -> tuple[list[Article], list[str]]:
        """Return the entries' articles, and the languages of those that were skipped."""
        chosen = self._settings.collecting
        articles: list[Article] = []
        skipped: list[str] = []
        for entry in entries:
            page = await fetch_page(self._client, entry.url, limit_bytes=chosen.page_bytes)
            article = await asyncio.to_thread(extract_article, entry, page, now=now)
            if article.language not in chosen.languages:
                skipped.append(article.language)
            elif article.text:
                articles.append(article)
        return articles, skipped

    async def group(self, now: datetime) -> list[Story]:
        """Put the articles that have no story yet into stories; return those that changed."""
        window = timedelta(hours=self._settings.stories.window_hours)
        changed: list[Story] = []
        while batch := await self._storage.articles.ungrouped(500):
            open_stories = await self._storage.stories.open_stories(now - window)
            members = await self._storage.stories.members([s.id for s in open_stories])
            articles = [a for a, _ in batch]
            vectors = np.stack([v for _, v in batch])
            stories = await self._compute(
                partial(
                    group_articles, articles, vectors, open_stories, members=members, window=window
                )
            )
            await self._storage.stories.save(stories, articles)
            changed += stories
        return changed

    async def write(
        self, now: datetime, *, limit: int = 1000, progress: Progress | None = None
    ) -> Written:
        """Write the reports that are missing, stories of many outlets first."""
        stories = await self._storage.stories.unwritten(limit)
        if not stories:
            return Written()
        writer = await self._load_writer()
        sentences = rewritten = 0
        for done, story in enumerate(stories, start=1):
            found = await self._storage.articles.get(story.article_ids)
            articles = [found[i] for i in story.article_ids if i in found]
            known = await self._storage.stories.known_facts(story.id)
            previous = await self._storage.stories.report(story.id)
            report = await self._compute(
                partial(writer.write, story, articles, known=known, previous=previous, now=now)
            )
            await self._storage.stories.save_report(report)
            sentences += len(report.sentences)
            rewritten += sum(s.method == "rewritten" for s in report.sentences)
            if progress:
                progress(done, len(stories))
        log.info("written", stories=len(stories), sentences=sentences, rewritten=rewritten)
        return Written(stories=len(stories), sentences=sentences, rewritten=rewritten)

    async def compose(
        self,
        topics: Sequence[Topic],
        *,
        preferences: Preferences,
        told: frozenset[str],
        told_stories: frozenset[str],
        since: datetime,
        now: datetime,
    ) -> Digest:
        """Return the digest of `topics` for a chat that knows the facts `told`."""
        reports = [
            report
            for report in await self._storage.stories.reports(since - LATE_NEWS)
            if report.updated_at >= since
            or any(s.new_at is not None and s.new_at > since for s in report.sentences)
        ]
        best: dict[str, tuple[StoryReport, float]] = {}
        for topic in topics:
            vectors = await self._vectors_of(topic)
            for report, score in match_topic(topic, vectors, reports):
                if report.story_id not in best or best[report.story_id][1] < score:
                    best[report.story_id] = (report, score)
        matched = [r for r, _ in sorted(best.values(), key=lambda pair: -pair[1])]
        return compose_digest(
            topics=topics,
            matched=matched,
            told=told,
            told_stories=told_stories,
            preferences=preferences,
            reading=await self._storage.articles.reading(since, now),
            since=since,
            now=now,
        )

    async def find_story(self, url: str) -> StoryReport | None:
        """Return the report of the story that the article at `url` belongs to, if it was read."""
        story_id = await self._storage.stories.story_of(derive_id(canonical_url(url)))
        return await self._storage.stories.report(story_id) if story_id else None

    async def _vectors_of(self, topic: Topic) -> NDArray[np.float32]:
        texts = tuple(topic_texts(topic))
        if texts not in self._topic_vectors:
            if len(self._topic_vectors) > 10_000:
                self._topic_vectors.clear()
            self._topic_vectors[texts] = await self._embed(texts)
        return self._topic_vectors[texts]

    async def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        embedder = await self._load_embedder()
        return await self._compute(lambda: embedder.embed(texts))

    async def _load_embedder(self) -> Embedder:
        async with self._loading:
            if self._embedder is None:
                threads = self._settings.model.threads
                self._embedder = await self._compute(lambda: Embedder.load(threads=threads))
            return self._embedder

    async def _load_writer(self) -> Writer:
        embedder = await self._load_embedder()
        async with self._loading:
            if self._writer is None:
                self._writer = await self._compute(lambda: Writer.load(self._settings, embedder))
            return self._writer

    async def _compute(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def make_client(settings: Settings) -> Client:
    """Return an HTTP client that keeps the configured limits; use it with `async with`."""
    chosen = settings.collecting
    return Client(
        contact=chosen.contact,
        allow_private_addresses=chosen.allow_private_addresses,
        respect_robots=chosen.respect_robots,
        timeout_s=chosen.timeout_s,
        max_redirects=chosen.max_redirects,
    )


def configured_feeds(settings: Settings) -> list[Feed]:
    """Return the feeds that the settings name, then the catalogue's if they are wanted."""
    chosen = settings.collecting
    feeds = [Feed(url=f.url, outlet=f.outlet, language=f.language) for f in chosen.feeds]
    if chosen.catalog_feeds:
        listed = load_catalog().feeds
        feeds += [Feed(url=f.url, outlet=f.outlet, language=f.language) for f in listed]
    return feeds


def make_story(articles: Sequence[Article], vectors: NDArray[np.float32]) -> Story:
    """Return the story that consists of just these articles."""
    mean = vectors.mean(axis=0)
    centroid = cast(Vector, (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32))
    dates = [a.published_at for a in articles]
    return Story(
        id=derive_id("story", articles[0].id),
        article_ids=tuple(a.id for a in articles),
        centroid=centroid,
        opened_at=min(dates),
        updated_at=max(dates),
        language=articles[0].language,
    )


def _refer(article: Article) -> ArticleRef:
    return ArticleRef(
        id=article.id,
        n=article.n,
        outlet=article.outlet,
        title=article.title,
        url=article.url,
        published_at=article.published_at,
        summary_only=article.summary_only,
    )


def _add(a: Collected, b: Collected) -> Collected:
    return Collected(
        feeds=a.feeds,
        unchanged=a.unchanged + b.unchanged,
        failed=a.failed + b.failed,
        articles=a.articles + b.articles,
        revised=a.revised + b.revised,
        summary_only=a.summary_only + b.summary_only,
        skipped=a.skipped + b.skipped,
    )
