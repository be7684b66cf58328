"""The stages joined, on what the unit tests of the stages cannot see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from config.settings import Settings, load_settings
from summarizer.computing import Models
from summarizer.digests.composing import Preferences
from summarizer.embedding import Embedder
from summarizer.errors import RetryError
from summarizer.models import Article, Digest, Length, StoryReport, Topic, Vector
from summarizer.pipeline import Pipeline
from summarizer.reporting import Assignment, Writer, make_story
from summarizer.storage import Storage
from summarizer.writing.rewriting import Rewriter
from summarizer.writing.syntax import Parser
from tests.summarizer.storage.making import add_articles, make_article, make_report, make_vectors
from tests.summarizer.storage.making import make_story as stored_story

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
VECTORS = np.eye(1, 384, dtype=np.float32)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(environ={"DIGEST_PATHS__DATA": str(tmp_path)})


def article(text: str) -> Article:
    return Article(
        id="a",
        url="https://post.example/ferry",
        outlet="Post",
        title="Ferry aground",
        text=text,
        published_at=NOON,
        fetched_at=NOON,
    )


async def test_a_story_gets_a_new_version_when_an_article_changes(
    sqlite_storage: Storage, settings: Settings
) -> None:
    async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
        await sqlite_storage.articles.add([article("Nine people were hurt.")], VECTORS)
        [story] = await pipeline.group(NOON)
        await sqlite_storage.articles.add([article("Twelve people were hurt.")], VECTORS)
        [changed] = await pipeline.group(NOON)
        assert (changed.id, changed.version) == (story.id, story.version + 1)
        assert await pipeline.group(NOON) == []


class Echo:
    """A model that says what it was given, and keeps what that was."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def generate(
        self, sources: Sequence[str], *, length: Length, beams: int
    ) -> list[list[tuple[str, float]]]:
        self.asked += sources
        return [[(source, 0.0)] for source in sources]


def test_a_new_version_of_a_story_rewrites_only_what_is_new(
    embedder: Embedder, parser: Parser
) -> None:
    model = Echo()
    writer = Writer(embedder, Rewriter(model, name="echo"), parser, name="echo", beams=1)
    ferry = article("A ferry with 212 people on board ran aground near Lindholm on Sunday night.")
    later = replace(
        ferry,
        id="b",
        outlet="Mail",
        text="Two tugs pulled the ferry off the reef near Lindholm on Monday morning.",
    )
    vectors = embedder.embed([ferry.lead, later.lead])
    first = writer.write(
        make_story([ferry], vectors[:1]), [ferry], known={}, previous=None, now=NOON
    )
    assert set(model.asked) == {ferry.text}
    model.asked.clear()
    known = {key: s.fact_id for s in first.sentences for key in s.fact_keys}
    again = writer.write(
        make_story([ferry, later], vectors), [ferry, later], known=known, previous=first, now=NOON
    )
    assert set(model.asked) == {later.text}
    assert first.sentences[0].text in [s.text for s in again.sentences]


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("The mayor closed the harbour of Lindholm to every ferry.", "source"),
        (
            "The mayor of Lindholm said on Monday that the ferry from Selwyn will sail again.",
            "rewritten",
        ),
    ],
    ids=["only copies", "with its day first"],
)
def test_the_model_is_asked_once_though_it_may_only_copy(
    embedder: Embedder, parser: Parser, text: str, method: str
) -> None:
    model = Echo()
    writer = Writer(embedder, Rewriter(model, name="echo"), parser, name="echo", beams=1)
    told = article(text)
    story = make_story([told], embedder.embed([told.lead]))
    report = writer.write(story, [told], known={}, previous=None, now=NOON)
    assert model.asked == [text]
    assert report.sentences[0].method == method


async def test_stories_that_wait_together_are_rewritten_as_one_batch(settings: Settings) -> None:
    models = Models(settings)
    writer = Batches()
    models._writer = writer  # type: ignore[assignment]  # counts
    models._embedder = object()  # type: ignore[assignment]  # not used
    ferry = article("A ferry ran aground.")
    assignments = [
        Assignment(
            story=replace(make_story([ferry], VECTORS), id=str(n)),
            articles=[ferry],
            known={},
            previous=None,
            now=NOON,
        )
        for n in range(12)
    ]
    written = await asyncio.gather(*(models.write(a) for a in assignments))
    assert [report.story_id for report in written] == [str(n) for n in range(12)]
    assert writer.sizes == [8, 4]

    writer.broken = "3"
    results = await asyncio.gather(
        *(models.write(a) for a in assignments[:5]), return_exceptions=True
    )
    await models.close()
    assert [type(result).__name__ for result in results] == [
        "StoryReport",
        "StoryReport",
        "StoryReport",
        "RuntimeError",
        "StoryReport",
    ]


