"""The quality benchmark's judge: what it counts, and what it lets pass."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.baselines import each_first, first_two, lexrank
from benchmarks.judging import (
    Source,
    is_copied,
    judge,
    loaded_words,
    quotations,
    read_lexicons,
    read_numbers,
)
from benchmarks.quality import Case, Output, Written, run_system, score

FERRY = Source(
    title="Ferry runs aground off Lindholm",
    text=(
        "A ferry with 212 people on board ran aground on Friday. Nine people were hurt, the"
        " coastguard said. “Nobody is seriously hurt,” said Ysolde Brandvik. Repairs will cost"
        " 1.4 million crowns. The union slammed Sund Lines’ managers in Dec. last year."
    ),
    outlet="Skerry Post",
)
OTHER = Source(title="Ferry hits reef", text="A ferry with 212 people hit a reef on Friday.")


def test_a_sentence_from_the_article_has_no_findings() -> None:
    finding = judge("On Friday a ferry with 212 people on board ran aground.", [FERRY])
    assert (finding.words, finding.numbers, finding.dates, finding.names) == ((), (), (), ())
    assert finding.content_words == 6


def test_every_cited_article_must_support_the_sentence_alone() -> None:
    finding = judge("Nine people were hurt on board.", [FERRY, OTHER])
    assert finding.numbers == ("9",)
    assert "hurt" in finding.words


def test_a_sentence_that_cites_nothing_is_supported_by_nothing() -> None:
    assert judge("A ferry ran aground.", []).words == ("ferry", "ran", "aground")


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("9 people were hurt.", ()),
        ("Twelve people were hurt.", ("12",)),
        ("Repairs cost 1,400,000 crowns.", ()),
        ("Repairs cost 1.4bn crowns.", ("1.4e+09",)),
    ],
)
def test_a_number_is_its_value_however_it_is_written(
    sentence: str, numbers: tuple[str, ...]
) -> None:
    assert judge(sentence, [FERRY]).numbers == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("two hundred and twelve people", {212.0}),
        ("forty-one of 65", {41.0, 65.0}),
        ("2.3 million, from 1.9bn", {2.3, 2.3e6, 1.9, 1.9e9}),
        ("three hundred thousand", {300_000.0}),
        ("won 3-2 in the 120th minute", {3.0, 2.0, 120.0}),
        ("one, two and three", {1.0, 2.0, 3.0}),
        ("nobody", set()),
    ],
)
def test_numbers_are_read_from_digits_and_words(text: str, numbers: set[float]) -> None:
    assert read_numbers(text) == numbers


def test_names_dates_and_quotes_must_be_the_articles() -> None:
    finding = judge(
        "On Monday in March, Torvald Askmyr said “everyone is safe” off Lindholm.", [FERRY]
    )
    assert finding.dates == ("march", "monday")
    assert finding.names == ("Torvald", "Askmyr")
    assert finding.quotes == ("everyone is safe",)


def test_a_short_month_and_the_other_quotation_marks_are_the_same() -> None:
    finding = judge('"Nobody is seriously hurt," Brandvik said in December.', [FERRY])
    assert (finding.dates, finding.quotes, finding.names) == ((), (), ())


def test_the_outlets_name_may_be_named() -> None:
    assert judge("Nine people were hurt, Skerry Post reported.", [FERRY]).names == ()


def test_a_listed_neutral_equivalent_counts_as_support() -> None:
    assert judge("The union criticised Sund Lines.", [FERRY]).words == ()
    assert judge("The union criticised Sund Lines.", [OTHER]).words == (
        "union",
        "criticised",
        "sund",
        "lines",
    )


def test_a_sentence_is_copied_when_nearly_all_of_it_stands_in_a_row() -> None:
    source = ["A ferry with 212 people on board ran aground on Friday."]
    assert is_copied("A ferry with 212 people on board ran aground.", source)
    assert not is_copied("A ferry with 212 people ran aground on Friday.", source)
    assert is_copied("", source)


def test_quotations_are_found_in_any_marks() -> None:
    assert quotations('He said “stop,” and she said "go".') == ["stop", "go"]


def test_loaded_words_count_each_time_unless_the_reference_has_them(tmp_path: Path) -> None:
    (tmp_path / "strong_subjectives_riloff2003.txt").write_text("# a list\noutrage\n")
    (tmp_path / "babe_bias_words.txt").write_text("regime\nslammed\n")
    lexicon = read_lexicons(tmp_path)
    text = "The regime slammed them; the regime met outrage."
    assert loaded_words(text, "outrage", lexicon) == ["regime", "slammed", "regime"]


def test_baselines_take_sentences_as_they_stand() -> None:
    texts = [
        "The ferry ran aground at night. Nine people were hurt there. A tug will come soon.",
        "The ferry ran aground on a reef. It rained all day in town.",
    ]
    assert first_two(texts) == ["The ferry ran aground at night.", "Nine people were hurt there."]
    assert each_first(texts) == [
        "The ferry ran aground at night.",
        "The ferry ran aground on a reef.",
    ]
    linked = "The ferry hit the reef at night, and nine people were hurt on the ferry."
    assert lexrank([*texts, linked], sentences=1) == [linked]
    assert lexrank(texts[1:]) == [
        "The ferry ran aground on a reef.",
        "It rained all day in town.",
    ]


CASE = Case(
    id="1",
    reference="A ferry ran aground off Lindholm.",
    sources=(FERRY, OTHER),
    line=json.dumps({"id": "1", "articles": [{"text": FERRY.text}, {"text": OTHER.text}]}),
)


def test_scores_count_what_is_copied_unsupported_and_fallen_back() -> None:
    output = Output(
        headline="Ferry runs aground off Lindholm",
        sentences=(
            Written(text="A ferry hit a reef on Friday.", articles=(2,), method="rewritten"),
            Written(text="Nine people were hurt, the coastguard said.", articles=(1,)),
        ),
    )
    scores = score("x", [CASE], [output], frozenset({"reef"}))
    assert scores.words == [14]
    assert scores.loaded == [1]
    assert (scores.copied, scores.fallen_back) == (1, 1)
    assert not any(f.words or f.numbers for f in scores.findings)
    assert scores.headline_findings[0].names == ()
    assert scores.rouge[0][0] == pytest.approx(20.0)  # "a" and "ferry", of 6 and 14 words


def _command(tmp_path: Path, *, wrong: bool = False) -> str:
    """Return a command that behaves like `digest-bot summarize --clusters FILE --json`."""
    script = tmp_path / "writer.py"
    script.write_text(
        "import json, sys\n"
        "assert sys.argv[1] == 'summarize' and sys.argv[4:] == ['--json', '--length', 'short']\n"
        "for line in open(sys.argv[3]):\n"
        "    row = json.loads(line)\n"
        "    text = row['articles'][0]['text'].split('. ')[0]\n"
        "    values = [{'value': '9', 'articles': [1]}, {'value': '12', 'articles': [2]}]\n"
        "    print(json.dumps({'id': row['id'], 'headline': 'h',\n"
        "        'sentences': [{'text': text, 'articles': [1], 'method': 'source'}],\n"
        "        'differences': [{'kind': 'conflict', 'about': 'hurt', 'values': values}]}))\n"
        f"    {'sys.exit(1)' if wrong else ''}\n"
    )
    return f"{sys.executable} {script}"


def test_the_system_is_called_through_its_command_line(tmp_path: Path) -> None:
    outputs, seconds, loading = run_system([CASE], _command(tmp_path), "short")
    assert outputs[0].sentences[0].text.startswith("A ferry with 212 people")
    assert outputs[0].differences == ("conflict · hurt: 9 [1], 12 [2]",)
    assert seconds >= 0
    assert loading > 0


def test_a_system_that_stops_early_is_not_scored(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ended with 1 after 1 of 2 stories"):
        run_system([CASE, CASE], _command(tmp_path, wrong=True), "short")
