"""Judge article extraction: F1 and speed, ours beside trafilatura's own, on real pages.

    python benchmarks/extraction.py FOLDER

FOLDER holds `<name>.html.gz` files and `expected.json` (name → {"articleBody", "url"}), as made
from scrapinghub/article-extraction-benchmark. The measure is that benchmark's: texts as bags of
4-token shingles, precision and recall averaged over the pages, F1 from the two averages.
Speeds are pages per second of processor time, best of some rounds, both in the same run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import trafilatura

from summarizer.collecting.extracting import extract_html

SHINGLE = 4
LEAST_SPEED = 0.85
"""Of trafilatura's own speed."""

Extract = Callable[[bytes, str | None], str]


def main() -> int:
    """Print both F1s and both speeds; exit with 1 where ours is worse or too slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    material = os.environ.get("DIGEST_TEST_MATERIAL")
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path(material, "pages") if material else None,
        help="default: pages/ in DIGEST_TEST_MATERIAL",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.folder is None:
        parser.error("name the folder of pages, or set DIGEST_TEST_MATERIAL")
    pages, expected = load(arguments.folder)
    results = {
        name: {"f1": 0.0, "pages_per_s": 0.0, **score(extract, pages, expected)}
        for name, extract in EXTRACTORS.items()
    }
    for name, speed in measure_speeds(pages, rounds=arguments.rounds).items():
        results[name]["pages_per_s"] = speed
    ratio = results["ours"]["pages_per_s"] / results["trafilatura"]["pages_per_s"]
    if arguments.json:
        print(json.dumps({**results, "speed_ratio": ratio}))
    else:
        for name, figures in results.items():
            print(name.ljust(12), "  ".join(f"{k}={v:.3f}" for k, v in figures.items()))
        print(f"speed: {ratio:.0%} of trafilatura's")
    return int(ratio < LEAST_SPEED or results["ours"]["f1"] < results["trafilatura"]["f1"])


def load(folder: Path) -> tuple[dict[str, bytes], dict[str, dict[str, str]]]:
    """Return the pages and what is expected of each, by name."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    pages = {name: gzip.decompress((folder / f"{name}.html.gz").read_bytes()) for name in expected}
    return pages, expected


def score(
    extract: Extract, pages: dict[str, bytes], expected: dict[str, dict[str, str]]
) -> dict[str, float]:
    """Return F1, precision and recall over all pages."""
    precisions, recalls = [], []
    for name, html in pages.items():
        predicted = extract(html, expected[name].get("url"))
        precision, recall = compare(expected[name]["articleBody"], predicted)
        precisions.append(precision)
        recalls.append(recall)
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"f1": f1, "precision": precision, "recall": recall}


def compare(true: str, predicted: str) -> tuple[float, float]:
    """Return the precision and the recall of one page's text."""
    wanted, found = shingles(true), shingles(predicted)
    common = (wanted & found).total()
    if wanted == found:
        return 1.0, 1.0
    precision = common / found.total() if found else 0.0
    recall = common / wanted.total() if wanted else 0.0
    return precision, recall


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the bag of `SHINGLE` tokens in a row; of a shorter text, the text itself."""
    tokens = re.findall(r"\w+", text)
    rows = max(1, len(tokens) - SHINGLE + 1) if tokens else 0
    return Counter(tuple(tokens[i : i + SHINGLE]) for i in range(rows))


def measure_speeds(pages: dict[str, bytes], *, rounds: int) -> dict[str, float]:
    """Return pages per second of processor time, each page's best round, methods interleaved."""
    best = {name: dict.fromkeys(pages, float("inf")) for name in EXTRACTORS}
    for _ in range(rounds):
        for page, html in pages.items():
            for name, extract in EXTRACTORS.items():
                started = time.process_time()
                extract(html, None)
                best[name][page] = min(best[name][page], time.process_time() - started)
    return {name: len(pages) / sum(times.values()) for name, times in best.items()}


def _ours(html: bytes, url: str | None) -> str:
    return extract_html(html, url=url).text


def _trafilatura(html: bytes, url: str | None) -> str:
    text = trafilatura.extract(html, url=url, favor_precision=True, include_comments=False)
    return text or ""


EXTRACTORS: dict[str, Extract] = {"trafilatura": _trafilatura, "ours": _ours}

if __name__ == "__main__":
    sys.exit(main())
