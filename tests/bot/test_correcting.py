"""Cited pages are read again, and what they take back is corrected where it was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest

from bot.correcting import correct_messages, strike_out
from bot.forms import Form
from config.settings import load_settings
from summarizer.errors import StorageError
from summarizer.models import (
    EMBEDDING_WIDTH,
    Article,
    ArticleRef,
    Difference,
    DifferenceValue,
    Evidence,
    Story,
    derive_id,
)
from summarizer.reading import make_client
from summarizer.rereading import Change, Rereader, find_changes
from summarizer.sentences import split_sentences
from summarizer.storage import Storage, Subscription
from summarizer.storage.corrections import reread_times
from tests.bot.conftest import CATALOGUE, NOON, Town
from tests.bot.reports import report, sentence
from tests.telegram_chats import Chat
from tests.telegram_messages import Message
from tests.web_server import Request, WebServer, response

HOUR = timedelta(hours=1)
TEXT = (
    "A passenger ferry ran aground on a reef off the island of Lindholm late on Monday. "
    "The coastguard said nine people were injured when the ferry struck the reef. "
    "All passengers were taken off in heavy seas by two lifeboats from the harbour. "
    "The ferry company said it would pay for hotels and for the journey home."
)
NINE = "Nine people were injured when the ferry struck the reef, the coastguard said."
OFF = "Two lifeboats took all passengers off in heavy seas."
TWELVE = TEXT.replace("nine people", "twelve people")
FERRY = derive_id("ferry")


def page(text: str, *, etag: str = '"1"', title: str = "Ferry aground") -> bytes:
    return response(
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"<p>{text}</p></article></body></html>",
        ETag=etag,
        Content_Type="text/html; charset=utf-8",
    )


@dataclass
class Press:
    """An outlet's page of a story that a chat was told of."""

    web: WebServer
    town: Town
    chat: Chat
    digest: Message

    async def publish(self, answer: bytes) -> None:
        self.web.pages["/ferry"] = answer

    async def look(self, **how_long: float) -> None:
        """Let time pass, read what is due again and edit what has to be."""
        self.town.now += timedelta(**how_long)
        await self.town.app.rounds.reread()
        await self.town.app.editor.edit_due(self.town.now)

    @property
    def readings(self) -> list[Request]:
        return [request for request in self.web.requests if request.path == "/ferry"]


@pytest.fixture
async def press(resting: Town, request: pytest.FixtureRequest) -> AsyncIterator[Press]:
    """A chat in Berlin that got its digest at noon UTC, of one story with one page."""
    title: str = getattr(request, "param", "Ferry aground")
    town = resting
    await town.start(DIGEST_STORIES__MIN_OUTLETS="1")
    settings = load_settings(environ={"DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true"})
    async with WebServer() as web, make_client(settings) as client:
        town.shelf.rereader = Rereader(settings=settings, storage=town.storage, client=client)
        web.pages["/ferry"] = page(TEXT, title=title)
        await store(town.storage, web.url("/ferry"), title)
        chat = town.server.private_chat()
        await town.ask(chat, "/timezone Europe/Berlin")
        await town.storage.chats.subscribe(
            Subscription(
                id="",
                chat_id=str(chat.id),
                topic=CATALOGUE[0],
                times=("13:00",),
                next_due_at=NOON,
                since=NOON - 24 * HOUR,
                created_at=NOON - HOUR,
            )
        )
        await town.pass_time(seconds=1)
        digest = await chat.wait_for_message(title)
        yield Press(web, town, chat, digest)


