"""Whether what a shortened sentence joins stood together in its source."""

from __future__ import annotations

import itertools

from summarizer.writing.aligning import Alignment, is_reporting
from summarizer.writing.order import became_passive, find_turns
from summarizer.writing.subjects import PERSONS, RELATIVES, SENTENCE_BREAK, find_subjects
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

_VERB_LEADS = word_set(
    "and but or to by of while after before for without that as in with from on when than not"
)
_COMPOUNDS = word_set("ahead because instead out front charge favor favour behalf spite view light")
_NOUNS_ING = word_set(
    """
    morning evening meeting building hearing shooting beginning warning ruling king spring spending
    funding training housing briefing filing bombing killing opening offering wedding feeling
    proceeding counseling fishing
    """
)
_QUESTIONS = word_set("what how whether when where who why if")
_STOPS = frozenset({",", ";", ":", "—", "–", "--", "-", "(", ")", '"', "."})


def find_joint_problems(a: Alignment) -> list[str]:
    """Return a problem for each subject and verb, or cut, that the source does not bear out."""
    return [
        *_find_wrong_subjects(a),
        *_find_lost_openers(a),
        *_find_wrong_cuts(a),
        *_find_wrong_objects(a),
        *find_turns(a),
    ]


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
        if any(a.written[k].low in PERSONS for k in range(begin, verb.start)):
            continue
        content = sorted(find_subjects(a.written, mine, n))
        stood = [p for k in content if (p := a.places[k]) is not None]
        if not stood:
            continue
        allowed = find_subjects(a.source, given, source)
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


def _find_lost_openers(a: Alignment) -> list[str]:
    """Return a problem where the "what", "whether" or "when" between verb and clause is left out.

    "Has not said what it will cost" must not become "has not said it will cost".
    """
    problems = []
    verbs = finite_verbs(a.source)
    for p, token in enumerate(a.source):
        if token.low not in _QUESTIONS or p == 0 or p in a.from_source:
            continue
        near = itertools.takewhile(
            lambda k: a.source[k].kind != "mark", range(p - 1, max(-1, p - 4), -1)
        )
        before = next((a.from_source[k] for k in near if k in a.from_source), None)
        verb = next((v for v in verbs if v.start > p), None)
        head = a.from_source.get(verb.head) if verb else None
        if before is None or head is None or head < before:
            continue
        between = a.written[before + 1 : head]
        if not any(t.low in _QUESTIONS | CLAUSE_STARTS or t.text in _STOPS for t in between):
            problems.append(f"{token.text!r} lost after {a.source[p - 1].text!r}")
    return problems


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
            and v.head not in a.from_source
            and (v.sure or a.source[v.start - 1].low in {"and", "but", "or"})
        ]
        if not cut_verbs or right in starts or any(v.start <= right < v.end for v in verbs):
            continue
        first, last = a.source[left + 1], a.source[right - 1]
        between = [t.low for t in a.written[i + 1 : k]]
        opens = first.text in _STOPS or first.low in CLAUSE_STARTS | RELATIVES
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
        if right <= left + 1:
            continue
        parted = any(a.written[j].text in {",", ";", ":"} for j in range(i + 1, k))
        if parted and any(a.source[p].text in _STOPS for p in range(left + 1, right)):
            continue
        if any(a.source[p].text == SENTENCE_BREAK for p in range(left, right)):
            if a.written[k].low not in CLAUSE_STARTS and a.written[i].low not in CLAUSE_STARTS:
                problems.append(f"wrong joint: {a.written[i].text!r} to {a.written[k].text!r}")
            continue
        if a.source[right].low == "of" and a.source[right - 1].is_content:
            problems.append(f"wrong joint: {a.written[i].text!r} to 'of'")
            continue
        governor = right - 1
        while governor > left and a.source[governor].low in DETERMINERS:
            governor -= 1
        is_kept = governor in a.from_source
        if governor == left or is_kept or a.source[right].low in CLAUSE_STARTS | TIMES:
            continue
        token, before = a.source[governor], a.source[governor - 1]
        inside_noun = a.source[left].low in DETERMINERS or a.source[left].text == "'s"
        verbal = (
            governor - left > 1 and not inside_noun and _is_verbal(token, before, governor in verbs)
        )
        if (verbal and right not in verbs and a.source[right].low not in AUXILIARIES) or (
            (token.low in PREPOSITIONS - {"of", "as", "than"} or _ends_compound(a, governor))
            and not _follows_preposition(a, k)
            and not {a.source[left].low, a.source[right].low} & PREPOSITIONS
            and a.source[right].kind != "number"
        ):
            problems.append(f"wrong joint: {a.written[i].text!r} to {a.written[k].text!r}")
    return problems


def _ends_compound(a: Alignment, place: int) -> bool:
    """Say whether the word ends a preposition of two words ("ahead of")."""
    return a.source[place].low == "of" and a.source[place - 1].low in _COMPOUNDS


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
