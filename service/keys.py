"""What our secret keys do: seal tokens at rest, sign one-tap links, and digest ids and tokens."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from itsdangerous import BadData, URLSafeSerializer


class Unreadable(Exception):
    """Sealed with a key we no longer have, or not sealed by us."""


class LinkInvalid(Exception):
    """A link that is forged, cut short, for something else, or over."""


class Keys:
    """The first key seals and signs, all of them open and verify: that is how keys rotate.

    Each key is urlsafe base64 of 32 bytes, as ``Fernet.generate_key()`` makes it.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("at least one secret key is needed")
        self._box = MultiFernet([Fernet(secret) for secret in secrets])
        self._secrets = [secret.encode() for secret in secrets]

    def __repr__(self) -> str:
        return f"Keys({len(self._secrets)})"

    def seal(self, plain: str) -> str:
        return self._box.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._box.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable("a sealed value does not open with the keys at hand") from None

    def digest(self, purpose: str, value: str | int) -> str:
        """A keyed digest, 64 hex digits. Stays the same as long as the last key of the list does."""
        return hmac.new(self._secrets[-1], f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest()

    def sign_link(self, purpose: str, content: dict[str, Any], ends_at: datetime) -> str:
        return self._serializer(purpose).dumps({**content, "exp": int(ends_at.timestamp())})

    def read_link(self, purpose: str, token: str, now: datetime) -> dict[str, Any]:
        """What was signed. Raises LinkInvalid; ``exp`` in the answer is when it ends, as aware UTC."""
        try:
            content = self._serializer(purpose).loads(token)
            ends_at = datetime.fromtimestamp(content["exp"], UTC)
        except (BadData, KeyError, TypeError, ValueError, OverflowError, OSError):
            raise LinkInvalid("this link is not valid") from None
        if now >= ends_at:
            raise LinkInvalid("this link is over")
        return {**content, "exp": ends_at}

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        # itsdangerous takes the newest key last, the list here has it first
        return URLSafeSerializer(self._secrets[::-1], salt=f"afterrun.{purpose}")
