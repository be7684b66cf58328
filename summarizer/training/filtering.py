"""Which pairs of sentences are fit to learn from."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from summarizer.writing.refusing import OPEN_ENDS

STEM = 5
_FUNCTION_WORDS = """
    a about above across after again against all along also although am amid among an and
    another any are around as at away be because been before being below between both but by
    can cannot could did do does doing down during each either else ever every few for from
    further get gets got had has have having he her here hers him himself his how i if in into
    is it its itself just let may me might mine more most much must my near neither no nor not
    of off on once one only onto or other others our out over own per quite rather same shall
    she should since so some such than that the their theirs them themselves then there these
    they this those though through till to too toward towards under until up upon us very was
    we were what when where which while who whom whose why will with within without would yet
    you your s t re ve ll d m n
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
_PRONOUNS = "he she it they his her its their this that these those we i you our my your there"
PRONOUNS = frozenset(_PRONOUNS.split())
ARTICLES = frozenset({"a", "an", "the"})
_AUXILIARIES = "is are was were be been being has have had will would to"
AUXILIARIES = frozenset(_AUXILIARIES.split())
_DETERMINERS = "his her its their this that these those s no any some each two three one"
DETERMINERS = ARTICLES | frozenset(_DETERMINERS.split())
ATTRIBUTION = re.compile(
    r"\b(?:according to|said|says|say|saying|told|tells|telling|claim(?:s|ed|ing)?"
    r"|alleg(?:es?|ed|edly|ing)"
    r"|argu(?:es?|ed|ing)|insist(?:s|ed|ing)?|report(?:s|ed|edly)|announc(?:es?|ed|ing)"
    r"|warn(?:s|ed|ing)?|accus(?:es?|ed|ing)|den(?:y|ies|ied|ying)|suggest(?:s|ed|ing)?"
    r"|believ(?:es?|ed|ing)|think(?:s|ing)?|thought|vow(?:s|ed|ing)?|promis(?:es?|ed|ing)"
    r"|stat(?:es|ed|ing)|tweet(?:s|ed|ing)?|wr(?:ote|ites?|itten)|add(?:s|ed|ing)"
    r"|confirm(?:s|ed|ing)?|acknowledg(?:es?|ed|ing)|admit(?:s|ted|ting)?|assert(?:s|ed|ing)?"
    r"|declar(?:es?|ed|ing)|predict(?:s|ed|ing)?|estimat(?:es?|ed)|expect(?:s|ed)?|fear(?:s|ed)?"
    r"|hop(?:es?|ed|ing)|sources?|officials?|poll|survey|study|suspect(?:s|ed)?)\b"
)
HEDGE = re.compile(
    r"\b(?:may|might|could|would|likely|unlikely|possibly|possible|perhaps|apparently|appear(?:s|ed)?"
    r"|seem(?:s|ed)?|reportedly|allegedly|alleged|suspected|potential(?:ly)?|expected|not|no|never"
    r"|n't|without|denied|denies|plans?|planned|if|unless|nearly|almost|about|around|at least"
    r"|up to|more than|less than|fewer than)\b"
)
WORD = re.compile(r"\d[\d,.]*\d|\d|[^\W\d_]+(?:n't)?")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "´": "'", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Pair:
    """One source sentence and what to make of it."""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a pair must satisfy; shares are of the target's words unless said otherwise."""

    least_ratio: float = 0.5  # of the source's words
    most_ratio: float = 1.05
    support: float = 0.85  # content words found in the source, first five letters compared
    order: float = 0.75  # content words in the source's order: what is recombined is often false
    least_words: int = 6
    most_words: int = 60  # of the source


def words(text: str) -> list[str]:
    """Return the lower-case words and numbers of a text."""
    return WORD.findall(text.translate(_QUOTES).lower())


def content(tokens: Sequence[str]) -> list[str]:
    """Return the first five letters of each content word; numbers stay whole."""
    return [token[:STEM] for token in tokens if token not in FUNCTION_WORDS and len(token) > 1]


def numbers(tokens: Sequence[str]) -> set[str]:
    """Return the numbers written in digits, without thousands separators."""
    return {token.replace(",", "") for token in tokens if token[0].isdigit()}


