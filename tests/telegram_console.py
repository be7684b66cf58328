"""A chat in the terminal with a bot that runs against the test server."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.telegram_chats import Chat
from tests.telegram_server import TelegramServer

HELP = "write to the bot; !text presses the button with this text; end with Ctrl-D"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.telegram_server", description=HELP)
    parser.add_argument("--port", type=int, default=8081)
    with_port = parser.parse_args()
    asyncio.run(_serve(with_port.port))


async def _serve(port: int) -> None:
    async with TelegramServer(port=port) as server:
        chat = server.private_chat()
        print(f"DIGEST_TELEGRAM__API_URL={server.url} DIGEST_TELEGRAM__TOKEN={server.token}")
        print(HELP)
        showing = asyncio.create_task(_show(chat))
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while line := (await reader.readline()).decode().strip("\n"):
            await _act(chat, line)
        showing.cancel()


async def _act(chat: Chat, line: str) -> None:
    try:
        await (chat.press(line[1:]) if line.startswith("!") else chat.send_text(line))
    except AssertionError as exc:
        print(exc)


async def _show(chat: Chat) -> None:
    shown = 0
    while True:
        for message in sorted(chat.messages, key=lambda m: m.changed):
            if message.changed > shown:
                shown = message.changed
                print(f"\n{message.text}\n{message.buttons or ''}")
        await asyncio.sleep(0.2)
