"""One call to a service that talks JSON, and how it may fail. No error tells the address: it is a secret."""

from collections.abc import Mapping
from typing import Any

import requests

from service.ports import DeliveryError

TIMEOUT_S = (10.0, 10.0)  # to connect; of silence
FOR_A_WHILE = (408, 425, 429)  # refusals that end by themselves


class CallRefused(DeliveryError):
    """The service understood and said no. ``why`` is what it said, for deciding, never for showing."""

    def __init__(self, status: int, why: str) -> None:
        passes = status in FOR_A_WHILE or not 400 <= status < 500
        super().__init__(f"the service refused the message with status {status}", permanent=not passes)
        self.status = status
        self.why = why


def post_json(
    url: str,
    body: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """The JSON object that a service answers with; {} where it is none. Raises DeliveryError.

    No redirect is followed: a POST would arrive as a GET, and pass for delivered.
    """
    try:
        answer = requests.post(
            url, json=body, headers=headers, auth=auth, timeout=TIMEOUT_S, allow_redirects=False
        )
    except requests.Timeout:
        raise DeliveryError("the service did not answer in time", permanent=False) from None
    except requests.RequestException:
        raise DeliveryError("the service could not be reached", permanent=False) from None
    try:
        content = answer.json()
    except requests.JSONDecodeError:
        content = {}
    content = content if isinstance(content, dict) else {}
    if answer.status_code != requests.codes.ok:
        why = content.get("description") or content.get("error") or ""
        raise CallRefused(answer.status_code, str(why))
    return content
