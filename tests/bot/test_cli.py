"""The command line as people type it: what it prints, where, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.shell import ARTICLE, Shell


def test_help_names_every_command(shell: Shell) -> None:
    assert shell.run("--help") == 0
    for command in ("demo", "summarize", "run", "collect", "digest", "feeds", "check", "db"):
        assert command in shell.out


def test_an_unknown_setting_is_named_with_its_file_line_and_nearest_name(
    shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "my.toml"
    file.write_text("[telegram]\ntokn = 'x'\n")
    assert shell.run("--config", str(file), "feeds", "list") == 1
    assert f"{file}:2: unknown setting 'telegram.tokn'; did you mean 'telegram.token'?" in shell.err


def test_the_version_is_told(shell: Shell) -> None:
    assert shell.run("--version") == 0
    assert shell.out.startswith("digest-bot ")


def test_a_feed_is_read_before_it_is_added_and_can_be_listed_and_removed(
    shell: Shell, site: str
) -> None:
    assert shell.run("feeds", "add", f"{site}/feed.xml", "--outlet", "Lindholm Post") == 0
    assert "added Lindholm Post" in shell.out
    assert "1 entries" in shell.out
    assert shell.run("feeds", "list", "--json") == 0
    assert [line["outlet"] for line in shell.lines()] == ["Lindholm Post"]
    assert shell.run("feeds", "check") == 0
    assert shell.out.startswith("ok")
    assert shell.run("feeds", "remove", f"{site}/feed.xml") == 0
    assert shell.run("feeds", "list", "--json") == 0
    assert shell.lines() == []


def test_a_web_page_given_as_a_feed_is_refused_and_its_feeds_offered(
    shell: Shell, site: str
) -> None:
    assert shell.run("feeds", "add", f"{site}/") == 1
    assert f"{site}/feed.xml" in shell.err


def test_a_feed_that_does_not_answer_fails_the_check(shell: Shell, site: str) -> None:
    assert shell.run("feeds", "check", f"{site}/none.xml") == 3
    assert "failed" in shell.out
    assert f"{site}/none.xml" in shell.out


def test_removing_an_unknown_feed_suggests_the_nearest(shell: Shell, site: str) -> None:
    shell.run("feeds", "add", f"{site}/feed.xml")
    assert shell.run("feeds", "remove", f"{site}/feed.xm") == 1
    assert f"did you mean '{site}/feed.xml'?" in shell.err


def test_feeds_go_out_and_in_as_opml(shell: Shell, site: str, tmp_path: Path) -> None:
    shell.run("feeds", "add", f"{site}/feed.xml", "--outlet", "Post & <Mail>")
    assert shell.run("feeds", "export") == 0
    file = tmp_path / "feeds.opml"
    file.write_text(shell.out)
    shell.run("feeds", "remove", f"{site}/feed.xml")
    assert shell.run("feeds", "import", str(file)) == 0
    assert "added 1 of 1 feeds" in shell.out
    shell.run("feeds", "list", "--json")
    assert [line["outlet"] for line in shell.lines()] == ["Post & <Mail>"]


def test_a_file_without_feeds_is_not_imported(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no feeds here")
    assert shell.run("feeds", "import", str(file)) == 1
    assert "no feeds in this file" in shell.err


def test_topics_are_listed(shell: Shell) -> None:
    assert shell.run("topics", "list", "--json") == 0
    assert len(shell.lines()) >= 12


def test_extract_prints_the_article_without_its_furniture(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "ferry.html"
    file.write_text(ARTICLE)
    assert shell.run("extract", "--json", str(file)) == 0
    [line] = shell.lines()
    assert line["title"] == "Ferry runs aground off Lindholm"
    assert "212 people" in str(line["text"])
    assert "newsletter" not in str(line["text"])
    assert line["language"] == "en"


def test_extract_goes_on_after_a_file_that_cannot_be_read(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "ferry.html"
    file.write_text(ARTICLE)
    assert shell.run("extract", str(tmp_path / "none.html"), str(file)) == 3
    assert "none.html" in shell.err
    assert "212 people" in shell.out


def test_group_tells_stories_apart(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    ferry = "A ferry with 212 people on board ran aground near Lindholm on Sunday night."
    bank = "The central bank of Sundmark raised its key interest rate to 3.5 per cent."
    articles = [
        {
            "id": "a",
            "date": "2026-03-01",
            "title": "Ferry runs aground off Lindholm",
            "text": ferry,
        },
        {"id": "b", "date": "2026-03-01", "title": "Central bank raises rate", "text": bank},
        {"id": "c", "date": "2026-03-01", "title": "Lindholm ferry aground", "text": ferry},
    ]
    file.write_text("\n".join(json.dumps(a) for a in articles))
    assert shell.run("group", "--json", str(file)) == 0
    story = {line["id"]: line["story"] for line in shell.lines()}
    assert story["a"] == story["c"] != story["b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{not json", "not JSON: "),
        ("[1, 2]", "not a JSON object: "),
        ('{"id": "a"}', "no 'articles': "),
        ('{"id": "a", "articles": [{"title": "x"}]}', "an article without 'text': "),
        ('{"articles": [{"text": "x", "date": "soon"}]}', "not a date: 'soon'"),
    ],
)
def test_clusters_that_are_wrong_are_named_with_their_line(
    shell: Shell, tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "clusters.jsonl"
    file.write_text(content)
    assert shell.run("summarize", "--json", "--clusters", str(file)) == 1
    assert message in shell.err
    assert f"{file}:1" in shell.err


def test_summarize_without_sources_says_what_it_wants(shell: Shell) -> None:
    assert shell.run("summarize") == 2
    assert "--clusters" in shell.err


def test_summarize_says_which_page_it_cannot_read(shell: Shell, site: str) -> None:
    assert shell.run("summarize", f"{site}/none") == 1
    assert f"cannot read the page: '{site}/none'" in shell.err


@pytest.mark.slow
def test_summarize_writes_a_story_from_a_page_and_a_dump(
    shell: Shell, site: str, tmp_path: Path
) -> None:
    dump = tmp_path / "dump.txt"
    dump.write_text(
        "Ferry with 212 on board runs aground\n\nA passenger ferry ran aground on a reef off "
        "Lindholm on Sunday with 212 people on board. Twelve passengers were treated for minor "
        "injuries, the hospital in Aldervik said.\n\nThe ferry's owner, Sund Lines, said divers "
        "would look at the hull on Tuesday.\n"
    )
    assert shell.run("summarize", "--json", f"{site}/ferry", str(dump)) == 0
    [story] = shell.lines()
    assert story["headline"]
    articles = story["articles"]
    assert isinstance(articles, list)
    assert [a["n"] for a in articles] == [1, 2]
    sentences = story["sentences"]
    assert isinstance(sentences, list)
    assert sentences
    for sentence in sentences:
        assert sentence["method"] in {"rewritten", "source"}
        assert sentence["articles"] == sorted({e["article"] for e in sentence["evidence"]})
    assert shell.run("summarize", f"{site}/ferry", str(dump)) == 0
    assert "212" in shell.out


@pytest.mark.slow
def test_a_story_of_which_nothing_can_be_told_has_no_sentences(
    shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "clusters.jsonl"
    text = "I joined the other cyclists last month. We rode past the harbour of Lindholm."
    articles = [{"title": "My week by the sea", "text": text, "date": "2026-11-22"}]
    file.write_text(json.dumps({"id": "a", "articles": articles}) + "\n")
    assert shell.run("summarize", "--json", "--clusters", str(file)) == 0
    [story] = shell.lines()
    assert story["headline"] == "My week by the sea"
    assert story["sentences"] == []


def test_a_digest_of_an_empty_database_says_that_nothing_was_read(shell: Shell) -> None:
    assert shell.run("digest", "world") == 0
    assert "No articles could be read since" in shell.out


def test_a_length_that_does_not_exist_is_refused(shell: Shell) -> None:
    assert shell.run("digest", "world", "--length", "huge") == 2
    assert "short, normal, detailed" in shell.err
