"""How good the written digests are, judged from outside: `python -m benchmarks.quality`.

The system is called as anyone would: `digest-bot summarize --clusters FILE --json`, one process a
set. Its sentences are compared with human roundups (ROUGE F ×100, Porter stemming) and with the
articles they cite (benchmarks.judging). Reads the folder DIGEST_TEST_MATERIAL.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table
from rouge_score.rouge_scorer import RougeScorer

from benchmarks.baselines import each_first, first_two, lexrank, split
from benchmarks.judging import Finding, Source, is_copied, judge, loaded_words, read_lexicons

SETS = {"leads": "neus_leads.val", "clusters": "neus_clusters.val"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One story: its articles and what a person wrote about it."""

    id: str
    reference: str
    sources: tuple[Source, ...]
    line: str
    """As the command line takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One sentence, the articles it cites (1-based) and how its writer says it was made."""

    text: str
    articles: tuple[int, ...]
    method: str = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a system made of one case."""

    sentences: tuple[Written, ...]
    headline: str = ""
    differences: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Scores:
    """Everything the table shows of one system on one set."""

    system: str
    rouge: list[tuple[float, float, float]] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    loaded: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    copied: int = 0
    fallen_back: int = 0
    headline_findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--limit", type=int, help="only the first N stories of each set")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N digests")
    parser.add_argument("--set", choices=sorted(SETS), action="append", dest="sets")
    parser.add_argument("--length", default="normal", choices=["short", "normal", "detailed"])
    parser.add_argument("--command", default=str(Path(sys.executable).with_name("digest-bot")))
    parser.add_argument("--baselines-only", action="store_true")
    parser.add_argument("--json", type=Path, help="write the scores here, too")
    asked = parser.parse_args()
    material = os.environ.get("DIGEST_TEST_MATERIAL")
    if not material:
        print("skipped: DIGEST_TEST_MATERIAL names no folder with data/neus_leads.val.jsonl.xz")
        return
    data = Path(material) / "data"
    lexicon = read_lexicons(data / "lexicons")
    console = Console()
    record = {}
    for name in asked.sets or SETS:
        cases = read_cases(data / f"{SETS[name]}.jsonl.xz")[: asked.limit]
        rows = [
            score(title, cases, [_as_output(case, pick) for case in cases], lexicon)
            for title, pick in BASELINES.items()
        ]
        if not asked.baselines_only:
            outputs, seconds, loading = run_system(cases, asked.command, asked.length)
            system = score("digest-bot", cases, outputs, lexicon)
            system.seconds = seconds
            rows.append(system)
        console.print(_table(f"{SETS[name]}, {len(cases)} stories", rows))
        if not asked.baselines_only:
            console.print(_summary(rows, loading), highlight=False)
            _show(console, cases, outputs, asked.show)
        record[name] = {row.system: _figures(row) for row in rows}
    if asked.json:
        asked.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


BASELINES: dict[str, Callable[[Sequence[str]], list[str]]] = {
    "first two": first_two,
    "each first": each_first,
    "LexRank two": lexrank,
}


def read_cases(file: Path) -> list[Case]:
    """Return the stories of an xz-compressed JSON-lines file."""
    cases = []
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            articles = [
                {key: a.get(key) for key in ("outlet", "date", "title", "text")}
                for a in row["articles"]
            ]
            cases.append(
                Case(
                    id=row["id"],
                    reference=row["summary"],
                    sources=tuple(
                        Source(title=a["title"] or "", text=a["text"], outlet=a["outlet"] or "")
                        for a in articles
                    ),
                    line=json.dumps({"id": row["id"], "articles": articles}),
                )
            )
    return cases


def run_system(
    cases: Sequence[Case], command: str, length: str
) -> tuple[list[Output], float, float]:
    """Return the system's outputs, its seconds a story and its seconds before the first one."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(f"{case.line}\n" for case in cases)
        file.flush()
        call = [*shlex.split(command), "summarize", "--clusters", file.name, "--json"]
        started = time.monotonic()
        first = None
        outputs: dict[str, Output] = {}
        with subprocess.Popen(
            [*call, "--length", length], stdout=subprocess.PIPE, text=True, encoding="utf-8"
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                first = first or time.monotonic()
                row = json.loads(line)
                outputs[row["id"]] = _read_output(row)
        if process.returncode or len(outputs) < len(cases):
            raise SystemExit(
                f"{command!r} ended with {process.returncode}"
                f" after {len(outputs)} of {len(cases)} stories"
            )
        spent = time.monotonic() - (first or started)
    seconds = spent / max(len(cases) - 1, 1)
    return [outputs[case.id] for case in cases], seconds, (first or started) - started


def _read_output(row: dict[str, object]) -> Output:
    sentences = row["sentences"]
    differences = row["differences"]
    assert isinstance(sentences, list)
    assert isinstance(differences, list)
    return Output(
        headline=str(row["headline"]),
        sentences=tuple(
            Written(text=s["text"], articles=tuple(s["articles"]), method=s["method"])
            for s in sentences
        ),
        differences=tuple(
            f"{d['kind']} · {d['about']}: "
            + ", ".join(f"{v['value']} {v['articles']}" for v in d["values"])
            for d in differences
        ),
    )


def _as_output(case: Case, pick: Callable[[Sequence[str]], list[str]]) -> Output:
    texts = [source.text for source in case.sources]
    sentences = [
        Written(
            text=sentence,
            articles=tuple(n for n, text in enumerate(texts, start=1) if sentence in text)[:1],
        )
        for sentence in pick(texts)
    ]
    return Output(sentences=tuple(sentences))


def score(
    system: str, cases: Sequence[Case], outputs: Sequence[Output], lexicon: frozenset[str]
) -> Scores:
    """Return the scores of a system's outputs, one per case."""
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    scores = Scores(system=system)
    for case, output in zip(cases, outputs, strict=True):
        text = " ".join(s.text for s in output.sentences)
        rouge = scorer.score(case.reference, text)
        scores.rouge.append(
            (
                100 * rouge["rouge1"].fmeasure,
                100 * rouge["rouge2"].fmeasure,
                100 * rouge["rougeL"].fmeasure,
            )
        )
        scores.words.append(len(text.split()))
        scores.loaded.append(len(loaded_words(text, case.reference, lexicon)))
        source_sentences = [s for source in case.sources for s in split(source.text)]
        for sentence in output.sentences:
            cited = [case.sources[n - 1] for n in sentence.articles]
            scores.findings.append(judge(sentence.text, cited))
            scores.copied += is_copied(sentence.text, source_sentences)
            scores.fallen_back += sentence.method == "source"
        if output.headline:
            scores.headline_findings.append(_judge_headline(output.headline, case.sources))
    return scores


def _judge_headline(headline: str, sources: Sequence[Source]) -> Finding:
    """A headline names no article: all of them together must have what it says."""
    together = " ".join(source.all for source in sources)
    return judge(headline, [Source(title="", text=together)])


def _figures(scores: Scores) -> dict[str, float]:
    found = scores.findings
    sentences = max(len(found), 1)
    content = max(sum(f.content_words for f in found), 1)
    r1, r2, rl = (mean(values) for values in zip(*scores.rouge, strict=True))
    return {
        "R1": r1,
        "R2": r2,
        "RL": rl,
        "words": mean(scores.words),
        "loaded": mean(scores.loaded),
        "unsupported %": 100 * sum(len(f.words) for f in found) / content,
        "numbers": sum(len(f.numbers) for f in found),
        "dates": sum(len(f.dates) for f in found),
        "names": sum(len(f.names) for f in found),
        "quotes": sum(len(f.quotes) for f in found),
        "sentences": len(found),
        "rewritten %": 100 * (sentences - scores.copied) / sentences,
        "fallen back %": 100 * scores.fallen_back / sentences,
        "s/story": scores.seconds,
    }


def _table(title: str, rows: Sequence[Scores]) -> Table:
    figures = [_figures(row) for row in rows]
    whole = {"numbers", "dates", "names", "quotes", "sentences"}
    table = Table("", title=title, box=None, title_justify="left")
    for row in rows:
        table.add_column(row.system, justify="right")
    for name in figures[0]:
        digits = 0 if name in whole else 2 if name in {"loaded", "s/story"} else 1
        table.add_row(name, *(f"{values[name]:.{digits}f}" for values in figures))
    return table


def _summary(rows: Sequence[Scores], loading: float) -> str:
    system = next(row for row in rows if row.system == "digest-bot")
    rank = next(row for row in rows if row.system.startswith("LexRank"))
    less = 100 * (1 - mean(system.loaded) / max(mean(rank.loaded), 1e-9))
    bad = [f for f in system.headline_findings if f.numbers or f.names or f.quotes or f.dates]
    lines = [
        f"loaded words: {less:.0f} % fewer than LexRank's; {loading:.1f} s to load;"
        f" {len(bad)} headlines with an unsupported number, date, name or quote"
    ]
    for finding in [*system.findings, *bad]:
        wrong = {
            kind: values
            for kind in ("numbers", "dates", "names", "quotes")
            if (values := getattr(finding, kind))
        }
        if wrong:
            lines.append(f"  unsupported: {wrong}")
    return "\n".join(lines)


def _show(console: Console, cases: Sequence[Case], outputs: Sequence[Output], wanted: int) -> None:
    step = max(len(cases) // max(wanted, 1), 1)
    for case, output in list(zip(cases, outputs, strict=True))[::step][:wanted]:
        console.print(f"\n[bold]{case.id}[/]  {output.headline}", highlight=False)
        for sentence in output.sentences:
            cited = [case.sources[n - 1] for n in sentence.articles]
            finding = judge(sentence.text, cited)
            cites = ",".join(map(str, sentence.articles))
            missing = f"  ← {', '.join(finding.words)}" if finding.words else ""
            console.print(
                f"  {sentence.text} \\[{cites}] ({sentence.method}){missing}", highlight=False
            )
        for difference in output.differences:
            console.print(f"  differ: {difference}", highlight=False, markup=False)
        console.print(f"  [dim]reference: {case.reference}[/]", highlight=False)


if __name__ == "__main__":
    main()
