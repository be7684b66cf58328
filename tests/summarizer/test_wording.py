# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from summarizer.writing.wording import equivalents, loaded_words, neutralise
from summarizer.writing.words import stem


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The mayor slammed the plan.", "The mayor criticised the plan."),
        ("Mayor Slams Plan For Bridge", "Mayor Criticises Plan For Bridge"),
        ("The mayor has hit back at the board.", "The mayor has hit back at the board."),
        ("The mayor hits back at the board.", "The mayor responds to the board."),
        ("He is slamming it.", "He is criticising it."),
        ("She lashed out at critics.", "She criticised critics."),
        ("They are tearing into the plan.", "They are criticising the plan."),
        ("It was a stunning defeat.", "It was a defeat."),
        ("The result was stunning.", "The result was stunning."),
        ("Shockingly, he left.", "He left."),
        ("A shocking, outrageous claim", "A claim"),
        ("An outrageous claim", "A claim"),
        ("The regime fell.", "The government fell."),
        ("The sanctions regime fell.", "The sanctions regime fell."),
        ("A massive ship", "A large ship"),
        ("The so-called expert", "The expert"),
        ("The mayor ripped the plan.", "The mayor criticised the plan."),
        ("A bomb blasted the wall.", "A bomb blasted the wall."),
        ("Blasts Reported At Flooded Plant", "Blasts Reported At Flooded Plant"),
        ("Blasts At Flooded Plant", "Blasts At Flooded Plant"),
        ("Mayor Leads an Onslaught of Attacks", "Mayor Leads a Series of Attacks"),
        ("A European bank and a Utah firm slammed it.", "A European bank and a Utah firm criticised it."),
        ("In a hearing, outrageous claims were made.", "In a hearing, claims were made."),
        ("Mayor Blasts Ada Brandt", "Mayor Criticises Ada Brandt"),
        ("The mayor said the plan was “a shocking mess”.", "The mayor said the plan was “a shocking mess”."),
        ("Prices skyrocketed.", "Prices rose sharply."),
        ("The feuds go on.", "The disputes go on."),
        ("Shares plummeted nearly 30 points.", "Shares fell nearly 30 points."),
        ("The board is unleashing fines.", "The board is launching fines."),
        ("The board is ushering in a new era.", "The board is beginning a new era."),
        ("A shift alarming voters", "A shift alarming voters"),
        ("He asked how boldly it was done.", "He asked how boldly it was done."),
        ("They left the Savage Arms plant.", "They left the Savage Arms plant."),
        ("The strongman leader left.", "The leader left."),
        ("The board has axed jobs; prices have soared.", "The board has cut jobs; prices have risen sharply."),
        ("Nothing loaded here.", "Nothing loaded here."),
        ("He came with big, bold promises.", "He came with big promises."),
        ("She gave a moving, dramatic reading of it.", "She gave a moving reading of it."),
        ("On Monday, outrageous claims were made.", "On Monday, claims were made."),
    ],
)  # fmt: skip
def test_loaded_words_give_way_to_plain_ones(text: str, plain: str) -> None:
    assert neutralise(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("In the wake of the storm, the port closed.", "After the storm, the port closed."),
        ("The mayor told reporters that the port is shut.", "The mayor said that the port is shut."),
        ("The board said in a statement Monday that it left.", "The board said Monday that it left."),
        ("The board said in a statement posted online.", "The board said in a statement posted online."),
        ("A total of 8 boats sank.", "8 boats sank."),
        ("Several GOP senators were attempting to leave.", "Several Republican senators were trying to leave."),
        ("An approximately weekly count.", "An approximately weekly count."),
        ("He wrote “in the wake of the storm”.", "He wrote “in the wake of the storm”."),
        ("Two lawyers purchased it prior to March.", "Two lawyers bought it before March."),
    ],
)  # fmt: skip
def test_long_winded_words_give_way_to_plain_ones_and_are_not_loaded(text: str, plain: str) -> None:
    assert neutralise(text) == plain
    assert loaded_words(text) == ()


def test_quoted_words_keep_their_spelling() -> None:
    text = "“We are canceling it,” the mayor said of the programme in the town centre."
    assert neutralise(text, like=text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Divers reached a vast cave system in the north.",
        "The mayor's rebuke of the board was short.",
        "The letter was a public rebuke of the board.",
        "It began as a scramble to register voters.",
    ],
)
def test_a_noun_is_not_taken_for_the_verb(text: str) -> None:
    assert neutralise(text) == text


@pytest.mark.parametrize(
    ("like", "verb"),
    [
        ("The center says that 5 percent of boats were labeled.", "criticized"),
        ("The centre says that 5 per cent of boats were labelled.", "criticised"),
        ("Nothing tells where this was written.", "criticised"),
    ],
)
def test_new_words_are_spelled_as_in_the_article(like: str, verb: str) -> None:
    assert neutralise("The mayor slammed the board.", like=like) == f"The mayor {verb} the board."


def test_neutralising_twice_changes_nothing_more() -> None:
    once = neutralise("The embattled mayor lashed out at a massive, shocking onslaught.")
    assert neutralise(once) == once


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("It is a highly controversial move.", "It is a move."),
        ("He made a very, very controversial choice.", "He made a choice."),
        ("It was a more controversial choice than hers.", None),
    ],
)
def test_how_much_so_is_left_out_with_what_is_left_out(text: str, plain: str | None) -> None:
    assert neutralise(text) == (plain or text)


def test_loaded_words_are_counted_outside_quotations() -> None:
    assert loaded_words("He slammed the “shocking” and massive plan.") == ("slammed", "massive")


def test_a_plain_word_stands_on_the_loaded_one_it_replaces_but_not_back() -> None:
    assert stem("slam") in equivalents(stem("criticise"))
    assert stem("criticise") not in equivalents(stem("slam"))
    assert stem("killed") in equivalents(stem("died"))


def test_the_list_is_long_and_replaces_nothing_by_itself() -> None:
    table = tomllib.loads(files("summarizer.writing").joinpath("neutral.toml").read_text("utf-8"))
    pairs = [*table["verbs"].items(), *table["words"].items(), *table["adjectives"].items()]
    assert len(pairs) + len(table["drop"]["words"].split()) >= 400
    assert all(loaded != plain for loaded, plain in pairs)


def test_a_replacement_does_not_stand_beside_itself() -> None:
    assert neutralise("Strongman leader Dario Quessel agreed.") == "Leader Dario Quessel agreed."


def test_a_phrase_may_take_sides() -> None:
    assert loaded_words("The mayor was forced to agree to a pause.") == ("forced to agree",)
