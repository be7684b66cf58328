"""The stages joined: collect → group → write → compose, each one method, each safe to repeat.

::

    collect   feeds that are due → articles in the database
    group     new articles, with their vectors → stories, new or grown
    write     stories without a report of their version → reports
    compose   topics and what a chat was told → the digest for that chat

Only HTTP and the database are awaited here; what computes runs in the models' thread. Collecting
and composing need no model where another process has them: `computes` says whether this one may
load them, and without it the vectors of a new topic are asked for through the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self

import numpy as np
import structlog
from numpy.typing import NDArray

from config.settings import Settings
from summarizer.collecting.parsing import canonical_url
from summarizer.computing import Models
from summarizer.digests.composing import Preferences, compose_digest
from summarizer.digests.matching import match_topic, topic_texts
from summarizer.errors import RetryError, StopError
from summarizer.models import (
    EMBEDDING_WIDTH,
    Article,
    Digest,
    Reading,
    Story,
    StoryReport,
    Topic,
    Vector,
    derive_id,
)
from summarizer.reading import Collected, Progress, Reader, make_client
from summarizer.rereading import Correct, Rereader
from summarizer.storage import Storage

log = structlog.get_logger(__name__)

GROUPED_AT_ONCE = 500
EMBEDDED_AT_ONCE = 32
"""Articles whose vectors are stored together: what a process that dies has to make again."""
SIDE_BY_SIDE = 16
"""Stories on their way to a report: while some are written, the next ones are read."""
LATE_NEWS = timedelta(hours=24)
"""An article can be collected this long after its publication and still be news to a chat."""
LATE_WRITING = timedelta(minutes=10)
"""A report can be stored this long after the time it bears, and by then a digest was composed that
covers that time without it. So digests reach back further than to the last; the record of what a
chat was told keeps out what it knows."""
TOPICS_KEPT = 50
"""Topics whose matches are remembered: those that most chats share."""
PATIENCE_S = 20.0
"""How long the vectors of a new topic are waited for."""
LOOK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one round of writing did."""

    stories: int = 0
    sentences: int = 0
    rewritten: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """One look at what was written, for all the digests that are composed of it."""

    reports: dict[datetime, list[StoryReport]] = field(default_factory=dict)
    """By the time they reach back to."""
    readings: dict[datetime, Reading] = field(default_factory=dict)
    """By the time they begin."""


