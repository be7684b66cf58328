"""The process that `benchmarks.crash` kills: `digest-bot run`, forked from one that has loaded all.

::

    python -m benchmarks.crash_process STEPS     a byte on stdin forks one; stderr has its log

Imports and models take ten seconds, so they are loaded once. What runs in the fork is the product:
its own clock, database, HTTP, sentences and vectors. Different are a model that rewrites nothing
(STEPS is a folder of migrations), and that a worker of PostgreSQL's queue is taken for dead within
seconds, as all intervals here are seconds.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import anyio._backends._asyncio  # noqa: F401 - loaded when first used

import bot.app
import bot.cli
import bot.jobs
import bot.workers
import bot.working
import summarizer.stories.grouping  # noqa: F401 - loaded when first used
from summarizer.collecting.extracting import extract_html
from summarizer.embedding import Embedder
from summarizer.models import Length
from summarizer.reporting import Writer
from summarizer.storage import migrations
from summarizer.writing.rewriting import Rewriter
from summarizer.writing.syntax import Parser


class Echo:
    """The smallest model: it leaves every sentence as it is."""

    def generate(
        self, sources: Sequence[str], *, length: Length, beams: int
    ) -> list[list[tuple[str, float]]]:
        return [[(source, 0.0)] for source in sources]


def prepare(steps: Path) -> None:
    """Load what a process needs, for it to find; start no thread, which a fork would lose."""
    embedder, parser = Embedder.load(threads=1), Parser.load()
    model = Rewriter(Echo(), name="echo")
    extract_html(b"<p>The ferry ran aground near Lindholm.</p>")  # loads more at its first use
    Embedder.load = lambda **_: embedder  # type: ignore[method-assign,assignment]
    Writer.load = lambda settings, embedder: Writer(  # type: ignore[method-assign,assignment]
        embedder, model, parser, name="echo", beams=1
    )
    migrations.FOLDER = steps
    bot.workers.HEARTBEAT_S, bot.workers.STALLED_S = 0.5, 2.0
    bot.working.STALLED_S = 1
    # A job that kills eight workers is given up, and comes again within the hour; here its workers
    # are killed whatever they do.
    bot.workers.ATTEMPTS = 1000
    bot.workers.FIRST_RETRY_S, bot.workers.LONGEST_RETRY_S = 1, 2


def tell(event: str, **fields: object) -> None:
    """Write an event between those of the process's log."""
    line = json.dumps({"event": event, "level": "info", **fields})
    os.write(2, f"\n{line}\n".encode())


def main() -> None:
    prepare(Path(sys.argv[1]))
    while os.read(0, 1):
        running, held = os.pipe()
        child = os.fork()
        if child == 0:
            sys.argv = ["digest-bot", "run"]
            bot.cli.main()
            return
        os.close(held)
        tell("process started", pid=child)
        asked, _, _ = select.select([0, running], [], [])
        if 0 in asked:  # nobody is there any more
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(running)
        tell("process ended", code=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
