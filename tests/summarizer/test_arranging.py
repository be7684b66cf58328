# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

from datetime import UTC, datetime

import pytest

from summarizer.models import Article
from summarizer.sentences import source_sentences
from summarizer.writing.arranging import put_speaker_first, rearrange, write
from summarizer.writing.checking import check
from summarizer.writing.structure import Structure
from summarizer.writing.syntax import Parser


def other_orders(parser: Parser, text: str) -> list[str]:
    [tree] = parser.parse([text])
    return rearrange(Structure(tree), range(len(tree.nodes)))


def problems(text: str, source: str) -> tuple[str, ...]:
    then = datetime(2026, 3, 2, tzinfo=UTC)
    article = Article(
        id="a", n=1, url=None, outlet="The Harbour Post", title="", text=source,
        published_at=then, fetched_at=then,
    )  # fmt: skip
    return tuple(check(text, source_sentences(article), articles={"a": article}).problems)


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        (
            "The harbour of Lindholm is closed, the mayor said on Monday.",
            "The mayor said on Monday that the harbour of Lindholm is closed.",
        ),
        (
            "The harbour of Lindholm is closed, a person familiar with the plan told Reuters.",
            "A person familiar with the plan told Reuters that the harbour of Lindholm is closed.",
        ),
        (
            "The harbour of Lindholm is closed “until further notice” to ferries, the board said in a statement.",
            "The board said in a statement that the harbour of Lindholm is closed “until further notice” to ferries.",
        ),
        (
            "The harbour of Lindholm must stay open, the court ruled.",
            "The court ruled that the harbour of Lindholm must stay open.",
        ),
        (
            "Ada Brandt closed the harbour of Lindholm, according to a letter seen on Monday.",
            "According to a letter seen on Monday, Ada Brandt closed the harbour of Lindholm.",
        ),
        (
            "Rising seas will close the harbour of Lindholm, officials said.",
            "Officials said rising seas will close the harbour of Lindholm.",
        ),
        ("“The harbour of Lindholm is closed for a long time,” the mayor said.", None),
        ("The harbour of Lindholm is closed, her lawyer said.", None),
        ("The harbour of Lindholm is closed, she said.", None),
        ("The harbour of Lindholm is closed for the week.", None),
    ],
)
def test_the_speaker_comes_first(parser: Parser, text: str, turned: str | None) -> None:
    [tree] = parser.parse([text])
    assert put_speaker_first(text, tree) == turned
    if turned:
        assert not problems(turned, text)


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        (
            "The harbour board last week closed the port of Lindholm to all ferries.",
            "Last week, the harbour board closed the port of Lindholm to all ferries.",
        ),
        (
            "The harbour board on Monday closed the port to what it called “floating wrecks” from abroad.",
            "On Monday, the harbour board closed the port to what it called “floating wrecks” from abroad.",
        ),
        (
            "The mayor on Monday spoke of a wreck … and a port ... in Lindholm.",
            "On Monday, the mayor spoke of a wreck … and a port ... in Lindholm.",
        ),
        (
            "North Korean state radio on Tuesday announced that the port is shut.",
            "On Tuesday, North Korean state radio announced that the port is shut.",
        ),
        (
            "After the storm of Sunday night, two tugs freed the ferry.",
            "Two tugs freed the ferry after the storm of Sunday night.",
        ),
        (
            "In the islands of the U.S., the harbour board closed the port of Lindholm.",
            "The harbour board closed the port of Lindholm in the islands of the U.S.",
        ),
        (
            "With winter storms expected off Lindholm, the harbour board has closed the port to ferries.",
            "The harbour board has closed the port to ferries, with winter storms expected off Lindholm.",
        ),
        (
            "Ada Brandt, the mayor of Lindholm, closed the port to ferries.",
            "The mayor of Lindholm, Ada Brandt, closed the port to ferries.",
        ),
        (
            "The board suspended Jonas Falk, Lindholm's harbour master, for seven days.",
            "The board suspended Lindholm's harbour master, Jonas Falk, for seven days.",
        ),
    ],
)
def test_a_sentence_stands_in_another_order(parser: Parser, text: str, turned: str) -> None:
    assert turned in other_orders(parser, text)
    assert not problems(turned, text)


@pytest.mark.parametrize(
    "text",
    [
        # The storm would have been what she said, or what the board decided about.
        "After the storm, the mayor said the port was closed.",
        "After the storm, the board decided to close the port.",
        # Without its name before it, nobody knows who "she" is.
        "After Ada Brandt left, she closed the port of Lindholm to ferries.",
        "The mayor said the bridge, which closed on Monday, is safe.",
        "The paper “called on Monday for ferries” in an article about Lindholm.",
        # Too long, or no name of somebody.
        "Ada Brandt, mayor, closed the port of Lindholm to ferries.",
        "Ada Brandt, who was the mayor of Lindholm, closed the port to ferries.",
    ],
)
def test_an_order_that_may_say_something_else_is_not_offered(parser: Parser, text: str) -> None:
    assert other_orders(parser, text) == []


def test_what_somebody_says_is_not_given_another_time() -> None:
    source = "After the board had voted on Sunday, the mayor said the port was closed."
    assert problems(
        "The mayor said the port was closed after the board had voted on Sunday.", source
    )


def test_a_name_and_an_office_of_another_do_not_change_places() -> None:
    source = "Ada Brandt, the mayor of Lindholm, met Jonas Falk, the harbour master."
    assert problems("The harbour master, Ada Brandt, met Jonas Falk.", source)


def test_marks_are_put_right_where_something_is_left_out(parser: Parser) -> None:
    [tree] = parser.parse(["The board has 12 ferries in the U.S. since Monday."])
    structure = Structure(tree)
    kept = [i for i, node in enumerate(tree.nodes) if node.text not in {"since", "Monday"}]
    assert write(structure, kept) == "The board has 12 ferries in the U.S."
