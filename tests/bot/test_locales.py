"""The catalogues say all that the code says, with the same values, tags and commands."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from bot.correcting import strike_out
from bot.forms import Form
from bot.languages import LANGUAGES, load_catalogue
from bot.texts import translator
from config.catalog import load_catalog
from summarizer.digests.matching import catalog_topics
from summarizer.rereading import Change
from tests.bot.catalogues import TRANSLATED, find_messages, read_catalogue
from tests.bot.conftest import NOON, Town

_TAG = re.compile(r"</?\w+>")


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def sources(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def values(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def commands(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w.<])/[a-z]+\b", _TAG.sub(" ", text)))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated_and_none_is_left_over(language: str) -> None:
    wanted = {sources(m) for m in find_messages() if m.id}
    catalogue = read_catalogue(language)
    kept = {sources(m) for m in catalogue if m.id and all(forms(m))}
    assert kept == wanted, "run python -m tests.bot.catalogues and translate what is missing"
    for message in catalogue:
        if isinstance(message.id, tuple):
            assert len(forms(message)) == catalogue.num_plurals, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_values_tags_and_commands_of_the_message(language: str) -> None:
    for message in read_catalogue(language):
        if not message.id:
            continue
        one, *_, many = (*sources(message), sources(message)[-1])
        for said in forms(message):
            assert values(said) in (values(one), values(many)), said
            assert sorted(_TAG.findall(said)) == sorted(_TAG.findall(many)), said
            assert commands(said) == commands(many), said


@pytest.mark.parametrize("language", TRANSLATED)
def test_descriptions_and_menus_fit_what_telegram_takes(language: str) -> None:
    _ = translator(language)
    short = _.plain("News digests from many outlets, every sentence with its sources.")
    long = _.plain(
        "I read many news outlets and tell you briefly and neutrally what happened: a few checked "
        "sentences a story, each with its sources. Press Start and choose a topic."
    )
    assert len(short) <= 120
    assert len(long) <= 512


def test_messages_within_f_strings_are_found() -> None:
    found = {m.id for m in find_messages()}
    assert {"every sentence checked", "summary only", "one outlet", "Articles", "Update"} <= found


def test_counts_take_the_forms_of_their_language() -> None:
    said = [translator("ru").plural("{n} story", "{n} stories", n) for n in (1, 3, 5, 21, 1000)]
    assert said == ["1 сюжет", "3 сюжета", "5 сюжетов", "21 сюжет", "1\xa0000 сюжетов"]
    assert translator("zh").plural("{n} story", "{n} stories", 1) == "1 条新闻"
    assert set(LANGUAGES) == {"en", *TRANSLATED}


def test_corrections_are_said_in_the_languages_of_the_chats() -> None:
    change = Change(story_ids=frozenset(), text="It fell.", outlet="Post", now_says=None)
    for language, said in (("de", "Korrigiert 12:00"), ("zh", "12:00 更正"), ("fr", "Corrigé")):
        form = Form(locale=language, timezone="UTC", texts=load_catalogue(language))
        assert said in strike_out("It fell.", change, form, NOON)


async def test_a_chat_is_served_in_its_language(town: Town) -> None:
    chat = town.server.private_chat()
    assert "Ab jetzt spreche ich hier Deutsch." in await town.ask(chat, "/lang de")
    assert "Was ich kann" in await town.ask(chat, "/help")
    assert "Fertig: Wissenschaft\nJeden Tag um 08:00." in await town.ask(
        chat, "/subscribe science 08:00"
    )
    await town.pass_time(hours=20)
    assert "Wissenschaft · Mi., 11. März, 08:00" in (await chat.wait_for_message("·")).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_that_share_a_row_are_short_enough_to_be_read_on_a_phone(language: str) -> None:
    _ = translator(language)
    topics = catalog_topics(load_catalog())[:3]
    of_three = [_.plain(text) for text in ("Time", "Add a time", "Days")] + [
        _.topic(topic) for topic in topics
    ]
    of_two = ["Digest now", "Change", "Remove", "Yes, delete all", "No, keep it", "Yes, remove"]
    of_two += ["✓ Following", "Follow story", "✓ Less like this"]
    assert max(map(len, of_three)) <= 12, of_three
    assert max(len(_.plain(text)) for text in of_two) <= 20
