"""Case, spelling and punctuation come back from the source."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarizer.writing.restoring import common_words, joined_pieces, keys, restore, straightened

SENTENCES = [
    "The Lindholm council voted 7-2 on Tuesday to close the harbour.",
    "“We will not wait,” said Ana O’Neill, the mayor’s 59-year-old deputy.",
    "LINDHOLM (Wire) — U.S. officials paid $1.5 billion, i.e. 3.2% of GDP, for the A-12 bridge.",
    "iPhone sales at Müller & Söhne fell 5.5%; e-commerce rose £20m (about €23m).",
    "The players' union called the 'red zone' rules \"a disaster.\"",
    "Rep. J.D. Marsh (D-Lindholm) told the U.N. it wasn't true...",
    "Is the ferry — the M/S Ørland — safe?",
]
MESSY = "Police said on Monday that Cases rose to 1,250 in the UK's 'red zone', and “not yet” fell."


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_lower_cased_sentence_gets_its_own_surface_back(sentence: str) -> None:
    assert restore(straightened(sentence).lower(), sentence) == sentence


words = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, categories=("L", "N")), min_size=1
)
marks = st.sampled_from([",", ";", " —", "’s", ".", ":", "%", "-x", " (a)", " “b”", ' "c"', "'"])


@given(st.lists(st.tuples(words, st.one_of(st.just(""), marks)), min_size=1, max_size=30))
def test_any_lower_cased_sentence_gets_its_own_surface_back(
    parts: list[tuple[str, str]],
) -> None:
    sentence = " ".join(word + mark for word, mark in parts) + "."
    assert restore(sentence.lower(), sentence) == sentence


@given(
    st.lists(st.sampled_from(keys(MESSY)), min_size=1, max_size=25),
)
def test_whatever_the_model_writes_becomes_a_sentence_with_balanced_quotes(
    output: list[str],
) -> None:
    text = restore(" ".join(output), MESSY)
    assert re.search(r"[.!?][\"”’']*$", text)
    assert text.count("“") == text.count("”")
    assert "  " not in text


def test_word_pieces_are_joined() -> None:
    pieces = ["lin", "##d", "##holm", "closed", "."]
    assert joined_pieces(pieces) == "lindholm closed ."
    assert restore(pieces, "In May Lindholm closed its port.") == "Lindholm closed."


def test_dropped_words_leave_spacing_and_amounts_intact() -> None:
    source = "Sen. Bob O’Brien on Monday unveiled a stunning $1.5-billion plan for the A-12 bridge."
    output = "sen . bob o ' brien presented a $ 1 . 5 - billion plan for the a - 12 bridge ."
    assert restore(output, source) == (
        "Sen. Bob O’Brien presented a $1.5-billion plan for the A-12 bridge."
    )


def test_a_moved_sentence_start_loses_its_capital_and_the_new_one_gets_it() -> None:
    source = "Cases rose to five in Lindholm, officials said Tuesday."
    assert restore("officials said cases rose to five in lindholm .", source) == (
        "Officials said cases rose to five in Lindholm."
    )


def test_a_name_keeps_its_capital_when_it_moves() -> None:
    source = "Lindholm will close its port, officials said."
    assert restore("officials said lindholm will close its port .", source) == (
        "Officials said Lindholm will close its port."
    )


def test_a_brand_keeps_its_inner_capital_at_the_start() -> None:
    source = "On Tuesday iPhone sales fell."
    assert restore("iphone sales fell .", source).startswith("iPhone sales")


def test_a_quotation_survives_only_verbatim() -> None:
    source = "Marsh called the plan “a disaster for Lindholm,” aides said."
    assert restore('marsh called the plan " a disaster for lindholm , " aides said .', source) == (
        source
    )
    assert restore('marsh called the plan " a disaster , " aides said .', source) == (
        "Marsh called the plan a disaster, aides said."
    )
    assert restore('marsh called the plan " a disaster .', source) == (
        "Marsh called the plan a disaster."
    )


def test_single_quotes_are_quotation_marks_and_apostrophes_are_not() -> None:
    source = "The union's members entered the 'red zone', the leaders' group said."
    assert restore(
        "the leaders ' group said the union ' s members entered the ' zone ' .", source
    ) == ("The leaders' group said the union's members entered the zone.")


def test_words_the_source_lacks_stay_lower_case() -> None:
    assert restore("marsh criticized the plan .", "Marsh slammed the plan.") == (
        "Marsh criticized the plan."
    )


def test_a_sentence_without_an_end_gets_a_full_stop_and_no_loose_comma() -> None:
    assert restore("the port closed ,", "The port closed, and the ferry left.") == (
        "The port closed."
    )


def test_common_words_know_what_is_written_small() -> None:
    assert {"cases", "officials", "the"} <= common_words()
    assert not {"monday", "republican", "london"} & common_words()


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("Lindholm saw a stunning upset.", "lindholm saw a upset .", "Lindholm saw an upset."),
        ("It was an angry union.", "it was an union .", "It was a union."),
        ("An angry FBI agent left.", "an fbi agent left .", "An FBI agent left."),
        ("An “extreme” plan failed.", 'a " extreme " plan failed .', "An “extreme” plan failed."),
    ],
)
def test_the_article_fits_the_word_it_comes_to_stand_before(
    source: str, output: str, expected: str
) -> None:
    assert restore(output, source) == expected


def test_a_plural_that_began_the_source_is_lower_case_inside_a_sentence() -> None:
    source = "Engineers opened two of the dam’s six gates, a spokesman said."
    output = "a spokesman said engineers opened two of the dam ' s six gates ."
    assert (
        restore(output, source) == "A spokesman said engineers opened two of the dam’s six gates."
    )
