"""How often a claimed difference between two articles is one, on labelled pairs of articles.

    DIGEST_TEST_MATERIAL=… python -m benchmarks.differences [--show]

`data/differences.jsonl` has a pair of articles of `articles_2019` a line, by the first twelve
digits of their texts' SHA-256, and what a reader of both found to differ, going by their dates: a
later, higher count of the same thing is an update, another exact value of it a conflict. Pairs are
of different outlets and one event, and each gives some figure otherwise; where that is a figure of
something else, nothing may be claimed. Most differences are of one event, whose count kept growing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.grouping import read_rows
from summarizer.embedding import Embedder
from summarizer.models import Article, Difference
from summarizer.sentences import source_sentences
from summarizer.writing.differences import find_differences

CASES = Path(__file__).parent / "data" / "differences.jsonl"
ID_LENGTH = 12
MOST_SENTENCES = 30
GOAL = 0.9


def main() -> None:
    """Print the share of claims that are right, and of the labelled differences that are found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--show", action="store_true", help="print what is wrong or not found")
    options = parser.parse_args()
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    wanted = {id for case in cases for id in case["articles"]}
    articles = {a.id: a for a in _articles() if a.id in wanted}
    embedder = Embedder.load()
    claims = right = labelled = 0
    for case in cases:
        pair = [replace(articles[id], n=n) for n, id in enumerate(case["articles"], start=1)]
        truth = set(case["differences"].items())
        claimed = {(d.about, d.kind) for d in _compare(pair, embedder)}
        claims += len(claimed)
        right += len(claimed & truth)
        labelled += len(truth)
        if options.show and claimed != truth:
            print(*case["articles"], f"claimed {sorted(claimed)}, labelled {sorted(truth)}")
    silent = sum(not case["differences"] for case in cases)
    print(f"{len(cases)} pairs, {silent} of them without a difference")
    print(
        f"precision  {right / max(1, claims):6.1%}  ({right} of {claims} claims; goal {GOAL:.0%})"
    )
    print(f"recall     {right / max(1, labelled):6.1%}  ({right} of {labelled} differences)")


def _compare(pair: list[Article], embedder: Embedder) -> list[Difference]:
    sentences = [s for a in pair for s in source_sentences(a, most=MOST_SENTENCES)]
    vectors = embedder.embed([s.text for s in sentences])
    return find_differences(pair, sentences, vectors, embedder.embed([a.title for a in pair]))


def _articles() -> Iterator[Article]:
    for row in read_rows("articles_2019"):
        date = _read_date(row["date"])
        if date is not None:
            yield Article(
                id=hashlib.sha256(row["text"].encode()).hexdigest()[:ID_LENGTH],
                url=None,
                outlet=row["outlet"],
                title=row["title"],
                text=row["text"],
                published_at=date,
                fetched_at=date,
            )


def _read_date(text: str) -> datetime | None:
    """Return the date of '04-24-2019' or '2019-4-24_14', or None."""
    if match := re.match(r"(\d\d?)-(\d\d?)-(\d{4})$", text or ""):
        month, day, year = map(int, match.groups())
        return datetime(year, month, day, tzinfo=UTC)
    if match := re.match(r"(\d{4})-(\d\d?)-(\d\d?)_(\d\d?)", text or ""):
        year, month, day, hour = map(int, match.groups())
        return datetime(year, month, day, hour % 24, tzinfo=UTC)
    return None


if __name__ == "__main__":
    main()
