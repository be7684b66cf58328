"""What the bot has promised while `benchmarks.crash` kills it, and what became of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.crash_world import Look, Newsroom, Telegram
from summarizer.models import derive_id
from tests.telegram_chats import Chat

GONE = ("is removed", "is not among the topics here")
"""Answers to /unsubscribe: asked again after a crash, it finds that it was done."""
_LEFT = (
    "articles WHERE grouped_revision < revision",
    "stories WHERE reported_version < version AND merged_into IS NULL",
    "messages WHERE state IN ('pending', 'sending')",
    "updates WHERE handled_at IS NULL",
)


@dataclass(slots=True, kw_only=True)
class Question:
    """What a person asked for: the words only it has, and when it counts as answered."""

    chat: Chat
    words: str
    command: str
    said: tuple[str, ...]
    """What the answer says, one of these."""
    answered: bool = False


@dataclass(slots=True, kw_only=True)
class Promises:
    """The digests that fell due, the questions that were asked, the news that was published."""

    look: Look
    news: Newsroom
    telegram: Telegram
    readers: list[Chat]
    people: list[Chat]
    questions: list[Question] = field(default_factory=list)
    due: list[tuple[Chat, datetime]] = field(default_factory=list)

    def note_answer(self, chat_id: int, text: str) -> None:
        """Take in what a chat was told."""
        for question in self.questions:
            if question.chat.id == chat_id and any(said in text for said in question.said):
                question.answered = True

    def subscribed(self, person: Chat) -> set[str]:
        """Return the words that a person has subscribed to, by the answers that came."""
        words: set[str] = set()
        for question in self.questions:
            if question.chat is person and question.answered:
                if question.command == "subscribe":
                    words.add(question.words)
                if question.command == "unsubscribe":
                    words.discard(question.words)
        return words

    def deliveries(self) -> dict[str, str]:
        """Return the state of each planned delivery, by its id."""
        return dict(self.look.rows("SELECT id, state FROM deliveries"))

    def unsettled(self) -> list[str]:
        """Return what the bot has still to do."""
        now, states = datetime.now(UTC), self.deliveries()
        left = [
            f"digest of {chat.name} at {at.isoformat()}"
            for chat, at in self.due
            if at > now or states.get(delivery_id(chat, at)) in (None, "pending")
        ]
        left += [f"/{q.command} {q.words}" for q in self.questions if not q.answered]
        if (count := self.look.count("articles")) < len(self.news.published):
            left.append(f"{count} of {len(self.news.published)} articles")
        for what in _LEFT:
            if count := self.look.count(what):
                left.append(f"{count} {what}")
        return left

    def arrivals(self) -> tuple[list[str], int]:
        """Return which planned messages did not arrive, and how many arrived again."""
        arrived = Counter(self.telegram.received)
        lost, planned = [], Counter[tuple[int, str]]()
        for chat_id, text, state in self.look.rows("SELECT chat_id, text, state FROM messages"):
            planned[(int(chat_id), text)] += 1
            if not arrived[(int(chat_id), text)]:
                lost.append(f"message to {chat_id} is {state} and did not arrive: {text[:60]!r}")
        return lost, sum(max(0, arrived[m] - times) for m, times in planned.items())

    def broken(self) -> list[str]:
        """Return each digest, answer, subscription and story that was promised and is not there."""
        states = self.deliveries()
        lost = [
            f"digest of {chat.name} at {at.isoformat()}: {state or 'not planned'}"
            for chat, at in self.due
            if (state := states.get(delivery_id(chat, at))) != "sent"
        ]
        lost += [f"no answer: /{q.command} {q.words}" for q in self.questions if not q.answered]
        kept = set(self.look.rows("SELECT chat_id, topic_key FROM subscriptions"))
        for person in self.people:
            wanted = {(str(person.id), f"free:{words}") for words in self.subscribed(person)}
            mine = {row for row in kept if row[0] == str(person.id)}
            lost += [f"confirmed and not there: {row}" for row in sorted(wanted - mine)]
            lost += [f"removed and there again: {row}" for row in sorted(mine - wanted)]
        return lost + self._stories()

    def _stories(self) -> list[str]:
        """Each article must be in a story, and each reader have heard of each story's place."""
        lost = []
        query = "SELECT url, story_id FROM articles JOIN members ON article_id = articles.id"
        stories: dict[str, set[str]] = {}
        for url, story_id in self.look.rows(query):
            stories.setdefault(url, set()).add(story_id)
        places: dict[str, set[str]] = {}
        for article in self.news.published:
            if article.url not in stories:
                lost.append(f"article in no story: {article.url}")
            for story_id in stories.get(article.url, ()):
                places.setdefault(story_id, set()).add(article.place)
        for reader in self.readers:
            heard = "\n".join(text for chat, text in self.telegram.received if chat == reader.id)
            # Where two events look alike to the bot, it tells them as one.
            lost += [
                f"{reader.name} never heard of {sorted(names)}"
                for names in places.values()
                if not any(name in heard for name in names)
            ]
        return lost


def delivery_id(chat: Chat, at: datetime) -> str:
    """Return the id that the bot gives a scheduled digest."""
    return derive_id(str(chat.id), "0", at.isoformat())
