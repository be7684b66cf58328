"""A sentence in another order: who says it, or when it happened, put first.

What comes out is checked like any other rewriting; the rules only propose.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from summarizer.writing.structure import Structure
from summarizer.writing.subjects import PERSONS
from summarizer.writing.verbs import finite_verbs
from summarizer.writing.words import FINDING_VERBS, FUNCTION_WORDS, TIMES, WEEKDAYS, tokenize

_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
# "The bridge is safe, the mayor said on Monday."
_SPEAKER_LAST = re.compile(
    r"^(?P<said>[^\"“”]{30,}),\s+(?P<who>[^,\"“”]{2,60}?)\s+"
    rf"(?P<verb>said|says|announced|reported|warned|confirmed|estimated|{'|'.join(FINDING_VERBS)})"
    rf"(?P<when>\s+(?:on\s+)?{_DAY})?\.$"
)
# "The bridge is safe, according to a report that the harbour board published."
_SOURCE_LAST = re.compile(r"^(?P<said>[^\"“”]{30,}),\s+according to (?P<who>[^,\"“”]{2,90})\.$")


def put_speaker_first(text: str) -> str | None:
    """Return "X said …" for "…, X said.", and the like of "according to".

    None where the sentence is built otherwise.
    """
    if match := _SOURCE_LAST.match(text):
        said = _continue(match["said"])
        return said and f"According to {match['who']}, {said}."
    match = _SPEAKER_LAST.match(text)
    if match is None:
        return None
    who, verb, when = match["who"], match["verb"], match["when"] or ""
    if tokenize(who)[0].low in PERSONS or finite_verbs(tokenize(who)):
        return None
    that = "" if verb in {"said", "says"} and not when else " that"
    said = _continue(match["said"])
    return said and f"{who[0].upper()}{who[1:]} {verb}{when}{that} {said}."


def _continue(text: str) -> str | None:
    """Return what a sentence begins with as it stands inside one, None if that is not known."""
    first, second = tokenize(text)[:2]
    if first.low in FUNCTION_WORDS:
        # Only of these is it sure that the capital was the sentence's.
        return text[0].lower() + text[1:]
    return text if second.is_capital else None


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
