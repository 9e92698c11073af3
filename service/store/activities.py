"""The cache of activities and the verdicts on them. Every write here restarts the row's clock; nothing
here outlives it.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Text, cast, delete, select, update
from sqlalchemy.orm import Session

from service.domain.activity import RUN_SPORTS, Activity, Reason, Split
from service.domain.effort import Confidence, Family, Judged, RunKind, Verdict
from service.ports import Refused
from service.store import cache
from service.store.tables import ActivityDetail, ActivityRow, RefusedActivity

T = TypeVar("T")

_COLUMNS = frozenset({"id", "start_at", "sport_type"})
_DETAIL = frozenset({"splits", "laps", "perceived_exertion", "detailed"})
_SUMMARY = frozenset(field.name for field in fields(Activity)) - _COLUMNS - _DETAIL


def put(session: Session, athlete_id: int, activity: Activity, now: datetime) -> bool:
    """Store or renew one activity. True if it is new or says more than, or other than, what was cached.

    What changed loses its verdict, so that it is judged again.
    """
    return bool(put_page(session, athlete_id, [activity], now))


def put_page(session: Session, athlete_id: int, page: Sequence[Activity], now: datetime) -> list[Activity]:
    """Store or renew many, as ``put`` does one; those that are new or changed."""
    ids = [activity.id for activity in page]
    of_page = ActivityRow.athlete_id == athlete_id, ActivityRow.id.in_(ids)
    rows = {row.id: row for row in session.scalars(select(ActivityRow).where(*of_page))}
    session.execute(
        delete(RefusedActivity).where(RefusedActivity.athlete_id == athlete_id, RefusedActivity.id.in_(ids))
    )
    return [item for item in page if _put(session, athlete_id, item, rows.get(item.id), now)]


def _put(
    session: Session, athlete_id: int, activity: Activity, row: ActivityRow | None, now: datetime
) -> bool:
    facts = _summary(activity)
    fuller = activity.detailed and _put_detail(session, athlete_id, activity, now)
    same = row is not None and row.facts == facts and row.sport_type == activity.sport_type
    if row is None:
        row = ActivityRow(athlete_id=athlete_id, id=activity.id)
        session.add(row)
    row.fetched_at, row.expires_at = now, cache.ends(session, now)
    row.start_at, row.local_on, row.sport_type = activity.start_at, activity.local_on, activity.sport_type
    row.facts = facts
    if same and not fuller:
        return False
    row.kind = row.verdict = row.judged_at = None
    return True


def put_refused(session: Session, athlete_id: int, refused: Refused, now: datetime) -> None:
    if refused.id is None:
        return
    session.merge(
        RefusedActivity(
            athlete_id=athlete_id,
            id=refused.id,
            expires_at=cache.ends(session, now),
            reason=refused.reason[:200],
            refused_at=now,
        )
    )


def put_verdicts(session: Session, athlete_id: int, verdicts: Mapping[int, Verdict], now: datetime) -> None:
    for activity_id, verdict in verdicts.items():
        session.execute(
            update(ActivityRow)
            .where(ActivityRow.athlete_id == athlete_id, ActivityRow.id == activity_id)
            .values(kind=verdict.kind.value, verdict=_verdict_json(verdict), judged_at=now)
        )


def unjudged(session: Session, athlete_id: int, now: datetime) -> dict[int, datetime]:
    """When the runs that await a verdict, their first or a new one, started."""
    rows = session.execute(
        select(ActivityRow.id, ActivityRow.start_at).where(
            ActivityRow.athlete_id == athlete_id,
            ActivityRow.sport_type.in_(sorted(RUN_SPORTS)),
            ActivityRow.judged_at.is_(None),
            ActivityRow.expires_at > now,
        )
    )
    return {row.id: row.start_at for row in rows}


def judge_anew(session: Session, athlete_id: int, since: date, but: Collection[date]) -> None:
    """Ask for new verdicts on the runs from ``since`` on, those of the days ``but`` left out.

    The old ones stand until then: nothing else should see a runner without any.
    """
    session.execute(
        update(ActivityRow)
        .where(
            ActivityRow.athlete_id == athlete_id,
            ActivityRow.local_on >= since,
            ActivityRow.local_on.not_in(sorted(but)),
            ActivityRow.sport_type.in_(sorted(RUN_SPORTS)),
        )
        .values(judged_at=None)
    )


def unjudge(session: Session, athlete_id: int, activity_id: int) -> None:
    """Forget the verdict."""
    row = session.get(ActivityRow, (athlete_id, activity_id))
    if row is not None:
        row.kind = row.verdict = row.judged_at = None


def day_of(session: Session, athlete_id: int, activity_id: int) -> date | None:
    """The local day it counts for; None if it is not there."""
    row = session.get(ActivityRow, (athlete_id, activity_id))
    return row.local_on if row is not None else None


def remove(session: Session, athlete_id: int, activity_id: int) -> bool:
    """True if it was there."""
    there = session.get(ActivityRow, (athlete_id, activity_id)) is not None
    for table in (ActivityRow, ActivityDetail, RefusedActivity):
        session.execute(delete(table).where(table.athlete_id == athlete_id, table.id == activity_id))
    return there


def get(session: Session, athlete_id: int, activity_id: int, now: datetime) -> Activity | None:
    row = session.get(ActivityRow, (athlete_id, activity_id))
    if row is None or row.expires_at <= now:
        return None
    detail = session.get(ActivityDetail, (athlete_id, activity_id))
    return _activity(row, detail if detail and detail.expires_at > now else None)


def verdict(session: Session, athlete_id: int, activity_id: int) -> Verdict | None:
    row = session.get(ActivityRow, (athlete_id, activity_id))
    return _verdict(row.verdict) if row is not None else None


def judged(
    session: Session,
    athlete_id: int,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    details: bool = False,
) -> list[Judged]:
    """All cached activities with their verdicts, oldest first; with splits and laps only where asked for.

    ``since`` and ``until`` bound the start, both included.
    """
    wanted = [ActivityRow.athlete_id == athlete_id, ActivityRow.expires_at > now]
    if since is not None:
        wanted.append(ActivityRow.start_at >= since)
    if until is not None:
        wanted.append(ActivityRow.start_at <= until)
    known = _details(session, wanted, now) if details else {}
    parsed = session.info.get("parsed")
    rows = session.execute(select(*_READ).where(*wanted).order_by(ActivityRow.start_at, ActivityRow.id))
    return [
        Judged(
            _with_detail(_parsed(parsed, _summed_up, *row[:4]), known.get(row.id)),
            _parsed(parsed, _verdict_from, row.said),
        )
        for row in rows
    ]


def not_seen_since(
    session: Session, athlete_id: int, started_at: datetime, seen_before: datetime
) -> list[int]:
    """Cached activities that started at or after ``started_at`` and that no read since ``seen_before``
    showed.
    """
    return list(
        session.scalars(
            select(ActivityRow.id).where(
                ActivityRow.athlete_id == athlete_id,
                ActivityRow.start_at >= started_at,
                ActivityRow.fetched_at < seen_before,
            )
        )
    )


def known(session: Session, athlete_id: int, ids: Iterable[int]) -> set[int]:
    return set(
        session.scalars(
            select(ActivityRow.id).where(ActivityRow.athlete_id == athlete_id, ActivityRow.id.in_(list(ids)))
        )
    )


def refused(session: Session, athlete_id: int) -> list[RefusedActivity]:
    return list(session.scalars(select(RefusedActivity).where(RefusedActivity.athlete_id == athlete_id)))


def _put_detail(session: Session, athlete_id: int, activity: Activity, now: datetime) -> bool:
    """True if it says something that was not there."""
    facts = {
        "splits": [asdict(split) for split in activity.splits],
        "laps": [asdict(lap) for lap in activity.laps],
        "perceived_exertion": activity.perceived_exertion,
    }
    row = session.get(ActivityDetail, (athlete_id, activity.id))
    same = row is not None and row.facts == facts
    if row is None:
        row = ActivityDetail(athlete_id=athlete_id, id=activity.id)
        session.add(row)
    row.facts, row.expires_at = facts, cache.ends(session, now)
    return not same


def _details(
    session: Session, wanted: Sequence[ColumnElement[bool]], now: datetime
) -> dict[int, ActivityDetail]:
    same = (ActivityDetail.athlete_id == ActivityRow.athlete_id) & (ActivityDetail.id == ActivityRow.id)
    rows = session.scalars(
        select(ActivityDetail).join(ActivityRow, same).where(*wanted, ActivityDetail.expires_at > now)
    )
    return {row.id: row for row in rows}


def _summary(activity: Activity) -> dict[str, Any]:
    facts = {name: getattr(activity, name) for name in _SUMMARY}
    return {**facts, "start_local": activity.start_local.isoformat()}


# Texts, not objects: what was parsed before is known by its text.
_READ = (
    ActivityRow.id,
    ActivityRow.start_at,
    ActivityRow.sport_type,
    cast(ActivityRow.facts, Text),
    cast(ActivityRow.verdict, Text).label("said"),
)


def _parsed(parsed: dict[Any, Any] | None, parse: Callable[..., T], *key: Any) -> T:
    """``parse(*key)``, from memory where the store keeps one and has it there."""
    if parsed is None:
        return parse(*key)
    found: T | None = parsed.get(key)
    if found is None:
        found = parsed[key] = parse(*key)
    return found


def _summed_up(id: int, start_at: datetime, sport_type: str, facts: str) -> Activity:
    return _activity_of(id, start_at, sport_type, json.loads(facts))


def _verdict_from(text: str | None) -> Verdict | None:
    return _verdict(json.loads(text)) if text is not None else None


def _activity(row: ActivityRow, detail: ActivityDetail | None) -> Activity:
    return _with_detail(_activity_of(row.id, row.start_at, row.sport_type, row.facts), detail)


def _activity_of(id: int, start_at: datetime, sport_type: str, facts: Mapping[str, Any]) -> Activity:
    told = {**facts, "start_local": datetime.fromisoformat(facts["start_local"])}
    return Activity(id=id, start_at=start_at, sport_type=sport_type, **told)


def _with_detail(activity: Activity, detail: ActivityDetail | None) -> Activity:
    if detail is None:
        return activity
    return replace(
        activity,
        detailed=True,
        splits=_splits(detail.facts["splits"]),
        laps=_splits(detail.facts["laps"]),
        perceived_exertion=detail.facts["perceived_exertion"],
    )


def _splits(raw: Sequence[dict[str, Any]]) -> tuple[Split, ...]:
    return tuple(Split(**split) for split in raw)


def reasons_json(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [
        {"rule": reason.rule, "points": reason.points, "facts": dict(reason.facts or {})}
        for reason in reasons
    ]


def reasons_from(raw: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    return tuple(Reason(item["rule"], item["points"], item["facts"]) for item in raw)


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": verdict.kind.value,
        "confidence": verdict.confidence.value,
        "p_easy": verdict.p_easy,
        "score": verdict.score,
        "reasons": reasons_json(verdict.reasons),
        "families": sorted(verdict.families),
    }


def _verdict(raw: Mapping[str, Any] | None) -> Verdict | None:
    if raw is None:
        return None
    return Verdict(
        kind=RunKind(raw["kind"]),
        confidence=Confidence(raw["confidence"]),
        p_easy=raw["p_easy"],
        score=raw["score"],
        reasons=reasons_from(raw["reasons"]),
        families=frozenset(map(Family, raw.get("families", ()))),
    )
