"""What must hold when `benchmarks.scale_chaos` has killed processes, and what became of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from benchmarks.scale_world import Member, Outlets, Telegram
from bot.queueing import Queue
from summarizer.storage import Storage

Due = set[tuple[str, datetime]]
"""Chats, and the times of their digests."""
MOST_MB = 250
"""Of a process without the write queue."""
ON_ITS_WAY_S = 2.0
"""A request of a process that is killed arrives this long after it at most."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it; `wrong` is empty if everything held."""

    wrong: list[str] = field(default_factory=list)
    kills: list[tuple[float, str]] = field(default_factory=list)
    """When which process was killed."""
    digests: int = 0
    covered: int = 0
    """Digests that were so late that the next one of their chat told them too."""
    several: int = 0
    """Chats that got more than one digest."""
    messages: int = 0
    parts: int = 0
    """Of them, those that follow the first one of their digest."""
    repeated: int = 0
    """Messages that came twice; all of them were on their way at a kill."""
    published: int = 0
    articles: int = 0
    reports: int = 0
    answers: int = 0
    fired: int = 0
    lateness_s: list[float] = field(default_factory=list)
    """From a digest's time to its arrival."""
    memory: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Most megabytes of each process in the first and in the second half."""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    """What the processes logged as errors."""

    def killed(self, role: str) -> list[float]:
        """Return when processes of this role were killed."""
        return [at for at, name in self.kills if role in name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A message that one chat is to get."""

    text: str
    """What only this one of its messages says."""
    sent: bool = True
    """Whether it must have come."""


def check_arrivals(
    expected: Sequence[Expected],
    arrived: Sequence[tuple[float, str]],
    killed: Sequence[float] | None,
) -> tuple[list[str], int]:
    """Return what is wrong with the messages of one chat, and how many came again.

    `expected` are in the order they must come in, `arrived` are times and texts. One may come again
    before the next, if the process that sent it was `killed` in between; with None for that in any
    case.
    """
    wrong: list[str] = []
    came: dict[int, float] = {}
    repeated = latest = 0
    for at, text in arrived:
        n = next((n for n, e in enumerate(expected) if e.text in text), None)
        if n is None:
            wrong.append(f"not expected: {text[:80]!r}")
            continue
        if n < latest:
            wrong.append(f"after a later one: {text[:80]!r}")
        if n in came:
            repeated += 1
            if killed is not None and not any(
                came[n] - ON_ITS_WAY_S < kill < at for kill in killed
            ):
                wrong.append(f"twice without a kill: {text[:80]!r}")
        came[n] = at
        latest = max(latest, n)
    wrong += [f"lost: {e.text[:80]!r}" for n, e in enumerate(expected) if e.sent and n not in came]
    return wrong, repeated


async def judge(
    queue: Queue,
    storage: Storage,
    due: Due,
    outlets: Outlets,
    telegram: Telegram,
    asked: Mapping[int, Sequence[str]],
    outcome: Outcome,
) -> None:
    """Ask database and Bot API server what became of everything.

    `asked` are each asker's questions in their order; an answer repeats its question.
    """
    arrived: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for at, chat, text in telegram.received:
        arrived[chat].append((at, text))
    await _judge_digests(queue, due, arrived, asked, outcome)

    again = 0
    for asker, questions in asked.items():
        outcome.answers += len(arrived[asker])
        # What Telegram was too slow to confirm is said again: better twice than not at all.
        found, repeated = check_arrivals(
            [Expected(text=q) for q in questions], arrived[asker], killed=None
        )
        outcome.wrong += [f"an asker's answer {what}" for what in found]
        again += repeated
    if again > len(outcome.kills) * 16:
        outcome.wrong.append(f"{again} answers came again")

    await _judge_stories(queue, storage, outlets, outcome)
    twice = await _rows(
        queue, "SELECT task, at, count(*) FROM fired GROUP BY task, at HAVING count(*) > 1"
    )
    if twice:
        outcome.wrong.append(f"fired twice: {twice[:5]}")
    [(outcome.fired,)] = await _rows(queue, "SELECT count(*) FROM fired")
    failed = await queue.failed()
    if failed:
        jobs = f"{failed[0].task} {failed[0].arguments}"
        outcome.wrong.append(f"{len(failed)} jobs failed, such as {jobs}")