async def store(storage: Storage, url: str, title: str) -> None:
    article = Article(
        id="ferry",
        url=url,
        outlet="Post",
        title=title,
        text=TEXT,
        published_at=NOON - HOUR,
        fetched_at=NOON - HOUR,
    )
    await storage.articles.add([article], np.zeros((1, EMBEDDING_WIDTH), dtype=np.float32))
    await storage.articles.save_validators({"ferry": ('"1"', None)})
    await storage.stories.save(
        [
            Story(
                id=FERRY,
                article_ids=("ferry",),
                centroid=np.zeros(EMBEDDING_WIDTH, dtype=np.float32),
                opened_at=NOON - HOUR,
                updated_at=NOON - HOUR,
            )
        ]
    )
    said = split_sentences(TEXT)
    written = [
        replace(sentence(text), evidence=(Evidence(article_id="ferry", n=1, text=source),))
        for text, source in ((NINE, said[1]), (OFF, said[2]))
    ]
    cited = ArticleRef(
        id="ferry", n=1, outlet="Post", title=title, url=url, published_at=NOON - HOUR
    )
    told = report(title, written, [cited], story_id=FERRY)
    await storage.stories.save_report(
        replace(told, opened_at=NOON - HOUR, updated_at=NOON - HOUR, written_at=NOON - HOUR)
    )


async def test_a_sentence_that_its_page_takes_back_is_struck_out_where_it_was_sent(
    press: Press,
) -> None:
    buttons = press.digest.buttons
    await press.publish(page(TWELVE, etag='"2"'))
    await press.look(hours=1, minutes=5)

    corrected = await press.chat.wait_for_message("Corrected 14:05")
    assert corrected.id == press.digest.id
    assert f"<s>{NINE}</s>" in corrected.html
    assert "Post now says “The coastguard said twelve people were injured" in corrected.text
    assert f"<s>{OFF}" not in corrected.html, "that stands"
    assert corrected.buttons == buttons
    assert press.readings[-1].headers["if-none-match"] == '"1"'

    await press.look(hours=5)
    assert press.readings[-1].headers["if-none-match"] == '"2"'
    assert (corrected.edits, corrected.text.count("Corrected")) == (1, 1)


@pytest.mark.parametrize("press", ["Nine people injured as a ferry strikes a reef"], indirect=True)
async def test_a_headline_whose_figure_its_page_takes_back_is_struck_out_too(press: Press) -> None:
    headline = "Nine people injured as a ferry strikes a reef"
    later = headline.replace("Nine", "Twelve")
    await press.publish(page(TWELVE, etag='"2"', title=later))
    await press.look(hours=1, minutes=5)
    corrected = await press.chat.wait_for_message("Corrected 14:05")
    assert f"<s>{headline}</s></b> <i>Corrected 14:05: Post now says “{later}”</i>" in (
        corrected.html.replace("</a>", "")
    )
    assert corrected.text.count("Corrected") == 2, "the sentence too"
    [article] = (await press.town.storage.articles.get(["ferry"])).values()
    assert article.title == headline, "a feed's title is kept"


async def test_an_unchanged_page_is_asked_for_after_1_6_and_24_hours_and_never_again(
    press: Press,
) -> None:
    await press.publish(response(status=304))
    seen = []
    for hours in range(30):
        await press.look(hours=1 if hours else 0)
        seen.append(len(press.readings))
    assert [hour for hour in range(1, 30) if seen[hour] > seen[hour - 1]] == [1, 6, 24]
    assert press.digest.edits == 0


@pytest.mark.parametrize(
    "answer",
    [
        page(f"{TEXT} Tugs are on their way to the ferry, it said.", etag='"2"'),
        page(" ".join([split_sentences(TEXT)[0], *split_sentences(TEXT)[2:]]), etag='"2"'),
        page("Subscribe to read on: all our reporting for one crown a week."),
        response(status=404),
        response(status=410),
        response(status=503),
    ],
    ids=[
        "more was added",
        "a sentence was left out",
        "another text",
        "not found",
        "gone",
        "out of order",
    ],
)
async def test_what_still_stands_and_what_cannot_be_read_is_left_alone(
    press: Press, answer: bytes
) -> None:
    await press.publish(answer)
    await press.look(hours=2)
    assert len(press.readings) == 1
    assert press.digest.edits == 0


