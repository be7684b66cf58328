"""How well articles are grouped into stories: B-cubed F1 on labelled events of other dates.

    python -m benchmarks.grouping           scores on the events kept apart from fitting
    python -m benchmarks.grouping --show 40 prints stories of three whole days, for reading
    python -m benchmarks.grouping --fit     fits the weights of summarizer/stories/scoring.py
    python -m benchmarks.grouping --words   writes summarizer/words.txt anew

Reads DIGEST_TEST_MATERIAL/data. Weights are fitted on events before March 2019 and the
training clusters of political news; scores are of events from March 2019 on, of the political
validation clusters, and of both together (the mean over all articles). Every figure is given with
the articles' dates (of the events, or of the likest article, where they have none) and with all of
them on one day, which is harder. B-cubed: Bagga and Baldwin, 1998.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.linear_model import LogisticRegression

from summarizer.embedding import Embedder
from summarizer.models import Article
from summarizer.stories.grouping import date_undated, group_articles
from summarizer.stories.scoring import WEIGHTS, features
from summarizer.words import stems

GOAL = 0.96
HELD_OUT_FROM = "2019-03"
WINDOW = timedelta(hours=72)
ONE_DAY = datetime(2019, 1, 1, tzinfo=UTC)
DAYS = [date(2019, 4, 8), date(2019, 4, 9), date(2019, 4, 10)]
WORDS = Path(__file__).parent.parent / "summarizer" / "words.txt"
FEWEST_ARTICLES_WITH_WORD = 20
LABELS_TRUSTED_FROM = 0.30
"""Of an article's `scores`: below, it often belongs to another event."""


Scores = tuple[float, float, float]
"""F1, precision and recall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Articles whose events are known."""

    name: str
    articles: tuple[Article, ...]
    events: NDArray[np.int64]
    vectors: NDArray[np.float32]


def material() -> Path:
    """Return the folder of the data sets, or stop with what to set."""
    folder = os.environ.get("DIGEST_TEST_MATERIAL")
    if not folder or not (Path(folder) / "data").is_dir():
        sys.exit("set DIGEST_TEST_MATERIAL to the folder that holds data/; nothing was measured")
    return Path(folder) / "data"


