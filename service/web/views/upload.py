"""What became of a session on its way to Strava, and the switch for it."""

from dataclasses import dataclass

from service.pipeline.connect import may_write
from service.store.tables import Athlete, Connection, StrengthSession
from service.words import Words


@dataclass(frozen=True, slots=True)
class WriteCard:
    state: str  # on | off | missing
    chip: str
    text: str
    hint: str  # "" or what switching on takes
    switches: tuple[tuple[str, str], ...]  # on | off, and the label of its button


def upload_line(row: StrengthSession, words: Words) -> str:
    """One line; "" where the session was never to go there."""
    state, said = row.upload.get("state", ""), row.upload.get("said", "")
    if not state:
        return ""
    if row.undone_at is not None:
        return words("upload.stays") if state in ("polling", "done") else ""
    return words(f"upload.{state}_{said}") if said else words(f"upload.{state}")


def write_card(athlete: Athlete, connection: Connection | None, words: Words) -> WriteCard | None:
    """None without a connection."""
    if connection is None or not connection.access_sealed:
        return None
    allowed = may_write(connection.scope)
    state = "off" if not athlete.write_back else "on" if allowed else "missing"
    label = {turn: words(f"you.connection.write.switch_{turn}") for turn in ("on", "off")}
    switches = {
        "off": (("on", label["on"]),),
        "on": (("off", label["off"]),),
        "missing": (("on", words("you.connection.write.allow")), ("off", label["off"])),
    }
    return WriteCard(
        state=state,
        chip=words("you.connection.write.on" if state == "on" else "you.connection.write.off"),
        text=words("you.connection.write.missing" if state == "missing" else "you.connection.write.text"),
        hint="" if allowed else words("you.connection.write.ask"),
        switches=switches[state],
    )
