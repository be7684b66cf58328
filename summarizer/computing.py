"""The models: loaded when first needed, kept off the event loop, given their work in batches."""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from config.settings import Settings
from summarizer.embedding import Embedder
from summarizer.errors import DigestError
from summarizer.models import StoryReport

if TYPE_CHECKING:
    from summarizer.reporting import Assignment, Writer

T = TypeVar("T")

BATCH = 8
"""Stories that are written at once: enough to fill the cores, few enough to wait for."""


def keep_loaded() -> None:
    """Leave what is loaded by now out of garbage collection, for good.

    Looking through the modules and models of a process takes a quarter of a second, in which nobody
    is answered.
    """
    gc.collect()
    gc.freeze()


class Models:
    """The embedder and the writer, used by one thread: models are never used by two at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="models")
        self._loading = asyncio.Lock()
        self._embedder: Embedder | None = None
        self._writer: Writer | None = None
        self._waiting: deque[tuple[Assignment, asyncio.Future[StoryReport]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Wait for what is being computed, off the event loop, and begin nothing more."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` computes, in the models' thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text."""
        embedder = await self._load_embedder()
        return await self.run(lambda: embedder.embed(texts))

    async def write(self, assignment: Assignment) -> StoryReport:
        """Return the story's report, written together with the others that wait at this moment."""
        done: asyncio.Future[StoryReport] = asyncio.get_running_loop().create_future()
        self._waiting.append((assignment, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting())
        return await done

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if not await self._write_batch(batch):  # one is at fault: each on its own
                for alone in batch:
                    await self._write_batch([alone])

    async def _write_batch(
        self, batch: Sequence[tuple[Assignment, asyncio.Future[StoryReport]]]
    ) -> bool:
        """Write these and tell who waits; False if a bug kept all of several from it."""
        try:
            writer = await self._load_writer()
            reports = await self.run(partial(writer.write_all, [story for story, _ in batch]))
        except Exception as exc:
            if len(batch) > 1 and not isinstance(exc, DigestError):
                return False
            for _, done in batch:
                if not done.done():
                    done.set_exception(exc)
            return True
        for (_, done), report in zip(batch, reports, strict=True):
            if not done.done():
                done.set_result(report)
        return True

    async def _load_embedder(self) -> Embedder:
        async with self._loading:
            if self._embedder is None:
                threads = self._settings.model.threads
                self._embedder = await self.run(lambda: Embedder.load(threads=threads))
                await self.run(keep_loaded)
            return self._embedder

    async def _load_writer(self) -> Writer:
        # Imported where it is needed: a process that does not write stays small.
        from summarizer.reporting import Writer

        embedder = await self._load_embedder()
        async with self._loading:
            if self._writer is None:
                self._writer = await self.run(lambda: Writer.load(self._settings, embedder))
                await self.run(keep_loaded)
            return self._writer