async def test_a_change_that_the_feed_brought_first_is_seen_too(press: Press) -> None:
    storage = press.town.storage
    [known] = (await storage.articles.get(["ferry"])).values()
    await storage.articles.add([replace(known, text=TWELVE)])
    await press.publish(response(status=304))
    await press.look(hours=1)
    assert (await press.chat.wait_for_message("Corrected 14:00")).id == press.digest.id


async def test_a_correction_that_was_broken_off_is_made_after_all_and_once(press: Press) -> None:
    storage = press.town.storage
    await press.publish(page(TWELVE, etag='"2"'))

    async def stop(changes: list[Change]) -> None:
        await correct_messages(changes, press.town.now, storage=storage)
        raise StorageError("the disk is full")

    press.town.now += HOUR
    assert press.town.shelf.rereader is not None
    with pytest.raises(StorageError):
        await press.town.shelf.rereader.reread(press.town.now, stop)
    await press.look()
    corrected = await press.chat.wait_for_message("Corrected 14:00")
    assert (corrected.edits, corrected.text.count("Corrected")) == (1, 1)


async def test_a_message_that_its_reader_deleted_is_left_alone(press: Press) -> None:
    del press.chat.history[press.digest.id]
    await press.publish(page(TWELVE, etag='"2"'))
    await press.look(hours=1)
    await press.look(minutes=30)
    calls = [c for c in press.town.server.calls if c.method == "editMessageText"]
    assert [call.refused for call in calls] == ["Bad Request: message to edit not found"]


async def test_an_edit_that_is_put_off_comes_later(press: Press) -> None:
    press.town.server.fail_next("editMessageText", retry_after=30)
    press.town.server.fail_next("editMessageText", status=502)
    await press.publish(page(TWELVE, etag='"2"'))
    await press.look(hours=1)
    assert press.digest.edits == 0
    await press.look(seconds=31)
    assert press.digest.edits == 0
    await press.look(minutes=2)
    assert press.digest.edits == 1


async def test_an_old_message_is_left_as_it_is(press: Press) -> None:
    await press.publish(page(TWELVE, etag='"2"'))
    press.town.now += 49 * HOUR
    await press.look()
    assert press.digest.edits == 0


def test_what_another_outlet_still_bears_out_stands() -> None:
    post, mail = article("ferry", text=TWELVE), article("mail", outlet="Mail")
    said = split_sentences(TEXT)[1]
    both = replace(
        sentence(NINE),
        evidence=tuple(Evidence(article_id=id, n=1, text=said) for id in ("ferry", "mail")),
    )
    told = [report("Ferry aground", [both], [ref("ferry", 1), ref("mail", 2)], story_id="s")]
    assert find_changes(told, {"ferry": post, "mail": mail}, post, post) == []
    mail = replace(mail, text=TWELVE)
    assert find_changes(told, {"ferry": post, "mail": mail}, mail, mail) == [
        Change(
            story_ids=frozenset("s"),
            text=NINE,
            outlet="Mail",
            now_says=split_sentences(TWELVE)[1],
        )
    ]


def article(
    id: str, *, outlet: str = "Post", title: str = "Ferry aground", text: str = TEXT
) -> Article:
    return Article(
        id=id,
        url=None,
        outlet=outlet,
        title=title,
        text=text,
        published_at=NOON,
        fetched_at=NOON,
    )


def ref(id: str, n: int) -> ArticleRef:
    return ArticleRef(id=id, n=n, outlet=id.title(), title="", url=None, published_at=NOON)


