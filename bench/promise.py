"""One promise as measured, and how figures of many tries are read."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    promise: str
    value: float | None  # None: it could not be measured here, ``detail`` says why
    unit: str
    asked: float
    met: bool
    detail: str

    def line(self) -> str:
        verdict = "met" if self.met else "NOT MET" if self.value is not None else "not measured"
        value = "-" if self.value is None else f"{self.value:,.2f}".rstrip("0").rstrip(".")
        return f"{self.promise:16} {verdict:12} {value} {self.unit} (asked {self.asked:g}): {self.detail}"


def at_most(promise: str, value: float, unit: str, asked: float, detail: str) -> Measured:
    return Measured(promise, round(value, 3), unit, asked, value <= asked, detail)


def at_least(promise: str, value: float, unit: str, asked: float, detail: str) -> Measured:
    return Measured(promise, round(value, 3), unit, asked, value >= asked, detail)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of all do not exceed; of a hundred values .99 is the second highest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def ms(seconds: float) -> float:
    return seconds * 1000