class Pipeline:
    """The stages on one storage; use it with `async with`.

    One HTTP client serves it for good: it keeps what hosts asked for (robots.txt, Retry-After).
    """

    def __init__(self, *, settings: Settings, storage: Storage, computes: bool = True) -> None:
        self._settings = settings
        self._storage = storage
        self._computes = computes
        self._client = make_client(settings)
        self._reader = Reader(settings=settings, storage=storage, client=self._client)
        self._rereader = Rereader(settings=settings, storage=storage, client=self._client)
        self._models = Models(settings)
        self._vectors: dict[str, Vector] = {}
        self._scores: dict[Topic, dict[str, tuple[datetime, float]]] = {}
        """By topic and story: when the report was written that was matched, and how likely."""

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
        await self._models.close()

    async def collect(
        self,
        now: datetime,
        *,
        urls: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Collected:
        """Read the feeds that are due, or those of `urls` that are; see `Reader`."""
        return await self._reader.collect(now, urls=urls, progress=progress)

    async def reread(self, now: datetime, correct: Correct) -> int:
        """Read the cited pages that are due again; see `Rereader`."""
        return await self._rereader.reread(now, correct)

    async def group(self, now: datetime, *, language: str | None = None) -> list[Story]:
        """Put the articles that have no story yet into stories; return those that changed."""
        stored = self._storage.articles
        changed: list[Story] = []
        for each in [language] if language else await stored.ungrouped_languages():
            # Two that group the same articles at once would open each story twice.
            async with self._storage.exclusive(f"group {each}"):
                while batch := await stored.ungrouped(GROUPED_AT_ONCE, language=each):
                    changed += await self._group_batch(batch, each, now)
        return changed

    async def _group_batch(
        self,
        batch: Sequence[tuple[Article, Vector | None]],
        language: str,
        now: datetime,
    ) -> list[Story]:
        from summarizer.stories.grouping import find_near, group_articles  # with it comes scipy

        window = timedelta(hours=self._settings.stories.window_hours)
        articles = [article for article, _ in batch]
        known = {article.id: vector for article, vector in batch if vector is not None}
        missing = [article for article in articles if article.id not in known]
        for start in range(0, len(missing), EMBEDDED_AT_ONCE):
            part = missing[start : start + EMBEDDED_AT_ONCE]
            made = await self._models.embed([article.lead for article in part])
            await self._storage.articles.save_vectors(part, made)
            known.update((article.id, vector) for article, vector in zip(part, made, strict=True))
        vectors = np.stack([known[article.id] for article in articles])
        open_stories = await self._storage.stories.open_stories(now - window, language=language)
        near = await self._models.run(
            partial(find_near, articles, vectors, open_stories, window=window)
        )
        members = await self._storage.stories.members([s.id for s in near])
        stories = await self._models.run(
            partial(
                group_articles,
                articles,
                vectors,
                open_stories,
                members=members,
                window=window,
            )
        )
        await self._storage.stories.save(stories, articles)
        return stories

    async def write(
        self, now: datetime, *, limit: int = 1000, progress: Progress | None = None
    ) -> Written:
        """Write the reports that are missing, stories of many outlets first.

        One story that fails is logged and holds up no other.
        """
        stories = await self._storage.stories.unwritten(limit)
        slots = asyncio.Semaphore(SIDE_BY_SIDE)
        done = 0

        async def write(story: Story) -> StoryReport | None:
            nonlocal done
            async with slots:
                try:
                    report = await self._write(story, now)
                except StopError:
                    raise
                except Exception:
                    log.exception("story not written", story=story.id, version=story.version)
                    return None
            done += 1
            if progress:
                progress(done, len(stories))
            return report

        found = await asyncio.gather(*(write(story) for story in stories))
        reports = [report for report in found if report is not None]
        written = Written(
            stories=len(reports),
            sentences=sum(len(r.sentences) for r in reports),
            rewritten=sum(s.method == "rewritten" for r in reports for s in r.sentences),
        )
        if stories:
            log.info(
                "written",
                stories=written.stories,
                sentences=written.sentences,
                rewritten=written.rewritten,
            )
        return written

    async def write_story(self, story_id: str, now: datetime) -> bool:
        """Write the report of a story's present version; False where there is nothing to write."""
        story = await self._storage.stories.unwritten_version(story_id)
        if story is not None:
            await self._write(story, now)
        return story is not None

    async def _write(self, story: Story, now: datetime) -> StoryReport:
        from summarizer.reporting import Assignment  # with it come the writing stages, 80 MB

        found = await self._storage.articles.get(story.article_ids)
        report = await self._models.write(
            Assignment(
                story=story,
                articles=[found[i] for i in story.article_ids if i in found],
                known=await self._storage.stories.known_facts(story.id),
                previous=await self._storage.stories.report(story.id),
                now=now,
            )
        )
        await self._storage.stories.save_report(report)
        return report

    async def compose(
        self,
        topics: Sequence[Topic],
        *,
        preferences: Preferences,
        told: frozenset[str],
        told_stories: frozenset[str],
        since: datetime,
        now: datetime,
        look: Look | None = None,
    ) -> Digest:
        """Return the digest of `topics` for a chat that knows the facts `told`.

        Digests that are composed with the same `look` share what they read.
        """
        look = look or Look()
        reach = since - LATE_WRITING
        if reach not in look.reports:
            look.reports[reach] = [
                report
                for report in await self._storage.stories.reports(reach - LATE_NEWS)
                if report.updated_at >= reach
                or any(s.new_at is not None and s.new_at > reach for s in report.sentences)
            ]
        if since not in look.readings:
            look.readings[since] = await self._storage.articles.reading(since, now)
        best: dict[str, tuple[StoryReport, float]] = {}
        for topic in topics:
            for report, score in await self._match(topic, look.reports[reach]):
                if report.story_id not in best or best[report.story_id][1] < score:
                    best[report.story_id] = (report, score)
        matched = [r for r, _ in sorted(best.values(), key=lambda pair: -pair[1])]
        digest = compose_digest(
            topics=topics,
            matched=matched,
            told=told,
            told_stories=told_stories,
            preferences=preferences,
            reading=look.readings[since],
            since=reach,
            now=now,
        )
        return replace(digest, since=since)

    async def find_story(self, url: str) -> StoryReport | None:
        """Return the report of the story that the article at `url` belongs to, if it was read."""
        story_id = await self._storage.stories.story_of(derive_id(canonical_url(url)))
        return await self._storage.stories.report(story_id) if story_id else None

    async def embed_topics(self) -> int:
        """Make the vectors that other processes asked for; return how many."""
        wanted = await self._storage.queries.wanted()
        if wanted:
            await self._storage.queries.save(wanted, await self._models.embed(wanted))
        return len(wanted)

    async def _match(
        self, topic: Topic, reports: Sequence[StoryReport]
    ) -> list[tuple[StoryReport, float]]:
        """Return what `match_topic` does, each report matched once for all who want the topic."""
        vectors = await self._vectors_of(topic)
        known = self._scores.pop(topic, {})
        self._scores[topic] = known  # the last one asked for is the last one to be forgotten
        if len(self._scores) > TOPICS_KEPT:
            del self._scores[next(iter(self._scores))]
        if len(known) > 2 * len(reports) + 1000:
            known.clear()
        fresh = [r for r in reports if known.get(r.story_id, (None, 0))[0] != r.written_at]
        if fresh:
            known.update((r.story_id, (r.written_at, 0.0)) for r in fresh)
            for report, score in match_topic(topic, vectors, fresh):
                known[report.story_id] = (report.written_at, score)
        scored = [(report, known[report.story_id][1]) for report in reports]
        return [(report, score) for report, score in scored if score]

    async def _vectors_of(self, topic: Topic) -> NDArray[np.float32]:
        texts = topic_texts(topic)
        missing = [text for text in texts if text not in self._vectors]
        if missing:
            found = await self._find_vectors(missing)
            if len(self._vectors) > 10_000:
                self._vectors.clear()
            self._vectors.update(found)
        vectors = [self._vectors[text] for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), EMBEDDING_WIDTH)

    async def _find_vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the texts' vectors: kept, made, or asked for and waited for.

        Raises RetryError where no process makes them in time.
        """
        queries = self._storage.queries
        found = await queries.vectors(texts)
        missing = [text for text in texts if text not in found]
        if missing and self._computes:
            made = await self._models.embed(missing)
            await queries.save(missing, made)
            return found | dict(zip(missing, made, strict=True))
        if missing:
            await queries.want(missing)
        for _ in range(round(PATIENCE_S / LOOK_S)):
            if len(found) == len(set(texts)):
                return found
            await asyncio.sleep(LOOK_S)
            found = await queries.vectors(texts)
        raise RetryError(f"no worker with the write queue answers, for topic: {missing[0]!r}")
