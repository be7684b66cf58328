"""The rounds of `benchmarks.crash`: make work, start the process, kill it, note what was hit."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.crash_promises import GONE, Promises, Question, delivery_id
from benchmarks.crash_world import DIGEST, Bot, Look, Newsroom, Steps, Telegram
from summarizer.storage import Storage
from summarizer.storage.database import Database, make_engine, parse_url

STAGES = (
    "collecting",
    "grouping",
    "writing",
    "before a send",
    "between a send and its record",
    "migrating the database",
    "answering a user",
)
READERS, PEOPLE = 5, 4
IN_FLIGHT = 5
"""Messages that one kill may repeat at most."""
AIM_S = 20.0
"""Where a stage does not come within this time the kill comes anyway."""
ANY_S = 4.0
"""A kill at random comes within this time."""
SETTLED_S = 120.0
STOP_S = 60.0
UNREAD = 6
"""Where so many articles wait to be read, no more are published."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What a run came to."""

    database: str
    kills: int = 0
    random: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    """Kills that hit each stage, by what was under way, not by what was aimed at."""
    digests: int = 0
    stories: int = 0
    questions: int = 0
    in_flight: list[int] = field(default_factory=list)
    """Messages that were on their way at each kill: any of them may arrive twice."""
    repeated: int = 0
    """Messages that arrived again."""
    lost: list[str] = field(default_factory=list)
    """Each thing that was promised and is not there; must be empty."""
    problems: list[str] = field(default_factory=list)
    """Errors that the process logged."""
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        """Nothing is lost, no more was on its way than may be, and nothing else came twice."""
        return (
            not self.lost
            and max(self.in_flight, default=0) <= IN_FLIGHT
            and self.repeated <= sum(self.in_flight)
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "database": self.database,
            "kills": self.kills,
            "random": self.random,
            "stages": {stage: self.stages[stage] for stage in STAGES},
            "digests": self.digests,
            "stories": self.stories,
            "questions": self.questions,
            "repeated": self.repeated,
            "in_flight_at_a_kill_most": max(self.in_flight, default=0),
            "in_flight_at_all_kills": sum(self.in_flight),
            "lost": self.lost,
            "errors_logged": self.problems,
            "seconds": round(self.seconds),
        }


