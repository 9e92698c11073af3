"""Ways to reach the runner. To add one: a module with a channel, a line in CHANNELS, and contract tests.

Apprise reaches every service, but can change nothing that it sent. A service that can gets a module of its
own and a line in EDITABLE.
"""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.notify.apprise import AppriseChannel, parse
from integrations.notify.ntfy import NtfyChannel
from integrations.notify.telegram import TelegramChannel
from service.ports import Channel, DeliveryError

# By the scheme of the address, made from Apprise's reading of it. None where it names several recipients.
EDITABLE: Mapping[str, Callable[[Any], Channel | None]] = {
    "tgram": TelegramChannel.of,
    "ntfy": NtfyChannel.of,
    "ntfys": NtfyChannel.of,
}


def open_address(url: str) -> Channel:
    """The channel for an Apprise URL. One with options (``?priority=high``) is left to Apprise, which knows
    them all. Raises DeliveryError(permanent) unless Apprise can send to it.
    """
    service = parse(url)
    editable = EDITABLE.get(service.schema) if "?" not in url else None
    return (editable(service) if editable else None) or AppriseChannel(url)


CHANNELS: Mapping[str, Callable[[str], Channel]] = {"apprise": open_address}


def open_channel(kind: str, address: str) -> Channel:
    """Sends nothing. Raises DeliveryError(permanent) for a kind we do not have, or an address of no use."""
    if kind not in CHANNELS:
        raise DeliveryError(f'there is no channel "{kind}"', permanent=True)
    return CHANNELS[kind](address)
