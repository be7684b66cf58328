"""The buttons of a story under a digest: its number opens them in place."""

from __future__ import annotations

from bot.composing import form_of, to_parts
from bot.handlers.buttons import button
from bot.handlers.calls import Call
from bot.rendering import STORY_DATA, Button, render_report
from summarizer.models import StoryReport, derive_id
from summarizer.storage import Delivery, Follow

FOLLOWED = 50
"""Stories that one chat can follow at the same time."""
_OPENED = (STORY_DATA, *(f"1|{action}|" for action in ("cmp", "flw", "less")), "1|back")


class Stories:
    """What a reader can do with one story of a digest."""

    async def open(self, call: Call, story_id: str) -> None:
        """Put the story's buttons below the row of numbers."""
        if await self._find(call, story_id) is not None:
            await self._show(call, story_id)

    async def follow(self, call: Call, story_id: str, wanted: str) -> None:
        """Send what is new in a story as it comes, or do so no more."""
        _ = call.words
        report = await self._find(call, story_id)
        if report is None:
            return
        follows = call.desk.storage.follows
        if wanted != "on":
            await follows.unfollow(call.chat.id, call.thread_id, story_id)
            await call.toast(_.plain("You follow this story no more."))
        elif len(await follows.followed(call.chat.id, call.thread_id)) >= FOLLOWED:
            await call.toast(
                _.plain(
                    "You follow as many stories as I can take. Open one by its number and press "
                    "“✓ Following” to make room."
                ),
                alert=True,
            )
        else:
            await follows.follow(
                Follow(
                    chat_id=call.chat.id,
                    thread_id=call.thread_id,
                    story_id=story_id,
                    version=report.version,
                    since=report.written_at,
                    not_before=call.now,
                )
            )
            await call.toast(_.plain("What is new in this story comes here, at most once an hour."))
        await self._show(call, story_id)

    async def dislike(self, call: Call, story_id: str, wanted: str) -> None:
        """Put stories like this one last in scheduled digests, or take that back."""
        _ = call.words
        report = await self._find(call, story_id)
        if report is None:
            return
        follows = call.desk.storage.follows
        if wanted == "on":
            await follows.dislike(call.chat.id, call.thread_id, story_id, report.vector, call.now)
            await call.toast(
                _.plain("Stories like this one come last in your digests from now on.")
            )
        else:
            await follows.forgive(call.chat.id, call.thread_id, story_id)
            await call.toast(_.plain("Taken back: stories like this one come as before."))
        await self._show(call, story_id)

    async def _find(self, call: Call, story_id: str) -> StoryReport | None:
        report = await call.desk.storage.stories.report(story_id)
        if report is None or call.message_id is None:
            too_old = call.words.plain("This story is too old. /digest shows what is new.")
            await call.toast(too_old)
            return None
        return report

    async def _show(self, call: Call, story_id: str) -> None:
        _ = call.words
        await call.toast()
        follows = call.desk.storage.follows
        followed = story_id in await follows.followed(call.chat.id, call.thread_id)
        disliked = story_id in await follows.disliked(call.chat.id, call.thread_id)
        rows = _numbers(call)
        number = next((b.text for row in rows for b in row if b.data == STORY_DATA + story_id), "")
        follow = (
            button(_.plain("✓ Following"), "flw", story_id, "off")
            if followed
            else button(_.plain("Follow story"), "flw", story_id, "on")
        )
        less = (
            button(_.plain("✓ Less like this"), "less", story_id, "off")
            if disliked
            else button(_.plain("Less like this"), "less", story_id, "on")
        )
        await call.change_buttons(
            [
                *rows,
                [button(_.plain("{n}. Compare sources", n=number), "cmp", story_id)],
                [follow, less],
                [button(_.plain("Back"), "back")],
                *_others(call),
            ]
        )

    async def close(self, call: Call) -> None:
        """Leave only the row of numbers."""
        await call.toast()
        await call.change_buttons([*_numbers(call), *_others(call)])

    async def compare(self, call: Call, story_id: str) -> None:
        """Answer with each sentence's evidence, outlet by outlet."""
        report = await self._find(call, story_id)
        if report is None:
            return
        await call.toast()
        await call.desk.storage.deliveries.plan(
            Delivery(
                id=derive_id(call.chat.id, "request", str(call.update_id)),
                chat_id=call.chat.id,
                thread_id=call.thread_id,
                scheduled_at=call.now,
                kind="request",
                created_at=call.now,
            ),
            to_parts(render_report(report, form_of(call.chat))),
        )
        call.desk.wake_sender()


def _numbers(call: Call) -> list[list[Button]]:
    """Return the rows of story numbers, which stay whatever is opened below them."""
    rows = [[b for b in row if (b.data or "").startswith(STORY_DATA)] for row in call.keyboard]
    return [row for row in rows if row]


def _others(call: Call) -> list[list[Button]]:
    """Return the rows that are neither numbers nor an opened story's."""
    rows = [[b for b in row if not (b.data or "").startswith(_OPENED)] for row in call.keyboard]
    return [row for row in rows if row]
