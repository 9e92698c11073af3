"""Cache -> verdicts: judge the runs that have none, each against the runs before it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.effort import Judged, RunKind, Verdict, judge, judge_all
from service.domain.physiology import baseline
from service.keys import Keys
from service.pipeline.steps import ask_to_classify, ask_to_plan
from service.pipeline.tools import Commit, Tools
from service.store import activities, sessions
from service.store.work import Job

FEW = 3  # up to so many, one baseline each is cheaper than walking the whole history


def classify(job: Job, tools: Tools) -> Commit:
    """Judging happens before the transaction: nobody waits behind it for the writer."""
    now = tools.clock()
    with tools.store.read() as session:
        cached = activities.judged(session, job.athlete_id, now, details=True)
        corrections = sessions.corrections(session, job.athlete_id)
    said = _said(cached, corrections, tools.keys, job.athlete_id)
    verdicts = _verdicts(cached, said, tools)

    def commit(session: Session) -> None:
        if sessions.corrections(session, job.athlete_id) != corrections:
            ask_to_classify(session, job.athlete_id, now)  # the runner spoke meanwhile, and their word wins
            return
        activities.put_verdicts(session, job.athlete_id, verdicts, now)
        ask_to_plan(session, job.athlete_id, now)

    return commit


def activity_digest(keys: Keys, athlete_id: int, activity_id: int) -> str:
    """By this a correction knows its run, also after the run itself has left the cache."""
    return keys.digest("activity", f"{athlete_id}:{activity_id}")


def _said(
    cached: Sequence[Judged], corrections: Mapping[str, RunKind], keys: Keys, athlete_id: int
) -> dict[int, RunKind]:
    if not corrections:
        return {}
    digests = {item.activity.id: activity_digest(keys, athlete_id, item.activity.id) for item in cached}
    return {id: corrections[digest] for id, digest in digests.items() if digest in corrections}


def _verdicts(cached: Sequence[Judged], said: Mapping[int, RunKind], tools: Tools) -> dict[int, Verdict]:
    everything: list[Activity] = [item.activity for item in cached]
    missing = [item.activity for item in cached if item.activity.is_run and item.verdict is None]
    rules = tools.rules.effort
    if len(missing) <= FEW:
        return {
            run.id: judge(run, baseline(everything, run.start_at, rules), rules, said=said.get(run.id))
            for run in missing
        }
    verdicts = judge_all(everything, rules, said=said)
    return {run.id: verdicts[run.id] for run in missing}
