"""Whether what a shortened sentence joins stood together in its source, and whether it is whole."""

from __future__ import annotations

from summarizer.writing.aligning import Alignment, is_reporting
from summarizer.writing.verbs import Verb, finite_verbs
from summarizer.writing.words import (
    AUXILIARIES,
    CLAUSE_STARTS,
    DETERMINERS,
    FUNCTION_WORDS,
    PREPOSITIONS,
    Token,
    word_set,
)

_RELATIVES = frozenset({"who", "which", "that", "whose", "where", "when"})
_STOPS = frozenset({",", ";", ":", "—", "–", "--", "-", "(", ")", '"', "."})
_OPENERS = word_set(
    """
    after before when while as because since although though if unless until once
    """
)
_OPEN_ENDS = (
    DETERMINERS
    | PREPOSITIONS
    | AUXILIARIES
    | word_set(
        """
    and or but nor than that which who whose whom if because while when where as to not including
    such says said say told tells blamed accused urged warned very more most less least
    """
    )
) - {
    "all",
    "both",
    "few",
    "many",
    "several",
    "some",
    "any",
    "each",
    "another",
    "this",
    "that",
    "these",
    "those",
    "no",
    "do",
    "does",
    "did",
    "can",
    "will",
    "off",
    "over",
    "about",
    "inside",
    "outside",
    "above",
    "below",
    "in",
    "on",
    "up",
    "out",
    "through",
    "since",
    "before",
    "after",
    "said",
    "say",
    "says",
    "near",
    "'s",
    "her",
    "behind",
    "is",
    "are",
    "was",
    "were",
    "around",
}
_NEVER_END = word_set(
    """
    the a an his its their my our and or but of to from with at by for into that which who whose
    than if because
    """
)
_NEEDS_OBJECT = word_set(
    """
    blamed accused urged warned told killed arrested hit defeated announced approved rejected
    signed passed made took gave included including became
    """
)


def find_joint_problems(a: Alignment) -> list[str]:
    """Return a problem for each subject and verb, or cut, that the source does not bear out."""
    return _find_wrong_subjects(a) + _find_wrong_cuts(a) + _find_turns(a)


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
        subject = _subject(a.written, mine, n)
        content = [k for k in subject if a.written[k].is_content]
        stood = [p for k in content if (p := a.places[k]) is not None]
        if not stood:
            continue
        allowed = _possible_subjects(a.source, given, source)
        if set(stood) & allowed:
            continue
        stems = {a.source[p].stem for p in allowed}
        if stems & {a.written[k].stem for k in content}:
            continue
        if _became_passive(a, verb, given[source], stood):
            continue
        if _speaker_moved(a, verb, given[source], stood):
            continue
        name = " ".join(a.written[k].text for k in subject[-4:])
        problems.append(f"wrong joint: {name!r} with {a.written[verb.head].text!r}")
    return problems


def _subject(tokens: tuple[Token, ...], verbs: tuple[Verb, ...], n: int) -> list[int]:
    """Return the tokens between the clause's start and its verb, without parentheses by commas."""
    begin = verbs[n - 1].end if n else 0
    span = list(range(begin, verbs[n].start))
    if n and not any(tokens[k].is_content for k in span):
        # "… and did", "who did": the subject is the one before.
        return _subject(tokens, verbs, n - 1)
    return span


def _possible_subjects(tokens: tuple[Token, ...], verbs: tuple[Verb, ...], n: int) -> set[int]:
    """Return the places of content words that may be the subject of verb n, generously."""
    begin = verbs[n - 1].end if n else 0
    span = range(begin, verbs[n].start)
    found = {k for k in span if tokens[k].is_content}
    if n == 0:
        return found
    previous = verbs[n - 1]
    opener = tokens[previous.start - 1].low if previous.start else ""
    last = tokens[verbs[n].start - 1] if verbs[n].start else None
    is_relative = (
        opener in _RELATIVES or _clause_opener(tokens, verbs, n - 1) in _RELATIVES | _OPENERS
    )
    closes = last is not None and last.text in {",", ")", "—", "–", "--", '"'}
    coordinated = _begins_coordinated(tokens, span)
    if not found or is_relative or closes or coordinated or not previous.sure:
        found |= _possible_subjects(tokens, verbs, n - 1)
    return found


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


