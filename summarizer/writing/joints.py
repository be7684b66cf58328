"""Whether what a shortened sentence joins stood together in its source."""

from __future__ import annotations

import itertools

from summarizer.writing.aligning import Alignment, is_reporting
from summarizer.writing.order import became_passive, find_turns
from summarizer.writing.verbs import Verb, finite_verbs
from summarizer.writing.words import (
    AUXILIARIES,
    CLAUSE_STARTS,
    DETERMINERS,
    PREPOSITIONS,
    TIMES,
    Token,
    word_set,
)

_RELATIVES = frozenset({"who", "which", "that", "whose", "where", "when"})
SENTENCE_BREAK = "|"
"""Stands between the sentences of evidence that is read together."""
_VERB_LEADS = word_set(
    "and but or to by of while after before for without that as in with from on when than not"
)
_NOUNS_ING = word_set(
    """
    morning evening meeting building hearing shooting beginning warning ruling king spring spending
    funding training housing briefing filing bombing killing opening offering wedding feeling
    proceeding counseling fishing
    """
)
_PERSONS = frozenset({"he", "she", "it", "they", "there"})
_BE = frozenset({"is", "are", "was", "were", "'s", "'re", "became", "remains", "remained"})
_STOPS = frozenset({",", ";", ":", "—", "–", "--", "-", "(", ")", '"', "."})
_OPENERS = word_set(
    """
    after before when while as because since although though if unless until once
    """
)


def find_joint_problems(a: Alignment) -> list[str]:
    """Return a problem for each subject and verb, or cut, that the source does not bear out."""
    return _find_wrong_subjects(a) + _find_wrong_cuts(a) + _find_wrong_objects(a) + find_turns(a)


def _find_wrong_subjects(a: Alignment) -> list[str]:
    given = finite_verbs(a.source)
    problems = []
    mine = finite_verbs(a.written)
    for n, verb in enumerate(mine):
        place = a.places[verb.head]
        if place is None:
            continue
        source = next((k for k, v in enumerate(given) if v.start <= place < v.end), None)
        if source is None:
            continue
        if not verb.sure:
            continue
        begin = mine[n - 1].end if n else 0
        if any(a.written[k].low in _PERSONS for k in range(begin, verb.start)):
            continue
        content = sorted(_possible_subjects(a.written, mine, n))
        stood = [p for k in content if (p := a.places[k]) is not None]
        if not stood:
            continue
        allowed = _possible_subjects(a.source, given, source)
        if set(stood) & allowed:
            continue
        stems = {a.source[p].stem for p in allowed}
        if stems & {a.written[k].stem for k in content}:
            continue
        if became_passive(a, verb, given[source], stood):
            continue
        if _speaker_moved(a, verb, given[source], stood):
            continue
        name = " ".join(a.written[k].text for k in content[-4:])
        problems.append(f"wrong joint: {name!r} with {a.written[verb.head].text!r}")
    return problems


def _possible_subjects(tokens: tuple[Token, ...], verbs: tuple[Verb, ...], n: int) -> set[int]:
    """Return the places of content words that may be the subject of verb n, generously."""
    begin = verbs[n - 1].end if n else 0
    breaks = [k for k in range(begin, verbs[n].start) if tokens[k].text == SENTENCE_BREAK]
    span = range(breaks[-1] + 1 if breaks else begin, verbs[n].start)
    found = {k for k in span if tokens[k].is_content}
    if n == 0 or breaks:
        return found
    own = _own_subject(tokens, span)
    if own:
        return own
    previous = verbs[n - 1]
    opener = tokens[previous.start - 1].low if previous.start else ""
    last = tokens[verbs[n].start - 1] if verbs[n].start else None
    is_relative = (
        opener in _RELATIVES or _clause_opener(tokens, verbs, n - 1) in _RELATIVES | _OPENERS
    )
    closes = last is not None and last.text in {",", ")", "—", "–", "--", '"'}
    coordinated = _begins_coordinated(tokens, span)
    direct = previous.start > 0 and tokens[previous.start - 1].low in {"who", "which", "that"}
    if direct and found and not any(tokens[k].low in {"and", "but", "or", ","} for k in span):
        # "The man who shot five people was": those people are not who was.
        return _possible_subjects(tokens, verbs, n - 1)
    # "X is a company that has raised", "X said they had": the subject before is meant again.
    mine = _clause_opener(tokens, verbs, n)
    again = tokens[previous.head].low in _BE and mine in _RELATIVES
    again = again or any(tokens[k].low in _PERSONS for k in span)
    if not found or is_relative or closes or coordinated or again or not previous.sure:
        found |= _possible_subjects(tokens, verbs, n - 1)
    return found


def _own_subject(tokens: tuple[Token, ...], span: range) -> set[int]:
    """Return the content words between the last word that opens a clause and the verb."""
    opener = next((k for k in reversed(span) if tokens[k].low in _RELATIVES | _OPENERS), None)
    if opener is None or tokens[opener + 1].low in PREPOSITIONS:
        return set()
    if any(tokens[k].low in _PERSONS for k in range(opener, span.stop)):
        return set()
    return {k for k in range(opener + 1, span.stop) if tokens[k].is_content}


