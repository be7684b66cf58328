"""What of a page is its furniture, and what is news that looks like it."""

from __future__ import annotations

import pytest

from summarizer.collecting.extracting import extract_html
from summarizer.collecting.furnishing import clean_paragraphs, is_furniture
from tests.summarizer.html_pages import PROSE, page


@pytest.mark.parametrize(
    "line",
    [
        "READ MORE: Storm warning lifted for the west",
        "Read more about the storm",
        "Related: How safe are old ferries?",
        "SEE ALSO: The ten largest dams",
        "Watch: The moment the ferry struck",
        "More on this story",
        "DON’T MISS",
        "Story continues below advertisement",
        "ADVERTISEMENT",
        "Advertisement - scroll to continue",
        "Image caption The ferry on the rocks",
        "Photo by Petra Holm",
        "The ferry on the rocks near Lindholm. (Petra Holm/AFP via Getty Images)",
        "The ferry on the rocks near Lindholm Credit: AFP",
        "FILE PHOTO: The ferry in June. REUTERS/Petra Holm",
        "Getty Images",
        "© 2026 The Northern Courier",
        "Copyright 2026 The Example Press. All rights reserved.",
        "By Mara Ellison",
        "By Mara Ellison and Joren Pohl, Staff Writers",
        "By Mara Ellison in Vesterby",
        "Published by Harbourwatch",
        "Updated on 2 March 2026",
        "March 2, 2026 8:15 AM",
        "2 de março de 2026 às 08:15",
        "(Reporting by Mara Ellison; editing by Joren Pohl)",
        "Joren Pohl contributed reporting from Vesterby.",
        "Write to Mara Ellison at mara@courier.example",
        "Tags: ferry, Lindholm",
        "5 min read",
        "The post Ferry aground appeared first on The Courier.",
        "Leave a Reply",
        "12 comments",
        "Comments are closed",
        "One thought on “Ferry aground",
        "Please enter your name hereDesign a site",
        "You are commenting using your account. Log Out / Change )",
        "Fill in your details below or click an icon to log in: Logo",
        "Connecting to %s",
        "%d bloggers like this:",
        "Share this article",
        "Follow us on Twitter",
        "Follow The Courier on Facebook and Instagram for more.",
        "You can follow all the latest developments on our live blog.",
        "Sign up for our free newsletter.",
        "Get the day’s news straight to your inbox.",
        "Click here for more information.",
        "If you enjoyed this article, join us today.",
        "Become a member today.",
        "This site uses Akismet to reduce spam.",
        "We use cookies to make this site better.",
        "Your browser does not support video.",
        "Design a site like this with",
        "Get started",
        "Mara Ellison · 3 March 2026, 12:30 · 3 min read",
        "Mara Ellison | 2 March 2026",
        "Von Mara Ellison | 3. März 2026, 12:30 Uhr",
        "Opinion • 4 minutes",
        "Petra Holm lifts the Northern Cup. (Ledger photo)",
        "A ferry in the harbour of Olm (file photo)",
        "The harbour at dawn. [Picture: the yard]",
        "Do you have a story for us? Call our newsdesk.",
        "Have your say in the comments below.",
        "Like what you are reading?",
        "Support local journalism: join the Courier from 3 crowns a week.",
        "More on this: Tugs free the ferry; minister orders checks on the ships of the line",
        "Lesen Sie auch: Der Damm hält",
    ],
)
def test_furniture_is_known_by_its_words(line: str) -> None:
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "Photos from the scene showed smoke rising over the harbour.",
        "The minister declined to comment, sources told Reuters.",
        "Advertising revenue at the newspaper fell by a fifth, it said on Monday.",
        "By Monday the water had fallen by two metres, the board said.",
        "Published in 1998, the book sold more than a million copies.",
        "Powered by a new engine, the ship can reach 30 knots, the yard said.",
        "Ukraine wants to become a member of the alliance within five years.",
        "He urged people to join the march in a message on Facebook.",
        "Police told them to follow the officers to the station.",
        "More people were killed on Tuesday, officials said.",
        "Loading docks were closed after the storm.",
        "Topics at the talks included trade and fishing rights.",
        "A picture of the house was shown in court.",
        "“What do you think of me?” he asked the judge.",
        "The source: a former clerk who kept the papers for years.",
        "Comments by the minister angered the opposition.",
        "Related companies were searched as well, prosecutors said.",
        "The company said it may not be able to pay its debts.",
        "Voters will have their say on Sunday.",
        "Residents may have their say at the council’s meeting on Monday.",
        "Email records show that the minister knew, prosecutors said.",
        "He sent her a letter (and a picture).",
        "The film won twice. (It is also the best picture.)",
        "Best drama: The Harbour (motion picture)",
        "The Greens | 24 per cent",
        "“Have you got a story for me?” he asked the clerk.",
    ],
)
def test_news_is_not_taken_for_furniture(line: str) -> None:
    assert not is_furniture(line)


