"""Whether what a sentence keeps stands in the order of its source."""

from __future__ import annotations

from collections.abc import Sequence

from summarizer.writing.aligning import Alignment, is_telling
from summarizer.writing.attributions import find_frames
from summarizer.writing.numbers import is_number_word
from summarizer.writing.subjects import OPENERS
from summarizer.writing.verbs import Verb, finite_verbs
from summarizer.writing.words import (
    DETERMINERS,
    PREPOSITIONS,
    TIMES,
    word_set,
)

_LIST = frozenset({",", "and", "or"})
_IN_LIST = DETERMINERS | {"of"}
_MOVABLE = word_set(
    "in on at during after before since until over near by for from under amid with within"
)


def find_turns(a: Alignment) -> list[str]:
    """Return a problem where kept words stand in another order than in the source.

    A phrase of time or place, or who says so, may move; a name, a number or a noun may not change
    sides.
    """
    places = [(i, p) for i, p in enumerate(a.places) if p is not None and a.written[i].is_content]
    moved = _moved(a, places)
    problems = []
    used: set[int] = set()
    for i, place in places:
        if place in used and a.written[i].kind == "word" and not is_number_word(a.written[i].low):
            problems.append(f"told twice: {a.written[i].text!r}")
        used.add(place)
    for group in () if _is_turned_round(a, [p for _, p in places]) else _neighbours(moved):
        listed = all(is_listed(a, i, p) for i in group if (p := a.places[i]) is not None)
        may_move = listed or _is_attribution(a, group) or _is_adverbial(a, group)
        if not may_move and not _is_passive(a, group) and not _is_office(a, group):
            problems.append(f"order turned at {a.written[group[0]].text!r}")
    return problems


def _is_turned_round(a: Alignment, places: Sequence[int]) -> bool:
    """Say whether the source's two parts, with a comma between them, changed places.

    So may who says so behind the comma, and what opens the source before it: a circumstance of all
    that follows, unless that is what somebody says.
    """
    cut = next((k for k in range(1, len(places)) if places[k] < places[k - 1]), None)
    if cut is None or list(places) != [*sorted(places[:cut]), *sorted(places[cut:])]:
        return False
    end, begin = max(places[cut:]), min(places[:cut])
    commas = [k for k in range(end, begin) if a.source[k].text == ","]
    if not commas or any(a.source[k].is_content for k in range(commas[-1], begin)):
        return False
    first, last = a.source[: commas[-1]], a.source[commas[-1] + 1 :]
    verbs = [last[verb.head] for verb in finite_verbs(last)]
    if last[0].low == "according" or (verbs and is_telling(verbs[-1])):
        return True
    return first[0].low in OPENERS | PREPOSITIONS and not any(is_telling(verb) for verb in verbs)


def _moved(a: Alignment, places: Sequence[tuple[int, int]]) -> list[int]:
    """Return the written tokens outside the longest run that keeps the source's order."""
    # "Last week" rather than "the board" is what moved when "the board last week" is turned.
    worth = [0.9 if a.written[i].low in TIMES else 1.0 for i, _ in places]
    best = list(worth)
    came_from = [-1] * len(places)
    for n, (_, place) in enumerate(places):
        for m in range(n):
            if places[m][1] < place and best[m] + worth[n] > best[n]:
                best[n], came_from[n] = best[m] + worth[n], m
    kept = set()
    n = max(range(len(places)), key=lambda k: best[k], default=-1)
    while n >= 0:
        kept.add(n)
        n = came_from[n]
    return [i for k, (i, _) in enumerate(places) if k not in kept]


