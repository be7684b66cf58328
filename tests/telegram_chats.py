"""The chats of the test server: the handles that tests act through, as people do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.telegram_entities import find_entities
from tests.telegram_messages import Message, User
from tests.telegram_types import Json, Upload

ChatType = Literal["private", "group", "supergroup", "channel"]


@dataclass(slots=True, kw_only=True)
class Query:
    """A press of a button or an inline query, and the bot's answer once it came."""

    id: str
    world: World
    answer: Json | None = None

    async def wait_for_answer(self, timeout_s: float = 15) -> Json:
        """Return the parameters of the bot's answer."""
        await self.world.wait_until(lambda: self.answer is not None, timeout_s, "no answer")
        return self.answer


class World:
    """All that the server knows: users, chats, messages; and who waits for a change."""

    def __init__(self, bot: User, send: Callable[[str, Json], None]) -> None:
        self.bot = bot
        self.send = send
        """Hands an update of a kind ('message', …) to the bot."""
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.changes = 0
        self._next_id = 1000
        self._waiters: set[asyncio.Event] = set()

    def next_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def note_change(self) -> int:
        self.changes += 1
        for waiter in self._waiters:
            waiter.set()
        return self.changes

    async def wait_until(
        self, condition: Callable[[], bool], timeout_s: float, problem: str
    ) -> None:
        """Return once `condition` holds; raises AssertionError with `problem` after the timeout."""
        waiter = asyncio.Event()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    await waiter.wait()
                    waiter.clear()
        except TimeoutError:
            raise AssertionError(f"{problem} within {timeout_s} s") from None
        finally:
            self._waiters.discard(waiter)


