"""/privacy, /export and /deletedata: what is kept of a chat, shown and deleted."""

from __future__ import annotations

import json

from telegram.constants import ParseMode

from bot.handlers.buttons import button
from bot.handlers.calls import Call, patiently


class Privacy:
    """A chat's data in the hands of its people."""

    async def explain(self, call: Call) -> None:
        """Say what is kept and who sees it."""
        await call.say(
            call.words(
                "<b>What I keep of this chat</b>\n"
                "Its number and title, your topics, times and settings, what I sent and which "
                "facts you were told, so that nothing comes twice. Your messages, and a location "
                "shared for its time zone, are kept only until they are answered.\n"
                "All of it stays on the operator's own machine. Nothing is passed on, and no other "
                "service reads it.\n"
                "/export sends you all of it as a file. /deletedata deletes it."
            )
        )

    async def export(self, call: Call) -> None:
        """Send all there is of the chat as a JSON file."""
        rows = await call.desk.storage.chats.export_chat(call.chat.id)
        caption, _ = call.addressed(call.words("All that I keep of this chat."))
        content = json.dumps(rows, ensure_ascii=False, indent=2).encode()
        await patiently(
            lambda: call.desk.bot.send_document(
                call.place,
                content,
                filename="digest-bot.json",
                caption=caption,
                parse_mode=ParseMode.HTML,
                message_thread_id=call.thread_id or None,
            )
        )

    async def ask_deletion(self, call: Call) -> None:
        """Ask before anything is deleted."""
        _ = call.words
        await call.say(
            _(
                "Delete everything I keep of this chat: topics, times, settings, record? "
                "This cannot be undone. /export sends you a copy first."
            ),
            [
                [
                    button(_.plain("Yes, delete all"), "wipe", "yes"),
                    button(_.plain("No, keep it"), "wipe", "no"),
                ]
            ],
        )

    async def delete(self, call: Call, answer: str) -> None:
        """Delete everything of the chat, or nothing."""
        _ = call.words
        if answer != "yes":
            await call.show(_("Nothing was deleted."))
            return
        await call.desk.storage.chats.delete_chat(call.chat.id)
        await call.show(
            _("Everything is deleted and nothing will come any more. /start begins anew.")
        )
