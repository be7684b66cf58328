"""Sentences of news text: split where they end, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.models import Article
from summarizer.sentences import remove_dateline, source_sentences, split_sentences

SPLITS = {
    "a quote and who said it": [
        "“Is the harbour open?” he asked.",
        "“No!” she said.",
        "He left.",
    ],
    "straight quotes": ['"We have won," she said.', '"It is over."', "The hall emptied."],
    "titles and initials": [
        "Mr. Aldous met Gen. P. Ito and J.K. Moran on Friday.",
        "Lena M. Ostrom joined them.",
    ],
    "a British title": ["Mr Ostrom met Mr Xi in Lindholm.", "Dr Vance did not."],
    "countries in initials": ["The U.S. has 50 states.", "The U.N. Secretary-General agreed."],
    "a country in initials at the end": ["They left the U.S.", "The talks failed."],
    "numbers": ["Prices rose 3.5% vs. 2.1% in Feb. 2019.", "Fuel cost $4.5 more."],
    "hours": ["The ferry left at 5 p.m. Monday.", "It was late."],
    "senators": ["Sen. Ana Roth, D-N.Y., voted on Jan. 6.", "Gov. Ed Lund, R-Ga., agreed."],
    "abbreviated nouns": ["It cost approx. $5.", "Bus No. 10 was full."],
    "brackets": ["The plan failed.", "(It was the third.)", "Nobody minded."],
    "speech of two sentences": ["He said: “We go. We win.”", "Then he left."],
}


@pytest.mark.parametrize("sentences", SPLITS.values(), ids=SPLITS.keys())
def test_hard_news_sentences_are_split_where_they_end(sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences)) == sentences


def test_missing_spaces_do_not_join_sentences() -> None:
    text = "The bank closed.He left at once.“It is clear.”The minister agreed with Booking.com."
    assert split_sentences(text) == [
        "The bank closed.",
        "He left at once.",
        "“It is clear.”",
        "The minister agreed with Booking.com.",
    ]


def test_a_stray_closing_quote_goes_back_to_its_sentence() -> None:
    assert split_sentences("“The vote is lost. ” Nobody spoke.") == [
        "“The vote is lost.”",
        "Nobody spoke.",
    ]


def test_a_stray_bracket_goes_back_to_its_sentence_at_the_end_too() -> None:
    assert split_sentences("He left. ) The bank closed.") == ["He left.)", "The bank closed."]
    assert split_sentences("Stop! ”") == split_sentences("Stop!”") == ["Stop!”"]
    assert split_sentences("Is it lost? )") == ["Is it lost?)"]


def test_no_text_has_no_sentences() -> None:
    assert split_sentences("") == split_sentences(" \n\n ") == []


def test_line_separators_other_than_newlines_are_line_ends_too() -> None:
    text = "The ferry\u2028\u2028ran aground.\u2028Nobody was hurt"
    assert split_sentences(text) == ["The ferry ran aground.", "Nobody was hurt"]


def test_blank_lines_end_sentences_and_line_wraps_do_not() -> None:
    text = "What we know\n\nThe ferry ran aground\nnear Lindholm.\nNobody was hurt.\n\n"
    assert split_sentences(text) == [
        "What we know",
        "The ferry ran aground near Lindholm.",
        "Nobody was hurt.",
    ]


@pytest.mark.parametrize(
    "dateline",
    [
        "LINDHOLM (AP) — ",
        "MOSCOW, March 21 (Reuters) - ",
        "(CNN)",
        "(Reuters) - ",
        "Lindholm (CNN) -- ",
        "Lind Holm caves, Norland (CNN) ",
        "Washington (CNN Business) ",
        "ST. LOUIS, Mo. (AP) -- ",
        "BRUSSELS/LONDON (Reuters) - ",
        "BRUSSELS and LONDON (Reuters) - ",
        "CAMBRIDGE, Mass. (Harbour Syndicate) — ",
        "NEW YORK, Nov. 3 — ",
        "Nov 3 (Reuters) - ",
        "LINDHOLM — ",
        "London — ",
        "LINDHOLM—",
        "CLOSE ",
    ],
)
def test_a_dateline_is_removed(dateline: str) -> None:
    assert split_sentences(f"{dateline}The ferry ran aground.") == ["The ferry ran aground."]


def test_a_dateline_behind_a_caption_is_removed() -> None:
    text = "The ferry at the quay.\nLINDHOLM -- The ferry ran aground."
    assert split_sentences(text) == ["The ferry at the quay.", "The ferry ran aground."]


@pytest.mark.parametrize(
    "text",
    [
        "NATO — The alliance — met on Monday.",
        "The harbour (a natural one) is shut.",
        "The photographer (Reuters photo) was there.",
        "Lund - a fisherman - saw it.",
        "The ferry — a new one — sank.",
    ],
)
def test_a_text_that_only_looks_like_a_dateline_is_kept(text: str) -> None:
    assert remove_dateline(text) == text


def test_source_sentences_carry_the_article_and_their_position() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    article = Article(
        id="a1",
        url=None,
        outlet="Harbour Post",
        title="Ferry runs aground",
        text="LINDHOLM (AP) — A ferry ran aground. Nobody was hurt.",
        published_at=now,
        fetched_at=now,
        n=3,
    )
    sentences = source_sentences(article)
    assert [(s.article_id, s.n, s.position, s.text) for s in sentences] == [
        ("a1", 3, 0, "A ferry ran aground."),
        ("a1", 3, 1, "Nobody was hurt."),
    ]


def test_what_a_page_shows_over_a_name_is_no_part_of_the_sentence() -> None:
    card = (
        "Ada Maria (Ady) BrandtFerry pier to close | 'Mayor' answers critics U.S. line opens MORE"
    )
    assert split_sentences(f"Mayor Ada Brandt {card} (D-Lind.) on Monday asked for help.") == [
        "Mayor Ada Brandt (D-Lind.) on Monday asked for help."
    ]
    assert split_sentences("Shares of Lindholm Ferries LIFE, -4.46% fell.") == [
        "Shares of Lindholm Ferries fell."
    ]
    plain = ["Ada Brandt asked Ada Maria Holm for MORE help.", "Read MORE here."]
    assert split_sentences(" ".join(plain)) == plain


def test_a_paragraph_without_end_is_split_in_reasonable_time() -> None:
    text = "The ferry ran aground near Lindholm on Sunday. " * 400
    assert split_sentences(text) == ["The ferry ran aground near Lindholm on Sunday."] * 400
    assert "".join(split_sentences("a" * 9000)) == "a" * 9000


def test_characters_the_splitter_uses_itself_survive() -> None:
    text = "It cost 3∯5 in ȸ all ♨ day. The shop ᓰ closed."
    assert split_sentences(text) == ["It cost 3∯5 in ȸ all ♨ day.", "The shop ᓰ closed."]


PIECES = st.sampled_from(
    [
        "The ferry ran aground",
        "Mr. Lund",
        "U.S.",
        "he said",
        "“We won.”",
        '"Go!"',
        "a.m.",
        "3.5%",
        "1.",
        ")",
        "(x",
        "\n",
        "\n\n",
        ".",
        "?",
        "…",
        "iPhone",
        "no.10",
        "”",
        "∯",
    ]
)


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=25), st.sampled_from([" ", ""]))
def test_no_character_of_a_text_is_lost(pieces: list[str], joint: str) -> None:
    text = joint.join(pieces)
    kept = remove_dateline(text)
    assert "".join("".join(split_sentences(text)).split()) == "".join(kept.split())


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_no_character_of_any_text_is_lost(text: str) -> None:
    kept = remove_dateline(text)
    assert "".join("".join(split_sentences(text)).split()) == "".join(kept.split())
