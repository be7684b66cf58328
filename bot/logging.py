"""Structured logs to stderr: one event with its fields a line; never a token, never a text."""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_TOKEN = re.compile(r"(?<!\d)\d{6,}:[A-Za-z0-9_-]{30,}")
"""What @BotFather gives out: the bot's id, a colon, 35 characters."""
_PASSWORD = re.compile(r"(//[^\s/:@]+:)[^\s/@]+@")
"""In the address of a database."""


def set_up_logging(level: str, *, json_lines: bool = False) -> None:
    """Send our logs and the libraries' to stderr at `level`, with secrets blotted out.

    httpx logs every URL at info, and Telegram's URLs hold the token, so it starts at warning.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _hide_secrets,
                renderer,
            ],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in (
        "httpx",
        "httpcore",
        "trafilatura",
        "alembic",
        "telegram",
        "procrastinate",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    # It calls each 429 an error, with a traceback; whoever asked waits, and says so.
    logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)
    # It warns of each round that is left out because the one before still runs, as is meant.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def hide_secrets(text: str) -> str:
    """Return `text` with anything that looks like a bot's token or a password blotted out."""
    return _PASSWORD.sub(r"\1[password]@", _TOKEN.sub("[token]", text))


def _hide_secrets(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    return {
        key: hide_secrets(value) if isinstance(value, str) else value
        for key, value in event.items()
    }
