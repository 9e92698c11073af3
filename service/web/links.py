"""The addresses that act without a sign-in: what is signed into them, and what they amount to."""

from datetime import datetime
from typing import Any

from service.keys import Keys


def finish_token(keys: Keys, athlete_id: int, session_id: int, ends_at: datetime) -> str:
    """Leads to the moves of a session that was begun, and says when they are done."""
    return keys.sign_link("act", {"a": athlete_id, "s": session_id, "do": "finish"}, ends_at)


def link_digest(keys: Keys, purpose: str, content: dict[str, Any]) -> str:
    """What makes a link single-use: of its content, for one signature can be spelt in several ways."""
    spelt = ";".join(f"{name}={content[name]}" for name in sorted(content))
    return keys.digest(f"link.{purpose}", spelt)
