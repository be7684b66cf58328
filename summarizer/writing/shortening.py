"""Another form of a sentence by rule: who says it put first.

What comes out is checked like any other rewriting; the rule only proposes.
"""

from __future__ import annotations

import re

from summarizer.writing.subjects import PERSONS
from summarizer.writing.verbs import finite_verbs
from summarizer.writing.words import FUNCTION_WORDS, plain, tokenize

# "The bridge is safe, the mayor said on Monday."
_SPEAKER_LAST = re.compile(
    r"^(?P<said>[^\"“”]{30,}),\s+(?P<who>[^,\"“”]{2,60}?)\s+(?P<verb>said|says|announced|reported)"
    r"(?P<when>\s+(?:on\s+)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)?\.$"
)


def put_speaker_first(text: str) -> str | None:
    """Return "X said …" for "…, X said.", or None where the sentence is built otherwise."""
    match = _SPEAKER_LAST.match(plain(text))
    if match is None:
        return None
    said, who = match["said"], match["who"]
    first = tokenize(said)[0]
    if first.low in FUNCTION_WORDS:
        # Only of these is it sure that the capital was the sentence's.
        said = said[0].lower() + said[1:]
    elif not tokenize(said)[1].is_capital:
        return None
    if tokenize(who)[0].low in PERSONS or finite_verbs(tokenize(who)):
        return None
    return f"{who[0].upper()}{who[1:]} {match['verb']}{match['when'] or ''} {said}."
