"""Which articles are one report: the same agency text counts once, whoever prints it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from summarizer.models import Article
from summarizer.sentences import remove_dateline

SHINGLE = 5
"""Words in a row that are compared."""
SAME_TEXT = 0.4
"""Share of the shorter text's shingles that the longer one has when both are one report.

Measured on the shorter text, so that a cut or lengthened copy still counts. Of 4,919 pairs of
reports of one event, 4,805 share less than 0.2 and 101 more than 0.6.
"""
FEWEST_WORDS = 20
"""Words that must be left of a text for its quotations to be left out."""

_WORD = re.compile(r"[^\W_]+")
# Reports that quote the same long statement are not thereby the same report.
_QUOTATION = re.compile(r"“[^”]{25,}”|\"[^\"\n]{25,}\"")


def independent_reports(articles: Sequence[Article]) -> list[tuple[str, ...]]:
    """Return the articles' ids, one tuple for each independent report, in the articles' order.

    Articles share a tuple when one's text is largely the other's, whatever the headline, or when
    one outlet wrote them. An agency's name alone makes no copy.
    """
    group = list(range(len(articles)))

    def join(i: int, j: int) -> None:
        first, second = sorted((group[i], group[j]))
        group[:] = [first if g == second else g for g in group]

    shingles = [_shingles(article.text) for article in articles]
    for i, j in combinations(range(len(articles)), 2):
        shorter = min(len(shingles[i]), len(shingles[j]))
        if shorter and len(shingles[i] & shingles[j]) >= SAME_TEXT * shorter:
            join(i, j)
    outlets_of = {
        g: {a.outlet for a, other in zip(articles, group, strict=True) if other == g} for g in group
    }
    # An outlet that prints an agency's text and writes one of its own gave two reports, one of them
    # the agency's; what it wrote alone is one report, in however many articles.
    own = [i for i, g in enumerate(group) if len(outlets_of[g]) == 1]
    for i, j in combinations(own, 2):
        if articles[i].outlet and articles[i].outlet == articles[j].outlet:
            join(i, j)
    return [
        tuple(a.id for a, other in zip(articles, group, strict=True) if other == g)
        for g in dict.fromkeys(group)
    ]


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    text = remove_dateline(text)
    words = _WORD.findall(_QUOTATION.sub(" ", text).lower())
    if len(words) < FEWEST_WORDS:
        words = _WORD.findall(text.lower())
    size = min(SHINGLE, len(words))
    return frozenset(tuple(words[i : i + size]) for i in range(len(words) - size + 1) if size)
