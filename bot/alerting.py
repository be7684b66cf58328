"""What the operators are told of without asking: feeds that broke or recovered, a second poller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.markup import escaped
from summarizer.models import Feed, FeedState, derive_id
from summarizer.storage import Delivery, OutMessage, Storage

log = structlog.get_logger(__name__)

FAILURES = 4
"""In a row, with the growing waits between them about two hours: then a feed counts as broken."""
NAMED = 20
"""Feeds named in one message."""


async def tell_about_feeds(storage: Storage, operators: Sequence[int], now: datetime) -> bool:
    """Tell the operators which feeds broke or work again since they were told; whether any did."""
    broken, well = await storage.articles.feeds_to_tell(FAILURES)
    for feed, state in broken:
        log.warning("feed broken", feed=feed.url, error=state.last_error, disabled=state.disabled)
    for feed, _ in well:
        log.info("feed works again", feed=feed.url)
    lines = []
    if broken:
        lines.append("<b>These feeds cannot be read any more:</b>")
        lines += [f"· {_describe(feed, state)}" for feed, state in broken[:NAMED]]
    if well:
        lines.append("<b>These feeds work again:</b>")
        lines += [f"· {escaped(feed.outlet)}" for feed, _ in well[:NAMED]]
    left = max(0, len(broken) - NAMED) + max(0, len(well) - NAMED)
    if left:
        lines.append(f"… and {left} more.")
    if broken:
        lines.append("<code>digest-bot feeds list</code> shows all; others are read as before.")
    if not lines:
        return False
    urls = [feed.url for feed, _ in (*broken, *well)]
    await tell(storage, operators, "\n".join(lines), about=(*urls, now.isoformat()), now=now)
    await storage.articles.mark_told([feed.url for feed, _ in broken], broken=True)
    await storage.articles.mark_told([feed.url for feed, _ in well], broken=False)
    return True


async def tell_of_rival(storage: Storage, operators: Sequence[int], now: datetime) -> None:
    """Tell the operators that another program takes the bot's updates; once a day."""
    said = (
        "<b>Another program takes this bot's updates</b>, so some messages are answered there or "
        "not at all. End the other program; if you do not know it, get a new token from "
        "@BotFather."
    )
    await tell(storage, operators, said, about=("rival", now.date().isoformat()), now=now)


async def tell(
    storage: Storage, operators: Sequence[int], text: str, *, about: Sequence[str], now: datetime
) -> None:
    """Plan a message to each operator, once for all that is told under `about`."""
    for operator in operators:
        await storage.deliveries.plan(
            Delivery(
                id=derive_id(str(operator), "notice", *about),
                chat_id=str(operator),
                scheduled_at=now,
                kind="notice",
                created_at=now,
            ),
            [OutMessage(part=0, text=text, silent=True)],
        )


def _describe(feed: Feed, state: FeedState) -> str:
    since = f"{state.last_ok_at:%d %b %H:%M} UTC" if state.last_ok_at else "never"
    gone = ", not asked any more" if state.disabled else ""
    error = (state.last_error or "")[:150]
    return f"{escaped(feed.outlet)}: {escaped(error)} (last read: {since}{gone})"
