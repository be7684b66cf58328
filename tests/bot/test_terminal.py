"""The terminal shows what a chat would."""

from __future__ import annotations

from rich.console import Console

from bot.terminal import digest_to_terminal, story_to_terminal, to_text
from summarizer.models import Reading
from tests.bot.reports import FERRY, VISIT, digest, told


def test_the_terminal_shows_the_messages_with_their_buttons() -> None:
    console = Console(width=100)
    update = told(FERRY, update=True)
    with console.capture() as shown:
        console.print(digest_to_terminal(digest(told(VISIT), updates=[update])))
    text = shown.get()
    assert text.startswith("Diplomacy · Tue 21 Mar, 07:00\n\n1. Xi Jinping meets Vladimir Putin")
    assert "[2] Tribune\n\nRead 214 articles" in text
    assert "\n[1]\n───" in text
    assert "─\nUpdate · Ferry runs aground off Lindholm\n" in text
    assert "[More]" in text


def test_numbers_are_links_in_the_terminal_too() -> None:
    text = to_text('<b>A &amp; b</b> <a href="https://tribune.example.org/2">[2]</a>')
    assert text.plain == "A & b [2]"
    assert [str(span.style) for span in text.spans] == [
        "bold",
        "cyan link https://tribune.example.org/2",
    ]


def test_one_story_has_no_buttons_in_the_terminal() -> None:
    console = Console(width=100)
    with console.capture() as shown:
        console.print(story_to_terminal(digest(told(VISIT), topics=[], reading=Reading())))
    assert shown.get().startswith("Xi Jinping meets Vladimir Putin in Moscow\n")
    assert "\n[1]\n" not in shown.get()
