"""The command line as people type it: what it prints, where, and the exit code."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import URL

from bot.cli import main
from bot.jobs import chat_order
from bot.queueing import Queue
from config.settings import load_settings
from tests.conftest import new_database
from tests.summarizer.tiny_models import save_model

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Lindholm Post</title>
<item><title>Ferry aground</title><link>http://127.0.0.1/ferry</link>
<description>A ferry ran aground.</description></item></channel></rss>"""
PAGE = """<html><head><title>Lindholm Post</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head>
<body><p>Welcome to the Lindholm Post.</p></body></html>"""
ARTICLE = """<html lang="en"><head><title>Ferry runs aground off Lindholm</title></head><body>
<nav><a href="/">Home</a></nav><article><h1>Ferry runs aground off Lindholm</h1>
<p>A ferry with 212 people on board ran aground near Lindholm on Sunday night, the coastguard said.
Nobody was seriously hurt, but nine passengers were treated for cuts and bruises.</p>
<p>The ship had left Aldervik at 20:15 and was due in the harbour of Lindholm at midnight. Two tugs
are expected to pull it free at high tide on Monday, according to the harbour master.</p>
<p>Subscribe to our newsletter for the latest from the islands.</p></article></body></html>"""


@dataclass
class Shell:
    """Runs `digest-bot` commands in this process."""

    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    out: str = ""
    err: str = ""

    def run(self, *arguments: str) -> int:
        """Run a command; keep what it printed; return its exit code."""
        self.monkeypatch.setattr(sys, "argv", ["digest-bot", *arguments])
        code = 0
        try:
            main()
        except SystemExit as exc:
            code = exc.code if isinstance(exc.code, int) else 0
        self.out, self.err = self.capsys.readouterr()
        return code

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("DIGEST_PATHS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIGEST_COLLECTING__CATALOG_FEEDS", "false")
    monkeypatch.setenv("DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(capsys=capsys, monkeypatch=monkeypatch)


@pytest.fixture
def site() -> Iterator[str]:
    """A web site with a home page that names a feed, and an article."""
    pages = {"/": PAGE, "/feed.xml": FEED, "/ferry": ARTICLE}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


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


def test_the_database_can_be_saved_and_put_back(shell: Shell, site: str, tmp_path: Path) -> None:
    shell.run("feeds", "add", f"{site}/feed.xml", "--outlet", "Lindholm Post")
    copy = tmp_path / "copy.db"
    assert shell.run("db", "backup", str(copy)) == 0
    shell.run("feeds", "remove", f"{site}/feed.xml")
    assert shell.run("db", "restore", str(copy)) == 0
    shell.run("feeds", "list", "--json")
    assert [line["outlet"] for line in shell.lines()] == ["Lindholm Post"]
    assert shell.run("db", "upgrade") == 0


def test_a_digest_of_an_empty_database_says_that_nothing_was_read(shell: Shell) -> None:
    assert shell.run("digest", "world") == 0
    assert "No articles could be read since" in shell.out


def test_a_length_that_does_not_exist_is_refused(shell: Shell) -> None:
    assert shell.run("digest", "world", "--length", "huge") == 2
    assert "short, normal, detailed" in shell.err


@pytest.mark.slow
def test_check_says_what_is_missing(shell: Shell) -> None:
    assert shell.run("check") == 1
    assert "wrong  telegram: no token; get one from @BotFather" in shell.out
    assert "ok     database" in shell.out
    assert shell.run("check", "--offline", "--quiet") == 0
    assert shell.out == ""


def test_run_without_a_token_says_where_to_get_one(shell: Shell) -> None:
    assert shell.run("run") == 1
    assert "@BotFather" in shell.err


@pytest.mark.slow
def test_model_info_loads_the_model_and_shows_what_it_writes(shell: Shell) -> None:
    assert shell.run("model", "info") == 0
    assert "written   " in shell.out


def test_another_model_writes_from_the_next_start_on(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)
    folder = save_model("bart", tmp_path / "bart")
    assert shell.run("model", "use", str(folder)) == 0
    file = tmp_path / "digest-bot.toml"
    assert f"writes from the next start on: model.name in {file}" in shell.out
    assert shell.run("model", "info") == 0
    assert f"model     {folder}" in shell.out
    assert "reads     whole stories" in shell.out

    assert shell.run("model", "use", str(tmp_path)) == 1
    assert "model folder without config.json" in shell.err
    assert load_settings().model.name == str(folder)

    monkeypatch.setenv("DIGEST_MODEL__NAME", "bundled")
    mine = tmp_path / "mine.toml"
    assert shell.run("--config", str(mine), "model", "use", str(folder)) == 1
    assert "cannot read the configuration file" in shell.err
    mine.write_text("[stories]\nmin_outlets = 3\n", "utf-8")
    assert shell.run("--config", str(mine), "model", "use", str(folder)) == 0
    assert "DIGEST_MODEL__NAME is set and overrides that file" in shell.out
    assert load_settings(mine, {}).model.name == str(folder)
    assert load_settings(mine, {}).stories.min_outlets == 3


def test_a_model_is_converted_by_name(shell: Shell, tmp_path: Path) -> None:
    folder = save_model("t5", tmp_path / "t5")
    assert shell.run("model", "convert", str(folder)) == 0
    converted = Path(shell.out.split(" is ready in ")[1].strip())
    assert (converted / "model.bin").is_file()
    assert shell.run("model", "convert", str(save_model("led", tmp_path / "led"))) == 1
    assert "nothing to convert, PyTorch runs it as it is" in shell.err


def test_some_roles_alone_are_refused_on_sqlite_with_the_way_out(shell: Shell) -> None:
    for command in (["bot"], ["worker"], ["worker", "--queues", "write"]):
        assert shell.run(*command) == 1
        assert "SQLite is for one process" in shell.err
        assert "digest-bot db copy" in shell.err
    assert shell.run("queue") == 1
    assert "SQLite has no queue" in shell.err


def test_a_queue_that_does_not_exist_is_refused(shell: Shell) -> None:
    assert shell.run("worker", "--queues", "collect,sing") == 2
    assert "collect, write, deliver" in shell.err


def test_failed_jobs_are_shown_and_put_back(shell: Shell, postgres_server: URL) -> None:
    with new_database(postgres_server) as url:
        text = url.render_as_string(hide_password=False)
        shell.monkeypatch.setenv("DIGEST_DATABASE__URL", text)
        asyncio.run(_fail_a_job(url))
        assert shell.run("queue") == 0
        assert "deliver(chat_id='12'), 8 attempts" in " ".join(shell.out.split())
        assert "queue retry --all" in shell.out
        assert shell.run("queue", "--json") == 0
        [job] = json.loads(shell.out)["failed"]
        assert shell.run("queue", "retry") == 2
        assert shell.run("queue", "retry", str(job["id"]), "999") == 3
        assert "1 put back" in shell.out
        assert shell.run("queue", "retry", "--all") == 0
        assert "0 put back" in shell.out


def test_a_database_is_copied_to_a_server_and_compared(
    shell: Shell, site: str, postgres_server: URL
) -> None:
    assert shell.run("feeds", "add", f"{site}/feed.xml") == 0
    with new_database(postgres_server) as url:
        assert shell.run("db", "copy", url.render_as_string(hide_password=False)) == 0
        assert "both sides are the same" in shell.out
        assert next(line for line in shell.out.splitlines() if "feeds" in line).split()[2] == "rows"
    assert shell.run("db", "copy", "sqlite:///other.db") == 1
    assert "postgresql+psycopg://" in shell.err


async def _fail_a_job(url: URL) -> None:
    async with Queue(url) as queue:
        await queue.put([chat_order("12")])
        async with queue.connector.pool.connection() as connection:
            for state in ("doing", "failed"):
                await connection.execute(
                    "UPDATE procrastinate_jobs SET attempts = 8, status = %s", [state]
                )
