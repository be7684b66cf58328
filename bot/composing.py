"""From a chat's settings to what composing and rendering ask for, and from messages to storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.citing import cited_articles
from bot.handlers.buttons import Keyboard, to_markup
from bot.rendering import Form, Message
from bot.texts import translator
from config.settings import Settings
from summarizer.digests.composing import Preferences, compose_digest
from summarizer.models import Digest, Length, Reading, StoryReport
from summarizer.storage import Chat, OutMessage


def preferences_of(
    settings: Settings, length: Length, muted_outlets: Sequence[str] = ()
) -> Preferences:
    """Return what a digest is composed by: the operator's limits and the chat's choices."""
    words = {
        "short": settings.digests.words_short,
        "normal": settings.digests.words_normal,
        "detailed": settings.digests.words_detailed,
    }
    return Preferences(
        words=words[length],
        stories=settings.digests.stories,
        min_outlets=settings.stories.min_outlets,
        muted=frozenset(muted_outlets),
    )


def story_digest(
    report: StoryReport, settings: Settings, length: Length, muted_outlets: Sequence[str] = ()
) -> Digest:
    """Return the digest that tells this one story in full, whoever knows it already."""
    chosen = preferences_of(settings, length, muted_outlets)
    return compose_digest(
        topics=(),
        matched=[report],
        told=frozenset(),
        told_stories=frozenset(),
        preferences=replace(chosen, min_outlets=1),
        reading=Reading(),
        since=report.opened_at,
        now=report.written_at,
    )


def form_of(chat: Chat) -> Form:
    """Return how a chat reads."""
    return Form(
        locale=chat.language,
        timezone=chat.timezone,
        links=chat.links,
        texts=translator(chat.language).catalogue,
    )


def cited_pages(digest: Digest) -> tuple[str, ...]:
    """Return the articles a digest cites whose pages can be read again."""
    return tuple(
        article.id
        for story in (*digest.stories, *digest.updates)
        for cited in [frozenset(cited_articles(story))]
        for article in story.report.articles
        if article.n in cited and article.url and not article.summary_only
    )


def to_parts(messages: Sequence[Message], *, last_row: Keyboard = ()) -> list[OutMessage]:
    """Return messages as a delivery keeps them; `last_row` goes under the last one's buttons."""
    parts = []
    for part, message in enumerate(messages):
        is_last = part == len(messages) - 1
        markup = to_markup([*message.keyboard, *(last_row if is_last else ())])
        parts.append(
            OutMessage(
                part=part,
                text=message.text,
                keyboard=markup.to_json() if markup else None,
                silent=message.silent,
                reply_to_story=message.reply_to_story,
                story_ids=message.story_ids,
                fact_ids=message.fact_ids,
            )
        )
    return parts