class Batches:
    """A writer that counts what it is given at once, and may fail on one story."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.broken = ""

    def write_all(self, assignments: Sequence[Assignment]) -> list[StoryReport]:
        self.sizes.append(len(assignments))
        if any(a.story.id == self.broken for a in assignments):
            raise RuntimeError("a bug")
        return [make_report(a.story.id, vector=a.story.centroid) for a in assignments]


async def test_a_story_that_fails_holds_up_no_other(
    sqlite_storage: Storage, settings: Settings
) -> None:
    await add_articles(sqlite_storage, make_article("a"), make_article("b"))
    for name, part in (("s", "a"), ("t", "b")):
        await sqlite_storage.stories.save([stored_story(name, part)])
    async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
        writer = Batches()
        writer.broken = "s"
        pipeline._models._writer = writer  # type: ignore[assignment]  # counts
        pipeline._models._embedder = object()  # type: ignore[assignment]  # not used
        written = await pipeline.write(NOON)
        assert written.stories == 1
        with pytest.raises(RuntimeError, match="a bug"):
            await pipeline.write_story("s", NOON)
        writer.broken = ""
        assert await pipeline.write_story("s", NOON)
        assert not await pipeline.write_story("s", NOON)
    assert await sqlite_storage.stories.unwritten(10) == []


async def test_a_process_without_models_has_a_topic_embedded_by_one_that_has_them(
    storage: Storage, settings: Settings, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = Topic(key="free:ferries", name="ferries", queries=("ferries",))

    async def compose(pipeline: Pipeline) -> Digest:
        return await pipeline.compose(
            [topic],
            preferences=Preferences(),
            told=frozenset(),
            told_stories=frozenset(),
            since=NOON,
            now=NOON,
        )

    async with (
        Pipeline(settings=settings, storage=storage, computes=False) as small,
        Pipeline(settings=settings, storage=storage) as large,
    ):
        large._models._embedder = embedder
        composing = asyncio.create_task(compose(small))
        for _ in range(500):
            if await large.embed_topics():
                break
            await asyncio.sleep(0.01)
        assert (await composing).topics == (topic,)
        assert await large.embed_topics() == 0

        monkeypatch.setattr("summarizer.pipeline.PATIENCE_S", 0.2)
        topic = Topic(key="free:tides", name="tides", queries=("tides",))
        with pytest.raises(RetryError, match="write queue"):
            await compose(small)
        assert small._models._embedder is None


async def test_a_report_that_was_stored_after_a_digest_it_is_older_than_is_in_the_next(
    sqlite_storage: Storage, settings: Settings
) -> None:
    """Writing takes a while: a report bears the time its round began."""
    await add_articles(sqlite_storage, make_article("a"))
    await sqlite_storage.stories.save([stored_story("s", "a")])
    report = replace(make_report("s"), opened_at=NOON, updated_at=NOON, written_at=NOON)
    late = replace(report, sentences=tuple(replace(s, new_at=NOON) for s in report.sentences))
    everything = Topic(key="top", name="Top stories", queries=())

    async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:

        async def compose(since: datetime, told: Digest | None = None) -> Digest:
            return await pipeline.compose(
                [everything],
                preferences=Preferences(min_outlets=1),
                told=frozenset(told.known_ids) if told else frozenset(),
                told_stories=frozenset("s") if told else frozenset(),
                since=since,
                now=since + timedelta(hours=1),
            )

        planned_meanwhile = NOON + timedelta(minutes=2)
        assert (await compose(NOON - timedelta(hours=1))).stories == ()
        await sqlite_storage.stories.save_report(late)
        following = await compose(planned_meanwhile)
        assert [story.report.story_id for story in following.stories] == ["s"]
        again = await compose(planned_meanwhile, told=following)
        assert (again.stories, again.updates, again.since) == ((), (), planned_meanwhile)


async def test_a_report_is_matched_again_only_once_it_was_written_anew(
    sqlite_storage: Storage, settings: Settings
) -> None:
    topic = Topic(key="boats", name="Boats", queries=("boats",), words=("ferry",))
    await sqlite_storage.queries.save(["boats"], VECTORS)
    await add_articles(sqlite_storage, make_article("a"))
    await sqlite_storage.stories.save([stored_story("s", "a")])
    far, near = -VECTORS[0], VECTORS[0]
    report = replace(make_report("s"), headline="Ferry aground", updated_at=NOON)

    async with Pipeline(settings=settings, storage=sqlite_storage, computes=False) as pipeline:

        async def found(vector: Vector, written_at: datetime) -> int:
            await sqlite_storage.stories.save_report(
                replace(report, vector=vector, written_at=written_at)
            )
            digest = await pipeline.compose(
                [topic],
                preferences=Preferences(min_outlets=1),
                told=frozenset(),
                told_stories=frozenset(),
                since=NOON - timedelta(hours=1),
                now=NOON,
            )
            return len(digest.stories)

        assert await found(far, NOON) == 0
        assert await found(near, NOON) == 0  # as it was matched before
        assert await found(near, NOON + timedelta(minutes=1)) == 1


async def test_a_process_that_dies_while_it_embeds_keeps_the_vectors_it_had_made(
    sqlite_storage: Storage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_storage.articles.add([make_article(str(n), text=f"Text {n}.") for n in range(5)])
    monkeypatch.setattr("summarizer.pipeline.EMBEDDED_AT_ONCE", 2)
    made = 0

    async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        nonlocal made
        if made == 4:
            raise RuntimeError("killed")
        made += len(texts)
        return make_vectors(len(texts))

    async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
        monkeypatch.setattr(pipeline._models, "embed", embed)
        with pytest.raises(RuntimeError):
            await pipeline.group(NOON)
    waiting = await sqlite_storage.articles.ungrouped(10)
    assert sum(vector is not None for _, vector in waiting) == 4
