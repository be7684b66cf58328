"""What a sentence puts a figure on: so many killed, so much wind, a fine of so much."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from summarizer.models import SourceSentence
from summarizer.writing.dates import find_dates
from summarizer.writing.numbers import Quantity, find_quantities, is_number_word
from summarizer.writing.words import DETERMINERS, Token, plain, stem, tokenize, word_set

_CURRENCIES = word_set("dollar pound euro yen ruble rupee yuan franc peso")


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


_UNITS = _stems("kilometer mile meter foot hour minute ton kilogram acre hectare") | {
    "kilometer/hour",
    "mile/hour",
    "percent",
    *_CURRENCIES,
}
# What a figure is of, in a word that readers know: what is counted there, the words beside it that
# say so, and the units it may have.
_COUNTS = {
    "killed": _stems("killed kill dead died die dies deaths death toll fatalities"),
    "injured": _stems("injured injuring injure hurt wounded wounding injuries"),
    "missing": _stems("missing unaccounted"),
    "arrested": _stems("arrested detained arrests"),
    "rescued": _stems("rescued saved"),
    "evacuated": _stems("evacuated evacuees"),
    "displaced": _stems("displaced homeless"),
    "infected": _stems("infected cases infections"),
    "on board": _stems("aboard board"),
    "jobs lost": _stems("layoffs redundancies"),
    "protesters": _stems("protesters demonstrators marchers"),
}
_MEASURES = {
    "wind": _stems("wind winds gusts"),
    "magnitude": _stems("magnitude"),
}
_SUMS = {
    "fine": _stems("fine fined fines penalty"),
    "damage": _stems("damage damages"),
    "bail": _stems("bail bond"),
    "ransom": _stems("ransom"),
    "reward": _stems("reward"),
    "settlement": _stems("settlement settle"),
}
GROWS = frozenset(
    {"killed", "injured", "arrested", "infected", "evacuated", "rescued", "displaced"}
)
"""Counts of which a later, higher one is news of the same thing."""
_JOB_LOSSES = _stems("cut cuts lose loss losing lost cost axe axed shed eliminate redundant slash")
_PARTING = word_set("and or but while more other others another additional including than")
# "Nine people" and "nine" may be the same; "two soldiers" and "19 people" are not.
_ANYONE = _stems("person people victims passengers suspects dead")
# "The toll has risen to 14", "put the number of injured at 14".
_BRIDGES = word_set(
    """
    has have had is was were are been be to at now also so far risen rose rises rise climbed climbs
    stood stands reached reaches put as by of the number
    """
)
_DIES = _stems("died")
_TIMES = _stems("days weeks months years hours minutes times")
# Of what does this itself, and of whom it is done to.
_DOES = word_set("killed injured wounded hurt arrested detained rescued saved evacuated displaced")
_BE = word_set("is are was were be been being")
_TOTALS = word_set("toll number")
_STANDS = word_set("to at reached reaches")
_MARKS = frozenset({",", ";", ".", ":", "(", ")", '"', "--", "—", "–", "-"})
_PARTIAL = word_set("of in per")
_NOT_BEFORE = word_set("from another other than every per age ages aged no - /")
_MODELS = word_set("boeing airbus max flight route highway no")
_YEARS = range(1900, 2100)


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure that a sentence gives, and of what."""

    about: str
    """In words for readers: 'killed', 'wind', 'fine'."""
    value: float
    unit: str
    noun: str
    """The stem of what is counted; '' for people."""
    at_least: bool
    shown: str
    """As printed, in digits, with its unit."""
    sentence: int
    """The sentence's place in the list that was read."""
    n: int
    """The article's number."""


def read_figures(sentences: Sequence[SourceSentence]) -> list[Reading]:
    """Return the figures of the sentences that are of a known thing and exact, or a least count."""
    return [reading for i, s in enumerate(sentences) for reading in _read(i, s)]


def _read(i: int, sentence: SourceSentence) -> list[Reading]:
    text = plain(sentence.text)
    tokens = tokenize(text)
    found = []
    for q in find_quantities(text):
        if q.bound not in {"", "least"} or q.value < 2 or _is_part(text, tokens, q):
            continue
        about = _about(tokens, q)
        if about:
            unit = q.unit or (q.noun if q.noun in _UNITS else "")
            anyone = about in _MEASURES or q.noun in _ANYONE | _LABELS | {stem("jobs")}
            noun = "" if anyone or unit else q.noun
            found.append(
                Reading(
                    about=about,
                    value=q.value,
                    unit=unit,
                    noun=noun,
                    at_least=q.bound == "least",
                    shown=_show(text, tokens, q, noun),
                    sentence=i,
                    n=sentence.n,
                )
            )
    return found


