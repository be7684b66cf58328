"""What every command is given: its settings, logging set up, an open storage."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from config.settings import Settings
    from summarizer.pipeline import Pipeline
    from summarizer.storage import Storage

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The options in front of the command."""

    config: Path | None
    verbose: bool

    def settings(self, *, quiet: bool = False) -> Settings:
        """Load the settings and set up logging: to stderr; `quiet` commands only log warnings."""
        from bot.logging import set_up_logging
        from config.settings import load_settings

        settings = load_settings(self.config)
        level = "debug" if self.verbose else "warning" if quiet else settings.log.level
        set_up_logging(level, json_lines=settings.log.json_lines)
        return settings


def context(ctx: typer.Context) -> Context:
    """Return what `configure` put into typer's context."""
    found = ctx.obj
    assert isinstance(found, Context)
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    return asyncio.run(work)


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[Storage]:
    """Open the configured database with the catalogue's feeds in it; close it at the end."""
    from summarizer.reading import configured_feeds
    from summarizer.storage import Storage

    storage = await Storage.open(settings.database_url)
    try:
        await storage.articles.sync_feeds(configured_feeds(settings))
        yield storage
    finally:
        await storage.close()


@asynccontextmanager
async def open_pipeline(settings: Settings) -> AsyncIterator[tuple[Storage, Pipeline]]:
    """Open the storage and the stages on it."""
    from summarizer.pipeline import Pipeline

    async with (
        open_storage(settings) as storage,
        Pipeline(settings=settings, storage=storage) as pipeline,
    ):
        yield storage, pipeline


def print_json(value: Any) -> None:
    """Print one value as one line of JSON, for scripts."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()
