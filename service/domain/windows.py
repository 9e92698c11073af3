"""The last values of something, in order of size: what is usual for a runner, and where a new value lies.

Adding and forgetting keep the order, so a new value costs the same after ten years as after ten weeks.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Sequence

DAY_S = 86_400.0


class Window:
    """Values of the last ``days``; the last ``keep`` of them stay however old they are.

    Times are seconds since 1970 and come in their order.
    """

    __slots__ = ("_keep", "_queue", "_span_s", "values")

    def __init__(self, days: float, keep: int = 0) -> None:
        self.values: list[float] = []  # ascending
        self._queue: deque[tuple[float, float]] = deque()
        self._span_s = days * DAY_S
        self._keep = keep

    def __len__(self) -> int:
        return len(self.values)

    def add(self, at_s: float, value: float | None) -> None:
        if value is not None:
            self._queue.append((at_s, value))
            insort(self.values, value)

    def forget(self, now_s: float) -> None:
        """Drop what is older than the window."""
        queue, since_s = self._queue, now_s - self._span_s
        if queue and queue[0][0] < since_s:
            while len(queue) > self._keep and queue[0][0] < since_s:
                del self.values[bisect_left(self.values, queue.popleft()[1])]

    def place(self, value: float) -> float:
        """Share of the values below this one, equal ones by half. Raises ZeroDivisionError where none are."""
        return (bisect_left(self.values, value) + bisect_right(self.values, value)) / 2 / len(self.values)

    def quantile(self, share: float) -> float:
        """Raises IndexError where none are."""
        return quantile(self.values, share)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Of ascending values, interpolated; 0.5 is the median. Raises IndexError when there are none."""
    last = len(ordered) - 1
    place = last * share
    below = int(place)
    if below >= last:
        return ordered[last]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)
