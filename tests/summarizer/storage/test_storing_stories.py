import json
from dataclasses import fields

import numpy as np
import pytest

from summarizer.models import (
    ArticleRef,
    Difference,
    DifferenceValue,
    Evidence,
    Sentence,
    Story,
    StoryReport,
    Topic,
)
from summarizer.storage import Storage
from summarizer.storage.records import read_report, read_topic, write_report, write_topic

from .making import (
    DAY,
    HOUR,
    NOW,
    add_articles,
    make_article,
    make_report,
    make_sentence,
    make_story,
    make_subscription,
    make_vectors,
)


@pytest.fixture
async def filled(storage: Storage) -> Storage:
    """A storage with articles a to f, each of an outlet of its own."""
    await add_articles(storage, *(make_article(id, outlet=id.upper()) for id in "abcdef"))
    return storage


def plain(story: Story | None) -> object:
    """Return what can be compared of a story; the vector is compared as bytes."""
    assert story is not None
    values = {name: getattr(story, name) for name in Story.__slots__}
    return {**values, "centroid": story.centroid.tobytes()}


def plain_report(report: StoryReport | None) -> object:
    assert report is not None
    values = {name: getattr(report, name) for name in StoryReport.__slots__}
    return {**values, "vector": report.vector.tobytes()}


async def test_a_story_comes_back_as_it_was_saved(filled: Storage) -> None:
    story = make_story("s", "b", "a", opened_at=NOW - DAY, language="de", version=3)

    await filled.stories.save([story])
    await filled.stories.save([story])

    assert plain(await filled.stories.get("s")) == plain(story)
    assert [plain(s) for s in await filled.stories.open_stories(NOW)] == [plain(story)]
    assert await filled.stories.get("unknown") is None
    assert await filled.stories.story_of("a") == "s"
    assert await filled.stories.story_of("c") is None


async def test_only_living_stories_of_late_are_open(filled: Storage) -> None:
    await filled.stories.save(
        [
            make_story("old", "a", updated_at=NOW - DAY),
            make_story("merged", "b", merged_into="open"),
            make_story("open", "b", "c"),
        ]
    )

    assert [story.id for story in await filled.stories.open_stories(NOW - HOUR)] == ["open"]
    assert await filled.stories.story_of("b") == "open"


async def test_a_story_is_not_replaced_by_an_older_version(filled: Storage) -> None:
    await filled.stories.save([make_story("s", "a", "b", version=2)])

    await filled.stories.save([make_story("s", "c", version=1)])

    found = await filled.stories.get("s")
    assert found is not None
    assert (found.version, found.article_ids) == (2, ("a", "b"))


async def test_members_are_the_articles_of_the_stories_with_vectors(filled: Storage) -> None:
    await filled.stories.save([make_story("s", "b", "a"), make_story("t", "a", "c")])

    members = await filled.stories.members(["s", "t"])

    assert list(members) == ["b", "a", "c"]
    article, vector = members["c"]
    assert article == make_article("c", outlet="C")
    assert np.allclose(vector, make_vectors(3)[2], atol=1e-3)


async def test_saving_marks_the_articles_as_grouped(filled: Storage) -> None:
    await filled.stories.save([make_story("s", "a", "b")])

    assert [a.id for a, _ in await filled.articles.ungrouped(10)] == ["c", "d", "e", "f"]


async def test_an_article_revised_while_it_was_grouped_is_grouped_again(filled: Storage) -> None:
    taken = [article for article, _ in await filled.articles.ungrouped(2)]
    await add_articles(filled, make_article("a", outlet="A", text="Corrected meanwhile."))

    await filled.stories.save([make_story("s", "a", "b")], taken)

    assert [a.id for a, _ in await filled.articles.ungrouped(10)] == ["a", "c", "d", "e", "f"]


async def test_stories_of_most_outlets_are_written_first_then_the_newest(filled: Storage) -> None:
    await filled.stories.save(
        [
            make_story("one", "a"),
            make_story("newer", "b", updated_at=NOW + HOUR),
            make_story("two", "c", "d"),
            make_story("merged", "e", merged_into="two"),
            make_story("done", "f"),
        ]
    )
    await filled.stories.save_report(make_report("done"))

    assert [s.id for s in await filled.stories.unwritten(10)] == ["two", "newer", "one"]
    assert [s.id for s in await filled.stories.unwritten(1)] == ["two"]


async def test_a_story_that_grew_is_written_again(filled: Storage) -> None:
    await filled.stories.save([make_story("s", "a")])
    await filled.stories.save_report(make_report("s"))
    assert await filled.stories.unwritten(10) == []

    await filled.stories.save([make_story("s", "a", "b", version=2)])

    assert [s.version for s in await filled.stories.unwritten(10)] == [2]


async def test_a_report_comes_back_as_it_was_saved(filled: Storage) -> None:
    await filled.stories.save([make_story()])

    await filled.stories.save_report(make_report())
    await filled.stories.save_report(make_report())

    assert plain_report(await filled.stories.report("s")) == plain_report(make_report())
    assert [plain_report(r) for r in await filled.stories.reports(NOW)] == [
        plain_report(make_report())
    ]
    assert await filled.stories.report("unknown") is None