def in_order(target: Sequence[str], source: Sequence[str]) -> float:
    """Return the share of the target's supported stems that stand in the source's order."""
    places: dict[str, list[int]] = {}
    for i, stem in enumerate(source):
        places.setdefault(stem, []).append(i)
    runs: list[int] = []
    found = 0
    for stem in target:
        if stem in places:
            found += 1
            # Descending, so that one stem extends the rising run at most once.
            for place in reversed(places[stem]):
                at = bisect_left(runs, place)
                runs[at : at + 1] = [place]
    return len(runs) / found if found else 0.0


def is_fit(source: str, target: str, limits: Limits) -> bool:
    """Say whether the target is a complete, mild and faithful rewriting of the source."""
    src, tgt = words(source), words(target)
    if not limits.least_words <= len(tgt) or not len(src) <= limits.most_words:
        return False
    if not limits.least_ratio <= len(tgt) / max(1, len(src)) <= limits.most_ratio:
        return False
    if tgt[0] in PRONOUNS or tgt[-1] in OPEN_ENDS or "?" in target:
        return False
    if target.count('"') % 2 or target.count("(") != target.count(")"):
        return False
    if not numbers(tgt) <= numbers(src):
        return False
    stems, known = content(tgt), content(src)
    if not stems:
        return False
    if sum(stem in known for stem in stems) / len(stems) < limits.support:
        return False
    if in_order(stems, known) < limits.order:
        return False
    return keeps_claims(source, target) and not is_headline(src, tgt)


def is_headline(source: Sequence[str], target: Sequence[str]) -> bool:
    """Say whether the target left out an article or auxiliary that stood before a kept word."""
    before = {b: a for a, b in pairwise(source) if a in ARTICLES or a in AUXILIARIES}
    for i, word in enumerate(target):
        small = before.get(word)
        if small is None or word in FUNCTION_WORDS:
            continue
        last = target[i - 1] if i else ""
        if small in ARTICLES and last not in DETERMINERS:
            return True
        if small in AUXILIARIES and last not in AUXILIARIES and last != "not":
            return True
    return False


def keeps_claims(source: str, target: str) -> bool:
    """Say whether attribution, hedges and negation of the source are still in the target."""
    low_source, low_target = source.translate(_QUOTES).lower(), target.translate(_QUOTES).lower()
    if ATTRIBUTION.search(low_source) and not ATTRIBUTION.search(low_target):
        return False
    lost = len(HEDGE.findall(low_source)) - len(HEDGE.findall(low_target))
    negations = [len(re.findall(r"\bnot?\b|n't\b|\bnever\b", t)) for t in (low_source, low_target)]
    return lost <= 1 and negations[0] == negations[1]


def best_source(
    target: str, sentences: Sequence[str], stems: Sequence[frozenset[str]], limits: Limits
) -> str | None:
    """Return the one sentence that best supports the target, or None if none does well enough.

    `stems` are the sentences' `content`, worked out once for many targets.
    """
    wanted = frozenset(content(words(target)))
    best, best_score = None, 0.0
    for sentence, known in zip(sentences, stems, strict=True):
        # Of equally good sentences the shorter one leaves less to guess.
        score = len(wanted & known) / max(1, len(wanted)) - 0.002 * len(known)
        if score > best_score:
            best, best_score = sentence, score
    if best is None or best_score < limits.support - 0.2:
        return None
    best = trimmed(best, target, limits.least_ratio + 0.1)
    return best if is_fit(best, target, limits) else None


def trimmed(source: str, target: str, ratio: float) -> str:
    """Cut from a long source the comma-bounded parts that the target has nothing of.

    Parts go from the end, then from the beginning, until the target has `ratio` of its words;
    this keeps for training a human's short sentence without teaching such strong shortening.
    """
    wanted, goal = set(content(words(target))), len(words(target)) / ratio
    parts = re.split(r"(?<=\w) ?, ", source)
    while len(words(" ".join(parts))) > goal and len(parts) > 1:
        at = next((i for i in (-1, 0) if not wanted & set(content(words(parts[i])))), None)
        if at is None:
            break
        del parts[at]
    cut = ", ".join(parts)
    return cut if cut.endswith(".") else cut + "."