def _clause_opener(tokens: tuple[Token, ...], verbs: tuple[Verb, ...], n: int) -> str:
    """Return the word that opens the clause of verb n ("which", "after"), if one stands there."""
    begin = verbs[n - 1].end if n else 0
    for k in range(verbs[n].start - 1, begin - 1, -1):
        if tokens[k].low in _RELATIVES | _OPENERS:
            return tokens[k].low
    return ""


def _begins_coordinated(tokens: tuple[Token, ...], span: range) -> bool:
    """Say whether just before the verb a conjunction joins it to the clause before."""
    for k in reversed(span):
        token = tokens[k]
        if token.low in {"and", "but", "or", "then", "also"} or token.text == ",":
            return True
        if token.is_content and not token.low.endswith("ly"):
            return False
    return False


def _speaker_moved(a: Alignment, verb: Verb, source: Verb, stood: list[int]) -> bool:
    """Say whether "…, said Smith" became "Smith said …"."""
    if not is_reporting(a.source[source.head]) or source.start == 0:
        return False
    if a.source[source.start - 1].text not in {",", '"'}:
        return False
    return any(source.end <= p < source.end + 8 for p in stood)


def _find_wrong_cuts(a: Alignment) -> list[str]:
    """Return a problem where a cut begins inside one clause and ends inside another."""
    verbs = finite_verbs(a.source)
    starts = {v.start: v for v in verbs}
    problems = []
    kept = [(i, p) for i, p in enumerate(a.places) if p is not None and a.source[p].kind != "mark"]
    for (i, left), (k, right) in itertools.pairwise(kept):
        if right <= left + 1:
            continue
        cut = range(left + 1, right)
        cut_verbs = [
            v
            for v in verbs
            if v.start in cut
            and v.end <= right
            and (v.sure or a.source[v.start - 1].low in {"and", "but", "or"})
        ]
        if not cut_verbs or right in starts or any(v.start <= right < v.end for v in verbs):
            continue
        first, last = a.source[left + 1], a.source[right - 1]
        between = [t.low for t in a.written[i + 1 : k]]
        opens = first.text in _STOPS or first.low in CLAUSE_STARTS | _RELATIVES
        closes = last.text in _STOPS or a.source[right].low in CLAUSE_STARTS | {"to"} | PREPOSITIONS
        if opens and closes:
            continue
        if last.low in {"and", "but", "or"} and opens:
            continue
        parted = any(w in CLAUSE_STARTS or w in {",", ";", ":"} for w in between)
        parted = parted or a.source[left].low in CLAUSE_STARTS
        if parted and (closes or last.low in CLAUSE_STARTS):
            continue
        problems.append(f"wrong joint: {a.written[i].text!r} to {a.written[k].text!r}")
    return problems


def _find_wrong_objects(a: Alignment) -> list[str]:
    """Return a problem where a cut took the verb or preposition that what follows belongs to."""
    verbs = {v.head for v in finite_verbs(a.source) if v.sure}
    problems = []
    kept = [(i, p) for i, p in enumerate(a.places) if p is not None and a.source[p].kind != "mark"]
    for (i, left), (k, right) in itertools.pairwise(kept):
        if right <= left + 1 or any(a.written[j].text in {",", ";", ":"} for j in range(i + 1, k)):
            continue
        if any(a.source[p].text == SENTENCE_BREAK for p in range(left, right)):
            if a.written[k].low not in CLAUSE_STARTS and a.written[i].low not in CLAUSE_STARTS:
                problems.append(f"wrong joint: {a.written[i].text!r} to {a.written[k].text!r}")
            continue
        governor = right - 1
        while governor > left and a.source[governor].low in DETERMINERS:
            governor -= 1
        if governor == left or a.source[right].low in CLAUSE_STARTS | TIMES:
            continue
        token, before = a.source[governor], a.source[governor - 1]
        inside_noun = a.source[left].low in DETERMINERS or a.source[left].text == "'s"
        verbal = (
            governor - left > 1 and not inside_noun and _is_verbal(token, before, governor in verbs)
        )
        if (verbal and right not in verbs and a.source[right].low not in AUXILIARIES) or (
            token.low in PREPOSITIONS - {"of", "as", "than"}
            and not _follows_preposition(a, k)
            and not {a.source[left].low, a.source[right].low} & PREPOSITIONS
            and a.source[right].kind != "number"
        ):
            problems.append(f"wrong joint: {a.written[i].text!r} to {a.written[k].text!r}")
    return problems


def _is_verbal(token: Token, before: Token, is_finite: bool) -> bool:
    """Say whether a word is a verb that what follows belongs to, not an adjective or a noun."""
    if is_finite:
        return True
    if not token.low.endswith(("ing", "ed")) or len(token.low) < 6 or token.low in _NOUNS_ING:
        return False
    return before.low in _VERB_LEADS or before.low.endswith("ly") or before.text == ","


def _follows_preposition(a: Alignment, k: int) -> bool:
    """Say whether the written word has a preposition or a verb's end of its own before it."""
    back = k - 1
    while back > 0 and a.written[back].low in DETERMINERS:
        back -= 1
    return a.written[back].low in PREPOSITIONS | CLAUSE_STARTS