def test_the_figures_of_headlines_and_differences_are_looked_at_too() -> None:
    post = article("post", title="Nine people injured as a ferry strikes a reef")
    mail = article("mail", outlet="Mail", text=TWELVE)
    injured = Difference(
        about="injured",
        kind="conflict",
        values=(
            DifferenceValue(value="9", articles=(1,)),
            DifferenceValue(value="12", articles=(2,)),
        ),
    )
    told = report(
        post.title, [], [ref("post", 1), ref("mail", 2)], differences=[injured], story_id="s"
    )
    assert find_changes([told], {"post": post, "mail": mail}, post, post) == []
    now = replace(post, title="Twelve people injured as a ferry strikes a reef", text=TWELVE)
    changes = find_changes([told], {"post": now, "mail": mail}, now, post)
    assert [(c.text, c.is_headline, c.values, c.now_says) for c in changes] == [
        (post.title, True, (), now.title),
        ("injured", False, ("9", "12"), now.title),
    ]
    left_out = replace(post, title="Ferry aground", text=TEXT.replace("nine people", "people"))
    assert find_changes([told], {"post": left_out, "mail": mail}, left_out, post) == []
    again = replace(now, text=f"{TEXT} {TWELVE}")
    assert find_changes([told], {"post": again, "mail": mail}, again, post) == [], "says both"


def test_a_headline_and_a_difference_are_struck_out_where_they_stand() -> None:
    head = Change(
        story_ids=frozenset(),
        text="Nine hurt",
        is_headline=True,
        outlet="Post",
        now_says="12 hurt when the ferry struck a reef",
    )
    differ = Change(
        story_ids=frozenset(),
        text="hurt",
        values=("9", "12"),
        outlet="Post",
        now_says=head.now_says,
    )
    form = Form(timezone="UTC")
    note = "<i>Corrected 12:00: Post now says “12 hurt when the ferry struck a reef”</i>"
    html = (
        '<a href="https://a.example/x"><b>1. Nine hurt</b></a>\nNine hurt in all.\n'
        '<i>Sources differ</i> · hurt: 9 <a href="https://a.example/x">[1]</a>, 12 '
        '<a href="https://a.example/y">[2</a>, later] · wind: 60 km/h [1], 75 km/h [2]'
    )
    html = strike_out(html, head, form, NOON)
    assert f"<b>1. <s>Nine hurt</s></b></a> {note}\nNine hurt in all.\n" in html
    html = strike_out(html, differ, form, NOON)
    assert '· <s>hurt: 9 <a href="https://a.example/x">[1]</a>, 12</s> <a' in html
    assert f", later] {note} · wind: 60 km/h [1]" in html
    assert strike_out(strike_out(html, head, form, NOON), differ, form, NOON) == html
    full = f"<b>1. Nine hurt</b>{'x' * 4070}"
    assert strike_out(full, head, form, NOON) == full
    roomy = f"<b>1. Nine hurt</b>{'x' * 4044}"
    assert "says this no longer.</i></b>x" in strike_out(roomy, head, form, NOON)


@pytest.mark.parametrize("cites", ["", " [1,2]", ' <a href="https://a.example/x">[1]</a>'])
def test_a_struck_sentence_keeps_its_numbers_and_says_less_where_there_is_no_room(
    cites: str,
) -> None:
    change = Change(story_ids=frozenset(), text="It <fell>.", outlet="A & B", now_says="It rose.")
    form = Form(timezone="Asia/Tokyo")
    html = f"<b>Head</b>\nIt &lt;fell&gt;.{cites} More."
    note = "Corrected 21:00: A &amp; B"
    assert strike_out(html, change, form, NOON) == (
        f"<b>Head</b>\n<s>It &lt;fell&gt;.</s>{cites} <i>{note} now says “It rose.”</i> More."
    )
    room = 4096 - len(f"Head\nIt <fell>.{cites if '<' not in cites else ' [1]'} More.")
    full = html + "x" * (room - 40)
    assert f"<i>{note} says this no longer.</i> More." in strike_out(full, change, form, NOON)
    full = html + "x" * (room - 20)
    assert strike_out(full, change, form, NOON) == full


def test_the_times_of_many_digests_meet() -> None:
    at = NOON + timedelta(minutes=3)
    assert reread_times(at) == [NOON + HOUR, NOON + 6 * HOUR, NOON + 24 * HOUR]
