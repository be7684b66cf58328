"""Small articles, stories, reports and chats for the storage tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from summarizer.models import (
    EMBEDDING_WIDTH,
    Article,
    ArticleRef,
    Difference,
    DifferenceValue,
    Evidence,
    Sentence,
    Story,
    StoryReport,
    Topic,
    Vector,
)
from summarizer.storage import Chat, Delivery, OutMessage, Storage, Subscription

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def make_vector(seed: int = 0) -> Vector:
    values = np.random.default_rng(seed).normal(size=EMBEDDING_WIDTH).astype(np.float32)
    return values / np.linalg.norm(values)


def make_vectors(n: int) -> NDArray[np.float32]:
    return np.stack([make_vector(i) for i in range(n)]) if n else np.empty((0, EMBEDDING_WIDTH))


def make_article(id: str = "a", **changes: object) -> Article:
    article = Article(
        id=id,
        url=f"https://outlet.example/{id}",
        outlet="Outlet",
        title=f"Title of {id}",
        text=f"A ferry ran aground, text {id} says.\n\nNobody was hurt.",
        published_at=NOW,
        fetched_at=NOW,
    )
    return replace(article, **changes)  # type: ignore[arg-type]  # the test names real fields


async def add_articles(storage: Storage, *articles: Article) -> None:
    await storage.articles.add(articles, make_vectors(len(articles)))


def make_story(id: str = "s", *article_ids: str, **changes: object) -> Story:
    story = Story(
        id=id,
        article_ids=article_ids or ("a",),
        centroid=make_vector(9),
        opened_at=NOW,
        updated_at=NOW,
    )
    return replace(story, **changes)  # type: ignore[arg-type]  # the test names real fields


def make_sentence(fact_id: str, *keys: str) -> Sentence:
    return Sentence(
        text="A ferry ran aground.",
        fact_id=fact_id,
        method="rewritten",
        evidence=(Evidence(article_id="a", n=1, text="A ferry ran aground, “officials” said."),),
        fact_keys=keys,
        new_at=NOW,
    )


def make_report(story_id: str = "s", version: int = 1, **changes: object) -> StoryReport:
    report = StoryReport(
        story_id=story_id,
        version=version,
        headline="Ferry runs aground",
        headline_articles=(1, 2),
        sentences=(make_sentence("f1", "k1", "k2"),),
        differences=(
            Difference(
                about="injured",
                kind="update",
                values=(
                    DifferenceValue(value="9", articles=(1,)),
                    DifferenceValue(value="12", articles=(2,), later=True),
                ),
            ),
        ),
        articles=(
            ArticleRef(id="a", n=1, outlet="Bøk", title="t", url=None, published_at=NOW),
            ArticleRef(
                id="b", n=2, outlet="B", title="u", url="u", published_at=NOW, summary_only=True
            ),
        ),
        independent_reports=2,
        vector=make_vector(9),
        opened_at=NOW,
        updated_at=NOW,
        written_at=NOW,
        language="de",
        model="tiny",
        sentence_keys=("k1", "k2", "k3"),
    )
    return replace(report, **changes)  # type: ignore[arg-type]  # the test names real fields


def make_chat(id: str = "c", **changes: object) -> Chat:
    return replace(
        Chat(id=id, kind="private", title="Ann", created_at=NOW),
        **changes,  # type: ignore[arg-type]  # the test names real fields
    )


def make_subscription(chat_id: str = "c", key: str = "world", **changes: object) -> Subscription:
    subscription = Subscription(
        id="",
        chat_id=chat_id,
        topic=Topic(key=key, name=key.title(), queries=(f"{key} news",), exclude=("sport",)),
        times=("08:00", "18:30"),
        next_due_at=NOW,
        since=NOW - DAY,
        created_at=NOW,
    )
    return replace(subscription, **changes)  # type: ignore[arg-type]  # the test names real fields


def make_delivery(id: str = "d", **changes: object) -> Delivery:
    return replace(
        Delivery(id=id, chat_id="c", scheduled_at=NOW, created_at=NOW),
        **changes,  # type: ignore[arg-type]  # the test names real fields
    )


def make_part(part: int = 0, **changes: object) -> OutMessage:
    return replace(
        OutMessage(part=part, text=f"<b>part {part}</b>"),
        **changes,  # type: ignore[arg-type]  # the test names real fields
    )
