# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

import re

import pytest

from summarizer.errors import ModelError
from summarizer.writing import syntax
from summarizer.writing.aligning import Alignment
from summarizer.writing.gaps import find_gaps, kept_tokens
from summarizer.writing.pruning import prune
from summarizer.writing.structure import Structure, is_fragment
from summarizer.writing.syntax import Parser


def structure(parser: Parser, text: str) -> Structure:
    [tree] = parser.parse([text])
    return Structure(tree)


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        (
            "Mayor Ada Brandt, who took office in May, closed the harbour of Lindholm on Monday.",
            "Mayor Ada Brandt closed the harbour of Lindholm on Monday.",
        ),
        (
            "The harbour board -- long an ally of the mayor -- was told of the plan on Monday.",
            "The harbour board was told of the plan on Monday.",
        ),
        (
            "The harbour board closed the port of Lindholm to all ferries on Monday night, leaving hundreds of travellers without a way home.",
            "The harbour board closed the port of Lindholm to all ferries on Monday night.",
        ),
        (
            "A ferry struck a reef off Lindholm on Friday, and all 212 people were taken off in heavy seas, the coastguard says.",
            "A ferry struck a reef off Lindholm on Friday, the coastguard says.",
        ),
        (
            "Ada Brandt, 19, cut a fence and shot at boats, seemingly at random, with a rifle, police chief Leo Hart said.",
            "Ada Brandt, 19, cut a fence and shot at boats with a rifle, police chief Leo Hart said.",
        ),
        (
            "Senators Ada Brandt, Leo Hart and Marit Osgood, all Republicans, have each said they would vote against the bridge.",
            "Senators Ada Brandt, Leo Hart and Marit Osgood have each said they would vote against the bridge.",
        ),
        (
            "The mayor won a large part of the town of Lindholm with big, bold promises.",
            "The mayor won a large part of the town of Lindholm with big promises.",
        ),
        (
            "Two tugs pulled the ferry off the reef at 05:05 on Monday, 30 hours after it ran aground.",
            "Two tugs pulled the ferry off the reef at 05:05, 30 hours after it ran aground.",
        ),
        (
            "The mayor said on Monday that the “old” bridge of Lindholm would be closed to cars.",
            "The mayor said that the “old” bridge of Lindholm would be closed to cars.",
        ),
        (
            "The harbour board said on Monday that its ferries were the slowest in the country.",
            "The harbour board said that its ferries were the slowest in the country.",
        ),
        (
            "The board suspended Captain Ada Brandt for seven days on Monday night for leaving the ferry.",
            "The board suspended Captain Ada Brandt for seven days for leaving the ferry.",
        ),
        (
            "The board of Lindholm will not take up the case of Brandt v. Falk, which is about the ferries, filings showed.",
            "The board of Lindholm will not take up the case of Brandt v. Falk, filings showed.",
        ),
    ],
)
def test_what_a_sentence_can_do_without_is_left_out(
    parser: Parser, text: str, shorter: str
) -> None:
    assert shorter in prune(structure(parser, text))


@pytest.mark.parametrize(
    "text",
    [
        "The harbour board closed the port of Lindholm to every ferry.",
        "Flooding on the island of Lindholm has reached catastrophic levels.",
        "The mayor is only aboard the ferry of Lindholm because the board had asked the captain for help.",
        "President Ada Brandt said in a late night Tweet that she would keep the port of Lindholm open.",
        "The mayor will not resign because of the storm that broke the bridge of Lindholm.",
        "The port of Lindholm will be closed unless the two ferries leave it.",
        "The mayor of Lindholm did not publicly speak against the bridge of the island.",
        "The calls to the two ferries of Lindholm occurred while the harbour was under repair.",
        "The bill cuts two taxes on boats, raises the age for fishing, lowers a fee and pays a bonus.",
        "An engine alarm sounded twice on the ferry in the two hours before it ran aground off Lindholm.",
    ],
)
def test_what_is_needed_stays(parser: Parser, text: str) -> None:
    assert prune(structure(parser, text)) == []


