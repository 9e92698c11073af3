"""Say no to whoever comes too often. Counted in the memory of this process, so a restart forgets."""

from collections.abc import Hashable
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

from service.ports import Clock


class Throttle:
    """A bucket a key: ``burst`` goes at once, then ``per_minute``; with 0 a minute ``burst`` goes in all.

    Beyond ``keys_max`` keys, the one that was quiet longest is forgotten.
    """

    def __init__(self, clock: Clock, *, burst: int, per_minute: float, keys_max: int = 10_000) -> None:
        self._clock = clock
        self._burst = float(burst)
        self._per_s = per_minute / 60
        self._keys_max = keys_max
        self._lock = Lock()
        self._buckets: dict[Hashable, tuple[float, float]] = {}  # goes left at that epoch second, newest last

    def allow(self, key: Hashable) -> bool:
        now_s = self._clock().timestamp()
        with self._lock:
            left, at_s = self._buckets.pop(key, (self._burst, now_s))
            # A clock that is set back gains nothing; one that is set forward gains a burst at most.
            left = min(left + max(now_s - at_s, 0.0) * self._per_s, self._burst)
            allowed = left >= 1
            self._buckets[key] = (left - 1 if allowed else left, now_s)
            if len(self._buckets) > self._keys_max:
                del self._buckets[next(iter(self._buckets))]
        return allowed


class Limits:
    """What may come how often. Generous: a sender that is told to wait may not come again."""

    def __init__(self, clock: Clock) -> None:
        self.hook_callers = Throttle(clock, burst=5_000, per_minute=3_000)
        self.hook_owners = Throttle(clock, burst=5_000, per_minute=300)
        self.setup_codes = Throttle(clock, burst=5, per_minute=2)
        self.states = Throttle(clock, burst=1, per_minute=0)  # each way back from Strava is gone once
        self.foreign_subscriptions = Throttle(clock, burst=1, per_minute=0, keys_max=100)  # logged once each


def caller_key(address: str | None) -> str:
    """An address to count by. Of IPv6 the network: one home has more addresses than anyone can count."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(known, IPv6Address):
        return str(ip_network((known, 64), strict=False))
    return str(known)


def is_loopback(address: str | None) -> bool:
    """This very machine: the sandbox, or a proxy in front that nobody told us to look behind."""
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
