# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

import pytest

from summarizer.writing.screening import find_fault, trim


@pytest.mark.parametrize(
    "text",
    [
        "A ferry with 212 people on board ran aground near Lindholm on Sunday night.",
        "Mayor Ada Brandt said her office had not been told of the closure.",
        "It was the first time that a ferry had run aground there since 1994.",
        "Some residents of Lindholm said they heard a loud noise.",
        "However, the coastguard said no oil had leaked into the harbour.",
        "In her first speech as mayor, Ada Brandt promised to repair the bridge.",
        "The decision by the harbour board was announced on Monday in Lindholm.",
        "The harbour company said it would pay for the repairs to the quay.",
        "Why it matters: The harbour handles half of the island's food imports.",
        "Ada Brandt is the editor of the Harbour Post, which was closed on Monday.",
        "Pilots and crews refuse to work on Sundays under the new timetable.",
    ],
)
def test_a_sentence_that_stands_by_itself_is_fit(text: str) -> None:
    assert find_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("A ferry ran aground.", "short"),
        ("A ferry " + "and a boat " * 20 + "ran aground near Lindholm.", "long"),
        ("Sign up for our newsletter to get the news from Lindholm every day.", "furniture"),
        ("Ada Brandt is a contributor to the Harbour Post and lives in Lindholm.", "furniture"),
        ("Ada Brandt is the host of the Harbour Hour and a columnist of the Post.", "furniture"),
        ("Read: Why the mayor of Lindholm Closed the Harbour to Ferries.", "furniture"),
        ("THE BOARD AND MAYOR agree on the harbour of Lindholm at last.", "furniture"),
        ("“It is absurd. It must end.” (More than 30 ports have a ferry.)", "quotation"),
        ("The board will surely be watching the ferries of Lindholm.", "opinion"),
        ("Ada Brandt, left, speaks at a rally in Lindholm, Norland, March 3, 2025.", "furniture"),
        ("Ada Brandt speaks with reporters on her campaign ferry in March 2025.", "furniture"),
        ("Pilot Leo Hart, right, mends a net on the quay of Lindholm.", "furniture"),
        ("Ada Brandt smiles on the quay in Lindholm, Norland, Tuesday night.", "furniture"),
        ("To review: Board asks, mayor answers, everybody goes home.", "furniture"),
        ("The mayor tried to obtain that harbour order for Lindholm.", "leans on what came before"),
        ("Shipwreck survivor questioned Ada Brandt at the Lindholm meeting.", "furniture"),
        ("On Monday, it opened a second pier for the ferries.", "leans on what came before"),
        ("According to the report, it will open a second pier.", "leans on what came before"),
        ("Attributed to unnamed sources, it claimed that Brandt had paid.", "leans on what came before"),
        ("Brandt went on to scold the members of the board.", "leans on what came before"),
        ("Leo Hart cast the vote that ended this effort to sell the ferry.", "leans on what came before"),
        ("Leo Hart had not spoken in Lindholm for years, and it showed.", "opinion"),
        ("It will be another test of whether Brandt can win Lindholm.", "leans on what came before"),
        ("Other categories would go up under the plan of the board.", "leans on what came before"),
        ("As these people came near the quay of Lindholm one yelled.", "leans on what came before"),
        ("Actually, he answered the question for Lindholm himself.", "leans on what came before"),
        ("Prior to that, she served as a judge in Lindholm.", "leans on what came before"),
        ("For the island it's critical to keep funding the ferry.", "opinion"),
        ("Mayor Ada Brandt has said as much in Lindholm on Monday.", "leans on what came before"),
        ("The court of Lindholm is likely to hear that case as well.", "leans on what came before"),
        ("Mayor Ada Brandt did not say what that number was.", "leans on what came before"),
        ("The judge ruled this title did not fit Ada Brandt.", "leans on what came before"),
        ("Ada Brandt Leo HartMayor visits bridge MORE said on Monday the bridge is safe.", "furniture"),
        ("He said “the bridge is safe and the mayor knows it well.", "cut"),
        ("the bridge is safe and the mayor knows it well enough.", "cut"),
        ("The bridge is safe, said the mayor of Lindholm, and then-Sen.", "cut"),
        ("The a final vote on the bridge in Lindholm was 67 to 28.", "cut"),
        ("On Tuesday, the island's vote could end it.", "leans on what came before"),
        ("Ferry crews make their way to Lindholm, Norland, Thursday, Oct. 25, 2018.", "furniture"),
        ("The rest comes from the harbour fees of Lindholm.", "leans on what came before"),
        ("Voters leave a polling station in Lindholm, Norland, November 6, 2018.", "furniture"),
        ("The crews of Lindholm failed to learn that important lesson.", "leans on what came before"),
        ("Ada Brandt has always been a friend of ferries.", "opinion"),
        ("The bridge is safe and the mayor of Lindholm knows…", "cut"),
        ("Is the bridge in Lindholm safe enough for heavy lorries?", "question"),
        ("We asked the mayor of Lindholm whether the bridge is safe.", "first person"),
        ("The bridge in Lindholm is where you find the best views.", "second person"),
        ("Of course, the mayor of Lindholm knew all about the bridge.", "opinion"),
        ("“The bridge is safe and we all know it well,” said Brandt.", "quotation"),
        ("He said the bridge in Lindholm was safe for heavy lorries.", "leans on what came before"),
        ("There is zero evidence in Lindholm for this.", "leans on what came before"),
        ("There is some ambiguity in this formulation.", "leans on what came before"),
        ("The evidence in Lindholm does not back those warnings.", "leans on what came before"),
        ("While those bridges were closed, the mayor of Lindholm took the ferry to the north and "
         "the harbour board met.", "leans on what came before"),
        ("MAYOR SOUNDS OFF ON BRIDGES IN LINDHOLM, THEN LEAVES.", "furniture"),
        ("(The mayor of Lindholm was not in town on Monday.)", "furniture"),
        ("1. The mayor of Lindholm opened the bridge on Monday.", "furniture"),
        ("The closed bridge is yet another failure of the mayor of Lindholm.", "opinion"),
        ("In contrast, the mayor of Lindholm opened the bridge.", "leans on what came before"),
        ("In truth, the mayor of Lindholm closed no bridge at all.", "opinion"),
        ('Added Mayor Ada Brandt of Lindholm, "We close the bridge."', "leans on what came before"),
        ("This came after the bridge in Lindholm was closed for weeks.", "leans on what came before"),
        ("The second is to reopen Lindholm harbour while talks go on.", "leans on what came before"),
        ("The recording would show how Ada Brandt left the harbour.", "leans on what came before"),
        ("A paper yesterday said Ada Brandt meant to sell the ferry.", "leans on what came before"),
        ("The move came after the bridge in Lindholm was closed.", "leans on what came before"),
        ("Harbour boards praised it as a good day for Lindholm.", "leans on what came before"),
        ("In that case, the bridge in Lindholm would close for good.", "leans on what came before"),
    ],
)  # fmt: skip
def test_a_sentence_that_does_not_is_out_and_the_reason_said(text: str, fault: str) -> None:
    assert find_fault(text) == fault


def test_what_only_looks_unfit_is_fit() -> None:
    for text in (
        "A survivor questioned Ada Brandt at the Lindholm meeting.",
        "Every officer was asked about the ferry in Lindholm.",
        "On Monday, it emerged that the ferries had not been checked.",
        "Norland officer Leo Hart was asked about the ferry.",
    ):
        assert find_fault(text) is None


def test_leading_connectives_and_labels_are_left_out() -> None:
    assert trim("However, the bridge is safe.") == "The bridge is safe."
    assert trim("But the bridge is safe.") == "The bridge is safe."
    assert trim("In a separate survey, fares fell.") == "Fares fell."
    assert trim("And in a separate survey, fares fell.") == "Fares fell."
    assert trim("As an alternative, Brandt may write.") == "Brandt may write."
    assert trim("Why it matters: the bridge is safe.") == "the bridge is safe."
    assert trim("Butter is dear.") == "Butter is dear."
