"""The process as an operator starts it: what it shows of itself, and how it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from benchmarks.scale_world import free_port
from tests.telegram_server import TelegramServer


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


def command_line(pid: int) -> str:
    """Return what a list of processes shows of this one."""
    return subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.slow
async def test_the_token_is_nowhere_to_be_seen_while_the_bot_runs(
    server: TelegramServer, sqlite_url: str, tmp_path: Path
) -> None:
    token = server.token
    port = free_port()
    environ = {
        **os.environ,
        "DIGEST_PATHS__DATA": str(tmp_path),
        "DIGEST_DATABASE__URL": sqlite_url,
        "DIGEST_TELEGRAM__TOKEN": token,
        "DIGEST_TELEGRAM__API_URL": server.url,
        "DIGEST_COLLECTING__CATALOG_FEEDS": "false",
        "DIGEST_WEB__PORT": str(port),
        "DIGEST_LOG__LEVEL": "debug",
    }
    server.fail_next("getMe", status=502, description="Bad Gateway")
    server.fail_next("sendMessage", cut="before")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli import main; main()", "--verbose", "run"),
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    logging = asyncio.create_task(process.stdout.read())
    shown = []
    try:
        person = server.private_chat()
        await person.send_text("/start")
        await person.wait_for_message("topic", timeout_s=60)
        await person.send_text("/export")
        exported = await person.wait_for_message(lambda m: m.document is not None, timeout_s=60)
        assert exported.document is not None
        shown.append(exported.document.content.decode())
        async with httpx.AsyncClient(trust_env=False) as client:
            for path in ("/healthz", "/metrics", "/nothing"):
                shown.append((await client.get(f"http://127.0.0.1:{port}{path}")).text)
        shown.append(await asyncio.to_thread(command_line, process.pid))
    finally:
        process.terminate()
        code = await process.wait()
        shown.append((await logging).decode())
    assert code == 0, shown[-1][-3000:]
    assert "Bad Gateway" in shown[-1]
    assert all(token not in text for text in shown)