@pytest.mark.parametrize(
    ("text", "written", "lost"),
    [
        (
            "The institute has not said what the vaccine will cost.",
            "The institute has not said the vaccine will cost.",
            "left out: 'what'",
        ),
        (
            "The mayor called for peace and received threats.",
            "The mayor called for peace, received threats.",
            "left out: 'and'",
        ),
        (
            "Ada Brandt won the vote on the final Ferry Tuesday of the year.",
            "Ada Brandt won the vote on the final Ferry of the year.",
            "left out: 'Tuesday'",
        ),
        (
            "The board said that sharing this video was no mistake of Ada Brandt.",
            "The board said that sharing video was no mistake of Ada Brandt.",
            "left out: 'this'",
        ),
        (
            "Vice President Ada Brandt opened the bridge of Lindholm.",
            "Vice Ada Brandt opened the bridge of Lindholm.",
            "left out: 'President'",
        ),
    ],
)
def test_a_form_that_lost_what_had_to_stay_is_refused(
    parser: Parser, text: str, written: str, lost: str
) -> None:
    own = structure(parser, text)
    assert lost in find_gaps(own, kept_tokens(Alignment(written, text), own.tree))


def test_the_comma_that_closes_a_place_goes_with_it(parser: Parser) -> None:
    text = (
        "Captain Ada Brandt pleaded guilty to charges of desertion before the enemy after a short "
        "hearing at Fort Lind, North Arlund, on Monday after doubts about the trial."
    )
    assert not any("enemy, on Monday" in form for form in prune(structure(parser, text)))


def test_a_day_stays_on_which_something_did_not_happen(parser: Parser) -> None:
    text = "The council of Lindholm did not vote on Monday on the bridge of the island."
    assert all("Monday" in form for form in prune(structure(parser, text)))


def test_a_day_stays_that_is_to_come_or_all_that_is_said(parser: Parser) -> None:
    text = "The new tariffs on ferries from Norland are scheduled to go into effect on Monday."
    assert all("Monday" in form for form in prune(structure(parser, text)))
    text = (
        "The budget of the harbour board, released on Monday, recommends cuts of 4 million crowns."
    )
    assert not any("released," in form for form in prune(structure(parser, text)))


def test_no_part_goes_that_a_verb_behind_it_still_needs(parser: Parser) -> None:
    text = (
        "The financial regulator has opened an inquiry into Tessera after a failure at the company "
        "stopped most card payments in Sundmark for more than six hours on Tuesday."
    )
    assert not any("Tessera stopped" in form for form in prune(structure(parser, text)))


def test_a_verb_behind_what_goes_keeps_its_subject_its_comma_and_its_and(parser: Parser) -> None:
    text = (
        "The mayor won a vote in the council, bringing to a close a row that split the island, "
        "tested its patience and fed the race for the harbour board."
    )
    assert not any("council tested" in form for form in prune(structure(parser, text)))
    text = (
        "The vaccine made by two firms was safe and produced a response in early trials, data "
        "showed on Monday, keeping alive the hope that it is used by the end of the year."
    )
    assert not any("safe produced" in form for form in prune(structure(parser, text)))


def test_an_adjective_stays_that_an_article_before_a_number_needs(parser: Parser) -> None:
    text = "Mayor Ada Brandt signed a whopping 28 orders about the ferries of Lindholm on Monday."
    assert not any("a 28" in form for form in prune(structure(parser, text)))


def test_the_year_of_what_was_stays(parser: Parser) -> None:
    text = "In 2016, 93% of the voters of Lindholm were members of the ferry club of the island."
    assert all("2016" in form for form in prune(structure(parser, text)))


def test_an_apposition_goes_with_its_bracket_and_both_commas(parser: Parser) -> None:
    text = (
        "Arlund, D.C., judge Ada Brandt decided the government violated the Ferry Reform Act (FRA) "
        "when Hart, the current secretary of the Department of Island Safety (DIS), was appointed."
    )
    forms = prune(structure(parser, text))
    assert not any("Hart, was" in form or "Arlund, judge" in form for form in forms)


