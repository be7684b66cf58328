"""The move to PostgreSQL as a process of its own, killed in the middle."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL

from tests.conftest import new_database

ROWS = 60_000
COMMAND = (sys.executable, "-c", "from bot.cli import main; main()", "db", "copy")


@pytest.mark.slow
def test_a_copy_that_is_killed_goes_on_where_it_was(
    postgres_server: URL, sqlite_url: str, tmp_path: Path
) -> None:
    file = sqlite_url.removeprefix("sqlite+aiosqlite:///")
    with sqlite3.connect(file) as source:
        source.execute(
            "INSERT INTO entries (url, seen_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
            f" SELECT i + 1 FROM n WHERE i < {ROWS})"
            " SELECT 'https://example.org/' || i, '2026-03-10 08:00:00.000000' FROM n"
        )
    source.close()
    environ = {
        **os.environ,
        "DIGEST_DATABASE__URL": sqlite_url,
        "DIGEST_PATHS__DATA": str(tmp_path),
    }
    with new_database(postgres_server) as target:
        url = target.render_as_string(hide_password=False)
        plain = target.set(drivername="postgresql").render_as_string(hide_password=False)

        def count() -> int:
            with psycopg.connect(plain) as connection:
                found = connection.execute("SELECT to_regclass('entries')").fetchone()
                if found == (None,):
                    return 0
                [rows] = connection.execute("SELECT count(*) FROM entries").fetchone() or (0,)
                return int(rows)

        with subprocess.Popen([*COMMAND, url], env=environ, stderr=subprocess.DEVNULL) as copying:
            while not count() and copying.poll() is None:
                time.sleep(0.02)
            copying.send_signal(signal.SIGKILL)
        there = count()
        assert 0 < there < ROWS
        again = subprocess.run([*COMMAND, url], env=environ, capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        assert f"{ROWS} rows  checksum" in again.stdout
        assert "both sides are the same" in again.stdout
        assert count() == ROWS
