"""A test server, and a client that calls its methods with plain HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.telegram_server import TelegramServer

Answer = dict[str, Any]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


class Caller:
    """Calls methods with plain HTTP."""

    def __init__(self, server: TelegramServer, client: httpx.AsyncClient) -> None:
        self.server = server
        self.client = client

    async def __call__(self, method: str, **parameters: Any) -> Answer:
        url = f"{self.server.url}/bot{self.server.token}/{method}"
        answer: Answer = (await self.client.post(url, json=parameters)).json()
        return answer

    async def refusal(self, method: str, **parameters: Any) -> str:
        answer = await self(method, **parameters)
        assert not answer["ok"]
        description: str = answer["description"]
        return description


@pytest.fixture
async def call(server: TelegramServer) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Caller(server, client)
