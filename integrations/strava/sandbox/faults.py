"""What is made to go wrong: answers of the API, and events on their way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

EVENT_FAULTS = ("lose", "duplicate", "delay", "reorder")
BODIES = ("json", "html", "empty")
DEFAULT_PATH = "/api/v3/*"
DEFAULT_HANG_S = 30.0
DEFAULT_DELAY_S = 60.0


@dataclass(slots=True)
class AnswerFault:
    """The next ``times`` calls to a path get this instead of their answer; None: until cleared."""

    status: int  # 0 hangs and then breaks off as a gateway does
    path: str = DEFAULT_PATH  # a shell pattern, or a path's beginning
    method: str = ""  # any if empty
    times: int | None = 1
    body: str = "json"
    seconds: float = DEFAULT_HANG_S

    def meets(self, method: str, path: str) -> bool:
        return self.method in ("", method) and (fnmatchcase(path, self.path) or path.startswith(self.path))

    def as_json(self) -> dict[str, Any]:
        return {"status": self.status or "timeout", "path": self.path, "method": self.method or None,
                "times": self.times, "body": self.body, "seconds": self.seconds}  # fmt: skip


@dataclass(slots=True)
class EventFault:
    """The next ``times`` events are lost, sent twice, sent late, or let the next one overtake."""

    kind: str
    times: int | None = 1
    seconds: float = DEFAULT_DELAY_S

    def as_json(self) -> dict[str, Any]:
        return {"events": self.kind, "times": self.times, "seconds": self.seconds}


@dataclass(slots=True)
class Faults:
    """Both queues, first come first served. The caller holds the world's lock."""

    answers: list[AnswerFault] = field(default_factory=list)
    events: list[EventFault] = field(default_factory=list)

    def next_answer(self, method: str, path: str) -> AnswerFault | None:
        for fault in self.answers:
            if fault.meets(method, path):
                _use(fault, self.answers)
                return fault
        return None

    def next_event(self) -> EventFault | None:
        if not self.events:
            return None
        fault = self.events[0]
        _use(fault, self.events)
        return fault

    def clear(self) -> None:
        self.answers.clear()
        self.events.clear()


def answer_fault(wish: Mapping[str, Any]) -> AnswerFault:
    """Read ``{"status": 429|500|502|"timeout"|"empty", "path", "method", "times", "body", "seconds"}``.

    ``times`` 0 or null means until cleared. 502 to 504 are HTML unless ``body`` says otherwise. Raises
    ValueError with a line for people.
    """
    status, body = wish["status"], str(wish.get("body", ""))
    if status == "timeout":
        status = 0
    elif status == "empty":
        status, body = 200, "empty"
    if not isinstance(status, int) or not (status == 0 or 200 <= status <= 599):
        raise ValueError('status must be a number from 200 to 599, "timeout" or "empty"')
    body = body or ("html" if status == 0 or status >= 502 else "empty" if status < 400 else "json")
    if body not in BODIES:
        raise ValueError(f"body must be one of {', '.join(BODIES)}")
    path = str(wish.get("path") or DEFAULT_PATH)
    method, seconds = str(wish.get("method") or "").upper(), float(wish.get("seconds", DEFAULT_HANG_S))
    return AnswerFault(status, path, method, _times(wish), body, seconds)


def event_fault(wish: Mapping[str, Any]) -> EventFault:
    """Read ``{"events": "lose|duplicate|delay|reorder", "times", "seconds"}``. Raises ValueError."""
    if wish["events"] not in EVENT_FAULTS:
        raise ValueError(f"events must be one of {', '.join(EVENT_FAULTS)}")
    return EventFault(wish["events"], _times(wish), float(wish.get("seconds", DEFAULT_DELAY_S)))


def _times(wish: Mapping[str, Any]) -> int | None:
    times = wish.get("times", 1)
    if times is not None and (not isinstance(times, int) or times < 0):
        raise ValueError("times must be a whole number, or null for until cleared")
    return times or None


def _use(fault: Any, queue: list[Any]) -> None:
    if fault.times is not None:
        fault.times -= 1
        if fault.times == 0:
            queue.remove(fault)
