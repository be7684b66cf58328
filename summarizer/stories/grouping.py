"""Articles to stories: average linkage that begins with the stories that are open.

Each new article is compared with the few open stories whose centroid is near, so its cost does not
grow with the archive. Stories never come apart, because readers were told of them; two that turn
out to be one are merged.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Article, Story, Vector, derive_id
from summarizer.stories.scoring import SUBJECT, log_odds, pair_scores

Members = Mapping[str, tuple[Article, Vector]]

NEAR = 0.35
"""Cosine from which a story's centroid is worth a closer look."""
CANDIDATES = 8
"""Stories that are looked at for one article."""
SAMPLE = 20
"""Newest articles that stand for a long story."""
CHUNK = 512
"""New articles that are grouped at once."""


def group_articles(
    articles: Sequence[Article],
    vectors: Vector,
    open_stories: Sequence[Story],
    *,
    members: Members,
    window: timedelta,
) -> list[Story]:
    """Return the stories that are new or changed, each with its version grown.

    `vectors` has one row per article; `members` gives by id the articles of those of the stories
    that `find_near` names. A story that turned out to be part of another comes back with
    `merged_into` set. An article that already stands in a story changes it only when its revision
    is newer than the member's.
    """
    before = {story.id: story for story in open_stories if story.merged_into is None}
    stories = dict(before)
    home = {id: story.id for story in before.values() for id in story.article_ids}
    known = dict(members)
    fresh: dict[str, Article] = {}
    for article, vector in zip(articles, vectors, strict=True):
        story_id = home.get(article.id)
        if story_id is not None:
            old = known.get(article.id)
            if old is None or old[0].revision >= article.revision:
                continue
            known[article.id] = (article, vector)
            stories[story_id] = _story(stories[story_id], stories[story_id].article_ids, known)
        elif article.id not in fresh or fresh[article.id].revision < article.revision:
            fresh[article.id] = article
            known[article.id] = (article, vector)
    ordered = sorted(fresh.values(), key=lambda a: (a.published_at, a.id))
    for start in range(0, len(ordered), CHUNK):
        _group_chunk(ordered[start : start + CHUNK], stories, before, known, window)
    return list(_changes(before, stories))


def date_undated(
    articles: Sequence[Article], vectors: Vector, dated: Sequence[bool]
) -> list[Article]:
    """Return the articles, each that is not `dated` at the time of the likest one that is.

    For files whose articles have dates in part; feeds' articles always have one.
    """
    known = np.flatnonzero(np.array(dated, dtype=bool))
    if not known.size:
        return list(articles)
    found = list(articles)
    for i in np.flatnonzero(~np.array(dated, dtype=bool)).tolist():
        near = known[np.argsort(-(vectors[known] @ vectors[i]))[:CANDIDATES]]
        rows = [i, *near.tolist()]
        # The days between them would speak for the time that it does not have.
        same_day = [replace(articles[j], published_at=articles[rows[1]].published_at) for j in rows]
        likest = rows[1 + int(log_odds(same_day, vectors[rows])[0, 1:].argmax())]
        found[i] = replace(articles[i], published_at=articles[likest].published_at)
    return found


def _changes(before: Mapping[str, Story], after: Mapping[str, Story]) -> Iterator[Story]:
    """Yield what is new or differs, one version on; what came and went in one call never was."""
    for story in after.values():
        old = before.get(story.id)
        into = story.merged_into
        while into is not None and (further := after[into].merged_into) is not None:
            into = further
        if old is not None and old is not story:
            yield replace(story, version=old.version + 1, merged_into=into)
        elif old is None and into is None:
            yield story


@dataclass(slots=True, kw_only=True)
class _Group:
    """A story or a new article on its way to becoming one, while groups are joined."""

    stories: list[Story]
    fresh: list[Article]
    size: int
    start: datetime
    end: datetime
    language: str

    def may_join(self, other: _Group, window: timedelta) -> bool:
        gap = max(self.start, other.start) - min(self.end, other.end)
        return self.language == other.language and gap <= window


def _group_chunk(
    articles: Sequence[Article],
    stories: dict[str, Story],
    before: Container[str],
    known: Members,
    window: timedelta,
) -> None:
    """Join the articles to `stories`, which is changed in place."""
    groups: list[_Group] = []
    rows: list[tuple[Article, Vector]] = []
    owners: list[int] = []
    usable = [s for s in stories.values() if any(id in known for id in s.article_ids)]
    vectors = np.stack([known[article.id][1] for article in articles])
    for story in find_near(articles, vectors, usable, window=window):
        sample = [known[id] for id in story.article_ids if id in known]
        sample = sorted(sample, key=lambda m: (m[0].published_at, m[0].id))[-SAMPLE:]
        owners += [len(groups)] * len(sample)
        rows += sample
        groups.append(
            _Group(
                stories=[story],
                fresh=[],
                size=len(story.article_ids),
                start=story.opened_at,
                end=story.updated_at,
                language=story.language,
            )
        )
    for article in articles:
        owners.append(len(groups))
        rows.append(known[article.id])
        groups.append(
            _Group(
                stories=[],
                fresh=[article],
                size=1,
                start=article.published_at,
                end=article.published_at,
                language=article.language,
            )
        )
    fresh = rows[-len(articles) :]
    crowds = _count_around(rows, fresh, stories.values(), window)
    scores = pair_scores([a for a, _ in rows], np.stack([vector for _, vector in rows]), crowds)
    for group in _link(groups, _group_means(scores, owners), window):
        _settle(group, stories, before, known)


