"""Which rewritings are refused on their face."""

from __future__ import annotations

import pytest

from summarizer.writing.refusing import is_whole

MARSH = (
    "Late on Monday Ana Marsh, who leads the council of Lindholm, told the union that it would "
    "close the old harbour from the pier over a storm to the bridge, her office said Tuesday."
)
COUNCIL = "The council, which met at night, approved one of the largest plans to close the port."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (COUNCIL, "The council approved one of the largest plans to close the port."),
        ("But Ana Marsh of Lindholm won the vote.", "Ana Marsh of Lindholm won the vote."),
        ("In May, Ana Marsh won the big vote.", "Ana Marsh won the big vote."),
        (
            "Five people left the old port, police said.",
            "Police said five people left the old port.",
        ),
        ("Ana Marsh slammed the stunning plan.", "Ana Marsh criticized the plan."),
        (
            "U.S. allies met in the U.S. capital, aides said.",
            "Aides said U.S. allies met in the U.S. capital.",
        ),
    ],
)
def test_whole_phrases_may_go_or_move(source: str, text: str) -> None:
    assert is_whole(text, source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("The council closed the old port of the town.", "Closed the port."),
        ("The council closed the old port of the town in May.", "The council closed the port of."),
        (
            "The council, which met at night, said it would close the port, and left for the day.",
            "The council, which met at night.",
        ),
        (
            "While the first storm seemed weak, the harm from it continues to grow in Lindholm.",
            "While the first storm seemed weak, the harm.",
        ),
        (
            "Since Ana Marsh took office, the port has grown.",
            "Ana Marsh took office, the port has grown.",
        ),
        ("While Ana Marsh was ill, the council met.", "While Ana Marsh was ill."),
        ("It’s the old port that the council closed.", "’s the old port that the council closed."),
        ("The vote went to Joseph R. Marsh on Monday night.", "The vote went to Joseph R."),
        ("Ana Marsh won the vote of the port union.", "Ana Marsh won the vote of the port."),
        ("Ana Marsh led police, she said. The port closed.", "Ana Marsh led. The port closed."),
        ("The port's union left the old port on Monday.", "The port s union left the old port."),
        ("The council closed the old port on Monday.", "The council closed closed the old port."),
        (
            "The council agreed to close the port to cars in May.",
            "The council agreed to cars in May.",
        ),
        (COUNCIL, "The council approved one of the plans to close the port."),
        (COUNCIL, "The council, approved one of the largest plans to close the port."),
        (COUNCIL, "The council at night, approved one of the largest plans to close the port."),
        (
            "The council said early Monday that the port closed.",
            "The council said early that the port closed.",
        ),
        ("The council has never closed the old port.", "The council has closed the old port."),
        ("The council met while closing the old port.", "The council met while the old port."),
        (
            "Marsh was banned from the site over a video of cats.",
            "Marsh was banned from a video of cats.",
        ),
        ("Talks that begin in May as he hopes will go on.", "Talks that he hopes will go on."),
        (
            "A vote that cost both sides millions of crowns was close.",
            "A vote that cost both sides was close.",
        ),
        (
            "Old Greens and young Reds loyal to Marsh won the vote.",
            "Old Greens loyal to Marsh won the vote.",
        ),
        (
            "Ana Marsh, who leads the union, in her office, sat down with the council.",
            "Ana Marsh in her office, sat down with the council.",
        ),
        (
            "Marsh closed the port, as she left with the key.",
            "Marsh closed the port as she left as she left.",
        ),
        (
            "Marsh closed the port at night, police of the town said.",
            "Marsh closed at the town, police said.",
        ),
        ("The council sat on Monday at the old port.", "The council sat on at the old port."),
        ("A body was found shortly after dawn on Monday.", "A body was found shortly."),
        ("The union left the port two days later.", "The union left the port two days."),
        ("A storm in May killed at least four people.", "A storm in May killed."),
        (
            "The council closed the port late on Monday by nine votes to four.",
            "The council closed the port late to four.",
        ),
        (
            "A ship struck the old port late on Friday, and all left.",
            "A ship struck the old port late, and all left.",
        ),
        (
            "The union met the council (in May) at the port.",
            "The union met the council (in May at the port.",
        ),
        (
            "Marsh spoke to reporters from the old port about fish.",
            "Marsh spoke the fish old port.",
        ),
        (
            "The man cut a fence on Sunday and shot at boats, seemingly at random, with a rifle.",
            "The man cut a fence on Sunday and shot at boats, with a rifle.",
        ),
        (
            "The members, led by the sailor and Sens. Ann Marsh and Leo Hale, left the old port.",
            "The members. Ann Marsh and Leo Hale, left the old port.",
        ),
        (
            "The pilot wrote a patient, colourful account of the old harbour rules.",
            "The pilot wrote a patient, account of the old harbour rules.",
        ),
    ],
)
def test_what_breaks_off_jumps_or_repeats_itself_is_refused(source: str, text: str) -> None:
    assert not is_whole(text, source)


def test_a_sentence_of_few_of_the_source_words_is_refused() -> None:
    assert not is_whole("Ana Marsh told the union.", MARSH)


def test_the_source_itself_is_whole() -> None:
    assert is_whole(MARSH, MARSH)
    assert is_whole(COUNCIL, COUNCIL)
