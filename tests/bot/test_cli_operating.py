"""The commands of who runs the bot: database, model, roles, queue, check."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from bot.jobs import DUE
from bot.queueing import Queue
from config.settings import load_settings
from tests.bot.shell import Shell
from tests.conftest import new_database
from tests.summarizer.tiny_models import save_model


def test_the_database_can_be_saved_and_put_back(shell: Shell, site: str, tmp_path: Path) -> None:
    shell.run("feeds", "add", f"{site}/feed.xml", "--outlet", "Lindholm Post")
    copy = tmp_path / "copy.db"
    assert shell.run("db", "backup", str(copy)) == 0
    shell.run("feeds", "remove", f"{site}/feed.xml")
    assert shell.run("db", "restore", str(copy)) == 0
    shell.run("feeds", "list", "--json")
    assert [line["outlet"] for line in shell.lines()] == ["Lindholm Post"]
    assert shell.run("db", "upgrade") == 0


@pytest.mark.slow
def test_check_verifies_a_backup(shell: Shell, tmp_path: Path) -> None:
    backup = tmp_path / "digest.bak"
    assert shell.run("feeds", "list") == 0
    assert shell.run("db", "backup", str(backup)) == 0
    check = ("check", "--offline", "--quiet", "--backup", str(backup))
    assert shell.run(*check) == 0
    good = backup.read_bytes()

    backup.write_bytes(good[: len(good) // 2])
    assert shell.run(*check) == 1
    assert "wrong  backup: not a sound digest-bot database" in shell.out

    backup.write_bytes(good)
    with closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute("INSERT INTO facts VALUES ('s', 'k', 'f')")
    assert shell.run(*check) == 1
    assert "a row of facts belongs to none of stories" in shell.out
    assert shell.run("db", "restore", str(backup)) == 1

    backup.write_bytes(good)
    with closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute("UPDATE digest_bot_version SET version_num = '9999'")
    assert shell.run(*check) == 1
    assert "wrong  backup: database is newer than this version" in shell.out

    backup.unlink()
    assert shell.run(*check) == 1
    assert "wrong  backup: no such file" in shell.out


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
        assert "deliver(ending='0'), 8 attempts" in " ".join(shell.out.split())
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
        await queue.put(DUE[:1])
        async with queue.connector.pool.connection() as connection:
            for state in ("doing", "failed"):
                await connection.execute(
                    "UPDATE procrastinate_jobs SET attempts = 8, status = %s", [state]
                )
