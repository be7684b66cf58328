"""Prepare the training pairs.

Run as ``python -m summarizer.training.prepare DATA OUT``. ``DATA`` holds the JSON-lines files
named in ``SOURCES`` (xz-compressed); ``OUT`` receives ``text.npz.xz`` (real text for the
copying stages), ``pairs.npz.xz`` and ``prepared.json``, compressed token ids and counts that fit
into 60 MiB. Files named ``*.val`` are never read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from summarizer.training.batches import write_arrays
from summarizer.training.edits import loaded, shortened
from summarizer.training.filtering import (
    PRONOUNS,
    Limits,
    Pair,
    best_source,
    content,
    is_fit,
    keeps_claims,
    numbers,
    words,
)
from summarizer.training.pairing import (
    Dated,
    across_outlets,
    day_of,
    kept_by_editors,
    whole,
)
from summarizer.training.warm_start import BEGIN, END, packaged_minilm
from summarizer.writing.restoring import straightened
from summarizer.writing.syntax import Parser

SEED = 20261122
LENGTH_TOKENS = ("[unused1]", "[unused2]", "[unused3]")  # short, normal, long
LENGTH_RATIOS = (0.7, 0.93)  # target words by source words, below which a pair is short, normal
MOST_TOKENS = 96
# How many pairs of each kind at most, so that none drowns the others.
MOST_PAIRS = {
    "highlight": 80000,
    "described": 20000,
    "roundup": 10000,
    "event": 10000,
    "kept": 40000,
    "outlet": 10000,
    "compression": 10000,
    "edit": 80000,
    "mild": 20000,
    "spoiled": 40000,
    "copy": 6000,
}
MOST_TEXT = 330_000  # sentences for the stages without pairs
# Of the rule-made edits those that shorten are rarer and teach more.
LONG_SHARE = 0.35
SOURCES = (
    "cnn_dailymail_lower.train",
    "cnn_cased",
    "articles_2020_described",
    "neus_leads.train",
    "neus_clusters.train",
    "wcep_clusters.train",
    "articles_2019",
    "articles_allsides",
    "events_neutral",
    "sentence_pairs",
)
EDITED = (
    "neus_leads.train",
    "neus_clusters.train",
    "wcep_clusters.train",
    "cnn_cased",
    "articles_2020_described",
)
_BOUNDARY = re.compile(r"(?<=[.!?])[\"”’']*\s+(?=[\"“‘]?[A-Z0-9])|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|Rev|St|Jr|Sr|vs|No|Inc|Corp|Co|Ltd|Jan|Feb"
    r"|Aug|Sept|Oct|Nov|Dec|[A-Z])\.|\b[A-Z]\.[A-Z]\.)[\"”’']*$"
)
_NAMED_START = re.compile(r"^[\"“]?[A-Z]")
_FIRST_PERSON = re.compile(r"\b(?:I|we|We|our|Our|us|my|My|you|You|your|Your|I'm|I’m)\b")
_ASIDE = re.compile(
    r"(?<=[a-z]), ((?:who|which|whose|where|a|an|the) [^,;:\"“”—()]{8,70}), "
    r"(?=\w+ed|is|was|said|has)"
)
_TAIL = re.compile(r"(?<=[a-z]), ((?:which|who|where) [^,;:\"“”—()]{10,70})\.$")


def read(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the records of one data file."""
    with lzma.open(folder / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def split(text: str) -> list[str]:
    """Split cased text into sentences; fast and good enough for choosing training pairs."""
    out: list[str] = []
    for part in _BOUNDARY.split(text):
        part = " ".join(part.split())
        if out and _ABBREVIATION.search(out[-1]):
            out[-1] += " " + part
        elif part:
            out.append(part)
    return out


def split_lower(text: str) -> list[str]:
    """Split tokenised lower-case text and undo its tokens where MiniLM's would differ."""
    text = re.sub(r"(\w+) n't", r"\1n't", text).replace("`` ", '"').replace(" ''", '"')
    text = re.sub(r"^.{0,60}?\( ?(?:cnn|reuters|ap|cnn student news) ?\) -- ", "", text)
    return [part.strip() for part in re.split(r"(?<= [.?!]) (?![\"'] )", text) if part.strip()]


def stemmed(sentences: list[str]) -> list[frozenset[str]]:
    """Return each sentence's content words."""
    return [frozenset(content(words(sentence))) for sentence in sentences]


def aligned(folder: Path, limits: Limits) -> Iterator[Pair]:
    """Yield reference sentences with the one source sentence that supports each."""
    for record in read(folder, "cnn_dailymail_lower.train"):
        sentences = split_lower(record["text"])
        stems = stemmed(sentences)
        for part in record["summary"]:
            part = split_lower(part)[0] if part else ""
            target = part if part.endswith(".") else part + " ."
            if ":" not in target and (found := best_source(target, sentences, stems, limits)):
                yield Pair("highlight", found, target)
    for record in read(folder, "cnn_cased"):
        sentences = split(re.sub(r"^.{0,60}?\(CNN\) ?(?:--|—) ?", "", record["text"]))
        stems = stemmed(sentences)
        for part in record["summary"]:
            target = re.sub(r"^NEW: ", "", part).rstrip(".") + "."
            if ":" not in target and (found := best_source(target, sentences, stems, limits)):
                yield Pair("highlight", found, target)
    clusters = ("neus_leads.train", "neus_clusters.train", "wcep_clusters.train")
    for name in clusters:
        for record in read(folder, name):
            kind = "event" if name.startswith("wcep") else "roundup"
            sentences = [s for a in record["articles"] for s in split(a["text"])[:12]]
            stems = stemmed(sentences)
            for target in split(record["summary"]):
                if found := best_source(target, sentences, stems, limits):
                    yield Pair(kind, found, target)
    for record in read(folder, "articles_2020_described"):
        sentences = split(record["text"])
        stems = stemmed(sentences)
        for part in record["summary"]:
            for target in split(part):
                found = best_source(target, sentences, stems, limits)
                # Most of the near copies differ by their typing errors.
                if found and length_token(found, target) != LENGTH_TOKENS[-1]:
                    yield Pair("described", found, target)


def news_sentences(folder: Path, limits: Limits) -> Iterator[str]:
    """Yield complete sentences from the beginnings of articles of many outlets."""
    firsts = {"articles_2019": 8, "articles_allsides": 8, "neus_leads.train": 3}
    for name, first in firsts.items():
        for record in read(folder, name):
            for article in record.get("articles", [record]):
                for sentence in split(article["text"])[:first]:
                    if is_news_sentence(sentence, limits):
                        yield sentence


def dated_sentences(folder: Path, limits: Limits) -> Iterator[Dated]:
    """Yield complete sentences with their day and outlet."""
    for name in ("articles_2019", "articles_allsides"):
        for record in read(folder, name):
            if day := day_of(record["date"]):
                for sentence in split(record["text"]):
                    if is_news_sentence(sentence, limits):
                        yield day, record["outlet"], sentence


def edited_stories(folder: Path, limits: Limits) -> Iterator[tuple[str, list[str], str]]:
    """Yield the sentences of articles with what an editor wrote about them."""
    for name in EDITED:
        for record in read(folder, name):
            texts = [article["text"] for article in record.get("articles", [record])]
            sentences = [
                re.sub(r"^.{0,60}?\([A-Za-z ]+\) ?(?:--|—|–|-) ?", "", sentence)
                for text in texts
                for sentence in split(text)[:15]
            ]
            summary = record["summary"]
            reference = summary if isinstance(summary, str) else " ".join(summary)
            good = [s for s in sentences if is_news_sentence(s, limits)]
            yield "kept", list(dict.fromkeys(good)), reference


def compressions(folder: Path, limits: Limits) -> Iterator[Pair]:
    """Yield sentences that a person shortened, where what is left seems whole."""
    for record in read(folder, "sentence_pairs"):
        if record["kind"] == "compression" and len(record["sources"]) == 1:
            source, target = record["sources"][0], record["target"]
            if is_news_sentence(source, limits) and is_fit(source, target, limits):
                yield Pair("compression", source, target)


def is_news_sentence(sentence: str, limits: Limits) -> bool:
    """Say whether this is one complete declarative sentence of a usual length."""
    return (
        9 <= len(sentence.split()) <= limits.most_words - 10
        and sentence.endswith(".")
        and not sentence.endswith("..")
        and bool(_NAMED_START.match(sentence))
        and not _FIRST_PERSON.search(sentence)
        and sentence.count('"') % 2 == 0
        and sentence.count("“") == sentence.count("”")
        and sentence.count("(") == sentence.count(")")
    )


def edited(sentences: Iterable[str], random: Random) -> Iterator[Pair]:
    """Yield sentences with rule-made edits, and a few as they are."""
    for sentence in sentences:
        mild = random.random() < 0.25
        target = shortened(sentence, random, mild=mild)
        if target == sentence:
            if random.random() < 0.05 and len(sentence.split()) < 30:
                yield Pair("copy", sentence, sentence)
            continue
        src, tgt = words(sentence), words(target)
        if len(tgt) < 6 or len(tgt) < 0.5 * len(src) or not numbers(tgt) <= numbers(src):
            continue
        if tgt[0] in PRONOUNS or not keeps_claims(sentence, target):
            continue
        yield Pair("mild" if mild else "edit", sentence, target)


def spoiled(folder: Path, sentences: list[str], random: Random) -> Iterator[Pair]:
    """Yield neutral event reports with their spoiled versions as sources."""
    asides = [m[1] for s in sentences for m in _ASIDE.finditer(s)]
    tails = [m[1] for s in sentences for m in _TAIL.finditer(s)]
    for record in read(folder, "events_neutral"):
        parts = split(record["text"])
        if (
            not parts
            or re.match(r".{,40}(?::| [–-]) ", parts[0])
            or not parts[0].endswith(".")
            or not 9 <= len(parts[0].split()) <= 34
        ):
            continue
        source = loaded(parts[0], random, asides, tails)
        if source != parts[0]:
            yield Pair("spoiled", source, parts[0])


def length_token(source: str, target: str) -> str:
    """Return the token that tells the model how much to shorten."""
    ratio = len(words(target)) / max(1, len(words(source)))
    for token, bound in zip(LENGTH_TOKENS, LENGTH_RATIOS, strict=False):
        if ratio < bound:
            return token
    return LENGTH_TOKENS[-1]


def collect(folder: Path, random: Random) -> tuple[list[Pair], list[str]]:
    """Return the chosen pairs and the news sentences they were partly made of."""
    limits = Limits()
    sentences = list(news_sentences(folder, limits))
    random.shuffle(sentences)
    kept: dict[str, list[Pair]] = {kind: [] for kind in MOST_PAIRS}
    seen: set[tuple[str, str]] = set()
    parser = Parser.load()
    streams = (
        aligned(folder, limits),
        across_outlets(dated_sentences(folder, limits), limits),
        kept_by_editors(edited_stories(folder, limits), parser, limits),
        whole(compressions(folder, limits), parser),
        edited(sentences, random),
        spoiled(folder, sentences, random),
    )
    for stream in streams:
        for pair in stream:
            key = (" ".join(words(pair.source)), " ".join(words(pair.target)))
            # A copy by another name would teach to leave everything as it is.
            if key not in seen and (key[0] != key[1] or pair.kind == "copy"):
                seen.add(key)
                kept[pair.kind].append(pair)
    chosen: list[Pair] = []
    for kind, pairs in kept.items():
        random.shuffle(pairs)
        if kind == "edit":
            pairs = thinned(pairs, random)
        chosen += pairs[: MOST_PAIRS[kind]]
    random.shuffle(chosen)
    return chosen, sentences


def thinned(pairs: list[Pair], random: Random) -> list[Pair]:
    """Return the pairs with most of those left out that hardly shorten."""
    long = LENGTH_TOKENS[-1]
    return [
        pair
        for pair in pairs
        if length_token(pair.source, pair.target) != long or random.random() < LONG_SHARE
    ]


def flat(rows: list[list[int]]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return rows of token ids as one array and the rows' offsets in it."""
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return np.array([i for row in rows for i in row], dtype=np.uint16), offsets


def write(pairs: list[Pair], sentences: list[str], out: Path) -> Counter[str]:
    """Tokenise and write the prepared folder; return the number of pairs by kind."""
    tokenizer = Tokenizer.from_file(str(packaged_minilm() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def encode(texts: list[str]) -> list[list[int]]:
        plain = [straightened(text) for text in texts]
        return [e.ids for e in tokenizer.encode_batch(plain, add_special_tokens=False)]

    sources, targets = encode([p.source for p in pairs]), encode([p.target for p in pairs])
    names = sorted(MOST_PAIRS)
    rows, kinds = [], []
    counts: Counter[str] = Counter()
    for pair, source, target in zip(pairs, sources, targets, strict=True):
        if max(len(source), len(target)) > MOST_TOKENS:
            continue
        length = length_token(pair.source, pair.target)
        control = int(tokenizer.token_to_id(length) or 0)
        # Side by side, since they are alike and pack well so.
        rows += [[BEGIN, control, *source, END], [*target, END]]
        kinds.append(names.index(pair.kind))
        counts[f"{pair.kind} {length}"] += 1
    out.mkdir(parents=True, exist_ok=True)
    ids, offsets = flat(rows)
    write_arrays(
        out / "pairs.npz.xz",
        ids=ids,
        offsets=offsets,
        kinds=np.array(kinds, dtype=np.uint8),
        kind_names=np.array(names),
    )
    ids, offsets = flat([row for row in encode(sentences[:MOST_TEXT]) if len(row) <= MOST_TOKENS])
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    pieces = np.array([piece for piece, _ in vocabulary])
    write_arrays(out / "text.npz.xz", ids=ids, offsets=offsets, pieces=pieces)
    return counts


def main() -> None:
    """Read the command line and prepare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N pairs of a kind")
    args = parser.parse_args()
    random = Random(SEED)
    pairs, sentences = collect(args.data, random)
    counts = write(pairs, sentences, args.out)
    hashes = {
        name: hashlib.sha256((args.data / f"{name}.jsonl.xz").read_bytes()).hexdigest()
        for name in SOURCES
    }
    summary = {"seed": SEED, "pairs": dict(sorted(counts.items())), "data": hashes}
    (args.out / "prepared.json").write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    print(json.dumps(summary["pairs"], indent=1))
    for kind in MOST_PAIRS:
        for pair in [p for p in pairs if p.kind == kind][: args.show]:
            print(f"\n{kind}\n  {pair.source}\n  {pair.target}")


if __name__ == "__main__":
    main()
