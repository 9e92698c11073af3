"""Why a run counts as what it does: every rule that spoke, the runner's own figures, the day and its plan.

From the service's own database, or from a file of histories. Nobody is asked anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from integrations.files.histories import read_histories
from service.bootstrap import read_rules, read_words_and_routine, wire
from service.cli.main import Missing
from service.cli.paper import Paper
from service.domain.activity import Activity, Reason
from service.domain.days import Day, day_of
from service.domain.effort import Judged, RunKind, Verdict, judge_all, judge_next, learn_from, weigh_run
from service.domain.figures import figures
from service.domain.form import Form
from service.domain.planner import PlannedSession, Size
from service.domain.rules import Rules
from service.domain.told import NOTHING_TOLD, Told
from service.pipeline import situation
from service.pipeline.classify import A_YEAR, heard, said_of
from service.pipeline.situation import Situation, week_of
from service.pipeline.tools import Tools
from service.settings import read_settings
from service.store import activities, athletes, prompts
from service.store.activities import reasons_from
from service.store.tables import Prompt
from service.web.views.verdict import told_run_on
from service.web.views.wall import count
from service.words import Words

LEAST_POINTS = 0.005  # less is shown as none


@dataclass(frozen=True, slots=True)
class Explained:
    run: Activity
    verdict: Verdict  # as it counts
    by_signs: Verdict  # as it would without the runner's own word
    signs: tuple[Reason, ...]  # every rule that spoke, strongest first; empty where the record makes no sense
    start: float  # points that every run has before any sign
    decided: float  # what a rule that decides alone takes from the sum, to make it the score
    figures: tuple[Reason, ...]  # the runner's own, as they were just before the run
    said: RunKind | None


def explain(athlete_id: int | None, activity_id: int | None, on: date | None) -> None:
    """Raises BadSettings, StoreUnavailable, or Missing."""
    tools = wire(read_settings())
    try:
        click.echo(report(tools, athlete_id, activity_id, on, Paper()))
    finally:
        tools.store.close()


def explain_in_file(path: Path, splits: Path | None, runner: str, index: int) -> None:
    """Raises OSError, BadLine or Missing."""
    rules, words = read_rules().effort, read_words_and_routine()[0]
    history = next((found for _, found in read_histories(path, splits, runners=[runner])), None)
    if history is None:
        raise Missing(f"{path}: no runner {runner} in it")
    run = dict(history).get(index)
    if run is None:
        raise Missing(f"{path}: runner {runner} has no activity {index}")
    _must_be_a_run(run, f"{path}: activity {index} of runner {runner}")
    paper = Paper()
    explained = weigh([activity for _, activity in history], run, rules)
    write_run(paper, explained, f"Runner {runner}, activity {index}", words)
    click.echo(paper.text)


def weigh(
    history: Iterable[Activity],
    run: Activity,
    rules: Rules,
    *,
    told: Told = NOTHING_TOLD,
    words: Mapping[int, RunKind] | None = None,
) -> Explained:
    """Judge ``run`` by what of ``history`` came before it. ``words``: the runner's own, by activity."""
    runs = sorted((each for each in history if each.is_run), key=_in_time)
    before = [each for each in runs if _in_time(each) < _in_time(run)]
    form, words = Form(rules, told), words or {}
    for each in before:
        learn_from(each, form, said=words.get(each.id))
    weighed = weigh_run(run, form)
    signs = weighed.reasons() if weighed else ()  # put in words before the form learns of the run
    known = figures(form)
    by_signs = judge_next(run, form)
    score = weighed.score if weighed else by_signs.score
    said, verdict = words.get(run.id), by_signs
    if said is not None:
        verdict = judge_all([*before, run], rules, told=told, said=words, only=[run.id])[run.id]
    return Explained(
        run=run,
        verdict=verdict,
        by_signs=by_signs,
        signs=tuple(sign for sign in signs if abs(sign.points) >= LEAST_POINTS),
        start=score - sum(sign.points for sign in signs),
        decided=by_signs.score - score,
        figures=known,
        said=said,
    )


