"""Texts and their markup are read as Telegram reads them."""

from __future__ import annotations

import pytest

from tests.telegram_entities import read_text
from tests.telegram_types import RefusedError


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("é<b>a</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', "Unclosed start tag"),
        ("<a href>a</a>", "Expected equal sign"),
        ("<a =>a</a>", "Empty attribute name"),
        ("<a ", "Unclosed start tag"),
        ("<b>a</b", "Unclosed end tag"),
        ("<span>a</span>", 'must have class "tg-spoiler"'),
        ("a&nbsp;b", 'unsupported entity "&nbsp;"'),
    ],
)
def test_html_that_telegram_cannot_parse_is_refused(html: str, problem: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_text(html, "HTML")
    assert caught.value.description.startswith("Bad Request: can't parse entities: ")
    assert problem in caught.value.description


def test_html_becomes_text_and_entities_in_utf16_units() -> None:
    html = (
        '  \N{GRINNING FACE}<b>b <i>&amp;</i></b> <a href="https://a.org/?x=1&amp;y=2">l</a>\r '
        "<span class='tg-spoiler'>s</span><code>c</code> <u></u><b> </b>\n"
        '<blockquote expandable>q &#8212; "&quot;</blockquote >\n'
    )
    text, entities = read_text(html, "HTML")
    assert text == '\N{GRINNING FACE}b & l sc  \nq — ""'
    assert [(e.type, e.offset, e.length, e.url) for e in entities] == [
        ("bold", 2, 3, None),
        ("italic", 4, 1, None),
        ("text_link", 6, 1, "https://a.org/?x=1&y=2"),
        ("spoiler", 8, 1, None),
        ("code", 9, 1, None),
        ("expandable_blockquote", 13, 6, None),
    ]


def test_a_link_to_nothing_is_left_out_silently() -> None:
    for href in ("", "nowhere", "ftp://a.org", "http://a b.org", "http://[", "javascript:x"):
        assert read_text(f'<a href="{href}">l</a>', "HTML") == ("l", [])
    assert read_text('<a href="a.org">l</a>', "HTML")[1][0].url == "http://a.org/"
    assert read_text("<a href='tg://user?id=1'>l</a>", "HTML")[1][0].url == "tg://user?id=1"


def test_limits_of_a_text_are_telegrams() -> None:
    assert len(read_text("<b>" + "a" * 4096 + "</b>", "HTML")[0]) == 4096
    for text in ("a" * 4097, "\N{GRINNING FACE}" * 2049):
        with pytest.raises(RefusedError, match="message is too long"):
            read_text(text, None)
    assert len(read_text("<b>a</b> " * 101, "HTML")[1]) == 100
    link = f'<a href="https://a.org/{"x" * 985}">l</a>'
    assert len(read_text(link * 8, "HTML")[1]) == 8
    with pytest.raises(RefusedError, match="ENTITIES_TOO_LONG"):
        read_text(link * 8 + "<a href='https://b.org'>l</a>", "HTML")


def test_commands_links_and_names_are_found_in_plain_text() -> None:
    text, entities = read_text("/start@digest_bot see https://a.org/x. @adalove #news a.org", None)
    found = [(e.type, text[e.offset : e.offset + e.length]) for e in entities]
    assert found == [
        ("bot_command", "/start@digest_bot"),
        ("url", "https://a.org/x"),
        ("mention", "@adalove"),
        ("hashtag", "#news"),
        ("url", "a.org"),
    ]
