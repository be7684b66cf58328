"""Whether a page is a wall: a paywall, a consent form or a blocked request, and no article.

A banner stands on every page of many sites. What tells a wall is the main text itself: that there
is next to none, that it is the wall's own, or that it breaks off at a gate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import html

from summarizer.collecting.cleaning import clean_line
from summarizer.collecting.furnishing import count_words

_VERY_SHORT = 50
"""Words of main text: with fewer, what the rest of the page says decides."""
_TEASER = 100
"""Words of main text: with fewer, a gate may stand beside it, where the extractor left it out."""
_LONGEST_GATE = 30
"""Words of a paragraph that says no more than that the text goes on behind a gate."""
_LONGEST_PAGE = 20_000
"""Characters of a page that are looked at."""

_GATE_WORDS = (
    r"subscribe (?:now )?to (?:continue|keep|read|unlock|get|access)"
    r"|(?:log|sign) ?in (?:or \w+ )?to (?:continue|read|access|view)"
    r"|(?:register|create an? (?:free )?account) to (?:continue|read|access)"
    r"|(?:exclusive|only available|available only|reserved) (?:to|for) (?:our )?subscribers"
    r"|subscribers? only"
    r"|you have (?:reached|read|used) (?:your|all|the) .{0,40}(?:articles|limit)"
)
_GATE = re.compile(_GATE_WORDS, re.IGNORECASE)
_WALL = re.compile(
    _GATE_WORDS + r"|already (?:a |an )?(?:subscriber|subscribed|member|have an account)"
    r"|(?:exclusive|only available|available only|reserved) (?:to|for) (?:our )?members"
    r"|for subscribers|unlimited (?:digital )?access|start your (?:free )?trial"
    r"|(?:we|our partners) (?:value|respect|care about) your privacy|before you continue"
    r"|(?:accept|manage|reject) (?:all )?(?:cookies|preferences|and continue)|cookies and similar"
    r"|consent to (?:the use|our use|cookies)|enable (?:javascript|cookies)"
    r"|javascript (?:is|must be)"
    r"|(?:are|you are|you're) (?:not )?(?:a )?(?:robot|human|bot)\b|captcha"
    r"|unusual (?:traffic|activity)"
    r"|checking (?:if|your browser)|verify(?:ing)? (?:that )?you are|access denied|403 forbidden"
    r"|request (?:was )?blocked|you have been blocked|not available in your (?:region|country)"
    r"|unavailable (?:due to|for) legal reasons|ad ?blocker",
    re.IGNORECASE,
)


def is_walled(tree: html.HtmlElement, *, title: str, main: Sequence[str], words: int) -> bool:
    """Return whether a page with a short main text is a wall.

    `main` are the paragraphs as extracted, with their furniture: it may be what tells. `words` is
    how many of their words are text.
    """
    if words < _VERY_SHORT:
        return bool(_WALL.search(f"{title} {_page_text(tree)}"))
    of_the_wall = sum(count_words(text) for text in main if _WALL.search(text))
    if 2 * of_the_wall >= sum(map(count_words, main)):
        return True
    if any(count_words(text) <= _LONGEST_GATE and _GATE.search(text) for text in main):
        return True
    beside = tree.iter("article", "main") if words < _TEASER else ()
    return any(_GATE.search(_page_text(element)) for element in beside)


def _page_text(element: html.HtmlElement) -> str:
    return clean_line(element.text_content()[:_LONGEST_PAGE])
