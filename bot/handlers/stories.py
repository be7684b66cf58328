"""The buttons of a story under a digest: its number opens them in place."""

from __future__ import annotations

from bot.composing import form_of, to_parts
from bot.handlers.buttons import button
from bot.handlers.calls import Call
from bot.rendering import STORY_DATA, Button, render_report
from summarizer.models import derive_id
from summarizer.storage import Delivery


class Stories:
    """What a reader can do with one story of a digest."""

    async def open(self, call: Call, story_id: str) -> None:
        """Put the story's buttons below the row of numbers."""
        _ = call.words
        if await call.desk.storage.stories.report(story_id) is None:
            await call.toast(_.plain("This story is too old. /digest shows what is new."))
            return
        await call.toast()
        rows = _numbers(call)
        number = next((b.text for row in rows for b in row if b.data == STORY_DATA + story_id), "")
        await call.change_buttons(
            [
                *rows,
                [
                    button(_.plain("{n}. Compare sources", n=number), "cmp", story_id),
                    button(_.plain("Back"), "back"),
                ],
                *_others(call),
            ]
        )

    async def close(self, call: Call) -> None:
        """Leave only the row of numbers."""
        await call.toast()
        await call.change_buttons([*_numbers(call), *_others(call)])

    async def compare(self, call: Call, story_id: str) -> None:
        """Answer with each sentence's evidence, outlet by outlet."""
        _ = call.words
        report = await call.desk.storage.stories.report(story_id)
        if report is None:
            await call.toast(_.plain("This story is too old. /digest shows what is new."))
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
    opened = (STORY_DATA, "1|cmp|", "1|back")
    rows = [[b for b in row if not (b.data or "").startswith(opened)] for row in call.keyboard]
    return [row for row in rows if row]
