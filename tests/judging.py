"""A judge that goes by a run's title, so that tests choose what the signs say whatever the thresholds are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

import pytest

from service.domain.activity import Activity, Reason
from service.domain.effort import Confidence, Family, RunKind, Verdict
from service.domain.rules import Rules
from service.domain.told import NOTHING_TOLD, Told

POINTS_PER_SHARE = 30.0  # a pace limit moved by 1 % gives or takes .3


@dataclass
class JudgeByTitle:
    """Stands in for ``judge_all``. Titles: easy, barely easy, unsure, hard; any other counts as easy.

    ``calls``: what it was given, latest last.
    """

    calls: list[tuple[list[Activity], Told]] = field(default_factory=list)

    def __call__(
        self,
        activities: Iterable[Activity],
        rules: Rules,
        *,
        told: Told = NOTHING_TOLD,
        said: Mapping[int, RunKind] | None = None,
        only: Collection[int] | None = None,
    ) -> dict[int, Verdict]:
        runs = [run for run in activities if run.is_run]
        self.calls.append((runs, told))
        words, wanted = said or {}, [run for run in runs if only is None or run.id in only]
        return {run.id: _judge(run, rules, told, words.get(run.id)) for run in wanted}

    def take_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of the whole pipeline, for the rest of the test."""
        for step in ("classify", "corrections"):  # the package holds a function of the first one's name
            monkeypatch.setattr(import_module(f"service.pipeline.{step}"), "judge_all", self)

    @property
    def told(self) -> Told:
        return self.calls[-1][1]


def _judge(run: Activity, rules: Rules, told: Told, said: RunKind | None) -> Verdict:
    used = ((Family.HEART, told.use_heart), (Family.PACE, told.use_pace))
    families = frozenset(family for family, counts in used if counts)
    score = _score(run.name, rules) + POINTS_PER_SHARE * told.offsets.pace_share
    if said is not None:
        easy = float(said is RunKind.EASY)
        return Verdict(said, Confidence.HIGH, easy, score, (Reason("said.kind"),), families)
    if score >= rules.effort.label.easy_from:
        return Verdict(RunKind.EASY, Confidence.HIGH, 0.9, score, (), families)
    if score <= rules.effort.label.hard_to:
        return Verdict(RunKind.HARD, Confidence.HIGH, 0.1, score, (), families)
    return Verdict(RunKind.UNSURE, Confidence.LOW, 0.5, score, (Reason("unsure.close"),), families)


def _score(title: str, rules: Rules) -> float:
    easy_from, hard_to = rules.effort.label.easy_from, rules.effort.label.hard_to
    scores = {"hard": hard_to - 1, "unsure": (easy_from + hard_to) / 2, "barely easy": easy_from + 0.2}
    return scores.get(title, easy_from + 3)
