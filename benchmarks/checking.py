# ruff: noqa: E501 - patterns and their messages read better on one line
"""How many false sentences the check catches, and how many true ones it refuses.

    DIGEST_TEST_MATERIAL=… python -m benchmarks.checking [--show KIND]

False sentences are made by rule from real ones: a number, name or weekday swapped, a negation put in
or left out, a doubt or a speaker left out, a direction turned, a subject joined to another clause's
verb, a clause made up. True ones are human: sentences of neutral roundups and compressions whose
words all stand in their source. The rules here are written apart from those of the check.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corruptions import MAKERS, NAME, NOT_NAMES, UNSEEN, VERBS, find_names
from summarizer.models import SourceSentence
from summarizer.sentences import split_sentences
from summarizer.writing.checking import check


def main() -> None:
    """Print the share caught for each kind of falsehood and the share of true sentences refused."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--show", default="", help="a kind, 'missed' or 'refused': print what went wrong"
    )
    parser.add_argument("--each", type=int, default=40, help="falsehoods of a kind at most")
    options = parser.parse_args()
    folder = os.environ.get("DIGEST_TEST_MATERIAL")
    if not folder:
        sys.exit("set DIGEST_TEST_MATERIAL to the folder with data/")
    data = Path(folder) / "data"
    rng = random.Random(7)
    caught: dict[str, list[bool]] = defaultdict(list)
    for kind, sources, text in _falsehoods(data, options.each, rng):
        verdict = check(text, [_source(s, n) for n, s in enumerate(sources, start=1)])
        caught[kind].append(not verdict.supported)
        if verdict.supported and options.show in {kind, "missed"}:
            print(f"MISSED {kind}", *(f"  < {s}" for s in sources), f"  > {text}", sep="\n")
    unseen = {kind for kind in caught if kind.removeprefix("short: ") in UNSEEN}
    total = [c for kind, values in caught.items() if kind not in unseen for c in values]
    for kind, values in caught.items():
        print(
            f"{kind:22} {sum(values):4} of {len(values):4} caught  {sum(values) / len(values):6.1%}"
        )
    print(
        f"{'all but unseen kinds':22} {sum(total):4} of {len(total):4} caught  {sum(total) / len(total):6.1%}"
    )
    for name, pairs in (
        ("neutral roundups", _roundups(data)),
        ("compressions", _compressions(data)),
        ("sources themselves", ((t, [t]) for t in _sentences(data, 400))),
    ):
        refused, count = 0, 0
        for text, sources in pairs:
            verdict = check(text, [_source(s, n) for n, s in enumerate(sources, start=1)])
            refused += not verdict.supported
            count += 1
            if not verdict.supported and options.show in {"refused", name}:
                print(
                    "REFUSED",
                    *(f"  < {s}" for s in sources),
                    f"  > {text}",
                    f"  ! {verdict.problems}",
                    sep="\n",
                )
        print(f"{name:22} {refused:4} of {count:4} refused {refused / max(1, count):6.1%}")


def _source(text: str, n: int = 1) -> SourceSentence:
    return SourceSentence(article_id=str(n), n=n, position=0, text=text)


def _read(path: Path) -> Iterator[dict]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _sentences(data: Path, limit: int) -> Iterator[str]:
    """Yield plain whole sentences of real articles."""
    count = 0
    for cluster in _read(data / "neus_clusters.val.jsonl.xz"):
        for article in cluster["articles"]:
            for sentence in split_sentences(article["text"])[:6]:
                words = len(sentence.split())
                if (
                    10 <= words <= 38
                    and sentence[0].isupper()
                    and sentence.endswith(".")
                    and '"' not in sentence
                ):
                    yield sentence
                    count += 1
                    if count == limit:
                        return


