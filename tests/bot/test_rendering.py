"""What digests look like in a chat; each message is read by the rules of the test server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.markup import clean
from bot.rendering import Button, Form, Message, render_digest, render_report, with_note
from summarizer.models import Digest, Reading
from tests.bot.reports import (
    FERRY,
    NOW,
    SINGLE,
    VISIT,
    article,
    digest,
    report,
    sentence,
    told,
)
from tests.telegram_entities import Entity, read_text
from tests.telegram_keyboards import check_keyboard

LONDON = Form(timezone="Europe/London")


def read(message: Message) -> tuple[str, list[Entity]]:
    """Return the text and entities that Telegram would show."""
    buttons = [[{"text": b.text, "callback_data": b.data} for b in row] for row in message.keyboard]
    check_keyboard({"inline_keyboard": buttons}, private=True)
    return read_text(message.text, "HTML")


def texts(messages: Sequence[Message]) -> list[str]:
    return [read(message)[0] for message in messages]


# --- the form -------------------------------------------------------------------------------------


def test_a_digest_reads_as_promised() -> None:
    (message,) = render_digest(digest(told(VISIT), told(FERRY)), LONDON)
    assert (
        read(message)[0]
        == """\
Diplomacy · Tue 21 Mar, 07:00

1. Xi Jinping meets Vladimir Putin in Moscow
Xi arrived in Moscow on Monday for three days of talks. [2] \
The United States has accused China, which China has denied. [1]

2. Ferry runs aground off Lindholm
A ferry with 212 people on board ran aground on Sunday night. [3,4,5] \
No one was seriously hurt, the coastguard said. [3,5]
Sources differ · injured: 9 [3], 12 [4, later] · wind: 60 km/h [3], 75 km/h [5]
3 outlets, 2 independent reports · every sentence checked

