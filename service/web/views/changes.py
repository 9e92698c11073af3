"""What a session changed on the ladder, as sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.domain.progression import Change
from service.pipeline.results import told_from
from service.words import Words


def stored_sentences(told: Sequence[Mapping[str, Any]], words: Words) -> tuple[str, ...]:
    """``told`` as kept with a session."""
    return sentences(told_from(told), words)


def sentences(changes: Sequence[Change], words: Words) -> tuple[str, ...]:
    return tuple(_sentence(change, words) for change in changes)


def _sentence(change: Change, words: Words) -> str:
    facts: dict[str, Any] = dict(change.facts)
    if change.exercise:
        facts["exercise"] = words(f"exercise.{change.exercise}.name")
    if "level" in facts:
        facts["level_name"] = words(f"exercise.{change.exercise}.level_{facts['level']}.name")
    if "equipment" in facts:
        facts["equipment"] = words(f"exercise.equipment.{facts['equipment']}")
    return words(f"change.{change.rule}", **facts)
