"""Digests: each story once, no fact twice, within the chat's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.digests.composing import Preferences, compose_digest, without_outlets
from summarizer.models import (
    EMBEDDING_WIDTH,
    ArticleRef,
    Difference,
    DifferenceValue,
    Digest,
    Evidence,
    Reading,
    Sentence,
    StoryReport,
    Topic,
)

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TOPIC = Topic(key="world", name="World", queries=("countries",))


def sentence(fact: str, *articles: int, words: int = 10) -> Sentence:
    return Sentence(
        text=" ".join([fact, *["word"] * (words - 1)]),
        fact_id=fact,
        method="rewritten",
        evidence=tuple(Evidence(article_id=f"a{n}", n=n, text="…") for n in articles),
    )


def report(
    id: str,
    *sentences: Sentence,
    outlets: tuple[str, ...] = ("Post", "Herald"),
    independent: int = 2,
    hours: float = 0,
    differences: tuple[Difference, ...] = (),
) -> StoryReport:
    at = NOW - timedelta(hours=hours)
    return StoryReport(
        story_id=id,
        version=1,
        headline=f"Headline of {id}",
        headline_articles=(1,),
        sentences=sentences or (sentence(f"{id}-fact", 1, 2),),
        differences=differences,
        articles=tuple(
            ArticleRef(
                id=f"a{n}", n=n, outlet=outlet, title=f"Title {n}", url=None, published_at=at
            )
            for n, outlet in enumerate(outlets, start=1)
        ),
        independent_reports=independent,
        vector=np.zeros(EMBEDDING_WIDTH, dtype=np.float32),
        opened_at=at,
        updated_at=at,
        written_at=at,
    )


def compose(
    *matched: StoryReport,
    told: frozenset[str] = frozenset(),
    told_stories: frozenset[str] = frozenset(),
    articles: int = 10,
    **preferences: object,
) -> Digest:
    return compose_digest(
        topics=[TOPIC],
        matched=matched,
        told=told,
        told_stories=told_stories,
        preferences=Preferences(**preferences),  # type: ignore[arg-type]  # a test's shorthand
        reading=Reading(articles=articles),
        since=NOW - timedelta(hours=24),
        now=NOW,
    )


def ids(digest: Digest) -> list[str]:
    return [story.report.story_id for story in digest.stories]


def test_a_story_that_matches_two_topics_comes_once() -> None:
    assert ids(compose(report("a"), report("b"), report("a"))) == ["a", "b"]


def test_stories_are_ranked_by_independent_reports_then_outlets_then_recency_then_match() -> None:
    digest = compose(
        report("best match"),
        report("next match"),
        report("older", hours=5),
        report("wide", outlets=("A", "B", "C")),
        report("independent", independent=3),
    )
    assert ids(digest) == ["independent", "wide", "best match", "next match", "older"]


def test_stories_like_a_disliked_one_come_last_and_that_one_not_at_all() -> None:
    east, north = np.eye(2, EMBEDDING_WIDTH, dtype=np.float32)
    near = (east + north) / np.sqrt(2)
    digest = compose(
        replace(report("near", independent=3), vector=near),
        replace(report("itself"), vector=east),
        replace(report("far"), vector=north),
        disliked={"itself": east},
    )
    assert ids(digest) == ["far", "near"]


def test_sentences_fit_the_chats_words_and_keep_their_order() -> None:
    story = report("a", sentence("f1", 1, words=30), sentence("f2", 1, words=50), sentence("f3", 2))
    chosen = compose(story, words=40).stories[0].sentences
    assert [s.fact_id for s in chosen] == ["f1", "f3"]


def test_where_no_sentence_fits_the_shortest_is_told() -> None:
    story = report("a", sentence("f1", 1, words=60), sentence("f2", 1, words=45))
    assert [s.fact_id for s in compose(story, words=40).stories[0].sentences] == ["f2"]


def test_a_story_told_before_comes_as_an_update_with_its_new_facts_alone() -> None:
    story = report("a", sentence("f1", 1), sentence("f2", 2))
    digest = compose(story, told=frozenset({"f1"}), told_stories=frozenset({"a"}))
    assert digest.stories == ()
    assert [s.fact_id for s in digest.updates[0].sentences] == ["f2"]
    assert digest.updates[0].is_update
    assert digest.fact_ids == ("f2",)


def test_a_story_without_new_facts_is_left_out_and_the_digest_says_nothing_is_new() -> None:
    story = report("a", sentence("f1", 1))
    digest = compose(story, told=frozenset({"f1"}), told_stories=frozenset({"a"}))
    assert (digest.stories, digest.updates) == ((), ())
    assert digest.empty_reason == "nothing_new"


def test_facts_known_from_another_story_are_not_told_again() -> None:
    assert compose(report("a", sentence("f1", 1)), told=frozenset({"f1"})).stories == ()


def test_one_outlet_stories_fill_a_thin_digest_as_one_line_after_the_others() -> None:
    lone = report("lone", sentence("f1", 1), sentence("f2", 1), outlets=("Post",), independent=1)
    digest = compose(lone, report("b"), stories=2)
    assert ids(digest) == ["b", "lone"]
    assert [(s.one_line, len(s.sentences)) for s in digest.stories] == [(False, 1), (True, 1)]


def test_one_outlet_stories_stay_out_of_a_full_digest() -> None:
    lone = report("lone", outlets=("Post",), independent=1)
    assert ids(compose(lone, report("b"), stories=1)) == ["b"]


def test_one_outlet_stories_without_new_facts_take_no_line() -> None:
    lone = report("lone", sentence("f1", 1), outlets=("Post",))
    assert compose(lone, told=frozenset({"f1"})).empty_reason == "nothing_new"


def test_with_one_outlet_required_every_story_is_told_in_full() -> None:
    digest = compose(report("lone", outlets=("Post",)), min_outlets=1)
    assert [s.one_line for s in digest.stories] == [False]


def test_a_story_told_before_is_updated_even_by_one_outlet() -> None:
    story = report("a", sentence("f2", 1), outlets=("Post",))
    assert len(compose(story, told_stories=frozenset({"a"})).updates) == 1


def test_a_digest_has_no_more_stories_than_the_chat_wants_and_all_updates() -> None:
    stories = [report(f"s{n}") for n in range(7)]
    updates = [report(f"u{n}") for n in range(3)]
    told = frozenset(u.story_id for u in updates)
    digest = compose(*stories, *updates, told_stories=told, stories=5)
    assert (len(digest.stories), len(digest.updates)) == (5, 3)


def test_an_empty_digest_says_why() -> None:
    assert compose().empty_reason == "no_match"
    assert compose(articles=0).empty_reason == "nothing_collected"
    assert compose(report("a")).empty_reason is None


DIFFERENCE = Difference(
    about="injured",
    values=(
        DifferenceValue(value="9", articles=(1, 2)),
        DifferenceValue(value="12", articles=(3,)),
    ),
    kind="conflict",
)


def test_a_muted_outlets_links_and_what_it_alone_supports_are_left_out() -> None:
    story = report(
        "a",
        sentence("f1", 1),
        sentence("f2", 1, 2),
        outlets=("Post", "Herald", "Wire"),
        independent=3,
        differences=(DIFFERENCE,),
    )
    (told,) = compose(story, muted=frozenset({"Post"})).stories
    assert [(s.fact_id, s.articles) for s in told.sentences] == [("f2", (2,))]
    assert [a.n for a in told.report.articles] == [2, 3]
    assert [v.articles for v in told.report.differences[0].values] == [(2,), (3,)]
    assert told.report.independent_reports == 2
    # Only the muted outlet had the headline's words, so a sentence stands in for it.
    assert told.report.headline == told.sentences[0].text
    assert told.report.headline_articles == (2,)


def test_a_difference_with_one_value_left_is_none() -> None:
    story = report("a", outlets=("Post", "Herald", "Wire"), differences=(DIFFERENCE,))
    left = without_outlets(story, {"Wire"})
    assert left is not None
    assert left.differences == ()
    assert left.headline == story.headline


def test_a_story_of_muted_outlets_alone_is_left_out() -> None:
    digest = compose(report("a"), muted=frozenset({"Post", "Herald"}))
    assert digest.empty_reason == "nothing_new"
    assert compose(report("a"), muted=frozenset({"Other"})).stories


def test_a_report_without_sentences_is_left_out() -> None:
    empty = report("a")
    object.__setattr__(empty, "sentences", ())
    assert compose(empty).stories == ()


SENTENCES = st.builds(
    lambda fact, articles, words: sentence(f"f{fact}", *sorted(articles), words=words),
    st.integers(0, 12),
    st.sets(st.integers(1, 3), min_size=1),
    st.integers(1, 60),
)
REPORTS = st.builds(
    lambda id, sentences, outlets, independent, hours: report(
        f"s{id}",
        *sentences,
        outlets=tuple(f"Outlet {n}" for n in range(outlets)),
        independent=independent,
        hours=hours,
    ),
    st.integers(0, 8),
    st.lists(SENTENCES, min_size=1, max_size=6),
    st.integers(3, 4),
    st.integers(1, 3),
    st.integers(0, 20),
)


@settings(max_examples=40)
@given(
    st.lists(REPORTS, max_size=8),
    st.frozensets(st.integers(0, 12).map(lambda n: f"f{n}")),
    st.frozensets(st.integers(0, 8).map(lambda n: f"s{n}")),
    st.sampled_from([40, 64, 120]),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_no_fact_comes_twice_and_limits_hold_whatever_matches(
    matched: list[StoryReport],
    told: frozenset[str],
    told_stories: frozenset[str],
    words: int,
    stories: int,
    min_outlets: int,
) -> None:
    def once() -> Digest:
        return compose(
            *matched,
            told=told,
            told_stories=told_stories,
            words=words,
            stories=stories,
            min_outlets=min_outlets,
            muted=frozenset({"Outlet 0"}),
        )

    digest = once()
    facts = digest.fact_ids
    assert len(facts) == len(set(facts))
    assert told.isdisjoint(facts)
    assert len(digest.stories) <= stories
    shown = [*digest.stories, *digest.updates]
    assert len({s.report.story_id for s in shown}) == len(shown)
    for story in shown:
        assert story.is_update == (story.report.story_id in told_stories)
        assert len(story.sentences) == 1 or sum(s.words for s in story.sentences) <= words
        assert all(1 not in s.articles for s in story.sentences)
        order = [story.report.sentences.index(s) for s in story.sentences]
        assert order == sorted(order)
    assert (digest.empty_reason is None) == bool(shown)
    assert once().fact_ids == facts


def test_a_story_reads_event_then_claims_then_background() -> None:
    sentences = [
        replace(sentence("f1", 1), text="A ferry ran aground near Lindholm."),
        replace(sentence("f2", 1), text="Two other ferries had been damaged there."),
        replace(sentence("f3", 1), text="The mayor said the board had ignored warnings."),
        replace(sentence("f4", 1), text="Divers searched the wreck."),
    ]
    told = Preferences().choose(sentences)
    assert [s.fact_id for s in told] == ["f1", "f4", "f3", "f2"]


def test_a_story_begins_with_what_its_headline_says() -> None:
    sentences = [
        replace(sentence("f1", 1), text="The Alto moves to Morvane, where costs are lower."),
        replace(sentence("f2", 1), text="The plant in Tilbrook will close, workers were told."),
        replace(sentence("f3", 1), text="The plant in Tilbrook opened 61 years ago."),
    ]
    told = Preferences().choose(sentences, "Corvane to close Tilbrook plant")
    assert [s.fact_id for s in told] == ["f2", "f1", "f3"]
    told = Preferences().choose(sentences, "Alto moves to Morvane as Tilbrook plant is to close")
    assert told[0].fact_id == "f1"


def test_what_more_articles_say_happened_comes_before_what_is_to_come() -> None:
    to_come = replace(
        sentence("f1", 1), text="Divers will look for why a ferry ran aground off Lindholm."
    )
    happened = replace(sentence("f2", 2, 3), text="A ferry struck a reef off Lindholm on Monday.")
    headline = "Ferry runs aground off Lindholm"
    told = Preferences().choose([to_come, happened], headline)
    assert [s.fact_id for s in told] == ["f2", "f1"]
    told = Preferences().choose([to_come, happened], "Divers to look for why ferry ran aground")
    assert [s.fact_id for s in told] == ["f1", "f2"]
    rare = replace(sentence("f3", 2), text=happened.text)
    told = Preferences().choose([to_come, rare], headline)
    assert [s.fact_id for s in told] == ["f1", "f3"]


def test_a_vote_on_what_would_be_has_happened() -> None:
    sentences = [
        replace(sentence("f1", 1), text="Parliament voted for a bill that would lower fares."),
        replace(sentence("f2", 1), text="In May, the second reading is expected."),
        replace(sentence("f3", 1), text="Nine members missed the reading."),
    ]
    told = Preferences().choose(sentences, "Parliament backs lower fares at first reading")
    assert told[0].fact_id == "f1"
