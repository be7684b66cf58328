"""Words: forms of one word compare equal, names are told apart, rare words weigh more."""

from __future__ import annotations

import pytest

from summarizer.words import UNKNOWN_RARITY, content_stems, name_stems, rarity, stem, stems


@pytest.mark.parametrize(
    "forms",
    [
        "wildfire wildfires",
        "strike strikes striking",
        "control controls controlled controlling",
        "economy economies",
        "stop stops stopped stopping",
        "kill kills killed killing",
        "pass passes passed",
        "Lindholm Lindholm’s lindholm",
    ],
)
def test_forms_of_one_word_share_a_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


def test_numbers_and_initials_stay_whole() -> None:
    assert stems("The U.S. paid 1,200.5 million in 2019.") == [
        *("the", "us", "paid", "1,200.5", "million", "in", "2019")
    ]


def test_content_leaves_out_what_carries_no_meaning() -> None:
    assert content_stems("the latest news about a ferry") == ["latest", "ferry"]


def test_names_are_capitals_inside_sentences() -> None:
    text = "Nobody met Ana Roth in Lindholm Harbour. Then old Lund left the U.S. quickly."
    assert name_stems(text) == ["ana", "roth", "lindholm", "harbour", "lund", "us"]


def test_days_and_months_are_no_names() -> None:
    assert name_stems("Ana left on Sunday, in March, and Roth may return in May.") == ["roth"]


def test_rarer_words_weigh_more() -> None:
    assert rarity("the") < rarity("president") < rarity("lindholm") == UNKNOWN_RARITY
