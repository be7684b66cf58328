"""Which words may be the subject of a verb, told without a parser: generously."""

from __future__ import annotations

from summarizer.writing.verbs import Verb
from summarizer.writing.words import PREPOSITIONS, Token, word_set

RELATIVES = frozenset({"who", "which", "that", "whose", "where", "when"})
PERSONS = frozenset({"he", "she", "it", "they", "there"})
_BE = frozenset({"is", "are", "was", "were", "'s", "'re", "became", "remains", "remained"})
SENTENCE_BREAK = "|"
"""Stands between the sentences of evidence that is read together."""
OPENERS = word_set(
    """
    after before when while as because since although though if unless until once
    """
)


def find_subjects(tokens: tuple[Token, ...], verbs: tuple[Verb, ...], n: int) -> set[int]:
    """Return the places of content words that may be the subject of verb n, generously."""
    found = _find_near_subjects(tokens, verbs, n)
    if n == _find_main_verb(tokens, verbs):
        found |= {k for k in range(_first_opener(tokens, verbs[n].start)) if tokens[k].is_content}
    return found


def _find_main_verb(tokens: tuple[Token, ...], verbs: tuple[Verb, ...]) -> int | None:
    """Return which verb goes with what stands before the first "who", "which" or "after".

    Each such opener takes the next verb: in "A man who shot what he called a wolf was fined" only
    "was" is left for the man. Where all are taken ("Tourists on an island after a storm were
    rescued") the last was none of theirs.
    """
    if any(t.text == SENTENCE_BREAK for t in tokens):
        return None
    sure = [n for n, verb in enumerate(verbs) if verb.sure]
    waiting = begin = 0
    for n in sure:
        span = tokens[max(begin, 1) : verbs[n].start]
        waiting += sum(t.low in RELATIVES | OPENERS | {"what"} for t in span)
        if not waiting:
            return n if n else None
        waiting, begin = waiting - 1, verbs[n].end
    return sure[-1] if sure else None


def _first_opener(tokens: tuple[Token, ...], stop: int) -> int:
    return next((k for k in range(1, stop) if tokens[k].low in RELATIVES | OPENERS), stop)


def _find_near_subjects(tokens: tuple[Token, ...], verbs: tuple[Verb, ...], n: int) -> set[int]:
    begin = verbs[n - 1].end if n else 0
    breaks = [k for k in range(begin, verbs[n].start) if tokens[k].text == SENTENCE_BREAK]
    span = range(breaks[-1] + 1 if breaks else begin, verbs[n].start)
    found = {k for k in span if tokens[k].is_content}
    if n == 0 or breaks:
        return _after_leading_phrase(tokens, span) or found
    own = _own_subject(tokens, span)
    if own:
        return own
    previous = verbs[n - 1]
    opener = tokens[previous.start - 1].low if previous.start else ""
    last = tokens[verbs[n].start - 1] if verbs[n].start else None
    is_relative = opener in RELATIVES or _clause_opener(tokens, verbs, n - 1) in RELATIVES | OPENERS
    closes = last is not None and last.text in {",", ")", "—", "–", "--", '"'}
    coordinated = _begins_coordinated(tokens, span)
    direct = previous.start > 0 and tokens[previous.start - 1].low in {"who", "which", "that"}
    if direct and found and not any(tokens[k].low in {"and", "but", "or", ","} for k in span):
        # "The man who shot five people was": those people are not who was.
        return find_subjects(tokens, verbs, n - 1)
    # "X is a company that has raised", "X said they had": the subject before is meant again.
    mine = _clause_opener(tokens, verbs, n)
    again = tokens[previous.head].low in _BE and mine in RELATIVES
    again = again or any(tokens[k].low in PERSONS for k in span)
    if not found or is_relative or closes or coordinated or again or not previous.sure:
        found |= find_subjects(tokens, verbs, n - 1)
    return found


def _after_leading_phrase(tokens: tuple[Token, ...], span: range) -> set[int]:
    """Return the content words after "In May, …": what the phrase names is not the subject."""
    if not span or tokens[span.start].low not in PREPOSITIONS:
        return set()
    comma = next((k for k in span if tokens[k].text == ","), None)
    return set() if comma is None else {k for k in span if k > comma and tokens[k].is_content}


def _own_subject(tokens: tuple[Token, ...], span: range) -> set[int]:
    """Return the content words between the last word that opens a clause and the verb."""
    opener = next((k for k in reversed(span) if tokens[k].low in RELATIVES | OPENERS), None)
    if opener is None or tokens[opener + 1].low in PREPOSITIONS:
        return set()
    if any(tokens[k].low in PERSONS for k in range(opener, span.stop)):
        return set()
    return {k for k in range(opener + 1, span.stop) if tokens[k].is_content}


def _clause_opener(tokens: tuple[Token, ...], verbs: tuple[Verb, ...], n: int) -> str:
    """Return the word that opens the clause of verb n ("which", "after"), if one stands there."""
    begin = verbs[n - 1].end if n else 0
    for k in range(verbs[n].start - 1, begin - 1, -1):
        if tokens[k].low in RELATIVES | OPENERS:
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
