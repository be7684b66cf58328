"""News of the stories that chats follow, planned as they come, at most one message an hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.composing import cited_pages, form_of, preferences_of, to_parts
from bot.rendering import render_digest
from bot.scheduling import quiet_until
from config.settings import Settings
from summarizer.digests.composing import compose_digest
from summarizer.models import Reading, derive_id
from summarizer.storage import Delivery, Follow, Storage

log = structlog.get_logger(__name__)

BATCH = 500
APART = timedelta(hours=1)
"""Between two messages on one followed story."""


async def deliver_followed(now: datetime, *, settings: Settings, storage: Storage) -> int:
    """Plan what is new in followed stories; return how many messages that makes.

    A failure holds up nobody else and is tried again an hour later.
    """
    planned = 0
    for follow in await storage.follows.due(now, BATCH):
        try:
            planned += await _deliver(follow, now, settings, storage)
        except Exception:
            log.exception("update failed", chat=follow.chat_id, story=follow.story_id)
            await storage.follows.keep(replace(follow, not_before=now + APART))
    return planned


async def _deliver(follow: Follow, now: datetime, settings: Settings, storage: Storage) -> bool:
    chat = await storage.chats.get(follow.chat_id)
    report = await storage.stories.report(follow.story_id)
    if chat is None or report is None:
        return False
    quiet = quiet_until(chat, now)
    if quiet is not None:
        await storage.follows.keep(replace(follow, not_before=quiet))
        return False
    if report.story_id != follow.story_id:
        follow = await storage.follows.move(follow, report.story_id)
    told, _ = await storage.told.of(chat.id, follow.thread_id)
    preferences = preferences_of(settings, chat.length, chat.muted_outlets)
    digest = compose_digest(
        topics=(),
        matched=[report],
        told=told,
        told_stories=frozenset({report.story_id}),
        preferences=replace(preferences, min_outlets=1),
        reading=Reading(),
        since=follow.since,
        now=now,
    )
    seen = replace(follow, version=report.version)
    if not digest.updates:
        await storage.follows.keep(seen)
        return False
    return await storage.deliveries.plan(
        Delivery(
            id=derive_id(
                chat.id, str(follow.thread_id), "follow", report.story_id, now.isoformat()
            ),
            chat_id=chat.id,
            thread_id=follow.thread_id,
            scheduled_at=now,
            kind="follow",
            created_at=now,
        ),
        # What was shown on request only is not told: a digest of the chat may tell it yet.
        [
            replace(part, fact_ids=tuple(i for i in part.fact_ids if i in digest.fact_ids))
            for part in to_parts(render_digest(digest, form_of(chat)))
        ],
        # Not now: a version may bear an earlier time and be stored after this look.
        cites=cited_pages(digest),
        follow=replace(seen, since=report.written_at, not_before=now + APART),
    )
