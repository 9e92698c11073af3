"""Cache -> verdicts: judge the runs that have none, each against the runs before it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.corrections import total
from service.domain.effort import RunKind, judge_all
from service.domain.preferences import Preferences
from service.domain.told import Told
from service.keys import Keys
from service.pipeline.steps import ask_to_classify, ask_to_plan
from service.pipeline.tools import Commit, Tools, nothing
from service.store import activities, athletes, corrections
from service.store.work import Job

A_YEAR = timedelta(days=365)  # the longest of the windows through which a run is judged


@dataclass(frozen=True, slots=True)
class Word:
    """All that a runner told: of themselves, and of single runs by their digest."""

    told: Told
    words: Mapping[str, RunKind]


def classify(job: Job, tools: Tools) -> Commit:
    """Give every run that awaits one a verdict.

    Read are the runs of one year before the oldest that awaits a verdict, up to the newest: a new run costs
    what a year of runs costs, however long the history is. Judging happens before the transaction: nobody
    waits behind it for the writer.
    """
    now = tools.clock()
    with tools.store.read() as session:
        word = heard(session, tools, job.athlete_id)
        waiting = activities.unjudged(session, job.athlete_id, now)
        runs = runs_for(session, job.athlete_id, waiting.values(), now)
    if word is None:
        return nothing
    said = said_of(word.words, (run.id for run in runs), tools.keys, job.athlete_id)
    verdicts = judge_all(runs, tools.rules.effort, told=word.told, said=said, only=waiting)

    def commit(session: Session) -> None:
        if heard(session, tools, job.athlete_id) != word:
            ask_to_classify(session, job.athlete_id, now)  # the runner spoke meanwhile, and their word wins
            return
        activities.put_verdicts(session, job.athlete_id, verdicts, now)
        ask_to_plan(session, job.athlete_id, now)

    return commit


def heard(session: Session, tools: Tools, athlete_id: int) -> Word | None:
    """None if the account is gone."""
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        return None
    offsets = total(corrections.steps(session, athlete_id), tools.rules.effort)
    prefs = athletes.preferences(athlete)
    told = Told(
        offsets=offsets,
        heart_max_bpm=prefs.heart_max_bpm,
        use_heart=prefs.use_heart,
        use_pace=prefs.use_pace,
    )
    return Word(told, corrections.words(session, athlete_id))


def judges_alike(one: Preferences, other: Preferences) -> bool:
    """Whether runs are judged the same under both."""
    return _for_judging(one) == _for_judging(other)


def _for_judging(prefs: Preferences) -> tuple[object, ...]:
    return prefs.use_heart, prefs.use_pace, prefs.heart_max_bpm


def activity_digest(keys: Keys, athlete_id: int, activity_id: int) -> str:
    """By this a correction knows its run, also after the run itself has left the cache."""
    return keys.digest("activity", f"{athlete_id}:{activity_id}")


def said_of(
    words: Mapping[str, RunKind], activity_ids: Iterable[int], keys: Keys, athlete_id: int
) -> dict[int, RunKind]:
    """The runner's word by activity id."""
    if not words:
        return {}
    digests = {id: activity_digest(keys, athlete_id, id) for id in activity_ids}
    return {id: words[digest] for id, digest in digests.items() if digest in words}


def runs_for(
    session: Session, athlete_id: int, starts: Collection[datetime], now: datetime
) -> list[Activity]:
    """By what runs with these starts are judged, themselves included."""
    if not starts:
        return []
    cached = activities.judged(session, athlete_id, now, min(starts) - A_YEAR, max(starts), details=True)
    return [item.activity for item in cached if item.activity.is_run]
