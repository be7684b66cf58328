"""Other forms of a sentence: what its tree says it can do without left out, the day put first.

What comes out is checked like any other rewriting.
"""

from __future__ import annotations

import re

from summarizer.writing.aligning import is_telling
from summarizer.writing.arranging import rearrange, write
from summarizer.writing.structure import Structure
from summarizer.writing.words import tokenize, word_list, word_set

LEAST_WORDS = 8
LEAST_SHARE = 0.4
"""Of the source's words: below, what made it worth telling is gone."""
MOST_PARTS = 6

_ORDER = word_list("intj advmod amod appos relcl acl parataxis advcl prep conj npadvmod")
"""What goes first says least."""

_SET_OFF = word_set("appos relcl acl advcl prep parataxis")
"""What commas set off; those of a list, or of what opens the sentence, end nothing."""
_HYPHENS = frozenset("-–/")
_MARKS = word_set(", — – -- - ( )")
_LEFT_OVER = re.compile(
    r"^(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,|[,.;:]"
    r"|(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? \d)"
)
"""A beginning that only what went before it made sense of."""


def prune(structure: Structure) -> list[str]:
    """Return other forms of the sentence, those that leave out least first.

    Each constituent that can go is left out alone, and one after the other; each form, and the
    whole sentence, also stands in other orders.
    """
    text, nodes = structure.tree.text, structure.tree.nodes
    if not nodes:
        return []
    parts = _parts(structure)
    sets: list[tuple[int, ...]] = [(), *((k,) for k in range(len(parts)))]
    sets += [tuple(range(k)) for k in range(2, len(parts) + 1)]
    sets += [(j, k) for k in range(len(parts)) for j in range(k)]
    found = []
    for chosen in dict.fromkeys(sets):
        gone = set().union(*(parts[k] for k in chosen))
        kept = [i for i in range(len(nodes)) if i not in gone]
        if len(kept) < max(LEAST_WORDS, LEAST_SHARE * len(nodes)):
            continue
        found += [
            (len(gone), form) for form in (write(structure, kept), *rearrange(structure, kept))
        ]
    found.sort(key=lambda pair: pair[0])
    forms = dict.fromkeys(form for _, form in found)
    return [form for form in forms if form != text and _is_whole(form)]


def _is_whole(form: str) -> bool:
    """Say whether a form begins as a sentence does and ends its brackets and "not only"."""
    ends = form.count("(") == form.count(")") and ("not only" not in form or " but " in form)
    return ends and not _LEFT_OVER.match(form)


def _parts(structure: Structure) -> list[frozenset[int]]:
    """Return the constituents that can go, the least important first; none lies inside another."""
    nodes = structure.tree.nodes
    quoted = _quoted(structure)
    found: list[tuple[int, int, frozenset[int]]] = []
    for i, node in enumerate(nodes):
        if node.dep not in _ORDER or not structure.may_go(i):
            continue
        inside = structure.tree.subtree(i)
        # The parser counts a mark at the edge to one side or the other; it is looked at apart.
        while len(inside) > 1 and nodes[inside[-1]].text in _MARKS - {")"}:
            inside.pop()
        whole = frozenset(range(inside[0], inside[-1] + 1))
        if len(whole) != len(inside) or (whole & quoted and not _closed(structure, whole)):
            continue
        if _splits_word(structure, whole):
            continue
        if node.dep == "conj":
            lead = [k for k in structure.tree.of(node.head, "cc") if k < i][-1]
            # The comma behind a second clause is not the second of a pair.
            whole |= {lead, lead - 1} if nodes[lead - 1].text == "," else {lead}
        else:
            whole = _with_marks(structure, whole)
        found.append((_ORDER.index(node.dep), len(whole), whole))
    found.sort(key=lambda part: part[:2])
    return [part for _, _, part in found][:MOST_PARTS]


def _splits_word(structure: Structure, part: frozenset[int]) -> bool:
    """Say whether a part begins or ends inside a word: "co-" and "sponsored" are two tokens."""
    nodes = structure.tree.nodes
    return any(
        0 < i < len(nodes)
        and nodes[i - 1].end == nodes[i].start
        and (nodes[i - 1].text in _HYPHENS or nodes[i].text in _HYPHENS or nodes[i].tag == "POS")
        for i in (min(part), max(part) + 1)
    )