def _became_passive(a: Alignment, verb: Verb, source: Verb, stood: list[int]) -> bool:
    """Say whether "police arrested Smith" became "Smith was arrested"."""
    group = {a.written[k].low for k in range(verb.start, verb.end)}
    if not group & {"is", "are", "was", "were", "been", "be"} or verb.head == verb.start:
        return False
    return any(source.end <= p < source.end + 8 for p in stood)


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
    for (i, left), (k, right) in zip(kept, kept[1:], strict=False):
        if right <= left + 1:
            continue
        cut = range(left + 1, right)
        cut_verbs = [v for v in verbs if v.start in cut and v.end <= right and v.sure]
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
        if (
            any(w in CLAUSE_STARTS or w in {",", ";", ":"} for w in between)
            or a.source[left].low in CLAUSE_STARTS
        ):
            if closes or last.low in CLAUSE_STARTS:
                continue
        if _drops_speaker(a, cut_verbs, cut):
            continue
        problems.append(f"wrong joint: {a.written[i].text!r} to {a.written[k].text!r}")
    return problems


def _drops_speaker(a: Alignment, verbs: list[Verb], cut: range) -> bool:
    """Say whether the cut holds no more than who says so: that is for the claims to judge."""
    return len(verbs) == 1 and is_reporting(a.source[verbs[0].head]) and len(cut) <= 12


def _find_turns(a: Alignment) -> list[str]:
    """Return a problem where kept content words stand in another order than in the source.

    A phrase of time or place, or who says so, may move; a name or a noun may not change sides.
    """
    places = [
        (i, p)
        for i, p in enumerate(a.places)
        if p is not None and a.written[i].is_content and a.written[i].kind == "word"
    ]
    problems = []
    breaks = [n for n in range(1, len(places)) if places[n][1] < places[n - 1][1]]
    if not breaks:
        return []
    chunks = _chunks(places, breaks)
    for chunk in chunks[1:]:
        first = chunk[0][0]
        lead = a.written[first - 1].low if first else ""
        back = a.written[max(0, first - 3) : first]
        moved = (
            _is_movable(a, chunk)
            or lead in PREPOSITIONS | {","}
            or any(
                t.low in PREPOSITIONS | CLAUSE_STARTS or t.text in _STOPS or t.low == "by"
                for t in back
            )
        )
        if not moved and not any(
            a.written[i].low in AUXILIARIES for i in range(max(0, first - 2), first)
        ):
            problems.append(f"order turned at {a.written[first].text!r}")
    return problems


def _chunks(places: list[tuple[int, int]], breaks: list[int]) -> list[list[tuple[int, int]]]:
    edges = [0, *breaks, len(places)]
    return [places[x:y] for x, y in zip(edges, edges[1:], strict=False)]


def _is_movable(a: Alignment, chunk: list[tuple[int, int]]) -> bool:
    return any(is_reporting(a.written[i]) for i, _ in chunk)


def find_open_ends(a: Alignment) -> list[str]:
    """Return a problem where the sentence stops short: an open end, no verb, or a lost object."""
    words = [t for t in a.written if t.kind != "mark"]
    if not words:
        return ["empty"]
    last = words[-1]
    if a.source_text.rstrip(' ."').lower().endswith(a.written_text.rstrip(' ."').lower()[-25:]):
        # It ends where the source ends.
        return [] if finite_verbs(a.written) else ["no verb"]
    place = next(
        (p for p in reversed(a.places) if p is not None and a.source[p].kind != "mark"), None
    )
    if last.low in _NEVER_END:
        return [f"ends in {last.text!r}"]
    if not finite_verbs(a.written):
        return ["no verb"]
    if place is None or place + 1 >= len(a.source):
        return []
    following = a.source[place + 1]
    if last.low in _OPEN_ENDS and following.text not in _STOPS:
        return [f"ends in {last.text!r}"]
    verb = next((v for v in finite_verbs(a.written) if a.written[v.head] is last), None)
    lost = (
        following.low in DETERMINERS
        or following.is_capital
        or following.kind == "number"
        or following.low in {"to", "that"}
    )
    if (
        (verb is not None or last.low in _NEEDS_OBJECT)
        and lost
        and following.low not in FUNCTION_WORDS - DETERMINERS - {"to", "that"}
    ):
        return [f"the verb lost its object: {last.text!r}"]
    if following.text in {"'s", "-"} or (last.is_content and following.low == "of"):
        return [f"stops inside a phrase: {last.text!r}"]
    if (
        following.is_content
        and not following.is_capital
        and last.low not in FUNCTION_WORDS
        and following.kind == "word"
    ):
        if last.low.endswith("'s") or (last.is_capital is False and _is_modifier(last)):
            return [f"stops inside a phrase: {last.text!r}"]
    return []


def _is_modifier(token: Token) -> bool:
    return token.low.endswith(("ive", "al", "ic", "ous", "ful", "ary", "able", "ible"))