def find_near(
    articles: Sequence[Article],
    vectors: Vector,
    stories: Iterable[Story],
    *,
    window: timedelta,
) -> list[Story]:
    """Return the stories that any of the articles is in or may belong to: the nearest few of each.

    Of all others `group_articles` needs no articles, only how many there are on what.
    """
    ids = {article.id for article in articles}
    first = min(a.published_at for a in articles) - window
    last = max(a.published_at for a in articles) + window
    living = [story for story in stories if story.merged_into is None]
    own = [story for story in living if not ids.isdisjoint(story.article_ids)]
    usable = [s for s in living if s.updated_at >= first and s.opened_at <= last]
    if not usable:
        return own
    similar = vectors @ np.stack([story.centroid for story in usable]).T
    few = min(CANDIDATES, len(usable))
    nearest = np.argpartition(-similar, few - 1, axis=1)[:, :few]
    chosen = np.unique(nearest[np.take_along_axis(similar, nearest, axis=1) >= NEAR])
    return list({s.id: s for s in (*(usable[int(n)] for n in chosen), *own)}.values())


def _count_around(
    rows: Sequence[tuple[Article, Vector]],
    fresh: Sequence[tuple[Article, Vector]],
    stories: Iterable[Story],
    window: timedelta,
) -> NDArray[np.int64]:
    """Return how many articles of the same days are on each row's subject, itself too.

    Of a story, by its centroid, all articles or none.
    """
    around = [
        (s.centroid, s.opened_at, s.updated_at, len(s.article_ids))
        for s in stories
        if s.merged_into is None
    ]
    around += [(vector, a.published_at, a.published_at, 1) for a, vector in fresh]
    centres, starts, ends, sizes = zip(*around, strict=True)
    times = _seconds([article.published_at for article, _ in rows])[:, None]
    close = np.maximum(_seconds(starts) - times, times - _seconds(ends)) <= window.total_seconds()
    alike = np.stack([vector for _, vector in rows]) @ np.stack(centres).T >= SUBJECT
    counts: NDArray[np.int64] = (close & alike) @ np.array(sizes)
    return np.maximum(counts, 1)


def _seconds(times: Sequence[datetime]) -> NDArray[np.float64]:
    return np.array([time.timestamp() for time in times])


def _group_means(scores: NDArray[np.float64], owners: Sequence[int]) -> NDArray[np.float64]:
    """Return the mean score between the rows of each two groups; `owners` ascends without gaps."""
    starts = np.unique(np.array(owners), return_index=True)[1]
    counts = np.diff(np.append(starts, len(owners)))
    sums = np.add.reduceat(np.add.reduceat(scores, starts, axis=0), starts, axis=1)
    means: NDArray[np.float64] = sums / np.outer(counts, counts)
    return means


def _link(groups: list[_Group], means: NDArray[np.float64], window: timedelta) -> list[_Group]:
    """Join the two most alike groups while their mean score says they are one story."""
    allowed = np.array([[a.may_join(b, window) for b in groups] for a in groups])
    np.fill_diagonal(allowed, False)
    linked = np.where(allowed, means, -np.inf)
    alive = dict(enumerate(groups))
    while True:
        i, j = divmod(int(linked.argmax()), len(groups))
        if linked[i, j] < 0:
            break
        left, right = alive[i], alive.pop(j)
        merged = (left.size * means[i] + right.size * means[j]) / (left.size + right.size)
        means[i, :] = means[:, i] = merged
        left.stories += right.stories
        left.fresh += right.fresh
        left.size += right.size
        left.start, left.end = min(left.start, right.start), max(left.end, right.end)
        linked[[i, j], :] = linked[:, [i, j]] = -np.inf
        for k, other in alive.items():
            if k != i and left.may_join(other, window):
                linked[i, k] = linked[k, i] = merged[k]
    return list(alive.values())


def _settle(
    group: _Group, stories: dict[str, Story], before: Container[str], known: Members
) -> None:
    """Write a finished group into `stories`: a new story, a longer one, or two merged.

    Of two stories the one in `before` stays, since readers may know it, then the older one.
    """
    if len(group.stories) == 1 and not group.fresh:
        return
    fresh = sorted(group.fresh, key=lambda a: (a.published_at, a.id))
    if group.stories:
        oldest, *others = sorted(
            group.stories, key=lambda s: (s.id not in before, s.opened_at, s.id)
        )
        ids = [id for story in (oldest, *others) for id in story.article_ids]
        stories[oldest.id] = _story(oldest, [*ids, *(a.id for a in fresh)], known)
        for story in others:
            stories[story.id] = replace(story, merged_into=oldest.id)
        return
    vector = known[fresh[0].id][1]
    opened = Story(
        id=derive_id("story", fresh[0].id),
        article_ids=(),
        centroid=vector,
        opened_at=fresh[0].published_at,
        updated_at=fresh[0].published_at,
        language=fresh[0].language,
    )
    stories[opened.id] = _story(opened, [a.id for a in fresh], known)


def _story(story: Story, ids: Sequence[str], known: Members) -> Story:
    """Return `story` with these articles; those that are not at hand leave its times alone."""
    at_hand = [known[id] for id in ids if id in known]
    centroid = np.mean([vector for _, vector in at_hand], axis=0)
    times = [article.published_at for article, _ in at_hand]
    return replace(
        story,
        article_ids=tuple(ids),
        centroid=(centroid / np.linalg.norm(centroid)).astype(np.float32),
        opened_at=min(story.opened_at, *times),
        updated_at=max(story.updated_at, *times),
    )