def test_an_appeal_inside_a_paragraph_goes_alone() -> None:
    news = "The dam was holding on Tuesday, the water board said."
    pointer = "You can follow all the latest developments on our live blog."
    assert clean_paragraphs([f"{pointer} {news}"]) == [news]
    assert clean_paragraphs([f"{news} Sign up for our newsletter here. {news}"]) == [
        f"{news} {news}"
    ]
    long = " ".join([news] * 6)
    assert clean_paragraphs([f"{long} (Petra Holm/Reuters)"]) == [long]
    assert clean_paragraphs([f"{news} ADVERTISEMENT {news} (Read more: The dam in pictures)"]) == [
        f"{news} {news}"
    ]


def test_a_question_that_leads_to_an_appeal_goes_with_it() -> None:
    news = "The dam was holding on Tuesday, the water board said."
    for box in (
        "Is it time to ban old ferries? Have your say in the comments below.",
        "Was it the best final ever? Vote in our poll.",
        "Enjoyed the read so far? Click here to get more of it.",
        "Olm Herald. This material may not be published, broadcast or rewritten.",
        "Seen something? Email tips@olm.example or call us.",
    ):
        assert clean_paragraphs([news, box]) == [news]
    asked = "Will it hold? The board thinks so."
    assert clean_paragraphs([news, asked, "Is that all?"]) == [news, asked, "Is that all?"]


def test_labels_above_an_article_are_not_text_and_headings_within_it_are() -> None:
    news = "The dam was holding on Tuesday morning, the water board said."
    assert clean_paragraphs(["Business", news, "Outlook", f"{news} Rain eased."]) == [
        news,
        "Outlook",
        f"{news} Rain eased.",
    ]
    assert clean_paragraphs(["World", "Olm valley", news]) == [news]
    results = ["GIRLS BASKETBALL", "Olm d. Lindholm 70-44"]
    assert clean_paragraphs(results) == results


def test_a_name_in_brackets_behind_a_short_paragraph_marks_a_picture() -> None:
    news = "The dam was holding on Tuesday morning, the water board said."
    caption = "Rescue crews at the harbour. (Northline for Olm Herald)"
    assert clean_paragraphs([caption, news]) == [news]
    assert clean_paragraphs([news, "Rain eased at noon. (SDA)"]) == [news, "Rain eased at noon."]
    heard = "“I have no idea at all.” (Laughs)"
    assert clean_paragraphs([heard, news]) == [heard, news]


def test_captions_are_known_by_their_place_in_the_page() -> None:
    caption = "The yard in Olm employs most of the town and is about to close its gates."
    text = "".join(f"<p>{PROSE}Part {n}.</p>" for n in range(5))
    for marked in (
        f'<figure><img src="a.png"><figcaption><p>{caption}</p><p>Mara E</p></figcaption></figure>',
        f'<p class="wp-caption-text">{caption}</p>',
        f'<p class="cutline">{caption}</p>',
    ):
        extracted = extract_html(page(f"<h1>Yard</h1>{marked}{text}"))
        assert extracted.text.startswith("The council of Olm")
        assert "employs" not in extracted.text
    whole = extract_html(page(f'<div class="has-caption">{text}</div>'))
    assert whole.text.count("Part") == 5


def test_lists_of_other_stories_end_where_the_text_goes_on() -> None:
    news = "The dam was holding on Tuesday morning, the water board said."
    listed = ["Related stories", "Olm wins the cup", "Ten soups for cold evenings"]
    assert clean_paragraphs([news, *listed, f"{news} Rain eased."]) == [news, f"{news} Rain eased."]
    assert clean_paragraphs([news, *listed]) == [news]


def test_a_heading_of_what_was_cut_goes_with_it() -> None:
    news = "The dam was holding on Tuesday morning, the water board said."
    assert clean_paragraphs([news, "Stay in touch", "Follow us on Twitter"]) == [news]
    assert clean_paragraphs([news, "Outlook", f"{news} Rain eased."])[1] == "Outlook"


def test_the_title_an_authors_name_and_repetitions_are_not_text() -> None:
    news = "The dam was holding on Tuesday morning, the water board said."
    paragraphs = ["Dam at Upper Olm holds", "MARA ELLISON", news, news]
    assert clean_paragraphs(
        paragraphs, title="Dam at Upper Olm holds", authors={"mara ellison"}
    ) == [news]
    assert (
        clean_paragraphs([news], outside={"thedamwasholdingontuesdaymorningthewaterboardsaid"})
        == []
    )


def test_an_author_box_at_the_end_is_not_text() -> None:
    news = "The dam was holding on Tuesday morning, the water board said."
    body = [f"{news} Part {n}." for n in range(4)]
    bio = "Mara Ellison is a reporter who covers dams and rivers."
    assert clean_paragraphs([*body, bio]) == body
    assert clean_paragraphs([*body, "Mara Ellison writes about dams for the Herald."]) == body
    assert clean_paragraphs([bio, *body]) == [bio, *body]
