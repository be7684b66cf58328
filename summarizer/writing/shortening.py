"""Other forms of a sentence by rule: asides left out, who says it put first.

What comes out is checked like any other rewriting; the rules only propose.
"""

from __future__ import annotations

import re

from summarizer.writing.subjects import PERSONS
from summarizer.writing.verbs import finite_verbs
from summarizer.writing.words import FUNCTION_WORDS, count_words, plain, tokenize

LEAST_WORDS = 9
LONG = 26
"""From this many words on the end of a sentence may go, too."""

_BRACKETS = re.compile(r"\s*\([^()\"“”]{1,60}\)")
_DASHES = re.compile(r"\s+(?:—|–|--)\s+[^—–\"“”]{3,120}?\s+(?:—|–|--)\s+")
# ", who has served since May," / ", a former mayor," / ", based in Arlund,"
_ASIDE = re.compile(
    r",\s+(?:who|which|where|whose|a|an|the|based|led|known|formerly|now|then|also|including)\s"
    r"[^,;:\"“”()]{4,110},\s+(?=\S)"
)
_TAIL = re.compile(
    r",\s+(?:which|who|where|while|as|\w+ing|even|despite|with|part of|the \w+est)\s"
    r"[^;:\"“”]{8,}$"
)
_DASH_TAIL = re.compile(r"\s+(?:—|–|--)\s+[^\"“”]{8,}$")
_LEAD = re.compile(
    r"^(?:Amid|Ahead of|As part of|In addition to|Speaking (?:at|in|on|to)|During|Following)\s"
    r"[^,\"“”]{4,90},\s+(?=(?:the|a|an)\b|[A-Z])"
)


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


def shorten(text: str) -> list[str]:
    """Return shorter forms of a sentence, the one that leaves out least first.

    Quotations are left whole. Where a part went from the middle, what follows must go on with its
    verb; the check sees to the rest.
    """
    found: list[str] = []
    inner = "".join(
        part if k % 2 else _BRACKETS.sub("", part)
        for k, part in enumerate(re.split(r"([\"“][^\"“”]*[\"”])", text))
    )
    inner = _DASHES.sub(" ", inner) if _goes_on(inner, _DASHES) else inner
    if _goes_on(inner, _ASIDE):
        inner = _ASIDE.sub(" ", inner, count=1)
    found.append(inner)
    led = _LEAD.sub("", inner)
    if led != inner:
        found.append(led[0].upper() + led[1:])
    if count_words(inner) >= LONG:
        for pattern in (_DASH_TAIL, _TAIL):
            cut = pattern.sub(".", found[-1])
            if cut != found[-1]:
                found.append(cut)
                break
    whole = plain(text)
    return [
        t
        for t in dict.fromkeys(found)
        if plain(t) != whole and count_words(t) >= LEAST_WORDS and t.count('"') % 2 == 0
    ]


def _goes_on(text: str, pattern: re.Pattern[str]) -> bool:
    """Say whether a verb follows what the pattern takes out, as after an aside to the subject."""
    match = pattern.search(text)
    if match is None:
        return False
    after = tokenize(text[match.end() :])
    verbs = finite_verbs(after)
    return bool(verbs) and verbs[0].start <= 1