class Run:
    """One run: the world, the rounds, and what there must be in the end."""

    def __init__(
        self, news: Newsroom, telegram: Telegram, bot: Bot, url: str, steps: Steps, seed: int
    ) -> None:
        self._news, self._telegram, self._bot, self._steps = news, telegram, bot, steps
        self._url = url
        self._look = Look(url)
        self._random = random.Random(seed)
        self._promises = Promises(
            look=self._look,
            news=news,
            telegram=telegram,
            readers=[telegram.private_chat(name=f"Reader {i}") for i in range(READERS)],
            people=[telegram.private_chat(name=f"Person {i}") for i in range(PEOPLE)],
        )
        self._aim = ""
        self._hit = asyncio.Event()
        self._logged = self._struck = ""
        self._left_sending: set[str] = set()
        self._received_before = 0
        telegram.before, telegram.after = self._before, self._after
        news.on_page = lambda: self._strike("collecting", chance=0.6)
        bot.on_event = self._note
        self.found = Found(database=url.partition("+")[0])

    # --- the rounds ---------------------------------------------------------------------------

    async def settle_in(self) -> None:
        """Let the readers subscribe and the first story be told, undisturbed."""
        self._news.publish()
        await self._bot.start()
        for reader in self._promises.readers:
            await reader.send_text("/subscribe top 00:00")
            await reader.wait_for_message("Done", timeout_s=60)
        await self._until(lambda: self._look.count("stories WHERE reported_version > 0") >= 1)
        await self._bot.stop(STOP_S)

    async def round(self, number: int, aim: str) -> None:
        """Make work, start the process, kill it at `aim` ('' is any moment), note what was hit."""
        if len(self._news.published) - self._look.count("articles") < UNREAD:
            self._news.publish()
        await self._make_due()
        if aim == "migrating the database" or (not aim and number % 8 == 0):
            self._steps.add()
        if aim != "migrating the database":
            await self._ask()
        self._aim, self._logged, self._struck = aim, "", ""
        self._left_sending = {id for id, _, _ in self._sending()}
        self._received_before = len(self._telegram.received)
        self._hit.clear()
        self._telegram.cut = False
        await self._bot.start()
        watching = asyncio.create_task(self._watch())
        asking = asyncio.create_task(self._ask_later())
        limit = AIM_S if aim else self._random.uniform(0.0, ANY_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hit.wait(), limit)
        pages = self._news.reading
        self._kill()
        for task in (watching, asking):
            task.cancel()
        code = await self._bot.ended()
        if code != -9:
            self.found.lost.append(f"round {number}: the process ended by itself with {code}")
        self.found.kills += 1
        self.found.random += not aim
        self.found.stages.update(self._stages(pages))
        self.found.in_flight.append(len(self._sending()))
        if problem := self._look.problem():
            self.found.lost.append(f"round {number}: database damaged: {problem}")

    async def finish(self) -> Found:
        """Let the bot do all that is left, tell every reader once more, and compare."""
        self._aim = ""
        self._telegram.cut = False
        for last in (False, True):
            await self._make_due(everybody=last)
            await self._bot.start()
            try:
                await self._until(self._is_settled)
            except TimeoutError:
                self.found.lost += [f"not done: {what}" for what in self._promises.unsettled()]
            try:
                code = await self._bot.stop(STOP_S)
            except TimeoutError:
                self._bot.kill()
                code = await self._bot.ended()
            if code:
                self.found.lost.append(f"the process did not stop cleanly: {code}")
        missing, self.found.repeated = self._promises.arrivals()
        self.found.lost += missing + self._promises.broken()
        self.found.digests = len(self._promises.due)
        self.found.questions = len(self._promises.questions)
        self.found.stories = len(self._news.published) // 2
        self.found.problems = self._bot.problems
        return self.found

    # --- work ---------------------------------------------------------------------------------

    async def _make_due(self, *, everybody: bool = False) -> None:
        """Let some readers' digests fall due in a moment: the one thing that is set from outside.

        A reader's next digest is set only once the last one was sent.
        """
        database = Database(make_engine(parse_url(self._url), timeout_s=30))
        storage = Storage(database)
        states, last = self._promises.deliveries(), dict(self._promises.due)
        try:
            for reader in self._promises.readers:
                at = datetime.now(UTC) + timedelta(seconds=self._random.uniform(0.1, ANY_S))
                if reader in last and states.get(delivery_id(reader, last[reader])) != "sent":
                    continue
                if everybody or self._random.random() < 0.6:
                    [subscription] = await storage.chats.subscriptions(str(reader.id))
                    await storage.chats.schedule(
                        subscription.id,
                        times=subscription.times,
                        weekdays=subscription.weekdays,
                        next_due_at=at,
                    )
                    self._promises.due.append((reader, at))
        finally:
            await database.close()

    async def _ask(self) -> None:
        """Let somebody who waits for no answer subscribe to new words, or end what they have."""
        questions = self._promises.questions
        waiting = {q.chat.id for q in questions if not q.answered}
        free = [person for person in self._promises.people if person.id not in waiting]
        if not free:
            return
        person = self._random.choice(free)
        mine = self._promises.subscribed(person)
        number = len(questions)
        if mine and self._random.random() < 0.4:
            words = self._random.choice(sorted(mine))
            gone = tuple(f"“{words}” {said}" for said in GONE)
            question = Question(chat=person, words=words, command="unsubscribe", said=gone)
        elif self._random.random() < 0.3:
            words = f"harbour plans {number}x"
            question = Question(chat=person, words=words, command="digest", said=(words,))
        else:
            words = f"river talks {number}x"
            question = Question(chat=person, words=words, command="subscribe", said=(words,))
        at = " 00:00" if question.command == "subscribe" else ""
        questions.append(question)
        await person.send_text(f"/{question.command} {words}{at}")

    async def _ask_later(self) -> None:
        await asyncio.sleep(self._random.uniform(0.2, ANY_S / 2))
        await self._ask()

    # --- killing ------------------------------------------------------------------------------

    def _kill(self) -> None:
        self._telegram.cut = True
        self._bot.kill()
        self._hit.set()

    def _strike(self, stage: str, *, chance: float = 1.0) -> None:
        if self._aim == stage and not self._hit.is_set() and self._random.random() < chance:
            self._struck = stage
            self._kill()

    def _before(self, method: str, p: dict[str, Any]) -> None:
        if method != "sendMessage":
            return
        if str(p["text"]).startswith(DIGEST):
            self._strike("before a send")
        else:
            self._strike("answering a user", chance=0.5)

    def _after(self, method: str, p: dict[str, Any]) -> None:
        if method == "sendMessage" and str(p["text"]).startswith(DIGEST):
            self._strike("between a send and its record")
        elif method == "sendMessage":
            self._promises.note_answer(int(p["chat_id"]), str(p["text"]))
            self._strike("answering a user", chance=0.5)
        elif method == "getUpdates" and int(p.get("offset") or 0) > 0:
            self._strike("answering a user", chance=0.2)

    def _note(self, event: dict[str, Any]) -> None:
        name = event["event"]
        if name in ("upgrading database", "database upgraded", "collected", "written"):
            self._logged = name
        if name == "upgrading database" and self._aim == "migrating the database":
            asyncio.get_running_loop().call_later(
                self._random.uniform(0.0, 0.04), self._strike, "migrating the database"
            )
        if name == "collected" and event["articles"]:
            self._strike("grouping")

    async def _watch(self) -> None:
        """Strike when the database shows stories that wait for their reports."""
        while self._aim == "writing" and not self._hit.is_set():
            await asyncio.sleep(0.02)
            with contextlib.suppress(Exception):  # being written or migrated
                if self._logged == "collected" and "writing" in self._stages(0):
                    self._strike("writing")

    def _stages(self, pages: int) -> set[str]:
        """Return what was under way, as the servers and the database show it."""
        if self._logged == "upgrading database":
            return {"migrating the database"}
        hit = set()
        arrived = self._telegram.received[self._received_before :]
        for id, chat_id, text in self._sending():
            if (int(chat_id), text) in arrived:
                hit.add("between a send and its record")
            elif id not in self._left_sending or self._struck == "before a send":
                hit.add("before a send")
        if self._look.count("updates WHERE handled_at IS NULL"):
            hit.add("answering a user")
        if self._look.count("articles WHERE grouped_revision < revision"):
            hit.add("grouping" if self._logged == "collected" else "collecting")
        elif self._look.count("stories WHERE reported_version < version AND merged_into IS NULL"):
            hit.add("writing")
        if pages:
            hit.add("collecting")
        return hit

    def _sending(self) -> list[tuple[Any, ...]]:
        return self._look.rows("SELECT id, chat_id, text FROM messages WHERE state = 'sending'")

    async def _until(self, done: Any) -> None:
        async with asyncio.timeout(SETTLED_S):
            while not done():  # noqa: ASYNC110 - it is another process that makes it so
                await asyncio.sleep(0.25)

    def _is_settled(self) -> bool:
        try:
            return not self._promises.unsettled()
        except Exception:  # the bot is at it
            return False


def choose_aim(number: int, stages: Counter[str]) -> str:
    """Return the stage that was hit least, for every second kill; '' is any moment."""
    return "" if number % 2 == 0 else min(STAGES, key=lambda stage: stages[stage])
