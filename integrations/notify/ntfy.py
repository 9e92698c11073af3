"""ntfy: notifications with buttons, which can be changed. API: https://docs.ntfy.sh/publish/"""

from dataclasses import dataclass, field
from typing import Any

from integrations.notify.calls import post_json
from service.ports import Message

SERVICE = "https://ntfy.sh"
BUTTONS_MAX = 3  # https://docs.ntfy.sh/publish/#action-buttons
SILENT = 1  # the lowest priority: no sound, under the fold


@dataclass(frozen=True, slots=True)
class NtfyChannel:
    """One topic of one server. A handle is a sequence id: what is published under it replaces what was.

    Servers from 2.16 on know it, and the apps for Android and the web. The app for iOS does not: there a
    change is one more entry, without a sound.
    """

    topic: str = field(repr=False)  # whoever knows it may read and write it
    token: str = field(default="", repr=False)
    login: tuple[str, str] | None = field(default=None, repr=False)  # user and password
    base_url: str = SERVICE

    @classmethod
    def of(cls, service: Any) -> "NtfyChannel | None":
        """``ntfy(s)://[USER:PASSWORD@|TOKEN@][HOST/]TOPIC`` as Apprise reads it; None for several topics."""
        if len(service.topics) != 1:
            return None
        if service.mode == "cloud":
            return cls(service.topics[0])
        port = f":{service.port}" if service.port else ""
        return cls(
            service.topics[0],
            token=service.token or "",
            login=(service.user, service.password or "") if service.user else None,
            base_url=f"{'https' if service.secure else 'http'}://{service.host}{port}",
        )

    def send(self, message: Message) -> str:
        """A tap opens the first link, the buttons the others; where these are too many, all are text."""
        buttons = message.links[1:]
        fits = len(buttons) <= BUTTONS_MAX
        body: dict[str, Any] = {"message": message.text if fits else message.text_with_links()}
        if message.links:
            body["click"] = message.links[0].url
        if fits:
            body["actions"] = [{"action": "view", "label": each.label, "url": each.url} for each in buttons]
        if message.tag:
            body["sequence_id"] = message.tag
        published = self._publish(message.title, body)
        # An older server does not name the id again: there a change would be one more notification.
        return message.tag if published.get("sequence_id") == message.tag else ""

    def change(self, handle: str, message: Message) -> None:
        self._publish(message.title, {"message": message.text, "sequence_id": handle, "priority": SILENT})

    def _publish(self, title: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else None
        content = {"topic": self.topic, "title": title, **body}
        return post_json(self.base_url, content, headers=headers, auth=self.login)