def read_rows(name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a data set."""
    with lzma.open(material() / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def label(name: str, clusters: Sequence[dict[str, Any]], embedder: Embedder) -> Labelled:
    """Return the clusters' articles with their events and vectors."""
    articles: list[Article] = []
    events: list[int] = []
    dated: list[bool] = []
    for event, cluster in enumerate(clusters):
        for row in cluster["articles"]:
            at = parse_date(row["date"] or cluster.get("date"))
            dated.append(at is not None)
            articles.append(make_article(row, len(articles), at or ONE_DAY))
            events.append(event)
    vectors = embedder.embed([article.lead for article in articles])
    return Labelled(
        name=name,
        articles=tuple(date_undated(articles, vectors, dated)),
        events=np.array(events),
        vectors=vectors,
    )


def make_article(row: dict[str, Any], number: int, at: datetime) -> Article:
    return Article(
        id=str(number),
        url=None,
        outlet=row["outlet"] or "",
        title=row["title"] or "",
        text=row["text"],
        published_at=at,
        fetched_at=at,
    )


def parse_date(text: str | None) -> datetime | None:
    """Return the date, None where there is none or it is unreadable."""
    try:
        return datetime.fromisoformat((text or "")[:10]).replace(tzinfo=UTC)
    except ValueError:
        return None


def parse_american_date(text: str | None) -> datetime | None:
    """Return the date of MM-DD-YYYY, None where there is none."""
    try:
        return datetime.strptime(text or "", "%m-%d-%Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def held_out(embedder: Embedder) -> list[Labelled]:
    """Return what is judged on."""
    events = [
        row
        for row in read_rows("wcep_clusters.train")
        if row["date"] >= HELD_OUT_FROM and len(row["articles"]) >= 4
    ]
    political = list(read_rows("neus_clusters.val"))
    return [
        label("events from 2019-03 on", events, embedder),
        label("political roundups (val)", political, embedder),
    ]


def for_fitting(embedder: Embedder) -> list[Labelled]:
    """Return what weights and threshold may be fitted on."""
    events: list[dict[str, Any]] = []
    for row in read_rows("wcep_clusters.train"):
        sure = [
            article
            for article, score in zip(row["articles"], row["scores"], strict=True)
            if score >= LABELS_TRUSTED_FROM
        ]
        if row["date"] < HELD_OUT_FROM and len(row["articles"]) >= 3 and sure:
            events.append({**row, "articles": sure})
    political = list(read_rows("neus_clusters.train"))
    return [
        label("events before 2019-03", events, embedder),
        label("political roundups (train)", political, embedder),
    ]


def b_cubed(found: Sequence[int], events: NDArray[np.int64]) -> Scores:
    """Return F1, precision and recall."""
    groups = np.array(found)
    both = _sizes(groups * (events.max() + 1) + events)
    precision = float((both / _sizes(groups)).mean())
    recall = float((both / _sizes(events)).mean())
    return 2 * precision * recall / (precision + recall), precision, recall


def _sizes(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row how many rows have its label."""
    _, where, counts = np.unique(labels, return_inverse=True, return_counts=True)
    sizes: NDArray[np.int64] = counts[where]
    return sizes


def group(data: Labelled, *, batch: int | None = None) -> list[int]:
    """Return each article's story by our grouping, all at once or `batch` by `batch`."""
    order = sorted(range(len(data.articles)), key=lambda i: data.articles[i].published_at)
    size = batch or len(order)
    stories: dict[str, Any] = {}
    members: dict[str, Any] = {}
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        changed = group_articles(
            [data.articles[i] for i in rows],
            data.vectors[rows],
            list(stories.values()),
            members=members,
            window=WINDOW,
        )
        stories |= {story.id: story for story in changed}
        members |= {data.articles[i].id: (data.articles[i], data.vectors[i]) for i in rows}
    open_stories = [story for story in stories.values() if story.merged_into is None]
    where = {id: n for n, story in enumerate(open_stories) for id in story.article_ids}
    return [where[article.id] for article in data.articles]


def best_plain(data: Labelled) -> Scores:
    """Return the score of average linkage of the vectors at whichever threshold is best here."""
    distances = np.clip(1 - data.vectors @ data.vectors.T, 0, 2).astype(np.float64)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform((distances + distances.T) / 2, checks=False), "average")
    return max(
        b_cubed(fcluster(tree, threshold, "distance"), data.events)
        for threshold in np.arange(0.3, 0.75, 0.02)
    )


def on_one_day(data: Labelled) -> Labelled:
    return replace(data, articles=tuple(replace(a, published_at=ONE_DAY) for a in data.articles))


def together(scores: Sequence[Scores], sizes: Sequence[int]) -> Scores:
    """Return the scores over all articles of sets of these sizes."""
    precision, recall = np.average([(p, r) for _, p, r in scores], axis=0, weights=sizes).tolist()
    return 2 * precision * recall / (precision + recall), precision, recall


def measure() -> None:
    print(f"{'B-cubed (goal ' + str(GOAL) + ')':54} F1      precision recall")
    found: defaultdict[str, list[Scores]] = defaultdict(list)
    sets = held_out(Embedder.load())
    for dated in sets:
        one_day = on_one_day(dated)
        for name, scores in (
            ("plain average linkage, best threshold of each set", best_plain(dated)),
            ("ours, with dates", b_cubed(group(dated), dated.events)),
            ("ours, with dates, 25 at a time", b_cubed(group(dated, batch=25), dated.events)),
            ("ours, all on one day", b_cubed(group(one_day), dated.events)),
            ("ours, all on one day, 25 at a time", b_cubed(group(one_day, batch=25), dated.events)),
        ):
            found[name].append(scores)
    sizes = [len(data.articles) for data in sets]
    for n, data in enumerate(sets):
        print(f"{data.name}: {len(data.articles)} articles, {data.events.max() + 1} events")
        for name, each in found.items():
            show(name, each[n])
    print(f"both: {sum(sizes)} articles")
    for name, each in found.items():
        show(name, together(each, sizes))


def show(name: str, scores: Scores) -> None:
    f1, precision, recall = scores
    print(f"  {name:52} {f1:.3f}   {precision:.3f}   {recall:.3f}")


def fit() -> None:
    """Print the weights of a logistic regression on pairs; scoring.py says what is not fitted."""
    names = [name for name in WEIGHTS if name not in {"strangers", "days"}]
    rows: list[NDArray[np.float64]] = []
    answers: list[NDArray[np.bool_]] = []
    weights: list[NDArray[np.float64]] = []
    for data in for_fitting(Embedder.load()):
        found = features(data.articles, data.vectors)
        pairs = np.tril_indices(len(data.articles), -1)
        same = (data.events[:, None] == data.events[None, :])[pairs]
        telling = (found["meaning"][pairs] > 0.2) | same
        rows.append(np.stack([found[name][pairs][telling] for name in names], axis=1))
        answers.append(same[telling])
        weights.append(np.full(int(telling.sum()), 1 / same.sum()))
    weight = np.concatenate(weights)
    model = LogisticRegression(C=10, solver="newton-cholesky").fit(
        np.concatenate(rows), np.concatenate(answers), sample_weight=weight / weight.mean()
    )
    for name, value in zip(names, model.coef_[0], strict=True):
        print(f"{name:14} {value:6.2f}")
    print(f"{'intercept':14} {model.intercept_[0]:6.2f}")


def show_days(count: int) -> None:
    """Print how large the stories of three whole days are, and the titles of `count` of them.

    Here, unlike in the labelled sets, most articles have no other on their event.
    """
    articles: list[Article] = []
    for row in read_rows("articles_2019"):
        at = parse_american_date(row["date"])
        if at is not None and at.date() in DAYS:
            articles.append(make_article(row, len(articles), at))
    vectors = Embedder.load().embed([article.lead for article in articles])
    events = np.arange(len(articles))
    data = Labelled(name="days", articles=tuple(articles), events=events, vectors=vectors)
    stories: defaultdict[int, list[str]] = defaultdict(list)
    for article, story in zip(articles, group(data, batch=50), strict=True):
        stories[story].append(article.title)
    sizes = Counter(len(titles) for titles in stories.values())
    print(f"{len(articles)} articles; stories by articles: {dict(sorted(sizes.items()))}")
    told_twice = [titles for titles in stories.values() if len(titles) > 1]
    for titles in random.Random(0).sample(told_twice, min(count, len(told_twice))):
        print("", *titles, sep="\n  ")


def write_words() -> None:
    """Write how rare each common stem is: the logarithm of articles per article that has it."""
    articles = 0
    having: Counter[str] = Counter()
    for name in ("articles_allsides", "articles_2020_described", "cnn_cased"):
        for number, row in enumerate(read_rows(name)):
            if number % 2 == 0:
                articles += 1
                start = " ".join(row["text"].split()[:100])
                having.update(set(stems(f"{row.get('title') or ''} {start}")))
    lines: defaultdict[float, list[str]] = defaultdict(list)
    for stem, count in having.items():
        if count >= FEWEST_ARTICLES_WITH_WORD and stem.isascii():
            lines[round(log(articles / count), 1)].append(stem)
    text = "".join(f"{value} {' '.join(sorted(lines[value]))}\n" for value in sorted(lines))
    WORDS.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fit", action="store_true", help="fit the weights and print them")
    parser.add_argument("--words", action="store_true", help="write summarizer/words.txt anew")
    parser.add_argument("--show", type=int, metavar="N", help="print N stories of three days")
    arguments = parser.parse_args()
    if arguments.show:
        show_days(arguments.show)
    if arguments.words:
        write_words()
    if arguments.fit:
        fit()
    if not (arguments.show or arguments.words or arguments.fit):
        measure()


if __name__ == "__main__":
    main()