Sources
[1] Herald
[2] Tribune
[3] Post
[4] Courier
[5] Times · summary only
Read 214 articles from 38 of 40 feeds (2 unreachable)."""
    )
    assert message.keyboard == (
        (
            Button(text="1", data=f"st:{VISIT.story_id}"),
            Button(text="2", data=f"st:{FERRY.story_id}"),
        ),
    )
    assert message.story_ids == (VISIT.story_id, FERRY.story_id)
    assert message.fact_ids == tuple(s.fact_id for r in (VISIT, FERRY) for s in r.sentences)
    assert not message.silent


def test_each_number_links_to_the_article_that_supports_the_sentence() -> None:
    (message,) = render_digest(digest(told(VISIT), told(FERRY)))
    text, entities = read(message)
    links = [(text[e.offset : e.offset + e.length], e.url) for e in entities if e.url]
    assert links[0] == (
        "1. Xi Jinping meets Vladimir Putin in Moscow",
        "https://herald.example.org/1",
    )
    numbers = [link for link in links if " " not in link[0]]
    assert numbers[:5] == [
        ("[2]", "https://tribune.example.org/2"),
        ("[1]", "https://herald.example.org/1"),
        ("[3", "https://post.example.org/1"),
        ("4", "https://courier.example.org/2"),
        ("5]", "https://times.example.org/3"),
    ]
    assert ("Courier", "https://courier.example.org/2") in links
    kinds = {text[e.offset : e.offset + e.length]: e.type for e in entities if not e.url}
    assert kinds["1. Xi Jinping meets Vladimir Putin in Moscow"] == "bold"
    assert "expandable_blockquote" in kinds.values()


def test_numbers_stay_where_links_are_off_or_an_address_is_none() -> None:
    assert "<a" not in render_digest(digest(told(FERRY)), Form(links=False))[0].text
    odd = [
        article(1, "None", url=None),
        article(2, "Local", url="http://localhost/x"),
        article(3, "Broken", url="http://[::1"),
        article(4, "Script", url="javascript:alert(1)"),
        article(5, "Long", url="https://example.org/" + "x" * 2000),
        article(6, "Fine", url='https://example.org/?a="b"&c=<d>'),
    ]
    story = report("Odd addresses", [sentence("They are odd.", 1, 2, 3, 4, 5, 6)], odd)
    (message,) = render_digest(digest(told(story)))
    text, entities = read(message)
    assert "They are odd. [1,2,3,4,5,6]" in text
    assert {e.url for e in entities if e.url} == {'https://example.org/?a="b"&c=<d>'}


def test_a_story_of_one_outlet_is_one_line() -> None:
    (message,) = render_digest(digest(told(VISIT), told(SINGLE, one_line=True)))
    assert "\n\n2. The council voted on Monday. [3] · one outlet\n" in read(message)[0]
    bare = replace(told(SINGLE, one_line=True), sentences=())
    (message,) = render_digest(digest(bare))
    assert "1. Council votes on the budget [1] · one outlet" in read(message)[0]
    (message,) = render_digest(digest(told(SINGLE)))
    assert "The council voted on Monday. [1]\none outlet · every sentence" in read(message)[0]


def test_updates_are_messages_of_their_own_that_reply_to_the_earlier_post() -> None:
    update = replace(told(FERRY, update=True), sentences=FERRY.sentences[1:])
    first, second = render_digest(digest(told(VISIT), updates=[update]))
    assert "Ferry" not in first.text
    text = read(second)[0]
    assert text.startswith(
        "Update · Ferry runs aground off Lindholm\n"
        "No one was seriously hurt, the coastguard said. [1,3]\n"
        "Sources differ · injured: 9 [1], 12 [2, later] · "
    )
    assert (second.reply_to_story, second.silent) == (FERRY.story_id, True)
    # What found no room is no news later: the chat got the story as it stands.
    assert set(second.fact_ids) == {sentence.fact_id for sentence in FERRY.sentences}
    assert second.keyboard == ((Button(text="More", data=f"st:{FERRY.story_id}"),),)
    assert "Read 214" not in text


def test_an_update_tells_no_difference_that_is_not_its_own() -> None:
    far = replace(FERRY, sentences=(sentence("The harbour opened again.", 2),))
    (message,) = render_digest(digest(updates=[told(far, update=True)]))
    text = read(message)[0]
    assert "injured" in text
    assert "wind" not in text
    assert text.endswith("Read 214 articles from 38 of 40 feeds (2 unreachable).")
    assert not message.silent


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("nothing_new", "Nothing new since Mon 20 Mar, 07:00. /digest shows the last 24 hours"),
        ("no_match", "None of the stories since Mon 20 Mar, 07:00 is about this. Try other words"),
        ("nothing_collected", "No articles could be read since Mon 20 Mar, 07:00. /status shows"),
    ],
)
def test_an_empty_digest_says_why_and_what_to_do(reason: str, words: str) -> None:
    (message,) = render_digest(digest(empty_reason=reason), LONDON)
    text = read(message)[0]
    assert text.startswith(f"Diplomacy · Tue 21 Mar, 07:00\n\n{words}")
    assert text.endswith("(2 unreachable).")
    assert message.silent


def test_the_header_names_topics_time_and_lateness() -> None:
    many = digest(told(VISIT), topics=["World", "Science", "A & B", "Music", "Art"])
    due = NOW - timedelta(hours=2)
    (message,) = render_digest(many, LONDON, scheduled_at=due, late=True)
    first = read(message)[0].splitlines()[0]
    assert first == "World, Science, A & B +2 · Tue 21 Mar, 05:00 · sent late"


def test_a_story_without_topics_has_no_header_and_no_number() -> None:
    (message,) = render_digest(digest(told(VISIT), topics=[], reading=Reading()))
    text = read(message)[0]
    assert text.startswith("Xi Jinping meets Vladimir Putin in Moscow\n")
    assert text.endswith("[2] Tribune")


@pytest.mark.parametrize(
    ("locale", "header", "skipped"),
    [
        ("en", "Tue 21 Mar, 08:00", "German 12, French 3"),
        ("de", "Di., 21. März, 08:00", "Deutsch 12, Französisch 3"),
        ("zh", "3月21日周二, 08:00", "德语 12, 法语 3"),
    ],
)
def test_dates_and_languages_are_named_in_the_chats_language(
    locale: str, header: str, skipped: str
) -> None:
    reading = Reading(articles=1, feeds_ok=1, feeds=1, skipped_languages={"fr": 3, "de": 12})
    form = Form(locale=locale, timezone="Europe/Berlin")
    (message,) = render_digest(digest(told(VISIT), reading=reading), form)
    text = read(message)[0]
    assert text.splitlines()[0] == f"Diplomacy · {header}"
    assert text.endswith(f"Read 1 article from 1 feed. Skipped for their language: {skipped}.")


def test_outlets_that_add_nothing_are_named_without_a_number() -> None:
    articles = [article(1, "Post"), article(2, "Wire"), article(3, "Echo"), article(4, "Post")]
    story = report("A", [sentence("It is so.", 1)], articles, independent=1)
    (message,) = render_digest(digest(told(story)))
    text = read(message)[0]
    assert "3 outlets, 1 independent report · every sentence checked" in text
    assert "[1] Post\nAlso read: Wire, Echo\n" in text


def test_text_from_outside_is_escaped_and_cleaned() -> None:
    story = report(
        "<b>Fish\u00a0&\u202e chips</b>",
        [sentence('He said "a\tb"\u200b\x00 &nbsp;\n\n<script>\ud800', 1)],
        [article(1, "A<i>B")],
    )
    (message,) = render_digest(digest(told(story), topics=["<topic>"]))
    text = read(message)[0]
    assert text.startswith("<topic> · ")
    assert '1. <b>Fish & chips</b>\nHe said "a b" &nbsp; <script> [1]\n' in text
    assert "[1] A<i>B" in text


def test_nothing_of_a_headline_or_name_left_still_makes_a_message() -> None:
    story = report("\u200b", [sentence("\u200b", 1)], [article(1, "\u200b")])
    (message,) = render_digest(digest(told(story), topics=["\u200b"]))
    assert "1. …\n" in read(message)[0]
    nameless = replace(story, articles=(article(1, "Echo"),))
    assert "1. Echo [1] ·" in texts(render_digest(digest(told(nameless, one_line=True))))[0]


def test_a_note_is_added_only_where_there_is_room() -> None:
    assert with_note("<b>News</b>", "Sent late.") == "<b>News</b>\n<i>Sent late.</i>"
    full = "a" * 4090
    assert with_note(full, "Sent late.") == full


# --- long ones ------------------------------------------------------------------------------------


def long_story(n: int, sentences: int, articles: int = 3, url: str = "") -> Digest:
    story = report(
        f"Story {n}",
        [
            sentence(f"Sentence {i} of story {n} says what {i} outlets said.", *range(1, articles))
            for i in range(sentences)
        ],
        [article(i, f"Outlet{i}", url=url and f"{url}{i}") for i in range(1, articles + 1)],
        story_id=f"story-{n}",
    )
    return digest(told(story))


def test_a_long_digest_goes_on_silently_at_a_border_between_stories() -> None:
    whole = digest(*(long_story(n, 12).stories[0] for n in range(1, 10)))
    messages = render_digest(whole)
    assert len(messages) > 1
    shown = texts(messages)
    for text in shown[1:-1]:
        assert re.match(r"\d\. Story \d\n", text)
    assert [m.silent for m in messages] == [False] + [True] * (len(messages) - 1)
    assert "".join(b.text for m in messages for row in m.keyboard for b in row) == "123456789"
    for message in messages[:-1]:
        assert f"{message.keyboard[0][0].text}. Story" in message.text
    assert shown[-1].endswith("(2 unreachable).")


def test_a_story_too_long_for_a_message_goes_on_at_a_sentence() -> None:
    messages = render_digest(long_story(1, 200))
    shown = texts(messages)
    for before, after in pairwise(shown):
        assert before.endswith("]")
        assert after.startswith(("Sentence", "3 outlets"))
    assert sum(text.count("Sentence") for text in shown) == 200
    assert [m.keyboard != () for m in messages] == [True] + [False] * (len(messages) - 1)
    assert len([f for m in messages for f in m.fact_ids]) == 200


def test_many_links_and_long_ones_are_spread_over_messages() -> None:
    for whole in (long_story(1, 3, 150), long_story(1, 9, 5, "https://e.org/" + "x" * 900)):
        messages = render_digest(whole)
        assert len(messages) > 1
        links = sum(message.text.count("<a ") for message in messages)
        assert sum(len([e for e in read(m)[1] if e.url]) for m in messages) == links > 0


anything = st.text(max_size=300) | st.text(alphabet="ab @#/.<&é\U0001f600", max_size=200)
long_text = st.builds(
    lambda text, times: text * times, st.text(min_size=1, max_size=40), st.integers(1, 400)
)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    stories = []
    for n in range(draw(st.integers(1, 6))):
        count = draw(st.integers(1, 5))
        urls = st.none() | st.just("") | anything | st.just("https://e.org/" + "y" * 1500)
        articles = [
            article(i, draw(anything), url=draw(urls) if i < 3 else "") for i in range(1, count + 1)
        ]
        said = draw(st.lists(anything | long_text, max_size=3))
        numbers = st.sets(st.integers(1, count), min_size=1)
        sentences = [sentence(text, *draw(numbers)) for text in said]
        story = report(draw(anything | long_text), sentences, articles, story_id=f"{n}")
        stories.append(told(story, one_line=draw(st.booleans())))
    cut = draw(st.integers(0, len(stories)))
    return digest(*stories[:cut], updates=stories[cut:], topics=draw(st.lists(anything)))


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(digests(), st.booleans())
def test_any_digest_is_taken_by_telegram_whole(whole: Digest, links: bool) -> None:
    messages = render_digest(whole, Form(links=links))
    everything = "".join("".join(text.split()) for text in texts(messages))
    for story in (*whole.stories, *whole.updates):
        for one in story.sentences:
            assert clean(one.text).replace(" ", "") in everything
    for message in messages:
        found = [e for e in read(message)[1] if e.type in {"bold", "text_link", "italic"}]
        assert len(found) == len(re.findall("<(?:b>|i>|a )", message.text))
    assert [m.silent for m in messages] == [False] + [True] * (len(messages) - 1)


# --- one story, with its evidence -----------------------------------------------------------------


def test_a_report_shows_each_sentence_with_the_words_of_each_outlet() -> None:
    (message,) = render_report(FERRY, LONDON)
    assert (
        read(message)[0]
        == """\
Ferry runs aground off Lindholm

1. A ferry with 212 people on board ran aground on Sunday night.
Post: As 1 put it: A ferry with 212 people on board ran aground on Sunday night. [1]
Courier: As 2 put it: A ferry with 212 people on board ran aground on Sunday night. [2]
Times: As 3 put it: A ferry with 212 people on board ran aground on Sunday night. [3]
2. No one was seriously hurt, the coastguard said.
Post: As 1 put it: No one was seriously hurt, the coastguard said. [1]
Times: As 3 put it: No one was seriously hurt, the coastguard said. [3]
Sources differ · injured: 9 [1], 12 [2, later] · wind: 60 km/h [1], 75 km/h [3]

3 outlets, 2 independent reports · every sentence checked

Articles
[1] Post · Mon 20 Mar, 20:00 · Post's title
[2] Courier · Mon 20 Mar, 21:00 · Courier's title
[3] Times · summary only · Mon 20 Mar, 22:00 · Times's title"""
    )
    assert message.story_ids == (FERRY.story_id,)


def test_a_report_without_differences_says_none() -> None:
    assert "Sources differ" not in texts(render_report(VISIT))[0]