def _in_time(run: Activity) -> tuple[datetime, int]:
    return run.start_at, run.id


# --- from the service's own database ----------------------------------------------------------


def report(
    tools: Tools, athlete_id: int | None, activity_id: int | None, on: date | None, paper: Paper
) -> str:
    with tools.store.read() as session:
        athlete = athletes.owner(session) if athlete_id is None else athletes.get(session, athlete_id)
        if athlete is None:
            raise Missing("there is no account yet" if athlete_id is None else f"no account {athlete_id}")
        known = situation.load(session, athlete.id, tools, tools.clock())
        words = tools.words.in_units(known.prefs.units)
        chosen = _chosen(activities.judged(session, athlete.id, known.now), activity_id, on)
        for item in chosen:
            explained = _weigh_cached(session, tools, athlete.id, item, known)
            write_run(paper, explained, f"Activity {item.activity.id}", words)
        write_day(paper, session, tools, known, chosen[-1].activity.local_on, words)
    return paper.text


def _chosen(cached: Sequence[Judged], activity_id: int | None, on: date | None) -> list[Judged]:
    """At least one run. Raises Missing."""
    if activity_id is not None:
        found = next((item for item in cached if item.activity.id == activity_id), None)
        if found is None:
            raise Missing(f"no activity {activity_id} of this account is kept at the moment")
        _must_be_a_run(found.activity, f"activity {activity_id}")
        return [found]
    runs = [item for item in cached if item.activity.is_run]
    if on is not None:
        runs = [item for item in runs if item.activity.local_on == on]
        if not runs:
            raise Missing(f"no run of {on} is kept at the moment")
        return runs
    if not runs:
        raise Missing("no run of this account is kept at the moment")
    return runs[-1:]


def _must_be_a_run(activity: Activity, name: str) -> None:
    if not activity.is_run:
        raise Missing(f"{name} is no run but {activity.sport_type or 'a sport without a name'}")


def _weigh_cached(
    session: Session, tools: Tools, athlete_id: int, item: Judged, known: Situation
) -> Explained:
    """With the verdict that stands, where there is one."""
    run, word = item.activity, heard(session, tools, athlete_id)
    if word is None:
        raise Missing(f"no account {athlete_id}")
    cached = activities.judged(
        session, athlete_id, known.now, run.start_at - A_YEAR, run.start_at, details=True
    )
    history = [each.activity for each in cached]
    detailed = next(each for each in history if each.id == run.id)
    words = said_of(word.words, (each.id for each in history), tools.keys, athlete_id)
    weighed = weigh(history, detailed, tools.rules.effort, told=word.told, words=words)
    return replace(weighed, verdict=item.verdict) if item.verdict else weighed


# --- the run ----------------------------------------------------------------------------------


def write_run(paper: Paper, explained: Explained, name: str, words: Words) -> None:
    run, verdict = explained.run, explained.verdict
    paper.heading(_kind(verdict, words, said=explained.said is not None))
    paper.line(told_run_on(run, words))
    paper.line(f"{name} · {run.local_on}")
    if explained.said is not None:
        paper.line(f"By the signs alone: {_kind(explained.by_signs, words)}")
    elif explained.by_signs.kind is not verdict.kind:  # limits have moved since, or kilometres have expired
        paper.line(f"By what is known now: {_kind(explained.by_signs, words)}")
    paper.items(words.reason(reason) for reason in verdict.reasons)
    _write_signs(paper, explained, words)
    if explained.figures:
        paper.heading("Your figures before this run")
        paper.items(words.reason(figure) for figure in explained.figures)


def _write_signs(paper: Paper, explained: Explained, words: Words) -> None:
    """Where every run starts, and what each sign adds: together the score."""
    if not explained.signs:
        return
    chance = f"{explained.by_signs.p_easy * 100:.0f} % easy"
    paper.heading(f"Every sign · score {_points(explained.by_signs.score)} · {chance}")
    signs = [(_points(sign.points), words.reason(sign)) for sign in explained.signs]
    paper.rows([(_points(explained.start), "Where every run starts"), *signs])
    if abs(explained.decided) >= LEAST_POINTS:
        paper.rows([(_points(explained.decided), "One sign decides here, whatever the others say")])


