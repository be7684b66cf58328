"""Refuse rewritings that are broken on their face; whether one is true is checked elsewhere.

What the model copies it copies well; it errs where it jumps from one part of the source to another.
So each rule looks at the ends of a sentence or at such a joint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from summarizer.writing.restoring import keys, placed

LEAST_WORDS = 4
# A sentence that ends in one of these lost its verb's or preposition's complement.
_OPEN_ENDS = """
    a an the and or but nor of to in on at by for from with without into onto upon than that
    which who whose whom if because while when where as is are was were be been being am has have
    had do does did will would can could may might must shall should not no his her its their our
    my your between among during against toward towards via per about including such very more
    most less told
"""
OPEN_ENDS = frozenset(_OPEN_ENDS.split())

SUBORDINATORS = frozenset(
    {"while", "although", "though", "if", "when", "after", "as", "because", "since", "unless"}
)
# With one of these begins what a sentence can do without.
_PHRASE_STARTS = """
    in on at after as when while by for from with but which who where because since during
    following before amid until through despite near without although though unless if according
    this last next earlier late early yesterday today tomorrow tonight
    monday tuesday wednesday thursday friday saturday sunday
"""
PHRASE_STARTS = frozenset(_PHRASE_STARTS.split())
ARTICLES = frozenset({"a", "an", "the"})
PREPOSITIONS = frozenset({"in", "on", "at", "by", "for", "from", "with", "of", "to", "as", "into"})
REPORTING = frozenset({"said", "says", "announced", "reported", "added", "wrote"})
# Written directly behind a word, with or without its apostrophe.
CLITICS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})
CLOSING = frozenset(',.;:—)("')
OPENING = frozenset('"($£€#')


def is_whole(text: str, source: str) -> bool:
    """Say whether a rewriting of `source` looks like a complete sentence."""
    words, known = keys(text), keys(source)
    spoken = [word for word in words if word[0].isalnum()]
    if len(spoken) < LEAST_WORDS or text.count("(") != text.count(")") or "[UNK]" in text:
        return False
    return (
        _begins_well(words, known)
        and _ends_well(words, known)
        and _joins_well(words, known)
        and _repeats_nothing(words, known)
    )


def _begins_well(words: Sequence[str], known: Sequence[str]) -> bool:
    if not (words[0][0].isalnum() or words[0] in OPENING):
        return False
    if words[0] in SUBORDINATORS and "," not in words and "," in known:
        return False
    # Since he left, … → He left, …
    return not (known[0] in SUBORDINATORS and list(words[:2]) == list(known[1:3]))


def _ends_well(words: Sequence[str], known: Sequence[str]) -> bool:
    cut, whole = _without_end(words), _without_end(known)
    if cut[-1] in OPEN_ENDS.difference(whole[-1:]):
        return False
    ends = [i for i in range(1, len(whole)) if tuple(whole[i - 1 : i + 1]) == tuple(cut[-2:])]
    after = [whole[i + 1 : i + 3] for i in ends]
    if not after or any(not two for two in after):
        return True
    # …, the destruction from the storm goes on → …, the destruction
    if "," in cut[-4:] and cut[-1] not in REPORTING:
        return False
    # … Joseph R. Biden → … Joseph R.
    good = [two for two in after if not (two[0] == "." and two[-1][0].isalnum())]
    return any(two[0] in PHRASE_STARTS or two[0] in CLOSING for two in good)


def _without_end(words: Sequence[str]) -> Sequence[str]:
    """Leave out the marks a sentence ends in."""
    last = max((i for i, word in enumerate(words) if word[0].isalnum()), default=0)
    return words[: last + 1]


def _joins_well(words: Sequence[str], known: Sequence[str]) -> bool:
    """Look at each pair of neighbours that are none in the source."""
    pairs = set(pairwise(known))
    for before, after in pairwise(words):
        if (before, after) in pairs:
            continue
        # A stop inside a sentence, or what carries an apostrophe, stands in the source just so.
        if before in {".", "'"} or after in CLITICS or after == "'":
            return False
        if before == after and before.isalnum():
            return False
        if before in PREPOSITIONS | ARTICLES and after in PREPOSITIONS:
            return False
    # A small word with no neighbour of its own was chosen by mistake.
    for i, word in enumerate(words):
        if word in known and word.isalpha():
            left = i > 0 and (words[i - 1], word) in pairs
            right = i + 1 < len(words) and (word, words[i + 1]) in pairs
            if not left and not right:
                return False
    places = placed(words, known)
    for i, (a, b) in enumerate(pairwise(places)):
        if a is None or b is None or b <= a + 1:
            continue
        # A to B to C → A to C: the model lost its place at the repeated word.
        lost = known[b - 1]
        if known[a].isalnum() and (lost == known[a] or {lost, known[a]} <= ARTICLES):
            return False
        # one of the largest cities → one of the cities
        if tuple(words[max(0, i - 2) : i + 1]) == ("one", "of", "the"):
            return False
    return True


def _repeats_nothing(words: Sequence[str], known: Sequence[str]) -> bool:
    repeated = _trigrams(words) - _trigrams(known)
    return all(count < 2 for count in repeated.values())


def _trigrams(words: Sequence[str]) -> Counter[tuple[str, str, str]]:
    return Counter(zip(words, words[1:], words[2:], strict=False))