def test_a_comma_stays_before_who_says_so(parser: Parser) -> None:
    text = (
        "Harbour Secretary Leo Hart is expected to sign an order sending the boats to the island, "
        "bolstering coastguard forces already there, an official said Thursday."
    )
    forms = prune(structure(parser, text))
    assert any(form.endswith("island, an official said.") for form in forms)
    assert not any("island an official" in form for form in forms)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (
            "The fire closed nine of the piers of the harbour, while six more were kept open for "
            "ferries, say Norland inspectors.",
            r"harbour say",
        ),
        (
            "Harbour members, led by Board Chair Leo Marsh and Norland Sens. Chris Van Holm and "
            "Ben Hart, moved on Thursday to hear the case of the pilots at once, only for Mayor "
            "Jon Lund to refuse it.",
            r"members\. Chris",
        ),
        (
            "Mayor Ada Brandt opened the year by naming the harbour board lazy, decrying its plans "
            "for a bridge, promising “a ferry an hour for all,” and then asking the port to pay it.",
            r"lazy promising|all[,.”]+$",
        ),
        (
            "In Lindholm, pilots faced doubts Monday not only about their timetable for winter this "
            "year, but also whether they were handing the captains a chance to run the port in March.",
            r"not only(?!.* but )",
        ),
        (
            "The harbour master found the missing bell under the pier one morning in June – and a "
            "week later that bell rang in the tower again.",
            r"–\.$",
        ),
    ],
)
def test_no_form_breaks_off(parser: Parser, text: str, broken: str) -> None:
    assert not any(re.search(broken, form) for form in prune(structure(parser, text)))


def test_a_date_does_not_begin_what_is_left_and_no_comma_ends_it(parser: Parser) -> None:
    text = "On Friday, Nov. 2, the government of Norland issues the report on jobs in the harbours."
    assert not any(form.startswith("Nov.") for form in prune(structure(parser, text)))
    text = "Mayor Ada Brandt called for the removal of the board from office, on Wednesday."
    assert not any(form.endswith(",.") for form in prune(structure(parser, text)))


def test_the_comma_stays_that_a_longer_part_ends_in(parser: Parser) -> None:
    text = (
        "The New Ferry Party, led by Ada Brandt, the first captain of a big party in Norland, won "
        "24 seats."
    )
    forms = prune(structure(parser, text))
    assert not any("led by Ada Brandt won" in form for form in forms)


def test_a_list_of_verbs_keeps_its_and(parser: Parser) -> None:
    text = (
        "Leo Hart, in his role as lawyer of the board, has copped to misleading reporters, admitted "
        "he made false statements on the radio and generally caused trouble for the mayors."
    )
    assert all(
        "and generally caused" in form
        for form in prune(structure(parser, text))
        if "admitted" in form
    )


def test_the_evening_before_keeps_what_it_was_before(parser: Parser) -> None:
    text = "The log of the ferry records two alarms on the evening before it ran aground off Lind."
    assert not any(form.endswith("evening.") for form in prune(structure(parser, text)))


def test_brackets_go_whole(parser: Parser) -> None:
    text = "Councillor Ada Brandt (L-NO) called for Mayor Leo Hart (D-CA) to resign after a vote."
    forms = prune(structure(parser, text))
    assert forms
    assert all(form.count("(") == form.count(")") for form in forms)


def test_a_whole_form_has_no_gaps(parser: Parser) -> None:
    text = "Mayor Ada Brandt, who took office in May, closed the harbour of Lindholm on Monday."
    own = structure(parser, text)
    for written in (text, "Mayor Ada Brandt closed the harbour of Lindholm."):
        assert find_gaps(own, kept_tokens(Alignment(written, text), own.tree)) == []


