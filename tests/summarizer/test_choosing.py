from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from summarizer.models import Fact, Sentence
from summarizer.writing import choosing
from summarizer.writing.rewriting import Candidate
from summarizer.writing.structure import Structure
from summarizer.writing.syntax import Parser

from .writing_texts import MONDAY, article, sentence

FIRST = (
    "Mayor Ada Brandt slammed the harbour board on Monday after a ferry ran aground near Lindholm."
)
SECOND = "Ada Brandt criticised the harbour board after a ferry ran aground."


def fact(*texts: str) -> Fact:
    return Fact(
        id="f1",
        sentences=tuple(sentence(t, n) for n, t in enumerate(texts, start=1)),
        score=1.0,
        published_at=MONDAY,
    )


def candidate(text: str, score: float = -0.2) -> Candidate:
    return Candidate(text=text, score=score, words=len(text.split()))


Write = Callable[..., Sentence]


@pytest.fixture(scope="module")
def write_sentence(parser: Parser) -> Write:
    def write(told: Fact, candidates: Sequence[Candidate], **options: Any) -> Sentence:
        trees = parser.parse([s.text for s in told.sentences])
        structures = [Structure(tree) for tree in trees]
        return choosing.write_sentences(told, candidates, structures, **options)[0]

    return write


ARTICLES = {f"a{n}": article(n, outlet=f"Outlet {n}") for n in range(1, 5)}


def test_the_supported_form_that_keeps_most_is_told_in_plain_words(
    write_sentence: Write,
) -> None:
    written = write_sentence(
        fact(FIRST, SECOND),
        [
            candidate("Mayor Ada Brandt slammed a ferry near Lindholm.", -0.1),
            candidate("Ada Brandt slammed the harbour board after a ferry ran aground.", -0.3),
        ],
        articles=ARTICLES,
    )
    assert written.text == (
        "On Monday, Mayor Ada Brandt criticised the harbour board after a ferry ran aground near "
        "Lindholm."
    )
    assert written.method == "rewritten"
    assert written.articles == (1,)
    assert written.fact_id == "f1"
    assert set(written.fact_keys) == {s.key for s in fact(FIRST, SECOND).sentences}


def test_where_no_rewriting_passes_the_source_is_told_in_plain_words(
    write_sentence: Write,
) -> None:
    source = "The harbour board slammed the mayor of Lindholm in a letter."
    written = write_sentence(
        fact(source),
        [candidate("The mayor of Lindholm slammed the harbour board in a letter.")],
        articles=ARTICLES,
    )
    assert written.text == source.replace("slammed", "criticised")
    assert written.articles == (1,)


def test_without_candidates_the_plainest_source_that_is_not_too_long_is_told(
    write_sentence: Write,
) -> None:
    loaded = (
        "The brazen mayor boasted of a massive, sensational, glitzy party for the island harbour."
    )
    plain = "The mayor spoke of a party for the island harbour."
    written = write_sentence(fact(loaded, plain), [], articles=ARTICLES)
    assert written.text == plain
    long = "The mayor spoke of a party " + "and of a ferry " * 12 + "for the island harbour."
    assert write_sentence(fact(long, plain), [], articles=ARTICLES).text == plain
    assert write_sentence(fact(long), [], articles=ARTICLES).text == long


def test_connectives_go_and_a_full_stop_comes(write_sentence: Write) -> None:
    written = write_sentence(
        fact("However, the bridge was closed on Monday"), [], articles=ARTICLES
    )
    assert written.text == "The bridge was closed on Monday."
    written = write_sentence(
        fact("And If the board has its way, the bridge of Lindholm will also be closed to cars."),
        [
            candidate(
                "And If the board has its way, the bridge of Lindholm will be closed to cars.", 0.5
            )
        ],
        articles=ARTICLES,
    )
    assert not written.text.startswith("And")


def test_no_comma_is_left_between_that_and_a_quotation(write_sentence: Write) -> None:
    source = (
        "In a video published on Monday morning, Brandt said that while she does not agree with "
        "the board on every fee, “I know that the port is safe and is run by good people.”"
    )
    quoted = "Brandt said that, “I know that the port is safe and is run by good people.”"
    written = write_sentence(fact(source), [candidate(quoted)], articles=ARTICLES)
    assert "Brandt said that “I know" in written.text


def test_hearsay_names_its_outlet(write_sentence: Write) -> None:
    text = "The bridge was reportedly closed after a threat."
    assert write_sentence(fact(text), [], articles=ARTICLES).text == text
    named_outlet = {"a1": article(1, outlet="The Daily Oar")}
    written = write_sentence(fact(text), [], articles=named_outlet)
    assert (
        written.text == "The bridge was reportedly closed after a threat, The Daily Oar reported."
    )
    assert written.articles == (1,)
    attributed = "The bridge was reportedly closed on Monday, police said."
    named = write_sentence(fact(attributed), [], articles=ARTICLES).text
    assert named == "Police said the bridge was reportedly closed on Monday."
    quoted = "The bridge was reportedly closed after “a threat” on Monday."
    told = write_sentence(fact(quoted), [], articles=ARTICLES).text
    assert told == "The bridge was reportedly closed after “a threat”."


def test_a_rewriting_that_leans_back_or_is_too_short_is_not_told(
    write_sentence: Write,
) -> None:
    written = write_sentence(
        fact("Ada Brandt said she opened the bridge on Monday."),
        [candidate("She opened the bridge on Monday."), candidate("Ada Brandt said.")],
        articles=ARTICLES,
    )
    assert written.method == "source"


def test_a_candidate_that_repeats_its_source_is_a_source_sentence(
    write_sentence: Write,
) -> None:
    text = "The bridge was closed on Monday."
    assert write_sentence(fact(text), [candidate(text)], articles=ARTICLES).method == "source"