def _falsehoods(data: Path, each: int, rng: random.Random) -> Iterator[tuple[str, list[str], str]]:
    """Yield kind, sources and a false text; half are made of whole sentences, half of shortened ones."""
    whole = [(s, s) for s in _sentences(data, 3000)]
    shortened = [(text, sources[0]) for text, sources in _compressions(data, 3000)]
    names = [n for s, _ in whole for n in find_names(s)]
    for prefix, pairs in (("", whole), ("short: ", shortened)):
        counts: dict[str, int] = defaultdict(int)
        rng.shuffle(pairs)
        for true, source in pairs:
            for kind, make in (MAKERS | UNSEEN).items():
                if counts[kind] >= each:
                    continue
                text = make(true, names, rng)
                # What happens to be true, or can be read as true, is no falsehood.
                if text and text != true and text.lower() not in source.lower():
                    counts[kind] += 1
                    yield prefix + kind, [source], text
    yield from _blends(whole, each, rng)


def _blends(
    whole: list[tuple[str, str]], each: int, rng: random.Random
) -> Iterator[tuple[str, list[str], str]]:
    """Yield the subject of one sentence with the predicate of another."""
    split = re.compile(
        rf"^(?P<subject>{NAME}(?: {NAME})?) (?P<rest>(?:{VERBS[3:-1]}|\w+ed) .{{15,}})$"
    )
    parts = [
        (m, s)
        for s, _ in whole
        if (m := split.match(s)) and m["subject"].split()[0].lower() not in NOT_NAMES
    ]
    for _ in range(each):
        (a, first), (b, second) = rng.sample(parts, 2)
        if not set(a["subject"].split()) & set(second.replace(",", "").split()):
            yield "two joined", [first, second], f"{a['subject']} {b['rest']}"


SPEECH = r"\b(?:said|says?|told|according|claim|alleg|argu|insist|report|announc|warn|accus|den(?:y|ied)|believ|suggest|reveal|confirm|admit|disclos|indicat|stated|states|writes|wrote|tweet|adds|added)"
DOUBT = (r"\b(?:may|might|could|would|will|likely|expected|reportedly|alleged|suspected|not|no|never|without|if|whether|"
         r"at least|more than|nearly|about|up to|almost|some|over|apparent|apparently|first|only|former|late|preliminary|proposed|second|final|last)\b|n't")  # fmt: skip


def _covers(text: str, sources: list[str]) -> bool:
    """Say whether every content word and number stands in the sources, and no claim is lost."""
    known = {w[:5] for s in sources for w in re.findall(r"[\w.]+", s.lower())}
    words = [w for w in re.findall(r"[\w.]+", text.lower()) if len(w) > 3 or w[0].isdigit()]
    if len(words) < 5 or not all(w.rstrip(".")[:5] in known or w[:5] in known for w in words):
        return False
    joined = " ".join(sources).lower()
    if len(re.findall(SPEECH, joined)) > len(re.findall(SPEECH, text.lower())):
        return False
    return len(re.findall(DOUBT, joined)) <= len(re.findall(DOUBT, text.lower()))


def _whole(text: str) -> bool:
    words = re.findall(r"[a-z']+", text.lower())
    return (
        bool(words)
        and words[-1] not in {"the", "a", "of", "to", "and", "in", "for", "with", "his", "their"}
        and len(words) > 5
    )


def _in_order(text: str, source: str) -> bool:
    """Say whether the text's words follow one another in the source."""
    position = 0
    low = source.lower()
    for word in re.findall(r"\w+", text.lower()):
        found = low.find(word[:5], position)
        if found < 0:
            return False
        position = found
    return True


def _roundups(data: Path) -> Iterator[tuple[str, list[str]]]:
    for cluster in _read(data / "neus_leads.val.jsonl.xz"):
        sources = [s for a in cluster["articles"] for s in split_sentences(a["text"])]
        for text in split_sentences(cluster["summary"]):
            for source in sources:
                if _whole(text) and _covers(text, [source]):
                    yield text, [source]
                    break


def _compressions(data: Path, limit: int = 600) -> Iterator[tuple[str, list[str]]]:
    count = 0
    for pair in _read(data / "sentence_pairs.jsonl.xz"):
        if pair["kind"] != "compression" or count == limit:
            continue
        (source, text) = pair["sources"][0], pair["target"]
        kept = len(text.split()) / max(1, len(source.split()))
        if (
            len(pair["sources"]) == 1
            and kept >= 0.5
            and _whole(text)
            and _covers(text, [source])
            and _in_order(text, source)
        ):
            count += 1
            yield text, [source]


if __name__ == "__main__":
    main()