async def _judge_digests(
    queue: Queue,
    due: Due,
    arrived: Mapping[int, Sequence[tuple[float, str]]],
    asked: Collection[int],
    outcome: Outcome,
) -> None:
    wrong = outcome.wrong
    planned = await planned_digests(queue)
    told = {key for key, state in planned.items() if state != "skipped"}
    outcome.digests = len(told)
    outcome.covered = len(due - told)
    outcome.several = sum(n > 1 for n in Counter(chat for chat, _ in told).values())
    if missing := missing_digests(due, told):
        wrong.append(f"{len(missing)} digests were never told, such as {min(missing)}")
    if extra := set(planned) - due:
        wrong.append(f"{len(extra)} digests that were not due, such as {min(extra)}")
    if unsent := [key for key in told if planned[key] != "sent"]:
        wrong.append(f"{len(unsent)} digests not sent, such as {unsent[0]}")

    expected: dict[int, list[Expected]] = defaultdict(list)
    query = (
        "SELECT m.chat_id, m.part, m.text, m.state, m.scheduled_at, m.sent_at"
        " FROM messages m JOIN deliveries d ON d.id = m.delivery_id"
        " ORDER BY m.scheduled_at, d.created_at, d.id, m.part"
    )
    for chat_id, part, text, state, scheduled_at, sent_at in await _rows(queue, query):
        expected[int(chat_id)].append(Expected(text=text, sent=state == "sent"))
        if sent_at is not None:
            outcome.messages += 1
            outcome.parts += part > 0
            outcome.lateness_s.append((sent_at - scheduled_at).total_seconds())
    workers = outcome.killed("worker")
    for chat in (set(arrived) | set(expected)) - set(asked):
        found, repeated = check_arrivals(expected[chat], arrived.get(chat, ()), workers)
        outcome.repeated += repeated
        wrong += [f"chat {chat} got a message {what}" for what in found]


async def _judge_stories(
    queue: Queue, storage: Storage, outlets: Outlets, outcome: Outcome
) -> None:
    outcome.published = len(outlets.published)
    if unread := await unread_articles(queue, outlets):
        outcome.wrong.append(f"{len(unread)} articles were not read, such as {min(unread)}")
    [(outcome.articles,)] = await _rows(queue, "SELECT count(*) FROM articles")
    [(outcome.reports,)] = await _rows(queue, "SELECT count(*) FROM reports")
    if await storage.stories.unwritten(1) or await storage.articles.ungrouped_languages():
        outcome.wrong.append("some articles are in no story, or some stories have no report")
    doubled = await _rows(
        queue,
        "SELECT article_id FROM members m JOIN stories s ON s.id = m.story_id"
        " WHERE merged_into IS NULL GROUP BY article_id HAVING count(*) > 1",
    )
    if doubled:
        outcome.wrong.append(f"{len(doubled)} articles are in two stories")


def judge_members(members: Sequence[Member], outcome: Outcome) -> None:
    """Look at what the processes logged, loaded and took."""
    for member in members:
        outcome.problems += [f"{member.name}: {problem}" for problem in member.problems]
        times = [at for at, _, _ in member.memory]
        half = (times[0] + times[-1]) / 2
        early = max((mb for at, _, mb in member.memory if at <= half), default=0)
        late = max((mb for at, _, mb in member.memory if at > half), default=0)
        outcome.memory[member.name] = (early, late)
        if "write" not in " ".join(member.command):
            if member.loaded:
                outcome.wrong.append(f"{member.name} has loaded {', '.join(member.loaded)}")
            if max(early, late) >= MOST_MB:
                outcome.wrong.append(f"{member.name} took {max(early, late)} MB")


async def planned_digests(queue: Queue) -> dict[tuple[str, datetime], str]:
    """Return the state of each chat's digest of each time."""
    query = "SELECT chat_id, scheduled_at, state FROM deliveries WHERE kind = 'scheduled'"
    return {(row[0], row[1].astimezone(UTC)): row[2] for row in await _rows(queue, query)}


def missing_digests(due: Due, planned: Collection[tuple[str, datetime]]) -> Due:
    """Return which digests are due and neither planned nor told by a later one of their chat."""
    last: dict[str, datetime] = {}
    for chat, moment in planned:
        last[chat] = max(moment, last.get(chat, moment))
    return {(c, m) for c, m in due if (c, m) not in planned and (c not in last or last[c] < m)}


async def unread_articles(queue: Queue, outlets: Outlets) -> set[str]:
    """Return the addresses of what was published and is not stored."""
    stored = {row[0] for row in await _rows(queue, "SELECT url FROM articles")}
    return outlets.published - stored


async def _rows(queue: Queue, query: str) -> list[Any]:
    async with queue.connector.pool.connection() as connection:
        return await (await connection.execute(query.encode())).fetchall()
