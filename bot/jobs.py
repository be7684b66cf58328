"""Which job does what a transaction left to be done: its task, its queue, its locks.

==========  ============================================================================
queue       tasks
==========  ============================================================================
updates     handle: one update, those of a chat in their order
collect     collect: the due feeds of a host, one job a host at a time; reread: the cited pages
            that are due, one job at a time
group       group: the new articles of a language, one job a language at a time
write       write: a version of a story, queued once
embed       embed: the topics' vectors that processes without a model wait for
deliver     deliver: what is due to the chats whose id ends in a digit, one job a digit at a time;
            follow: the news of followed stories, one job at a time
==========  ============================================================================

Every task may run twice without harm: what it does is decided by the data, not by the job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from summarizer.storage import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One job to be put into a queue, unless one like it waits there or has failed just now."""

    task: str
    queue: str
    lock: str | None = None
    """No two jobs with the same one run at the same time; of those that wait one is enough."""
    queueing_lock: str | None = None
    """No two jobs with the same one are in the queue, be it waiting or running."""
    priority: int = 0
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        key = self.queueing_lock or self.lock
        assert key is not None
        return key


def order_of(work: Work) -> Order | None:
    """Return the job that does a piece of work; None for what is no job."""
    match work.kind:
        case "group":
            lock = f"group {work.id}"
            return Order(task="group", queue="group", lock=lock, arguments={"language": work.id})
        case "write":
            return Order(
                task="write",
                queue="write",
                queueing_lock=f"write {work.id} {work.version}",
                priority=min(work.weight, 100),
                arguments={"story_id": work.id},
            )
        case "embed":
            return Order(task="embed", queue="embed", lock="embed")
        case "handle":
            return Order(
                task="handle",
                queue="updates",
                lock=f"chat {work.chat_id}" if work.chat_id else None,
                queueing_lock=f"update {work.id}",
                arguments={"update_id": int(work.id)},
            )
        case "send":
            return None


def host_order(host: str, urls: Sequence[str]) -> Order:
    """Return the job that reads the due feeds of one host."""
    return Order(
        task="collect", queue="collect", lock=f"host {host}", arguments={"urls": list(urls)}
    )


DUE = tuple(
    Order(task="deliver", queue="deliver", lock=f"deliver {n}", arguments={"ending": str(n)})
    for n in range(10)
)
"""The jobs that plan what is due: each for the chats whose id ends in its digit."""

FOLLOWED = Order(task="follow", queue="deliver", lock="follow")
"""The job that plans the news of followed stories."""

CITED = Order(task="reread", queue="collect", lock="reread")
"""The job that reads cited pages again."""
