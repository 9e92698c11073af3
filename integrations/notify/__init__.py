"""Ways to reach the runner. To add one: a module with a channel, a line in CHANNELS, and contract tests."""

from collections.abc import Callable, Mapping

from integrations.notify.apprise import AppriseChannel
from service.ports import Channel, DeliveryError

CHANNELS: Mapping[str, Callable[[str], Channel]] = {"apprise": AppriseChannel}


def open_channel(kind: str, address: str) -> Channel:
    """Sends nothing. Raises DeliveryError(permanent) for a kind we do not have, or an address of no use."""
    if kind not in CHANNELS:
        raise DeliveryError(f'there is no channel "{kind}"', permanent=True)
    return CHANNELS[kind](address)
