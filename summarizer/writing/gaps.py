"""What a shorter form of a sentence left out that had to stay."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from summarizer.writing.aligning import Alignment
from summarizer.writing.structure import FREE, Structure
from summarizer.writing.syntax import Tree


def kept_tokens(alignment: Alignment, tree: Tree) -> frozenset[int]:
    """Return the numbers of the tree's tokens on which a word of the written sentence stands."""
    spans = {
        (alignment.source[place].start, alignment.source[place].end)
        for place in alignment.places
        if place is not None
    }
    return frozenset(
        i
        for i, node in enumerate(tree.nodes)
        if any(start < node.end and node.start < end for start, end in spans)
    )


def find_gaps(structure: Structure, kept: AbstractSet[int]) -> list[str]:
    """Return what a form of the sentence that has the tokens `kept` should not have left out."""
    nodes = structure.tree.nodes
    problems = []
    for i, node in enumerate(nodes):
        if node.dep == "punct" or node.tag in {"``", "''", ",", ".", ":", "HYPH"}:
            continue
        has_head = node.head in kept
        if node.dep == "cc" and i not in kept and _joins(structure.tree, i, kept):
            problems.append(f"left out: {node.text!r}")
        if i in kept and not has_head and node.head != i and node.dep not in FREE:
            problems.append(f"nothing holds {node.text!r}")
        if i not in kept and (has_head or node.head == i) and not structure.may_go(i):
            problems.append(f"left out: {node.text!r}")
    return problems


def _joins(tree: Tree, i: int, kept: AbstractSet[int]) -> bool:
    """Say whether a conjunction stands between two parts that are kept."""
    head = tree.nodes[i].head
    return head in kept and any(k > i and k in kept for k in tree.of(head, "conj"))
