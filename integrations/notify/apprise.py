"""Messages over any service that Apprise knows. API: https://github.com/caronc/apprise"""

import logging
import threading
import warnings
from dataclasses import dataclass, field
from functools import cache

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat
from apprise.result import AppriseResultStatus

from service.ports import DeliveryError, Message

DEADLINE_S = 20.0  # for one message, however many requests the service takes
SOCKET_TIMEOUT_S = 10.0  # the most an address may ask for with ?cto= and ?rto=
MAX_ADDRESS_CHARACTERS = 2_000

_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """Making one sends nothing; raises DeliveryError(permanent) unless Apprise can send to the address."""

    url: str = field(repr=False)  # one Apprise URL; may hold a secret, so never log it

    def __post_init__(self) -> None:
        parse(self.url)

    def send(self, message: Message) -> str:
        """Deliver, or raise DeliveryError. Once: the work row owns the retries. No handle: Apprise does not
        tell what became of a message.

        What did not answer in time may still go out a moment later.
        """
        sender = Apprise()
        sender.add(parse(self.url))
        result = sender.notify(
            title=message.title,
            body=message.text_with_links(),
            body_format=NotifyFormat.TEXT,
            timeout=DEADLINE_S,
        )
        if result.status == AppriseResultStatus.TIMEOUT:
            raise DeliveryError("the service did not answer in time", permanent=False)
        if not result:
            raise DeliveryError("the service did not accept the message", permanent=False)
        return ""

    def change(self, handle: str, message: Message) -> None:
        raise DeliveryError("nothing that went out can be changed", permanent=True)


def parse(url: str) -> NotifyBase:
    """Raises DeliveryError(permanent) unless it is an address that Apprise can send to."""
    _load_plugins()
    if not url.strip() or len(url) > MAX_ADDRESS_CHARACTERS:
        raise DeliveryError("the channel's address is not valid", permanent=True)
    service = Apprise.instantiate(url.strip(), asset=_asset())
    if service is None:
        raise DeliveryError("the channel's address is not one that Apprise knows", permanent=True)
    service.socket_connect_timeout = min(service.socket_connect_timeout, SOCKET_TIMEOUT_S)
    service.socket_read_timeout = min(service.socket_read_timeout, SOCKET_TIMEOUT_S)
    return service


def _asset() -> AppriseAsset:
    """Our name on the message, no picture from anybody's server, nothing on our disk."""
    return AppriseAsset(
        app_id="Afterrun",
        app_desc="Afterrun",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        storage_mode="memory",
        async_mode=False,
    )


@cache
def _load_plugins() -> None:
    """Read Apprise's plugins: done at the first address, 0.7 s, with warnings of what Python deprecates.

    Its log, and urllib3's below it, name addresses and so the secrets of the channels: both keep silent.
    """
    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        Apprise.instantiate("json://localhost")