def test_what_hangs_on_the_sentence_before_is_a_fragment(parser: Parser) -> None:
    caption = "Mayor Ada Brandt during a news conference on the bridge in Lindholm, December 10."
    trees = parser.parse(
        [
            "The ferry sank on Monday.",
            "Because the ferry sank on Monday.",
            caption,
            "Mayor Ada Brandt visiting the harbour to mark the day of the bridge in Lindholm.",
            "Mayor Ada Brandt aboard the ferry on Friday, where she spoke of the bridge.",
            "",
        ]
    )
    assert [is_fragment(tree) for tree in trees] == [False, *[True] * 5]


def test_an_adverb_that_says_what_kind_stays(parser: Parser) -> None:
    text = "The board of Lindholm told the mayor on Monday about publicly funded ferries."
    assert not any("about funded" in form for form in prune(structure(parser, text)))


def test_a_text_too_long_to_be_a_sentence_is_not_parsed(parser: Parser) -> None:
    [tree] = parser.parse(["The ferry sank. " * 100])
    assert tree.nodes == ()


def test_other_weights_than_the_reviewed_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(syntax.SHA256, "parser/model", "0" * 64)
    with pytest.raises(ModelError, match="is not the reviewed one"):
        Parser.load()
    monkeypatch.setitem(syntax.SHA256, "parser/absent", "0" * 64)
    monkeypatch.setattr(syntax, "SHA256", {"parser/absent": "0" * 64})
    with pytest.raises(ModelError, match="incomplete"):
        Parser.load()
    monkeypatch.setattr(syntax, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="not installed"):
        Parser.load()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (
            "The harbour board on Monday closed the old bridge in Lindholm for three weeks.",
            "On Monday, the harbour board closed the old bridge in Lindholm for three weeks.",
        ),
        (
            "Mayor Ada Brandt said late Tuesday that the bridge in Lindholm would stay closed.",
            "Late Tuesday, Mayor Ada Brandt said that the bridge in Lindholm would stay closed.",
        ),
    ],
)
def test_the_day_comes_first(parser: Parser, text: str, form: str) -> None:
    assert form in prune(structure(parser, text))


@pytest.mark.parametrize(
    "text",
    [
        "Mayor Ada Brandt said the bridge in Lindholm would be closed on Monday for repairs.",
        "The mayor on Monday said the bridge that was closed on Friday would open in May.",
        "Norwegian engineers on Monday closed the old bridge in Lindholm for three weeks.",
        "Frustrated Lindholm voters on Monday banged on the closed doors of the town hall.",
        "The talks Tuesday are the board's first on ferries since Mayor Ada Brandt's departure and replacement by Mayor Leo Hart.",
        "Asked about it, the harbour board that met on Monday closed the old bridge at once.",
    ],
)
def test_a_day_that_may_be_anothers_stays(parser: Parser, text: str) -> None:
    assert not any(form.startswith("On ") for form in prune(structure(parser, text)))


def test_where_the_parser_finds_no_subject_nothing_goes(parser: Parser) -> None:
    text = "In a text, obtained by the Huff Post, Brandt, speaking about a ferry appears to be complaining that it was late."
    assert all("Brandt" in form for form in prune(structure(parser, text)))


def test_a_word_with_a_hyphen_goes_whole_or_not_at_all(parser: Parser) -> None:
    text = "The bill, which was co-sponsored by Sen. Ada Brandt, N-Lin., comes as the use of boats has risen across the country."
    assert not any(
        re.search(r"(?<!\w)-|-(?!\w)|\bco,", form) for form in prune(structure(parser, text))
    )


def test_a_bare_share_keeps_what_it_is_a_share_of(parser: Parser) -> None:
    text = "Among the senior crew, 36 percent are women of Lindholm, according to the captain."
    forms = prune(structure(parser, text))
    assert all("senior crew" in form for form in forms)
    kept = "Among the 212 on the ferry, a man from Arlund was hurt, according to the captain."
    assert any("212" not in form for form in prune(structure(parser, kept)))