_LABELS = frozenset(
    word for table in (_COUNTS, _MEASURES, _SUMS) for words in table.values() for word in words
)


def _is_part(text: str, tokens: Sequence[Token], q: Quantity) -> bool:
    """Say whether the figure is one of several parts, a date, an age or a name's ("Max 8")."""
    before = tokens[q.start - 1] if q.start else None
    after = tokens[q.end].low if q.end < len(tokens) else ""
    if q.unit in {"ordinal", "year", "time"} or after in _PARTIAL or q.noun in _TIMES:
        return True
    if after == "-" and q.unit not in _CURRENCIES:
        return True
    if not q.unit and not q.noun and q.value in _YEARS:
        return True
    days = {n for m in find_dates(text) for n in re.findall(r"\d+", m.text)}
    if text[tokens[q.start].start : tokens[q.end - 1].end] in days:
        return True
    return before is not None and (
        before.low in _NOT_BEFORE or (before.is_capital and q.start > 1 and before.low in _MODELS)
    )


def _about(tokens: Sequence[Token], q: Quantity) -> str:
    """Return what the figure is of, told by the nearest word that says so, if one is near."""
    money = q.unit in _CURRENCIES
    if q.noun == stem("jobs") and not money:
        near = {
            t.stem for t in (*tokens[max(0, q.start - 6) : q.start], *tokens[q.end : q.end + 5])
        }
        return "jobs lost" if near & _JOB_LOSSES else ""
    measured = q.noun in _UNITS or q.unit == "percent"
    tables = [_SUMS] if money else [_MEASURES] if measured else [_COUNTS, _MEASURES]
    known = [pair for table in tables for pair in table.items()]
    after = itertools.takewhile(_goes_on, tokens[q.end : q.end + 6])
    before = list(itertools.takewhile(_goes_on, reversed(tokens[: q.start])))
    straight = [t for t in before if t.low not in _BRIDGES]
    reach = 2
    if before and before[0].low in _STANDS and any(t.low in _TOTALS for t in before):
        # "The death toll of the quake in Arlund has risen to 4."
        reach = len(straight)
    at = q.start > 0 and tokens[q.start - 1].low == "at"
    found = [
        (distance, label)
        for words, most in ((after, 6), (straight, reach))
        for distance, token in enumerate(itertools.islice(words, most))
        for label, stems_of in known
        if token.stem in stems_of
        and not (at and token.stem in _DIES)
        and not (token.start > tokens[q.start].start and _does_it(tokens, token))
    ]
    return min(found, default=(0, ""))[1]


def _does_it(tokens: Sequence[Token], verb: Token) -> bool:
    """Say whether what stands before the verb does it to others ("two blasts killed nine")."""
    if verb.low not in _DOES:
        return False
    i = next(k for k, t in enumerate(tokens) if t.start == verb.start)
    if {t.low for t in tokens[max(0, i - 3) : i]} & _BE:
        return False
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    return after is not None and (
        after.kind == "number"
        or after.low in DETERMINERS | {"at", "more"}
        or after.is_capital
        or is_number_word(after.low)
    )


def _goes_on(token: Token) -> bool:
    return token.text not in _MARKS and token.low not in _PARTING


def _show(text: str, tokens: Sequence[Token], q: Quantity, noun: str) -> str:
    """Return the figure as printed, in digits where it was spelled out, with bound and unit."""
    start = q.start
    while start < q.end - 1 and tokens[start].kind == "word" and not _is_figure(tokens[start]):
        start += 1
    end = q.end
    if q.noun in _UNITS and end < len(tokens):
        end += 3 if q.noun.endswith("/hour") and _is_rate(tokens, end) else 1
    elif noun:
        # "10 babies", "35 foreign nationals": not any people.
        end += 1 + next((k for k, t in enumerate(tokens[end : end + 4]) if t.stem == noun), -1)
    number = text[tokens[start].start : tokens[q.end - 1].end]
    if not re.search(r"\d", number) and q.value == int(q.value) < 1000:
        number = f"{int(q.value):,}"
    counted = text[tokens[q.end - 1].end : tokens[end - 1].end]
    return ("at least " if q.bound == "least" else "") + number + counted


def _is_figure(token: Token) -> bool:
    return bool(find_quantities(token.text))


def _is_rate(tokens: Sequence[Token], end: int) -> bool:
    return end + 2 < len(tokens) and tokens[end + 1].low in {"/", "per"}