class Chat:
    """A chat, and the handle by which a test acts in it as its people do."""

    def __init__(
        self,
        world: World,
        chat_id: int,
        kind: ChatType,
        *,
        name: str,
        username: str | None = None,
        owner: User,
        is_forum: bool = False,
    ) -> None:
        self.world = world
        self.id = chat_id
        self.type = kind
        self.name = name
        self.username = username
        self.is_forum = is_forum
        self.user = owner
        """Who acts where a test names nobody: the person of a private chat, a group's owner."""
        self.members: dict[int, str] = {owner.id: "creator"}
        self.people: dict[int, User] = {owner.id: owner, world.bot.id: world.bot}
        self.bot_status = "administrator" if kind == "channel" else "member"
        self.bot_may_send = True
        self.hides_members = False
        """Whether who is no admin is told of no single member."""
        self.topics: dict[int, str] = {}
        self.closed: set[int] = set()
        """The forum topics that are closed; 0 is General."""
        self.migrated_to: int | None = None
        self.history: dict[int, Message] = {}
        self.actions: list[str] = []
        """What sendChatAction showed."""
        self._last_id = 0
        self._mark = 0

    def to_json(self) -> Json:
        name = "first_name" if self.type == "private" else "title"
        value: dict[str, Json] = {"id": self.id, "type": self.type, name: self.name}
        if self.username:
            value["username"] = self.username
        return value | ({"is_forum": True} if self.is_forum else {})

    @property
    def below(self) -> list[list[str]]:
        """The keyboard in place of the people's own; with its message it goes."""
        given = [m.below for m in self.history.values() if m.below is not None]
        return given[-1] if given else []

    @property
    def messages(self) -> list[Message]:
        """The bot's messages that stand in the chat now."""
        bot = self.world.bot
        return [
            m
            for m in self.history.values()
            if m.sender == bot or (self.type == "channel" and m.sender is None and not m.service)
        ]

    @property
    def texts(self) -> list[str]:
        return [m.text for m in self.messages]

    async def wait_for_message(
        self, wanted: str | Callable[[Message], bool] = "", *, timeout_s: float = 15
    ) -> Message:
        """Return the bot's newest message that was sent or edited since the last action here.

        `wanted` is a part of its text or a predicate. Raises AssertionError after the timeout.
        """
        found: list[Message] = []

        def arrived() -> bool:
            found[:] = [
                m
                for m in self.messages
                if m.changed > self._mark
                and (wanted in m.text if isinstance(wanted, str) else wanted(m))
            ]
            return bool(found)

        what = repr(wanted) if isinstance(wanted, str) else "the message waited for"
        try:
            await self.world.wait_until(arrived, timeout_s, f"{what} did not come")
        except AssertionError as exc:
            raise AssertionError(f"{exc}; there is {self.texts!r}") from None
        return max(found, key=lambda m: m.changed)

    async def send_text(
        self,
        text: str,
        *,
        user: User | None = None,
        thread_id: int | None = None,
        reply_to: int | None = None,
    ) -> Message:
        """Post a text as a person (in a channel: as the channel)."""
        entities = find_entities(text, taken=[])
        return self._post(
            user, text=text, entities=entities, thread_id=thread_id, reply_to=reply_to
        )

    async def send_location(
        self, latitude: float, longitude: float, *, user: User | None = None
    ) -> Message:
        place = {"location": {"latitude": latitude, "longitude": longitude}}
        return self._post(user, service=place)

    async def send_document(
        self, name: str, content: bytes, *, user: User | None = None
    ) -> Message:
        return self._post(user, document=Upload(name, content))

    async def press(
        self, button: str, *, user: User | None = None, message: Message | None = None
    ) -> Query:
        """Press the button of this text on the newest message that has it."""
        having = [m for m in self.messages if button in [text for row in m.buttons for text in row]]
        message = message or max(having, key=lambda m: m.changed, default=None)
        if message is None:
            shown = [m.buttons for m in self.messages if m.keyboard]
            raise AssertionError(f"no button {button!r}; there is {shown!r}")
        data = message.button(button).get("callback_data")
        if data is None:
            raise AssertionError(f"{button!r} opens {message.button(button)!r}: nothing to press")
        return await self.press_data(data, user=user, message=message)

    async def press_data(
        self,
        data: str,
        *,
        user: User | None = None,
        message: Message,
        shown: Json | None = None,
    ) -> Query:
        """Send a press with this data, whatever buttons the message has now.

        `shown` is what the bot is told of the message, where that is not all.
        """
        self._mark = self.world.changes
        query = self._query()
        update = {
            "id": query.id,
            "from": self._acting(user).to_json(),
            "message": shown or message.to_json(),
            "chat_instance": str(self.id),
            "data": data,
        }
        self.world.send("callback_query", update)
        return query

    async def inline_query(self, text: str, *, user: User | None = None) -> Query:
        """Write `@bot text` in some chat, as this person."""
        query = self._query()
        update = {
            "id": query.id,
            "from": self._acting(user).to_json(),
            "query": text,
            "offset": "",
        }
        self.world.send("inline_query", update)
        return query

    def add_member(self, name: str, status: str = "member", *, language: str = "en") -> User:
        """Return a new person of this chat: 'member', 'administrator', 'restricted', 'left'…"""
        user = User(id=self.world.next_id(), first_name=name, language_code=language)
        self.people[user.id] = user
        self.members[user.id] = status
        return user

    def add_topic(self, name: str) -> int:
        """Open a forum topic and return its thread id."""
        created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self._store(self.user, service=created)
        message.thread_id = message.id
        self.topics[message.id] = name
        return message.id

    def delete_topic(self, thread_id: int) -> None:
        del self.topics[thread_id]

    def close_topic(self, thread_id: int = 0) -> None:
        self.closed.add(thread_id)

    def reopen_topic(self, thread_id: int = 0) -> None:
        """Open a closed topic again; the bot is told, as by Telegram."""
        self.closed.remove(thread_id)
        self._post(None, service={"forum_topic_reopened": {}}, thread_id=thread_id or None)

    def set_bot_status(self, status: str, *, may_send: bool = True) -> None:
        """Make the bot 'administrator', 'member', 'restricted', 'left' or 'kicked' here.

        In a private chat 'kicked' is what blocking the bot is. The bot is told, as by Telegram.
        """
        was = self.member_json(self.world.bot.id)
        self.bot_status, self.bot_may_send = status, may_send
        update = {
            "chat": self.to_json(),
            "from": self.user.to_json(),
            "date": int(time.time()),
            "old_chat_member": was,
            "new_chat_member": self.member_json(self.world.bot.id),
        }
        self.world.send("my_chat_member", update)

    def upgrade(self) -> Chat:
        """Make a supergroup of this group; the new chat is returned, the old one is of no use."""
        new = Chat(
            self.world,
            -1_000_000_000_000 - self.world.next_id(),
            "supergroup",
            name=self.name,
            owner=self.user,
        )
        new.members, new.people = dict(self.members), dict(self.people)
        self.world.chats[new.id] = new
        self._post(None, service={"migrate_to_chat_id": new.id})
        self.migrated_to = new.id
        new._post(None, service={"migrate_from_chat_id": self.id})
        return new

    def member_json(self, user_id: int) -> Json:
        """Return a member as getChatMember shows them."""
        is_bot = user_id == self.world.bot.id
        status = self.bot_status if is_bot else self.members.get(user_id, "left")
        user = self.people.get(user_id, User(id=user_id, first_name="Somebody"))
        member: dict[str, Json] = {"status": status, "user": user.to_json()}
        if status == "creator":
            return member | {"is_anonymous": False}
        if status == "administrator":
            may = self.bot_may_send if is_bot else True
            rights = dict.fromkeys(_ADMIN_RIGHTS, True) | {"is_anonymous": False}
            channel = {"can_post_messages": may, "can_edit_messages": may}
            return member | rights | (channel if self.type == "channel" else {})
        if status == "restricted":
            may = self.bot_may_send if is_bot else False
            return member | dict.fromkeys(_MEMBER_RIGHTS, may) | {"is_member": True} | _FOREVER
        return member | (_FOREVER if status == "kicked" else {})

    def store_bot_message(self, **values: Json) -> Message:
        """Keep what the bot sent."""
        return self._store(None if self.type == "channel" else self.world.bot, **values)

    def _post(self, user: User | None, **values: Json) -> Message:
        self._mark = self.world.changes
        sender = None if self.type == "channel" else self._acting(user)
        message = self._store(sender, **values)
        if self.type == "channel":
            message.service = {"author_signature": self._acting(user).first_name, **message.service}
        self.world.send("channel_post" if sender is None else "message", message.to_json())
        return message

    def _store(self, sender: User | None, **values: Json) -> Message:
        self._last_id += 1
        message = Message(id=self._last_id, chat=self, sender=sender, **values)
        self.history[message.id] = message
        message.changed = self.world.note_change()
        return message

    def _acting(self, user: User | None) -> User:
        return user or self.user

    def _query(self) -> Query:
        query = Query(id=str(self.world.next_id()), world=self.world)
        self.world.queries[query.id] = query
        return query


_FOREVER = {"until_date": 0}
_ADMIN_RIGHTS = [
    "can_be_edited",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
]
_MEMBER_RIGHTS = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_react_to_messages",
    "can_edit_tag",
]
