"""What a runner told us of body, things at hand and wishes: where the ladder begins and what it asks for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from service.domain.rules import parse_table

AT_HOME = frozenset({"chair", "wall", "mat", "step"})  # taken as there; bands are what a runner has to buy
POSTURES = frozenset({"kneel", "lie"})  # what somebody may not be able to do


class Screening(StrEnum):
    NOT_ASKED = ""
    CLEAR = "clear"  # nothing to ask a professional about
    CLEARED = "cleared"  # something, and a professional has agreed
    NO = "no"  # no routine for now


class Rotation(StrEnum):
    ALL = "all"  # the four moves in every session
    AB = "ab"  # two by turns, with a set more
    LONG = "long"  # all four, however long it takes


@dataclass(frozen=True, slots=True)
class Fitness:
    equipment: frozenset[str] = AT_HOME
    screened_on: date | None = None
    screening: Screening = Screening.NOT_ASKED  # the answers themselves are not kept
    cautious: bool = False  # over 60, returning, or unsure: begins with the smallest dose
    cannot: frozenset[str] = frozenset()  # of POSTURES
    rotation: Rotation = Rotation.ALL
    light_weeks: bool = False

    @property
    def may_begin(self) -> bool:
        return self.screening in (Screening.CLEAR, Screening.CLEARED)

    def as_json(self) -> dict[str, Any]:
        return {
            "equipment": sorted(self.equipment),
            "screened_on": self.screened_on.isoformat() if self.screened_on else None,
            "screening": self.screening.value,
            "cautious": self.cautious,
            "cannot": sorted(self.cannot),
            "rotation": self.rotation.value,
            "light_weeks": self.light_weeks,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Fitness":
        """What is missing is as for a new runner. Raises ValueError for a value that cannot be."""
        plain = {**NEW_RUNNER.as_json(), **stored}
        cannot = frozenset(plain["cannot"])
        if not cannot <= POSTURES:
            raise ValueError(f"fitness: cannot must be some of {sorted(POSTURES)}, not {sorted(cannot)}")
        return cls(
            equipment=frozenset(plain["equipment"]),
            screened_on=date.fromisoformat(plain["screened_on"]) if plain["screened_on"] else None,
            screening=Screening(plain["screening"]),
            cautious=bool(plain["cautious"]),
            cannot=cannot,
            rotation=Rotation(plain["rotation"]),
            light_weeks=bool(plain["light_weeks"]),
        )


NEW_RUNNER = Fitness()


# --- the questions before the first session -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScreeningRules:
    clearance: tuple[str, ...]  # a yes asks for a professional's word first
    rules_out: tuple[str, ...]  # a yes ends it for now, whatever was agreed

    @property
    def questions(self) -> tuple[str, ...]:
        return (*self.rules_out, *self.clearance)


def parse_screening_rules(mapping: Mapping[str, object]) -> ScreeningRules:
    """Read [screening] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(ScreeningRules, mapping.get("screening", {}), "screening")
    if len(set(rules.questions)) < len(rules.questions):
        raise ValueError("rules: screening.clearance and screening.rules_out must name each question once")
    return rules


def screened(yes: Collection[str], cleared: bool, rules: ScreeningRules) -> Screening:
    """What the answers come to. ``yes``: the questions answered with yes. ``cleared``: a professional agreed.

    Raises ValueError for a question that was not asked.
    """
    if unknown := sorted(set(yes) - set(rules.questions)):
        raise ValueError(f"fitness: nobody asked about {', '.join(unknown)}")
    if not yes:
        return Screening.CLEAR
    return Screening.CLEARED if cleared and not set(yes) & set(rules.rules_out) else Screening.NO
