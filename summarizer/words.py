"""Words of English text: their stems, which of them are names, and how rare they are in news."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

FREQUENCIES = "words.txt"
UNKNOWN_RARITY = 8.5
"""The rarity of a word that the table does not have, in the table's unit."""

STOP_WORDS = frozenset(
    """
    a about after again against all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each few for from further get got
    had has have having he her here hers him his how i if in into is it its just me more most much
    my new news no nor not now of off on once only or other our out over own per said same say says
    she should so some such than that the their them then there these they this those through to
    too under until up us very via was we were what when where which while who whom why will with
    would year you your
    """.split()  # noqa: SIM905 - a list of quoted words is harder to read
)

CALENDAR = frozenset(
    """
    april august december february friday january july june march may monday november october
    saturday september sunday thursday tuesday wednesday
    """.split()  # noqa: SIM905 - a list of quoted words is harder to read
)

_WORD = re.compile(r"(?:[A-Za-z]\.){2,}|[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,]\d+)*")
# A capital after one of these is a name's; at a sentence's or quotation's start it need not be.
_INSIDE = re.compile(r"[a-z0-9,;)] $")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the lower-case stem of an English word, so that its usual forms compare equal.

    Much shorter than Porter's algorithm: plurals, -ed, -ing and -ly; a number stays as it is.
    """
    if word[:1].isdigit():
        return word
    word = word.lower().replace("’", "'").replace(".", "").removesuffix("'s")
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("ly", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + instead
            break
    else:
        if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
            word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeos":
        return word[:-1] if word[-1] != "l" or len(word) > 5 else word
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def stems(text: str) -> list[str]:
    """Return the stems of all words and numbers of `text`, in order."""
    return [stem(word) for word in _WORD.findall(text)]


def content_stems(text: str) -> list[str]:
    """Return the stems of the words of `text` that carry meaning, in order."""
    return [stem(word) for word in _WORD.findall(text) if word.lower() not in STOP_WORDS]


def name_stems(text: str) -> list[str]:
    """Return the stems of capitalised words inside sentences, repeated as often as they stand.

    Days and months are none: what happened on a Sunday has nothing else to do with other Sundays.
    """
    names: list[str] = []
    end = -1
    for found in _WORD.finditer(text):
        start = found.start()
        goes_on = start == end + 1 and text[end] == " "
        if found[0][0].isupper() and (goes_on or _INSIDE.search(text, max(0, start - 2), start)):
            if found[0].lower() not in CALENDAR:
                names.append(stem(found[0]))
            end = found.end()
    return names


def rarity(stem: str) -> float:
    """Return the natural logarithm of how rarely news articles have this stem, 0 to about 10."""
    return _rarities().get(stem, UNKNOWN_RARITY)


@cache
def _rarities() -> dict[str, float]:
    table: dict[str, float] = {}
    lines = files("summarizer").joinpath(FREQUENCIES).read_text(encoding="utf-8").splitlines()
    for line in lines:
        value, _, words = line.partition(" ")
        table.update(dict.fromkeys(words.split(), float(value)))
    return table