def _kind(verdict: Verdict, words: Words, *, said: bool = False) -> str:
    how_sure = "today.why_page.said" if said else f"kind.confidence.{verdict.confidence.value}"
    return f"{words(f'kind.{verdict.kind.value}')} · {words(how_sure)}"


def _points(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


# --- the day ----------------------------------------------------------------------------------


def write_day(paper: Paper, session: Session, tools: Tools, known: Situation, on: date, words: Words) -> None:
    day = known.days.get(on) or day_of(on, known.judged, known.now_local, known.habits, tools.rules.effort)
    paper.heading(f"The day: {words(f'day.headline.{day.kind.value}')}")
    paper.items(words.reason(reason) for reason in _of_the_day(day))
    paper.heading("Your sessions")
    paper.items(_sessions(session, tools, known, on, words))


def _of_the_day(day: Day) -> list[Reason]:
    """What its run does not say already."""
    return [reason for reason in day.reasons if reason.rule.startswith("day.")]


def _sessions(session: Session, tools: Tools, known: Situation, on: date, words: Words) -> list[str]:
    """What was done, asked and is planned on that day, and why."""
    told = [f"Done: {_size(done.size)}" for done in known.done if done.on == on]
    for row in prompts.of_day(session, known.athlete_id, on):
        told += _asked(session, row, known, words)
    week = week_of(session, known, tools)
    planned = week.planned_on(on)
    if planned is not None:
        told.append(_planned(planned, tools, known, words))
    elif not told:
        told.append("None planned on that day." if on >= known.today else "None asked or done on that day.")
    if on == known.today:
        told += _silence(session, known, words)
    if week.starts_on <= on <= week.ends_on:
        told.append(f"{count(week.credit)} of {week.target} done this week")
        told += [words.reason(reason) for reason in week.reasons]
    ahead = next((each for each in week.planned if each.on > known.today), None)
    if on == known.today and ahead is not None:
        told.append(f"Next: {_size(ahead.size)} on {_day(ahead.on, words)}")
    return told


def _asked(session: Session, row: Prompt, known: Situation, words: Words) -> list[str]:
    if row.sent_at is None:
        return []
    asked = f"Asked at {row.sent_at.astimezone(known.zone):%H:%M}: {_size(Size(row.size))}"
    why = prompts.reason(session, row.id, known.now)
    occasion = [reason for reason in reasons_from(why.reasons) if _is_of_the_asking(reason)] if why else []
    answer = (row.answer or "").replace("_", " ") or {"expired": "none", "withdrawn": "taken back"}.get(
        row.state, "none yet"
    )
    return [f"{asked}; answer: {answer}", *map(words.reason, occasion)]


def _is_of_the_asking(reason: Reason) -> bool:
    """The signs of the run stand above already."""
    return reason.rule.startswith(("prompt.", "plan.", "day."))


def _planned(planned: PlannedSession, tools: Tools, known: Situation, words: Words) -> str:
    minutes = situation.minutes(tools, known, planned.size)
    text = f"Planned: {_size(planned.size)}, {minutes} minutes"
    if planned.original_on != planned.on:
        text += f", moved from {_day(planned.original_on, words)}"
    return f"{text}. {words('reason.prompt.fallback')}" if planned.fallback else text


def _silence(session: Session, known: Situation, words: Words) -> list[str]:
    """Why nothing is asked at the moment, if that was decided for today."""
    outlook = prompts.outlook(session, known.athlete_id, known.now)
    if outlook is None or outlook.local_on != known.today or outlook.body.get("state") != "silence":
        return []
    return [f"Silent now: {words.reason(reason)}" for reason in reasons_from([outlook.body["reason"]])]


def _size(size: Size) -> str:
    return "a mini" if size is Size.MINI else "a full session"


def _day(on: date, words: Words) -> str:
    return f"{words('today.next.day', on=on)} {on}"
