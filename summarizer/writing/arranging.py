"""A sentence in another order: who says it, or when it happened, put first.

What comes out is checked like any other rewriting; the rules only propose.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from summarizer.writing.structure import Structure
from summarizer.writing.subjects import PERSONS
from summarizer.writing.verbs import finite_verbs
from summarizer.writing.words import FUNCTION_WORDS, TIMES, WEEKDAYS, plain, tokenize

# "The bridge is safe, the mayor said on Monday."
_SPEAKER_LAST = re.compile(
    r"^(?P<said>[^\"“”]{30,}),\s+(?P<who>[^,\"“”]{2,60}?)\s+(?P<verb>said|says|announced|reported)"
    r"(?P<when>\s+(?:on\s+)?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)?\.$"
)


def put_speaker_first(text: str) -> str | None:
    """Return "X said …" for "…, X said.", or None where the sentence is built otherwise."""
    match = _SPEAKER_LAST.match(plain(text))
    if match is None:
        return None
    said, who = match["said"], match["who"]
    first = tokenize(said)[0]
    if first.low in FUNCTION_WORDS:
        # Only of these is it sure that the capital was the sentence's.
        said = said[0].lower() + said[1:]
    elif not tokenize(said)[1].is_capital:
        return None
    if tokenize(who)[0].low in PERSONS or finite_verbs(tokenize(who)):
        return None
    return f"{who[0].upper()}{who[1:]} {match['verb']}{match['when'] or ''} {said}."


def find_day(structure: Structure, gone: Collection[int] = ()) -> frozenset[int]:
    """Return the tokens of the day ("on Monday night") that can open the sentence, if any.

    Only where the main clause has it and begins with its subject, as far as tokens are not `gone`:
    "The mayor on Monday said …", but not "The mayor said the bridge, closed on Monday, …".
    """
    tree = structure.tree
    nodes = tree.nodes
    days = [i for i, node in enumerate(nodes) if node.low in WEEKDAYS and i not in gone]
    roots = [i for i, node in enumerate(nodes) if node.head == i and node.is_verb]
    if len(days) != 1 or len(roots) != 1 or any(mark in tree.text for mark in '"“”'):
        return frozenset()
    day, root = days[0], roots[0]
    first = next(i for i in range(len(nodes)) if i not in gone)
    if not any(first in tree.subtree(k) for k in tree.of(root, "nsubj", "nsubjpass")):
        return frozenset()
    top = nodes[day].head if nodes[nodes[day].head].low == "on" else day
    phrase = tree.subtree(top)
    if nodes[top].head != root or phrase[-1] - phrase[0] + 1 != len(phrase) or phrase[0] < first:
        return frozenset()
    if any(nodes[k].low not in TIMES | {"on", "the"} or k in gone for k in phrase):
        return frozenset()
    # Behind another verb a day may well be that verb's, whatever the parser says.
    between = range(*sorted((root, top)))
    if any(nodes[k].is_verb and k != root and nodes[k].head != root for k in between):
        return frozenset()
    return frozenset(phrase)