def _quoted(structure: Structure) -> set[int]:
    """Return the tokens inside quotation marks, with the marks."""
    inside: set[int] = set()
    is_open = False
    for i, node in enumerate(structure.tree.nodes):
        mark = node.text in {'"', "“", "”", "''", "``"}
        if mark or is_open:
            inside.add(i)
        if mark:
            is_open = node.text == "“" or (node.text not in {"”"} and not is_open)
    return inside


def _closed(structure: Structure, part: frozenset[int]) -> bool:
    """Say whether a part holds its quotations whole."""
    marks = [structure.tree.nodes[i].text for i in part]
    quotes = _quoted(structure)
    first, last = min(part), max(part)
    return (
        sum(mark in {'"', "“", "”"} for mark in marks) % 2 == 0
        and not (
            first - 1 in quotes
            and first in quotes
            and structure.tree.nodes[first].text not in {'"', "“"}
        )
        and not (
            last + 1 in quotes
            and last in quotes
            and structure.tree.nodes[last].text not in {'"', "”"}
        )
    )


def _with_marks(structure: Structure, part: frozenset[int]) -> frozenset[int]:
    """Return a part with the marks that set it off; a mark that something else needs stays."""
    nodes = structure.tree.nodes
    texts = [nodes[i].text for i in part]
    if texts.count("(") > texts.count(")") and nodes[max(part) + 1 :][:1]:
        # "the secretary of the board (BOD), was": the parser gives the bracket to another.
        part |= {max(part) + 1} if nodes[max(part) + 1].text == ")" else set()
    first, last = min(part), max(part)
    before = first - 1 if first > 0 and nodes[first - 1].text in _MARKS else None
    after = last + 1 if last + 1 < len(nodes) and nodes[last + 1].text in _MARKS else None
    if first == 0:
        return part | {after} if after is not None else part
    if before is not None and nodes[first].dep == "amod" and nodes[before - 1].dep == "amod":
        return part | {before}  # "big, bold promises"
    if before is None or nodes[first].text in _MARKS:
        # "after a hearing at Fort Brandt, Norland, on Monday": the comma at its end is the place's.
        closes = after is not None and any(nodes[i].text == nodes[after].text for i in part)
        return part | {after} if after is not None and closes else part
    if after is None:
        # At the sentence's end, or where only one mark stands, it goes with what it led.
        ends = last + 1 == len(nodes) or nodes[last + 1].tag in {".", "''"}
        return part | {before} if ends else part
    if nodes[after].text == "," and _is_speech(structure, after + 1):
        return part | {before}  # "…, adding to the row, an official said"
    if nodes[before].text == nodes[after].text or {nodes[before].text, nodes[after].text} == {
        "(",
        ")",
    }:
        # "In Arlund, its capital, voters …": what the sentence opens with keeps a comma.
        opened = nodes[before].text != "," or any(
            n.dep in {"nsubj", "nsubjpass", "csubj", "expl"} for n in nodes[:first]
        )
        both = opened and not _ends_another(structure, first, last)
        return part | {before, after} if both else part | {before}
    return part | {before}


def _ends_another(structure: Structure, first: int, last: int) -> bool:
    """Say whether a longer part that commas set off ends where this one does."""
    nodes = structure.tree.nodes
    if nodes[first - 1].text != ",":
        return False
    around = (structure.tree.subtree(k) for k in range(first) if nodes[k].dep in _SET_OFF)
    return any(
        0 < inside[0] < first and inside[-1] == last and nodes[inside[0] - 1].text == ","
        for inside in around
    )


def _is_speech(structure: Structure, start: int) -> bool:
    """Say whether what begins at a token says who said what stands before it."""
    nodes = structure.tree.nodes
    verb = next((i for i in range(start, len(nodes)) if nodes[i].is_verb), None)
    return (
        verb is not None
        and is_telling(tokenize(nodes[verb].text)[0])
        and any(
            start == (verb if k > verb else structure.tree.subtree(k)[0])
            for k in structure.tree.of(verb, "nsubj")
        )
        and any(k < start for k in structure.tree.of(verb, "ccomp"))
    )
