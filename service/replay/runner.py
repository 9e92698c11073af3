"""A simulated runner: what they answer to a prompt, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

SHARE_OF_TAPS = 0.25  # of the sessions that are done without pressing start
SHARE_OF_NOT_TODAY = 0.5  # of the prompts that lead to no session; the others get no answer
START_MIN = (7, 20)  # minutes from the prompt to the start
DONE_MIN = (20, 35)  # minutes from the prompt to "done", where start was not pressed
NOT_TODAY_MIN = (2, 30)


class Reply(StrEnum):
    START = "start"  # and finish when its minutes are over
    DONE = "done"
    NOT_TODAY = "not_today"


@dataclass(frozen=True, slots=True)
class Answers:
    """How often a prompt leads to a session; ``None`` answers nothing at all, ever."""

    done_share: float | None = 1.0


class Runner:
    """The same name, seed and prompts give the same answers."""

    def __init__(self, name: str, answers: Answers, seed: int) -> None:
        self._answers = answers
        self._random = Random(f"{name}:{seed}")

    def reply(self, sent_at: datetime) -> tuple[datetime, Reply] | None:
        """Decided when the prompt comes."""
        if self._answers.done_share is None:
            return None
        if self._random.random() < self._answers.done_share:
            if self._random.random() < SHARE_OF_TAPS:
                return self._within(sent_at, DONE_MIN), Reply.DONE
            return self._within(sent_at, START_MIN), Reply.START
        if self._random.random() < SHARE_OF_NOT_TODAY:
            return self._within(sent_at, NOT_TODAY_MIN), Reply.NOT_TODAY
        return None

    def _within(self, sent_at: datetime, minutes: Sequence[int]) -> datetime:
        return sent_at + timedelta(minutes=self._random.randint(minutes[0], minutes[1]))