async def test_only_the_latest_report_of_living_stories_is_read(filled: Storage) -> None:
    await filled.stories.save([make_story("s", "a", version=2), make_story("t", "b")])
    await filled.stories.save_report(make_report("s", 2, headline="Second"))
    await filled.stories.save_report(make_report("s", 1, headline="First"))
    await filled.stories.save_report(make_report("t", updated_at=NOW - DAY))
    await filled.stories.save([make_story("u", "c"), make_story("v", "d", merged_into="s")])
    await filled.stories.save_report(make_report("u", updated_at=NOW + HOUR, headline="New"))
    await filled.stories.save_report(make_report("v"))

    found = await filled.stories.reports(NOW)

    assert [report.headline for report in found] == ["New", "Second"]


async def test_a_merged_storys_report_is_that_of_the_story_it_ended_in(filled: Storage) -> None:
    await filled.stories.save(
        [
            make_story("s", "a"),
            make_story("t", "b", merged_into="s"),
            make_story("u", "c", merged_into="t"),
        ]
    )
    await filled.stories.save_report(make_report("u", headline="Own"))
    before = await filled.stories.report("u")
    await filled.stories.save_report(make_report("s", headline="Whole"))
    after = await filled.stories.report("u")

    assert before is not None
    assert after is not None
    assert (before.headline, after.headline) == ("Own", "Whole")


async def test_facts_keep_their_first_id_through_all_versions(filled: Storage) -> None:
    await filled.stories.save([make_story("s", "a", version=2)])
    first = make_report("s", 1, sentences=(make_sentence("f1", "k1", "k2"),))
    second = make_report("s", 2, sentences=(make_sentence("f9", "k2", "k3"), make_sentence("f0")))

    await filled.stories.save_report(first)
    await filled.stories.save_report(second)

    assert await filled.stories.known_facts("s") == {"k1": "f1", "k2": "f1", "k3": "f9"}
    assert await filled.stories.known_facts("unknown") == {}

    await filled.stories.save_report(make_report("s", 2, sentences=()))

    assert await filled.stories.known_facts("s") == {"k1": "f1", "k2": "f1", "k3": "f9"}


async def test_facts_of_merged_stories_are_known_to_the_whole(filled: Storage) -> None:
    await filled.stories.save([make_story("s", "a"), make_story("t", "b"), make_story("u", "c")])
    await filled.stories.save_report(make_report("s", sentences=(make_sentence("fs", "k1"),)))
    await filled.stories.save_report(make_report("t", sentences=(make_sentence("ft", "k1", "k2"),)))
    await filled.stories.save_report(make_report("u", sentences=(make_sentence("fu", "k3"),)))

    await filled.stories.save([make_story("t", "b", merged_into="s")])
    await filled.stories.save([make_story("u", "c", merged_into="t")])

    assert await filled.stories.known_facts("s") == {"k1": "fs", "k2": "ft", "k3": "fu"}


async def test_a_circle_of_merged_stories_ends(filled: Storage) -> None:
    await filled.stories.save(
        [make_story("s", "a", merged_into="t"), make_story("t", "b", merged_into="s")]
    )
    await filled.stories.save_report(make_report("s"))

    assert await filled.stories.known_facts("s") == {"k1": "f1", "k2": "f1"}
    assert await filled.stories.report("s") is not None


async def test_purging_takes_old_stories_with_reports_and_facts(filled: Storage) -> None:
    await filled.stories.save([make_story("old", "a", updated_at=NOW - 2 * DAY)])
    await filled.stories.save([make_story("new", "b")])
    await filled.stories.save_report(make_report("old", updated_at=NOW - 2 * DAY))

    assert (await filled.purge(NOW - DAY)).stories == 1
    await filled.stories.save_report(make_report("old"))

    assert await filled.stories.get("old") is None
    assert await filled.stories.report("old") is None
    assert await filled.stories.known_facts("old") == {}
    assert await filled.stories.get("new") is not None


def test_a_report_and_a_topic_survive_being_written_as_text() -> None:
    report = make_report()
    topic = make_subscription().topic

    assert plain_report(read_report(write_report(report), report.vector)) == plain_report(report)
    assert read_topic(write_topic(topic)) == topic


def test_no_field_of_a_report_or_a_topic_is_forgotten() -> None:
    report = json.loads(write_report(make_report()))

    for written, kind in (
        (report, StoryReport),
        (report["sentences"][0], Sentence),
        (report["sentences"][0]["evidence"][0], Evidence),
        (report["differences"][0], Difference),
        (report["differences"][0]["values"][0], DifferenceValue),
        (report["articles"][0], ArticleRef),
        (json.loads(write_topic(make_subscription().topic)), Topic),
    ):
        assert set(written) == {field.name for field in fields(kind)} - {"vector"}


def test_a_report_of_an_earlier_version_can_be_read() -> None:
    written = json.loads(write_report(make_report()))
    del written["sentence_keys"], written["sentences"][0]["new_at"]

    report = read_report(json.dumps(written), make_report().vector)

    assert (report.sentence_keys, report.sentences[0].new_at) == ((), None)
