"""News text to sentences: pysbd, and what it gets wrong in news put right."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Protocol

from summarizer.models import Article, SourceSentence

MAX_CHUNK = 2000
"""Characters given to pysbd at once: its time grows with their square."""

_AGENCIES = (
    r"reuters|ap|afp|cnn|upi|xinhua|bloomberg|dpa|pti|ani|ians|tass|efe|kyodo|yonhap|pa|bbc|aap|"
    r"anadolu|interfax|cna|wam|kuna|petra|bernama|cbc|npr|rfe/rl|voa"
)
_DATE = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.? \d{1,2}(?:, \d{4})?"
_DASH = r"(?:—|–|--|-|_|:)"
_PLACE = r"[A-Z][\w.'’/-]*(?: (?:of|de|la|el|al|[A-Z][\w.'’/-]*)){0,3}"
_PLACES = rf"{_PLACE}(?: [a-z]+)?(?:(?:,| and) {_PLACE}){{0,2}}"

# "MOSCOW, March 21 (Reuters) - ", "Seoul (CNN) -- ", "(CNN)", "WASHINGTON (AP) — "
_CREDITED = re.compile(
    rf"(?:{_PLACES},? ?)?(?i:{_DATE},? ?)?"
    rf"\((?i:(?:{_AGENCIES})(?: (?:news|business|politics|wire))?)\)\s*{_DASH}*\s*(?=\S)"
)
# "WASHINGTON — ", "NEW YORK, Nov. 3 — ", "CAMBRIDGE, Mass. (Some Syndicate) — ": capitals, or a
# city that datelines often name, and a dash between spaces.
_CITIES = (
    "Washington|London|New York|Paris|Berlin|Moscow|Beijing|Brussels|Jerusalem|Tokyo|Hong Kong"
)
_CAPITALS = rf"(?:[A-Z][A-Z.'’/-]+(?: [A-Z][A-Z.'’/-]*){{0,3}}|{_CITIES})"
_UNCREDITED = re.compile(
    rf"({_CAPITALS})(?:, {_PLACE}){{0,2}}(?:, (?i:{_DATE}))?(?: \([^()]{{2,30}}\))?"
    r"(?:\s+(?:—|–|--|-)\s+|—)(?=[\"“‘'A-Z0-9$£€])"
)
# What a page's picture is closed with, run into its first sentence.
_BUTTON = re.compile(r"^CLOSE\s+(?=[A-Z][a-z])")
# What a page shows over a name, run into the sentence: the name again and the titles of articles
# ("Ada Brandt Ada Maria BrandtFerry pier to close Mayor answers critics MORE (D)"); and a price.
_CARD = re.compile(
    r"\b(?P<last>[A-Z][\w’'-]+)\s+(?:[A-Z(][\w.()’'-]*\s+){1,5}(?P=last)(?=[A-Z\d\"'‘“])"
)
_CARD_END = re.compile(r"\sMORE\b(?=[\s,.;:'’(]|$)")
MOST_CARD = 1000
"""Characters of what a page shows over a name."""
_PRICE = re.compile(r"\s[A-Z]{1,5}, [+-]\d+(?:\.\d+)?%(?=[\s,.;:]|$)")
_NOT_PLACES = frozenset(
    """
    NATO NASA OPEC UNESCO UNICEF FIFA UEFA IMF WHO FBI CIA BREAKING UPDATE WATCH LIVE OPINION
    EXCLUSIVE ANALYSIS CORRECTION NEW
    """.split()  # noqa: SIM905 - a list of 50 quoted words is harder to read
)

# A full stop without its space: "was closed.He left", "the plan.”The". Two small letters on its
# left keep "U.S.A", "e.g." and "J.K." whole; "BBC.com" goes on in small letters.
_MISSING_SPACE = re.compile(r"(?<=[a-z0-9)][a-z%)][.!?])([\"”’]?)(?=[A-Z“][a-z’' ])")
_STRAY_QUOTE = re.compile(r"(?<=[.!?]) ”(?=\s|$)")
_MISSING_AFTER_QUOTE = re.compile(r"(?<=[a-z][.!?,]”)(?=[A-Z“])")

_ENDS = re.compile(r"[.!?…:;][\"”’')\]]*$")
_CLOSERS = re.compile(r"(?:[”’)\]]+|[\"'](?=\s|$))+\s*")
_GOES_ON = re.compile(r"[a-z](?!(?:Phone|Pad|Cloud|Mac|OS|Bay|Pod)\b)|[,;:%)\]]|[-–—] ")
_TITLES = re.compile(
    r"(?:^|[\s\"“(])(?:Mr|Mrs|Ms|Mx|Dr|Prof|Rev|Fr|St|Gen|Lt|Col|Maj|Capt|Sgt|Cpl|Cmdr|Adm|Sen|"
    r"Sens|Rep|Reps|Gov|Govs|Pres|Hon|Amb|Supt|Insp|approx|vs|v|Nos?|Art|Mt|Ft|al|cf|ca|est)\.$"
)
_INITIAL = re.compile(r"(?:^|[A-Z][\w’'-]*\s|[\s“\"(]|\.)[A-HJ-Z]\.$")
_ABBREVIATED_PLACE = re.compile(r"\b(?:U\.S|U\.K|U\.N|E\.U|D\.C|U\.A\.E|N\.Y|L\.A|U\.S\.A)\.$")
_HOUR = re.compile(r"\b[ap]\.m\.$")
_DAY = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|"
    r"September|October|November|December|(?:Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.|May \d|ET|EST|EDT|PT|"
    r"PST|PDT|GMT|UTC|BST|CET|Eastern|Pacific|local)\b"
)
_STARTERS = frozenset(
    """
    A An And As At But By For From He Her His How I If In It Its No On One Our She So That The
    Their There These They This Those Though To We What When Where While Who Why With You
    """.split()  # noqa: SIM905 - a list of 50 quoted words is harder to read
)


class _Segmenter(Protocol):
    def segment(self, text: str) -> list[str]: ...


@cache
def _segmenter() -> _Segmenter:
    with warnings.catch_warnings():
        # pysbd writes regular expressions without the r prefix, which newer Pythons warn of.
        warnings.simplefilter("ignore")
        import pysbd

        segmenter: _Segmenter = pysbd.Segmenter(language="en", clean=False)
    return segmenter


def split_sentences(text: str) -> list[str]:
    """Return the sentences of `text` in order, without datelines.

    Joined, they have every character of the text but its datelines, what a page shows over names,
    and white space. A blank line always ends a sentence. A dateline is looked for at each: captions
    may stand before it.
    """
    return list(_split(text))


def source_sentences(article: Article, *, most: int | None = None) -> list[SourceSentence]:
    """Return the first `most` sentences of an article's text, or all, numbered.

    `article.n` is their article number. The rest of the text is not read.
    """
    return [
        SourceSentence(article_id=article.id, n=article.n, position=position, text=text)
        for position, text in enumerate(islice(_split(article.text), most))
    ]


def _split(text: str) -> Iterator[str]:
    text = _PRICE.sub("", _drop_cards(text))
    for paragraph in _paragraphs(remove_dateline(text)):
        for chunk in _chunks(paragraph):
            yield from map(remove_dateline, _segment(chunk))


def remove_dateline(text: str) -> str:
    """Return `text` without the place, date and agency that agency copy begins with."""
    text = _BUTTON.sub("", text.strip())
    if found := _CREDITED.match(text[:150]):
        return text[found.end() :]
    if (found := _UNCREDITED.match(text[:150])) and found[1] not in _NOT_PLACES:
        return text[found.end() :]
    return text


def _drop_cards(text: str) -> str:
    """Return the text without what a page shows over the names in it."""
    parts: list[str] = []
    done = 0
    for end in _CARD_END.finditer(text):
        start = max(done, end.start() - MOST_CARD, text.rfind("\n", done, end.start()))
        if card := _CARD.search(text, start, end.start()):
            parts.append(text[done : card.end("last")])
        else:
            parts.append(text[done : end.end()])
        done = end.end()
    return "".join([*parts, text[done:]])


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs as one line each; a line that ends a sentence ends a paragraph too."""
    for block in re.split(r"\n\s*\n", text):
        lines: list[str] = []
        for line in (" ".join(line.split()) for line in block.splitlines()):
            if lines and _ENDS.search(lines[-1]):
                yield " ".join(lines)
                lines = []
            if line:
                lines.append(line)
        if lines:
            yield " ".join(lines)