def _neighbours(indices: Sequence[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for i in indices:
        if groups and i - groups[-1][-1] <= 3:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def is_listed(a: Alignment, i: int, place: int) -> bool:
    """Say whether a word only changed its place in a list: "rape or incest", "incest or rape"."""
    verbs = finite_verbs(a.source)
    for k in range(max(0, i - 4), min(len(a.written), i + 5)):
        other = a.places[k]
        if other is None or not a.written[k].is_content or (i < k) == (place < other):
            continue
        mine = a.written[min(i, k) + 1 : max(i, k)]
        theirs = range(min(place, other) + 1, max(place, other))
        if (
            k != i
            and other != place
            and any(t.low in _LIST for t in mine)
            and any(a.source[p].low in _LIST for p in theirs)
            and all(a.source[p].is_content or a.source[p].low in _LIST | _IN_LIST for p in theirs)
            and not any(v.start in theirs for v in verbs)
        ):
            return a.source[place].kind != "number"
    return False


def _is_attribution(a: Alignment, group: Sequence[int]) -> bool:
    """Say whether what moved is who says it: ", X said" to the front, or back."""
    places = {p for i in group if (p := a.places[i]) is not None}
    for frame in find_frames(a.source):
        end = max([frame.word, *frame.speaker])
        own = {*frame.speaker, frame.word, *range(end, end + 5)} - frame.content
        said = a.from_source.get(frame.word)
        if places <= own and said is not None and abs(said - group[0]) <= 10:
            return True
    return False


def _is_adverbial(a: Alignment, group: Sequence[int]) -> bool:
    """Say whether what moved is a short phrase of time or place, whole."""
    first = group[0]
    places = [p for i in group if (p := a.places[i]) is not None]
    if max(places) - min(places) > len(group) + 3:
        return False
    if all(a.written[i].low in TIMES or a.written[i].kind == "number" for i in group) and any(
        a.written[i].low in TIMES for i in group
    ):
        return True
    before = [a.source[k].low for k in range(max(0, min(places) - 2), min(places))]
    lead = [a.written[k].low for k in range(max(0, first - 2), first)]
    return (
        not {w for w in before if w in _MOVABLE}.isdisjoint(lead)
        and not any(a.written[i].kind == "number" for i in group)
        and not _changes_teller(a, first, places[0])
    )


def _changes_teller(a: Alignment, first: int, place: int) -> bool:
    """Say whether a phrase left "X said" for what X said: "after the storm, the mayor said …"."""
    return any(
        is_telling(a.source[verb.head])
        and place < verb.head
        and a.from_source.get(verb.head, first) < first - 3
        for verb in finite_verbs(a.source)
    )


def _is_office(a: Alignment, group: Sequence[int]) -> bool:
    """Say whether "Ada Brandt, the mayor," became "the mayor, Ada Brandt,"."""
    for i in range(1, len(a.written) - 1):
        name, office = a.places[i + 1], a.places[i - 1]
        if a.written[i].text != "," or name is None or office is None or name > office:
            continue
        comma = next((k for k in range(name, office) if a.source[k].text == ","), None)
        if comma is None or a.source[office + 1].text not in {",", "."}:
            continue
        whole = range(i - (office - comma), i + 1 + comma - name)
        if (
            whole[0] >= 0
            and a.places[whole[0]] == comma + 1
            and set(group) <= set(whole)
            and all(t.is_capital for t in a.source[name:comma])
        ):
            return True
    return False


def _is_passive(a: Alignment, group: Sequence[int]) -> bool:
    """Say whether "police arrested Smith" became "Smith was arrested by police"."""
    given = finite_verbs(a.source)
    for verb in finite_verbs(a.written):
        place = a.places[verb.head]
        source = next((v for v in given if place is not None and v.start <= place < v.end), None)
        if source is None or verb.head == verb.start:
            continue
        stood = [
            p for i in range(max(0, verb.start - 6), verb.start) if (p := a.places[i]) is not None
        ]
        if became_passive(a, verb, source, stood) and abs(group[0] - verb.start) <= 8:
            return True
    return False


def became_passive(a: Alignment, verb: Verb, source: Verb, stood: list[int]) -> bool:
    """Say whether "police arrested Smith" became "Smith was arrested"."""
    group = {a.written[k].low for k in range(verb.start, verb.end)}
    if not group & {"is", "are", "was", "were", "been", "be"} or verb.head == verb.start:
        return False
    theirs = {a.source[k].low for k in range(source.start, source.end)}
    if a.written[verb.head].low.endswith("ing") or theirs & {
        "is",
        "are",
        "was",
        "were",
        "been",
        "be",
    }:
        return False
    return any(source.end <= p < source.end + 8 for p in stood)
