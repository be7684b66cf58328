"""How well topics match articles: `python -m benchmarks.topics [--fit | --misses]`.

benchmarks/data/topics.jsonl holds 300 pairs of a topic and an article, labelled by reading title
and lead: would someone who subscribed to this topic expect this story? Half of the pairs are topics
of the catalogue, half free words; most negatives are near misses, so precision among a day's
stories is higher. The development half may be fitted and tuned on; the other half is only measured.
topics_fitting.jsonl holds 472 more pairs, of other free words, for fitting alone. The articles
themselves are read from DIGEST_TEST_MATERIAL/data by file and line. Each becomes a report of one
article: its title and its first sentences.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.grouping import material
from config.catalog import load_catalog
from summarizer.digests import matching
from summarizer.digests.evidence import find_evidence
from summarizer.embedding import Embedder
from summarizer.models import Article, ArticleRef, Evidence, Sentence, StoryReport, Topic
from summarizer.sentences import split_sentences

LABELS = Path(__file__).parent / "data" / "topics.jsonl"
FITTING_LABELS = Path(__file__).parent / "data" / "topics_fitting.jsonl"
HALVES = ("development", "held out")
SENTENCES = 8
NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOAL = "precision ≥ .90, recall ≥ .80"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A topic, an article as a report, and whether they belong together."""

    topic: Topic
    report: StoryReport
    matches: bool
    half: str


def read_pairs(file: Path, embedder: Embedder) -> list[Pair]:
    """Return the labelled pairs with their articles."""
    labels = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for label in labels:
        wanted[label["file"]].add(label["line"])
    articles = {
        (file, line): article
        for file, lines in wanted.items()
        for line, article in read_articles(file, lines).items()
    }
    vectors = embedder.embed([article.lead for article in articles.values()])
    reports = {
        place: make_report(article, vector)
        for (place, article), vector in zip(articles.items(), vectors, strict=True)
    }
    topics = matching.catalog_topics(load_catalog())
    by_key = {topic.key: topic for topic in topics}
    return [
        Pair(
            topic=matching.parse_topic(label["topic"], topics)
            if label["free"]
            else by_key[label["topic"]],
            report=reports[label["file"], label["line"]],
            matches=label["matches"],
            half=label["half"],
        )
        for label in labels
    ]


def read_articles(file: str, lines: set[int]) -> dict[int, Article]:
    """Return the articles on these lines, which count from 1."""
    found: dict[int, Article] = {}
    with lzma.open(material() / f"{file}.jsonl.xz", "rt", encoding="utf-8") as rows:
        for number, row in enumerate(rows, start=1):
            if number in lines:
                values = json.loads(row)
                found[number] = Article(
                    id=f"{file}:{number}",
                    url=None,
                    outlet=values.get("outlet") or "",
                    title=values.get("title") or "",
                    text=values["text"],
                    published_at=NOW,
                    fetched_at=NOW,
                )
    return found


def make_report(article: Article, vector: NDArray[np.float32]) -> StoryReport:
    """Return the report of a story of this article alone."""
    start = " ".join(article.text.split()[:300])
    return StoryReport(
        story_id=article.id,
        version=1,
        headline=article.title,
        headline_articles=(1,),
        sentences=tuple(
            Sentence(
                text=text,
                fact_id=f"{article.id}:{number}",
                method="source",
                evidence=(Evidence(article_id=article.id, n=1, text=text),),
            )
            for number, text in enumerate(split_sentences(start)[:SENTENCES])
        ),
        differences=(),
        articles=(
            ArticleRef(
                id=article.id,
                n=1,
                outlet=article.outlet,
                title=article.title,
                url=None,
                published_at=NOW,
            ),
        ),
        independent_reports=1,
        vector=vector,
        opened_at=NOW,
        updated_at=NOW,
        written_at=NOW,
    )


def measure(pairs: Sequence[Pair], embedder: Embedder, *, misses: bool) -> None:
    vectors = {pair.topic.key: embedder.embed(matching.topic_texts(pair.topic)) for pair in pairs}
    print(f"{'(goal: ' + GOAL + ')':40} pairs  precision  recall")
    reports = [pair.report for pair in pairs]
    for _ in range(2):  # the first time reads the reports' words, once for each version of a story
        start = perf_counter()
        matches = len([matching.match_topic(p.topic, vectors[p.topic.key], reports) for p in pairs])
    each = (perf_counter() - start) / matches / len(reports)
    for half in HALVES:
        for kind, is_free in (("catalogue", False), ("free words", True), ("all", None)):
            chosen = [p for p in pairs if p.half == half and is_free in (None, p.topic.is_free)]
            found = [
                bool(matching.match_topic(p.topic, vectors[p.topic.key], [p.report]))
                for p in chosen
            ]
            right = sum(f and p.matches for f, p in zip(found, chosen, strict=True))
            precision = right / max(sum(found), 1)
            recall = right / max(sum(p.matches for p in chosen), 1)
            print(f"{half + ': ' + kind:40} {len(chosen):5}  {precision:9.3f}  {recall:6.3f}")
            for pair, matched in zip(chosen, found, strict=True):
                # The held-out half's misses stay unseen: who reads them tunes on them.
                if misses and is_free is not None and half == HALVES[0] and matched != pair.matches:
                    sign = "+" if matched else "-"
                    print(f"    {sign} {pair.topic.key}: {pair.report.story_id}")

    print(f"one topic against 1,000 stories: {each * 1e6:.0f} ms")


def fit(pairs: Sequence[Pair], embedder: Embedder) -> None:
    """Print the weights of logistic regressions on the pairs that are not held out."""
    for name, is_free in (("FREE", True), ("CATALOG", False)):
        chosen = [p for p in pairs if p.half != HALVES[1] and p.topic.is_free == is_free]
        rows = [
            find_evidence(p.topic, embedder.embed(matching.topic_texts(p.topic)), [p.report])[0]
            for p in chosen
        ]
        answers = np.array([p.matches for p in chosen])
        model = LogisticRegression(C=10, max_iter=5000).fit(rows, answers)
        values = ", ".join(f"{value:.1f}" for value in model.coef_[0])
        print(f"{name}_JUDGE = Judge(weights=({values}), intercept={model.intercept_[0]:.1f})")
        # Each pair is judged by a regression that saw no pair of its topic.
        splits = GroupKFold(10).split(rows, groups=[p.topic.key for p in chosen])
        likely = cross_val_predict(model, rows, answers, cv=list(splits), method="predict_proba")[
            :, 1
        ]
        for sure in np.arange(0.5, 0.8, 0.02):
            found = likely >= sure
            precision, recall = answers[found].mean(), found[answers].mean()
            print(f"    sure={sure:.2f}  precision {precision:.3f}  recall {recall:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--fit", action="store_true", help="fit weights on all but the held-out half"
    )
    parser.add_argument("--misses", action="store_true", help="list that half's wrong answers")
    arguments = parser.parse_args()
    embedder = Embedder.load()
    pairs = read_pairs(LABELS, embedder)
    if arguments.fit:
        fit([*pairs, *read_pairs(FITTING_LABELS, embedder)], embedder)
    else:
        measure(pairs, embedder, misses=arguments.misses)


if __name__ == "__main__":
    main()