def _chunks(paragraph: str) -> Iterator[str]:
    while len(paragraph) > MAX_CHUNK:
        ends = [m.end() for m in re.finditer(r"[.!?][\"”’)]* ", paragraph[:MAX_CHUNK])]
        cut = ends[-1] if ends else paragraph.rfind(" ", 1, MAX_CHUNK) + 1 or MAX_CHUNK
        yield paragraph[:cut]
        paragraph = paragraph[cut:]
    yield paragraph


def _segment(paragraph: str) -> list[str]:
    spaced = _MISSING_SPACE.sub(r"\1 ", _STRAY_QUOTE.sub("”", paragraph))
    spaced = _MISSING_AFTER_QUOTE.sub(" ", spaced)
    pieces = _segmenter().segment(spaced)
    if _characters("".join(pieces)) != _characters(spaced):
        # pysbd marks places with rare characters of its own; a text that has them comes out
        # changed, and a plainer split that changes nothing is better.
        pieces = re.split(r"(?<=[.!?]) (?=[A-Z“\"])", spaced)
    return _repair([piece for raw in pieces if (piece := raw.strip())])


def _repair(pieces: list[str]) -> list[str]:
    """Put together what was wrongly split, and closing quotes with what they close."""
    sentences: list[str] = []
    for piece in pieces:
        if sentences and (closers := _CLOSERS.match(piece)):
            sentences[-1] += closers[0].strip()
            piece = piece[closers.end() :]
            if not piece:
                continue
        if sentences and _belongs(sentences[-1], piece):
            joint = "" if piece[0] in ",;:%)]" else " "
            sentences[-1] += joint + piece
        else:
            sentences.append(piece)
    return sentences


def _belongs(left: str, right: str) -> bool:
    """Whether `right` goes on the sentence of `left`."""
    first = re.split(r"[\s,.’']", right, maxsplit=1)[0]
    return bool(
        not _ENDS.search(left)
        or _GOES_ON.match(right)
        or _TITLES.search(left)
        or (_INITIAL.search(left) and first[:1].isupper() and first not in _STARTERS)
        or (_ABBREVIATED_PLACE.search(left) and first[:1].isupper() and first not in _STARTERS)
        or (_HOUR.search(left) and _DAY.match(right))
    )


def _characters(text: str) -> str:
    return "".join(text.split())
