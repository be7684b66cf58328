"""Measure the rewriter on held-out news sentences, with figures and pairs to read.

Run as ``python -m summarizer.training.evaluate DATA/neus_leads.val.jsonl.xz``. The sources are the
first complete sentences of each outlet's lead. The references are not used: what is measured is
how far and how faithfully single sentences are rewritten, and how fast.
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from summarizer.models import Length, SourceSentence
from summarizer.training.edits import PLAIN_WORDS
from summarizer.training.filtering import (
    Limits,
    content,
    in_order,
    keeps_claims,
    numbers,
    words,
)
from summarizer.training.prepare import is_news_sentence, split
from summarizer.writing.backends.bundled import BUNDLED
from summarizer.writing.checking import check
from summarizer.writing.rewriting import Candidate, Rewriter, is_rewritten
from summarizer.writing.weights import load_weights

PLAIN_STEMS = frozenset(stem for plain in PLAIN_WORDS.values() for stem in content(words(plain)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Shares of all sentences (answered, accepted, rewritten) or of the accepted candidates.

    `accepted` have a candidate that the checker bears out; the first such is what the rest is
    about. `length_ratio` is its words by the source's.
    """

    sentences: int
    answered: float
    accepted: float
    rewritten: float
    supported: float
    claims_kept: float
    in_order: float
    length_ratio: float
    mean_score: float
    seconds_per_sentence: float


def sources_of(path: Path) -> list[str]:
    """Return the first news sentence of each article's lead."""
    found = []
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            for article in json.loads(line)["articles"]:
                good = (s for s in split(article["text"]) if is_news_sentence(s, Limits()))
                found += [s for s in [next(good, "")] if s]
    return list(dict.fromkeys(found))


def is_supported(text: str, source: str) -> bool:
    """Say whether each content word (five letters) and number is in the source or a plain one."""
    ours, theirs = words(text), words(source)
    known = set(content(theirs)) | PLAIN_STEMS
    return set(content(ours)) <= known and numbers(ours) <= numbers(theirs)


def best(source: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the first candidate that the checker bears out and that is no copy."""
    evidence = [SourceSentence(article_id="", n=1, position=0, text=source)]
    good = (c for c in candidates if c.text != source and check(c.text, evidence).supported)
    return next(good, None)


def measure(
    sources: Sequence[str], candidates: Sequence[Sequence[Candidate]], seconds: float
) -> Figures:
    """Return the figures of the chosen candidates; without one a sentence is not rewritten."""
    chosen = [best(s, c) for s, c in zip(sources, candidates, strict=True)]
    pairs = [(s, c) for s, c in zip(sources, chosen, strict=True) if c is not None]
    total, answered = max(1, len(sources)), max(1, len(pairs))

    def share(flags: list[bool], of: int) -> float:
        return round(sum(flags) / of, 3)

    stems = [(content(words(c.text)), content(words(s))) for s, c in pairs]
    return Figures(
        sentences=len(sources),
        answered=round(sum(map(bool, candidates)) / total, 3),
        accepted=round(len(pairs) / total, 3),
        rewritten=share([is_rewritten(c, s) for s, c in pairs], total),
        supported=share([is_supported(c.text, s) for s, c in pairs], answered),
        claims_kept=share([keeps_claims(s, c.text) for s, c in pairs], answered),
        in_order=share([in_order(a, b) >= Limits().order for a, b in stems], answered),
        length_ratio=round(
            sum(c.words for _, c in pairs) / max(1, sum(len(s.split()) for s, _ in pairs)), 3
        ),
        mean_score=round(sum(c.score for _, c in pairs) / answered, 3),
        seconds_per_sentence=round(seconds / total, 3),
    )


def torch_seconds(sources: Sequence[str], weights: Path, beams: int) -> float:
    """Return the seconds torch takes for the same sentences with the same beams, unconstrained."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BartConfig, BartForConditionalGeneration

    from summarizer.training.warm_start import BEGIN, END

    model: Any = BartForConditionalGeneration(BartConfig.from_json_file(weights / "config.json"))
    state = {name: torch.from_numpy(array) for name, array in load_weights(weights).items()}
    model.load_state_dict(state, strict=False)
    model.tie_weights()
    model.eval()
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    began = time.perf_counter()
    with torch.inference_mode():
        for source in sources:
            row = tokenizer.encode(source, add_special_tokens=False).ids
            ids = torch.tensor([[BEGIN, tokenizer.token_to_id("[unused2]"), *row, END]])
            model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                num_beams=beams,
                max_length=None,
                max_new_tokens=len(row) + 8,
            )
    return time.perf_counter() - began


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path, default=BUNDLED)
    parser.add_argument("--length", choices=("short", "normal", "detailed"), default="normal")
    parser.add_argument("--beams", type=int, default=4)
    parser.add_argument("--limit", type=int, default=0, help="only so many sentences")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N pairs to read")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--torch", type=int, default=0, metavar="N", help="time torch on N too")
    args = parser.parse_args()
    sources = sources_of(args.data)
    if args.limit:
        sources = sources[:: max(1, len(sources) // args.limit)][: args.limit]
    with tempfile.TemporaryDirectory() as cache:
        rewriter = Rewriter.load(args.weights, cache=Path(cache), threads=args.threads)
        rewriter.candidates(sources[:2])
        began = time.perf_counter()
        found = rewriter.candidates(sources, length=cast(Length, args.length), beams=args.beams)
        seconds = time.perf_counter() - began
    for name, value in asdict(measure(sources, found, seconds)).items():
        print(f"{name:>22}  {value}")
    if args.torch:
        few = sources[: args.torch]
        print(
            f"{'torch seconds':>22}  {torch_seconds(few, args.weights, args.beams) / len(few):.3f}"
        )
    step = max(1, len(sources) // args.show) if args.show else 1
    for source, candidates in list(zip(sources, found, strict=True))[::step][: args.show]:
        print(f"\n< {source}")
        if candidate := best(source, candidates):
            mark = " " if is_rewritten(candidate, source) else "="
            print(f"{mark}> {candidate.text}  [{candidate.score:.2f}]")


if __name__ == "__main__":
    main()
