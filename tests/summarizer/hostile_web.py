"""What the tests of hostile servers share: a client with a low limit, and a resolver."""

from __future__ import annotations

import ssl

from summarizer.collecting.fetching import Client
from summarizer.models import Fetched, NotModified

LIMIT = 100_000
TLS = ssl.create_default_context()


def make_client(**options: object) -> Client:
    values: dict[str, object] = {
        "contact": "https://example.org",
        "allow_private_addresses": True,
        "respect_robots": False,
        "timeout_s": 60.0,
        "ssl_context": TLS,
    }
    return Client(**{**values, **options})  # type: ignore[arg-type]


async def fetch(url: str, *, limit_bytes: int = LIMIT, **options: object) -> Fetched | NotModified:
    async with make_client(**options) as client:
        return await client.fetch(url, limit_bytes=limit_bytes)


class Names:
    """A resolver: each name's answers, one after the other, the last one for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): found for name, found in answers.items()}

    async def __call__(self, host: str, port: int) -> list[str]:
        found = self.answers.get(host)
        if found is None:
            raise OSError(f"unknown name {host}")
        return found.pop(0) if len(found) > 1 else found[0]
