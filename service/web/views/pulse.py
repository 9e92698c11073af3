"""The few facts that decide how Today looks; cheap to read, as a page asks for them every few seconds."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from service.domain.calendar import Away, Why

State = Literal["prompt", "waiting", "done", "paused"]


@dataclass(frozen=True, slots=True)
class Pulse:
    now: datetime  # aware UTC
    on: date  # the runner's day
    decided_at: datetime | None  # when the last decision fell
    prompt_id: int | None  # the prompt that waits for an answer
    coming: tuple[tuple[int, datetime], ...]  # planned prompts and their moment
    under_way: int | None  # a session that was begun today and not finished
    done: tuple[int, ...]  # sessions done today
    judging: bool  # a run of today has no verdict yet, or none any more
    away: tuple[Away, ...]  # what holds today
    trouble: str
    scope: str | None  # None: not connected
    read: tuple[int, float, bool]  # activities of the history read so far, share of it, whether that is all
    listed_at: datetime | None
    settings: tuple[int | str, ...]  # the preferences that show
    answered: tuple[tuple[str, str, str | None], ...] = ()  # what Today asked: topic, about what, the answer
    elsewhere: str = ""  # the zone of the phone, where it is another than the runner's

    @property
    def state(self) -> State:
        if self.under_way is not None:
            return "prompt"
        if any(away.why is Why.FLARE for away in self.away):  # a session that hurt is no time for praise
            return "paused"
        if self.done:
            return "done"
        if any(away.why.silent for away in self.away):
            return "paused"
        if self.judging:  # a prompt that stands may be about to fall
            return "waiting"
        return "prompt" if self.prompt_id is not None else "waiting"

    @property
    def version(self) -> str:
        """Differs when the page would look different. The half hour is in it: "Later" names one."""
        half_hour = self.now.replace(minute=self.now.minute // 30 * 30, second=0, microsecond=0)
        facts = (
            self.state,
            self.on,
            half_hour,
            self.decided_at,
            self.prompt_id,
            self.coming,
            self.under_way,
            self.done,
            self.judging,
            self.away,
            self.trouble,
            self.scope,
            self.read,
            self.listed_at,
            self.settings,
            self.answered,
            self.elsewhere,
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
