"""Secrets are in no error, and a chat's data is nobody else's."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.logging import hide_secrets
from summarizer.errors import StorageError
from summarizer.storage.database import parse_url
from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY
from tests.telegram_server import TelegramServer


def test_tokens_and_passwords_are_blotted_out_of_errors() -> None:
    token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
    assert token not in hide_secrets(f"no answer: https://api.telegram.org/bot{token}/getMe")
    said = hide_secrets("cannot connect: postgresql+psycopg://ada:s3cret@db.example/digest")
    assert "s3cret" not in said
    assert "db.example" in said
    with pytest.raises(StorageError) as error:
        parse_url("postgresql+psycopg//ada:s3cret@db.example/digest")
    assert "s3cret" not in str(error.value)


async def test_a_chats_export_holds_nothing_of_another_and_deleting_leaves_no_trace(
    resting: Town, server: TelegramServer, tmp_path: Path
) -> None:
    await resting.shelf.add(FERRY, NOON)
    await resting.start()
    ada, bob = server.private_chat(name="Adalind"), server.private_chat(name="Bobbert")
    marks = {ada: ("Adalind", "zebra", str(ada.id)), bob: ("Bobbert", "quokka", str(bob.id))}
    for chat, (_, word, _) in marks.items():
        await resting.ask(chat, f"/subscribe {word} crossings 18:00", "Done")
        await resting.ask(chat, "/subscribe world 18:00", "Done")
        await resting.ask(chat, "/digest world", "Ferry")
        await resting.ask(chat, "/timezone Berlin")
    await resting.pass_time(hours=6)
    await ada.wait_for_message("18:00")
    await ada.send_text("/export")
    sent = await ada.wait_for_message(lambda m: m.document is not None)
    assert sent.document is not None
    exported = json.loads(sent.document.content)
    text = json.dumps(exported, ensure_ascii=False)
    assert all(mark in text for mark in marks[ada])
    assert not any(mark in text for mark in marks[bob])

    await resting.ask(ada, "/deletedata", "Delete everything")
    await ada.press("Yes, delete all")
    await ada.wait_for_message("Everything is deleted")
    await resting.stop()
    with closing(sqlite3.connect(tmp_path / "digest.db")) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        rows = {
            name: repr(connection.execute(f"SELECT * FROM {name}").fetchall()) for (name,) in tables
        }
    for name, found in rows.items():
        assert not any(mark in found for mark in marks[ada]), name
    assert "quokka" in rows["subscriptions"]
