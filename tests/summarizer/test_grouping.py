"""Stories: articles on one event together, other events apart, at a flat cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.embedding import Embedder
from summarizer.models import EMBEDDING_WIDTH, Article, Story, Vector
from summarizer.stories.grouping import (
    CANDIDATES,
    _changes,
    date_undated,
    find_near,
    group_articles,
)
from summarizer.stories.scoring import log_odds, pair_scores

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
WINDOW = timedelta(hours=72)

TEXTS = {
    "ferry-1": (
        "Ferry runs aground off Lindholm",
        "A ferry with 212 people on board ran aground near Lindholm on Sunday night. No one was "
        "seriously hurt, the coastguard said. Lifeboats took the passengers to the island.",
    ),
    "ferry-2": (
        "More than 200 rescued after ferry hits rocks near Lindholm",
        "Lifeboats rescued 212 people from a passenger ferry that hit rocks close to the island of "
        "Lindholm late on Sunday, according to the coastguard. Nine people were hurt.",
    ),
    "ferry-3": (
        "Lindholm ferry: inquiry opened into grounding",
        "Investigators have begun to look into why a ferry carrying 212 people ran aground at "
        "Lindholm on Sunday. The coastguard said the captain was being questioned.",
    ),
    "flood-italy": (
        "Floods in northern Italy force thousands from their homes",
        "Heavy rain flooded towns along the Secchia river in northern Italy on Sunday, and 3,000 "
        "people left their homes, the Italian civil protection agency said. Two people died in "
        "Modena.",
    ),
    "flood-italy-2": (
        "Two dead in Modena as Italian river bursts its banks",
        "Two people died near Modena on Sunday when the river Secchia burst its banks after days "
        "of heavy rain. Italy's civil protection agency moved 3,000 residents to shelters.",
    ),
    "flood-kenya": (
        "Floods in western Kenya force thousands from their homes",
        "Heavy rain flooded villages along the Nzoia river in western Kenya on Sunday, and 5,000 "
        "people left their homes, the Kenya Red Cross said. Four people died in Budalangi.",
    ),
    "rates": (
        "Norwegian central bank raises rates to 4.5 percent",
        "Norges Bank raised its key interest rate by a quarter of a point to 4.5 percent on Sunday "
        "and said inflation was falling more slowly than it had expected.",
    ),
}


def article(name: str, *, hours: float = 0, **changes: object) -> Article:
    title, text = TEXTS[name]
    at = NOW + timedelta(hours=hours)
    made = Article(
        id=name, url=None, outlet=name, title=title, text=text, published_at=at, fetched_at=at
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand


@pytest.fixture(scope="module")
def vectors() -> dict[str, Vector]:
    articles = [article(name) for name in TEXTS]
    rows = Embedder.load().embed([a.lead for a in articles])
    return dict(zip(TEXTS, rows, strict=True))


class Archive:
    """What storage keeps between two calls."""

    def __init__(self, vectors: dict[str, Vector]) -> None:
        self.vectors = vectors
        self.stories: dict[str, Story] = {}
        self.members: dict[str, tuple[Article, Vector]] = {}

    def add(self, *articles: Article) -> list[Story]:
        rows = np.stack([self.vectors[a.id] for a in articles])
        changed = group_articles(
            articles, rows, list(self.stories.values()), members=self.members, window=WINDOW
        )
        self.stories |= {story.id: story for story in changed}
        self.members |= {a.id: (a, self.vectors[a.id]) for a in articles}
        return changed

    def groups(self) -> set[frozenset[str]]:
        return {
            frozenset(story.article_ids)
            for story in self.stories.values()
            if story.merged_into is None
        }


GROUPS = {
    frozenset({"ferry-1", "ferry-2", "ferry-3"}),
    frozenset({"flood-italy", "flood-italy-2"}),
    frozenset({"flood-kenya"}),
    frozenset({"rates"}),
}


def test_reports_of_one_event_are_one_story_and_like_events_elsewhere_are_others(
    vectors: dict[str, Vector],
) -> None:
    archive = Archive(vectors)
    archive.add(*(article(name) for name in TEXTS))
    assert archive.groups() == GROUPS


@pytest.mark.parametrize("names", [list(TEXTS), list(reversed(TEXTS))])
def test_articles_that_come_one_by_one_end_in_the_same_stories(
    vectors: dict[str, Vector], names: Sequence[str]
) -> None:
    archive = Archive(vectors)
    for name in names:
        archive.add(article(name))
    assert archive.groups() == GROUPS


def test_a_new_article_makes_its_story_one_version_older_and_leaves_others_alone(
    vectors: dict[str, Vector],
) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1"), article("flood-kenya"))
    (grown,) = archive.add(article("ferry-2", hours=5))
    assert grown.article_ids == ("ferry-1", "ferry-2")
    assert (grown.version, grown.opened_at, grown.updated_at) == (
        2,
        NOW,
        NOW + timedelta(hours=5),
    )
    assert np.isclose(np.linalg.norm(grown.centroid), 1, atol=1e-5)


def test_the_same_article_again_changes_nothing(vectors: dict[str, Vector]) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1"), article("ferry-2"))
    assert archive.add(article("ferry-1"), article("ferry-2")) == []


def test_a_story_keeps_its_id_and_the_id_depends_on_its_first_article_alone(
    vectors: dict[str, Vector],
) -> None:
    together, apart = Archive(vectors), Archive(vectors)
    (story,) = together.add(article("ferry-1"), article("ferry-2", hours=1))
    apart.add(article("ferry-1"))
    (later,) = apart.add(article("ferry-2", hours=1))
    assert story.id == later.id


def test_a_revised_article_makes_a_new_version_of_its_story(vectors: dict[str, Vector]) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1"), article("ferry-2"))
    (story,) = archive.add(article("ferry-1", revision=2))
    assert (story.version, len(story.article_ids)) == (2, 2)


def test_an_article_given_twice_counts_once_in_its_newest_revision(
    vectors: dict[str, Vector],
) -> None:
    archive = Archive(vectors)
    revised = article("ferry-1", revision=2)
    (story,) = archive.add(article("ferry-1"), revised, article("ferry-1"))
    assert story.article_ids == ("ferry-1",)


def test_two_stories_that_turn_out_to_be_one_are_merged_into_the_older(
    vectors: dict[str, Vector],
) -> None:
    archive = Archive(vectors)
    for name, hours in (("ferry-1", 0), ("ferry-3", 2)):
        (story,) = group_articles(
            [article(name, hours=hours)],
            vectors[name][None],
            [],
            members={},
            window=WINDOW,
        )
        archive.stories[story.id] = story
        archive.members[name] = (article(name, hours=hours), vectors[name])
    changed = archive.add(article("ferry-2", hours=3))
    merged = next(s for s in changed if s.merged_into is not None)
    kept = next(s for s in changed if s.merged_into is None)
    assert merged.merged_into == kept.id
    assert kept.article_ids == ("ferry-1", "ferry-3", "ferry-2")
    assert (kept.version, merged.version) == (2, 2)
    assert archive.add(article("ferry-2", hours=3)) == []


def test_a_story_merged_twice_in_one_call_points_to_where_it_ended(
    vectors: dict[str, Vector],
) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1"), article("flood-kenya"), article("rates"))
    first, second, third = archive.stories.values()
    after = {
        first.id: replace(first, merged_into=second.id),
        second.id: replace(second, merged_into=third.id),
        third.id: replace(third, article_ids=("ferry-1", "flood-kenya", "rates")),
    }
    changes = {story.id: story for story in _changes(archive.stories, after)}
    assert changes[first.id].merged_into == changes[second.id].merged_into == third.id


def test_an_article_after_the_window_opens_a_story_of_its_own(
    vectors: dict[str, Vector],
) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1"))
    archive.add(article("ferry-2", hours=80))
    assert archive.groups() == {frozenset({"ferry-1"}), frozenset({"ferry-2"})}


def test_articles_in_other_languages_are_other_stories(vectors: dict[str, Vector]) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1"), article("ferry-2", language="sv"))
    assert {story.language for story in archive.stories.values()} == {"en", "sv"}


def test_a_story_whose_articles_are_gone_takes_no_more(vectors: dict[str, Vector]) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1"))
    archive.members.clear()
    archive.add(article("ferry-2"))
    assert archive.groups() == {frozenset({"ferry-1"}), frozenset({"ferry-2"})}


def test_an_article_without_title_still_finds_its_story(vectors: dict[str, Vector]) -> None:
    archive = Archive(vectors)
    archive.add(article("ferry-1", title=""), article("ferry-2", title=""), article("rates"))
    assert frozenset({"ferry-1", "ferry-2"}) in archive.groups()


def test_an_undated_article_is_dated_like_the_likest_one(vectors: dict[str, Vector]) -> None:
    articles = [article("ferry-1"), article("rates", hours=50), article("ferry-2", hours=900)]
    rows = np.stack([vectors[a.id] for a in articles])
    times = [a.published_at for a in date_undated(articles, rows, [True, True, False])]
    assert times == [NOW, NOW + timedelta(hours=50), NOW]
    assert date_undated(articles, rows, [False] * 3) == articles


def test_no_articles_make_no_stories() -> None:
    none = np.zeros((0, EMBEDDING_WIDTH), dtype=np.float32)
    assert group_articles([], none, [], members={}, window=WINDOW) == []


@pytest.mark.parametrize(("others", "together"), [(3, True), (60, False)])
def test_where_many_articles_are_on_one_subject_two_must_be_more_alike(
    vectors: dict[str, Vector], others: int, together: bool
) -> None:
    text = (
        "The company that runs the Lindholm line said it would review night sailings between the "
        "islands, and the coastguard asked other operators to check their charts."
    )
    review = article("ferry-3", id="review", title="Lindholm line reviews sailings", text=text)
    (vector,) = Embedder.load().embed([review.lead])
    between = (vectors["ferry-3"] + vector) / np.linalg.norm(vectors["ferry-3"] + vector)
    stories = [
        Story(
            id=str(n),
            article_ids=(f"other-{n}",),
            centroid=between.astype(np.float32),
            opened_at=NOW,
            updated_at=NOW,
        )
        for n in range(others)
    ]
    made = group_articles(
        [article("ferry-3"), review],
        np.stack([vectors["ferry-3"], vector]),
        stories,
        members={},
        window=WINDOW,
    )
    assert (len(made) == 1) is together


def test_articles_that_share_no_name_are_of_two_events(vectors: dict[str, Vector]) -> None:
    rows = np.stack([vectors["flood-italy"], vectors["flood-kenya"]])
    italy, kenya = article("flood-italy"), article("flood-kenya")
    apart = log_odds([italy, kenya], rows)[0, 1]
    linked = replace(kenya, text=kenya.text.replace("Kenya Red Cross", "Italian Red Cross"))
    assert log_odds([italy, linked], rows)[0, 1] > apart + 5


def test_scores_are_symmetric_and_fall_with_time(vectors: dict[str, Vector]) -> None:
    rows = np.stack([vectors["flood-italy"], vectors["flood-kenya"]])
    near = pair_scores(
        [article("flood-italy"), article("flood-kenya")], rows, np.ones(2, dtype=np.int64)
    )
    far = pair_scores(
        [article("flood-italy"), article("flood-kenya", hours=200)],
        rows,
        np.ones(2, dtype=np.int64),
    )
    assert np.allclose(near, near.T)
    assert far[0, 1] < near[0, 1]


@settings(max_examples=25)
@given(st.permutations(list(TEXTS)), st.lists(st.integers(1, 4), min_size=7, max_size=7))
def test_every_article_stands_in_exactly_one_story_however_they_come(
    vectors: dict[str, Vector], order: list[str], sizes: list[int]
) -> None:
    archive = Archive(vectors)
    left = [article(name, hours=n) for n, name in enumerate(order)]
    for size in sizes:
        if left:
            archive.add(*left[:size])
            left = left[size:]
    open_stories = [s for s in archive.stories.values() if s.merged_into is None]
    ids = [id for story in open_stories for id in story.article_ids]
    assert sorted(ids) == sorted(archive.members)
    for story in archive.stories.values():
        assert story.merged_into is None or archive.stories[story.merged_into] in open_stories


@pytest.mark.parametrize("count", [100, 5000])
def test_a_new_article_is_compared_with_a_few_stories_of_an_archive_of_any_size(
    vectors: dict[str, Vector], count: int
) -> None:
    near = vectors["ferry-1"] + np.random.default_rng(1).normal(
        scale=0.01, size=(count, EMBEDDING_WIDTH)
    )
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    stories = [
        Story(
            id=str(n),
            article_ids=(str(n),),
            centroid=row.astype(np.float32),
            opened_at=NOW,
            updated_at=NOW,
        )
        for n, row in enumerate(near)
    ]
    new = [article("ferry-1"), article("ferry-2")]
    rows = np.stack([vectors[a.id] for a in new])
    found = find_near(new, rows, stories, window=WINDOW)
    assert CANDIDATES <= len(found) <= CANDIDATES * len(new)


def test_an_undated_article_gets_the_time_of_its_event_not_of_one_that_reads_alike() -> None:
    def at(name: str, days: int) -> Article:
        title, text = TEXTS[name]
        when = NOW + timedelta(days=days)
        return Article(
            id=name,
            url=None,
            outlet="Post",
            title=title,
            text=text,
            published_at=when,
            fetched_at=when,
        )

    articles = [at("flood-italy", 0), at("flood-kenya", 3), at("flood-italy-2", 9)]
    # By the vectors alone the flood in Kenya is a little nearer.
    vectors = np.array([[0.78, 0.6258], [0.8, 0.6], [1.0, 0.0]], dtype=np.float32)
    dated = date_undated(articles, vectors, [True, True, False])
    assert dated[2].published_at == articles[0].published_at
