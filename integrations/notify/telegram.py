"""Telegram: messages with buttons, which can be changed. API: https://core.telegram.org/bots/api#sendmessage"""

from dataclasses import dataclass, field
from html import escape
from typing import Any

from integrations.notify.calls import CallRefused, post_json
from service.ports import Message

SERVICE = "https://api.telegram.org"


@dataclass(frozen=True, slots=True)
class TelegramChannel:
    """One chat of one bot. A handle is the number of a message in it."""

    token: str = field(repr=False)
    chat: int | str  # "@name" of a group that anybody can find
    thread: int | None = None  # of a group with topics
    base_url: str = SERVICE

    @classmethod
    def of(cls, service: Any) -> "TelegramChannel | None":
        """``tgram://TOKEN/CHAT[:TOPIC]`` as Apprise reads it; None for several chats, or the bot's owner."""
        if len(service.targets) != 1:
            return None
        ((chat, thread),) = service.targets
        return cls(service.bot_token, chat, thread)

    def send(self, message: Message) -> str:
        try:
            return self._send(message)
        except CallRefused as refusal:
            if not (message.links and _is_about_buttons(refusal)):
                raise
        # A button must lead to a host with a dot in its name; a link in the text need not.
        return self._send(Message(message.title, message.text_with_links()))

    def change(self, handle: str, message: Message) -> None:
        try:
            self._call("editMessageText", message_id=int(handle), **_content(message))
        except CallRefused as refusal:
            if "message is not modified" not in refusal.why:  # it says so already
                raise

    def _send(self, message: Message) -> str:
        where = {"message_thread_id": self.thread} if self.thread else {}
        sent = self._call("sendMessage", **where, **_content(message)).get("result")
        return str(sent["message_id"]) if isinstance(sent, dict) and "message_id" in sent else ""

    def _call(self, method: str, **body: Any) -> dict[str, Any]:
        return post_json(f"{self.base_url}/bot{self.token}/{method}", {"chat_id": self.chat, **body})


def _content(message: Message) -> dict[str, Any]:
    """Two buttons a row; no preview, which would have Telegram open the first link."""
    buttons = [{"text": link.label, "url": link.url} for link in message.links]
    return {
        "text": f"<b>{escape(message.title)}</b>\n{escape(message.text)}",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [buttons[at : at + 2] for at in range(0, len(buttons), 2)]},
    }


def _is_about_buttons(refusal: CallRefused) -> bool:
    """As in "BUTTON_URL_INVALID" and "inline keyboard button URL 'http://host/' is invalid"."""
    return "button" in refusal.why.lower()
