"""Whole weeks of a runner through the real data path: consent form, backfill, events, refresh, prompts.

Once with a synthetic runner, and with recorded histories of real ones where they are at hand.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from integrations.strava.sandbox import Athlete, World, load_history, synthetic_runner
from integrations.strava.sandbox.fields import RUNS, SPORT_TYPES
from integrations.strava.sandbox.shapes import Json, end_of, start_of
from service import ndjson
from service.domain.hours import is_quiet
from service.domain.planner import NO_GO_KINDS, Size
from service.pipeline import log, situation
from service.pipeline.receive import BACKFILL_DAYS
from service.store import activities, athletes, connections, work
from service.store.tables import ActivityRow, Prompt
from tests.fakes import FakeClock
from tests.shared_data import HistoryFiles, history_files
from tests.town import REFRESH_AT, Town, a_town

WEEKS = 4
UPLOADED_AFTER = timedelta(minutes=3)
LATE = timedelta(hours=20)
WINDOW = timedelta(days=BACKFILL_DAYS)
MISHAPS = 12  # of so many uploads some go wrong, see upload()
USUAL = range(90, 181)  # activities of a half-year and the weeks replayed, for a test of seconds
ANSWERS = ("done", "ignored", "not_today", "done", "later")  # to one prompt after the other, round and round


# --- the runners ----------------------------------------------------------------------------


def test_a_synthetic_runners_weeks_arrive_whole(tmp_path: Path) -> None:
    end = datetime(2030, 5, 12, 20, 0, tzinfo=UTC)
    live_through(tmp_path, synthetic_runner(4, weeks=30, end=end))


@pytest.mark.real_data
@pytest.mark.parametrize("which", ["with heart rate and splits", "without heart rate", "with odd sports"])
def test_a_real_runners_weeks_arrive_whole(tmp_path: Path, which: str) -> None:
    live_through(tmp_path, chosen_runners(history_files())[which])


@cache
def chosen_runners(files: HistoryFiles) -> dict[str, Athlete]:
    """One of each sort, picked by what their last 30 weeks hold, so that no name of a runner stands here."""
    recent = recent_lines(files.activities)
    hearts = with_heart(recent)
    detailed = Counter(runner for runner, index in keys_of(files.splits) if (runner, index) in hearts)
    busy = {runner: lines for runner, lines in recent.items() if len(lines) in USUAL and is_on(lines)}
    splits = max(busy, key=lambda runner: detailed[runner])
    heartless = max(
        (runner for runner, lines in busy.items() if not any(map(has_heart, lines))),
        key=lambda runner: len(busy[runner]),
    )
    odd = max(busy.keys() - {splits, heartless}, key=lambda runner: (len(odd_sports(busy[runner])), runner))
    loaded = load_history(files.activities, files.splits, runners=[splits, heartless, odd])
    by_name = {athlete.lastname: athlete for athlete in loaded}
    assert len(by_name[splits].activities) >= 300
    return {
        "with heart rate and splits": by_name[splits],
        "without heart rate": by_name[heartless],
        "with odd sports": by_name[odd],
    }


def recent_lines(path: Path) -> dict[str, list[Json]]:
    by_runner: dict[str, list[Json]] = defaultdict(list)
    for _, line in ndjson.read(path):
        by_runner[line["runner"]].append(line)
    recent = {}
    for runner, found in by_runner.items():
        last = datetime.fromisoformat(found[-1]["start_date_local"])
        since = (last - WINDOW - timedelta(weeks=WEEKS)).isoformat()
        recent[runner] = [line for line in found if line["start_date_local"] >= since]
    return recent


def is_on(lines: list[Json]) -> bool:
    """Enough in the last weeks to replay them."""
    last = datetime.fromisoformat(lines[-1]["start_date_local"])
    since = (last - timedelta(weeks=WEEKS)).isoformat()
    return len([line for line in lines if line["start_date_local"] > since]) > MISHAPS


def keys_of(path: Path) -> Iterator[tuple[str, int]]:
    return ((line["runner"], line["index"]) for _, line in ndjson.read(path))


def with_heart(recent: dict[str, list[Json]]) -> set[tuple[str, int]]:
    return {(line["runner"], line["index"]) for lines in recent.values() for line in lines if has_heart(line)}


def has_heart(line: Json) -> bool:
    return bool(line.get("average_heartrate"))


def odd_sports(lines: list[Json]) -> set[str]:
    """All of them, if one is no word of Strava's."""
    sports = {line["sport_type"] for line in lines}
    return sports if sports - SPORT_TYPES else set()


# --- living through ---------------------------------------------------------------------------


@dataclass
class Story:
    """What happened, and so what must be found in the end."""

    town: Town
    athlete: Athlete
    runner: int
    cut_at: datetime
    reads: Counter[int] = field(default_factory=Counter)  # expected single reads, by activity
    seen_prompts: set[int] = field(default_factory=set)
    given: list[str] = field(default_factory=list)  # answers


def live_through(folder: Path, athlete: Athlete) -> None:
    last = athlete.newest_first()[0]
    cut_at = end_of(last) - timedelta(weeks=WEEKS)
    uploads = [item for item in athlete.newest_first()[::-1] if end_of(item) > cut_at]
    assert len(uploads) >= MISHAPS
    clock = FakeClock(cut_at)
    world = World(clock, callback_domain="127.0.0.1", deliver="manual")
    world.add_athlete(younger(athlete, cut_at))
    with a_town(folder, world, clock) as town:
        runner = town.connect(athlete.id)
        story = Story(town, world.athlete(athlete.id), runner, cut_at)
        town.work_off()
        the_backfill_is_complete(story)
        replay(story, uploads)
        town.refresh()
        nothing_is_lost(story)
        the_prompts_behave(story)
        the_reads_are_within_budget(story)


def younger(athlete: Athlete, cut_at: datetime) -> Athlete:
    """The same athlete before the cut. A loaded history is shared by tests, so it is not changed."""
    early = Athlete(
        id=athlete.id,
        firstname=athlete.firstname,
        lastname=athlete.lastname,
        zone=athlete.zone,
        max_heartrate_bpm=athlete.max_heartrate_bpm,
        subscriber=athlete.subscriber,
    )
    for activity in athlete.activities.values():
        if end_of(activity) <= cut_at:
            early.keep(activity)
    return early


def replay(story: Story, uploads: list[Json]) -> None:
    """Activity by activity, three minutes after its end; a refresh a night, a purge at noon."""
    moments: list[tuple[datetime, int, Any]] = []
    for number, activity in enumerate(uploads):
        lag = LATE if number == 7 else UPLOADED_AFTER
        moments.append((end_of(activity) + lag, number, activity))
    day = story.cut_at.replace(hour=0, minute=0, second=0, microsecond=0)
    for n in range(1, WEEKS * 7 + 2):
        moments.append((day + timedelta(days=n) + REFRESH_AT, -1, "refresh"))
        moments.append((day + timedelta(days=n, hours=12), -1, "purge"))
    for at, number, what in sorted(moments, key=lambda moment: moment[:2]):
        if at > story.cut_at:
            live(story, at)
            happen(story, number, what)


def live(story: Story, moment: datetime) -> None:
    story.town.live_until(moment)
    look_at_prompts(story)


def happen(story: Story, number: int, what: Any) -> None:
    if what == "refresh":
        story.town.refresh()
    elif what == "purge":
        story.town.purge()
    else:
        upload(story, number, what)
    look_at_prompts(story)


def upload(story: Story, number: int, activity: Json) -> None:
    """Most come as they should; some are announced badly, or changed by the runner soon after."""
    town, athlete_id, activity_id = story.town, story.athlete.id, activity["id"]
    world = town.world
    # Of one that nobody announced, the next listing tells; a run among them is then read in full.
    announced = number != 3
    story.reads[activity_id] = int(announced or (activity["sport_type"] in RUNS and not activity["manual"]))
    if number in (3, 5):
        town.arrange(events="duplicate" if announced else "lose")
    world.add_activity(athlete_id, activity)
    town.work_off()
    if number == 8:  # at once: the record is still resting, so one read answers for both
        world.edit_activity(athlete_id, activity_id, {"name": "Along the river"})
    if number in (1, 2, 9, 11):
        live(story, town.clock() + timedelta(minutes=40))
        story.reads[activity_id] += 1
    if number == 9:
        world.edit_activity(athlete_id, activity_id, {"name": "Around the lake"})
    if number == 2:
        world.edit_activity(athlete_id, activity_id, {"sport_type": "Hike"})
    if number == 1:
        world.edit_activity(athlete_id, activity_id, {"private": True})
    if number == 11:
        world.delete_activity(athlete_id, activity_id)
    if number == 6:  # no event tells of this one: the next refresh has to find it
        world.edit_activity(athlete_id, activity_id, {"distance": activity["distance"] + 500.0})
    town.work_off()


# --- prompts ----------------------------------------------------------------------------------


def look_at_prompts(story: Story) -> None:
    """Judge each prompt at the moment it went out, then answer as a runner might."""
    town, now = story.town, story.town.clock()
    with town.tools.store.read() as session:
        fresh = [
            row
            for row in session.scalars(select(Prompt).where(Prompt.sent_at.is_not(None)))
            if row.id not in story.seen_prompts
        ]
        known = situation.load(session, story.runner, town.tools, now) if fresh else None
    for row in fresh:
        assert known is not None
        assert row.sent_at is not None
        assert row.sent_at <= now
        assert not is_quiet(row.sent_at, known.prefs, known.zone), f"asked in quiet hours: {row.sent_at}"
        assert known.days[row.local_on].kind not in NO_GO_KINDS, f"asked on a {known.days[row.local_on]}"
        story.seen_prompts.add(row.id)
        answer(story, row)


def answer(story: Story, row: Prompt) -> None:
    tools, what = story.town.tools, ANSWERS[len(story.given) % len(ANSWERS)]
    story.given.append(what)
    with tools.store.write() as session:
        if what == "done":
            log.done_now(session, tools, story.runner, prompt_id=row.id, size=Size(row.size), origin="page")
        elif what == "not_today":
            log.not_today(session, tools, story.runner, row.id)
        elif what == "later":
            log.later(session, tools, story.runner, row.id)
    story.town.work_off()


# --- what must be true ------------------------------------------------------------------------


def the_backfill_is_complete(story: Story) -> None:
    expected = visible(story, since=story.cut_at - WINDOW)
    assert cached_ids(story) == expected
    pages = [call for call in story.town.calls() if call["path"].endswith("/athlete/activities")]
    assert len(pages) == math.ceil(len(expected) / 200) + 1
    with story.town.tools.store.read() as session:
        progress = connections.progress(session, story.runner)
    assert progress is not None
    assert progress.backfill_share == 1.0
    assert progress.backfilled_at == story.cut_at


def nothing_is_lost(story: Story) -> None:
    """All of the window is in the cache or refused with a reason, as Strava has it now, and judged."""
    now = story.town.clock()
    with story.town.tools.store.read() as session:
        refused = {row.id: row.reason for row in activities.refused(session, story.runner)}
        judged = {item.activity.id: item for item in activities.judged(session, story.runner, now)}
        counts, dead = work.counts(session), work.dead(session)
    expected = visible(story, since=now - WINDOW)
    assert expected <= judged.keys() | refused.keys()
    assert not judged.keys() & refused.keys()
    assert all(refused.values())
    # What has just left the window stays until its week is over; nothing else may be there.
    assert judged.keys() - expected <= visible(story, since=now - WINDOW - timedelta(days=7))
    for id in expected & judged.keys():
        told, kept = story.athlete.activities[id], judged[id].activity
        assert (kept.name, kept.sport_type, kept.distance_m) == (
            told["name"],
            told["sport_type"],
            told["distance"],
        )
    assert [id for id, item in judged.items() if item.activity.is_run and item.verdict is None] == []
    assert dead == []
    assert counts["done"] > 0
    with story.town.tools.store.read() as session:
        assert {athlete_id for athlete_id, _ in work.due(session, now)} == set()


def the_prompts_behave(story: Story) -> None:
    """Some were sent in so many weeks, and one day at most one; "Later" repeats it and makes no other."""
    with story.town.tools.store.read() as session:
        sent = list(session.scalars(select(Prompt).where(Prompt.sent_at.is_not(None)).order_by(Prompt.id)))
        athlete = athletes.get(session, story.runner)
    assert athlete is not None
    assert sent
    assert {row.id for row in sent} == story.seen_prompts
    days = [row.local_on for row in sent]
    assert len(days) == len(set(days)), "two prompts on one day"
    most = story.town.tools.rules.prompt.ask.per_week
    by_week = Counter((on - timedelta(days=on.weekday())) for on in days)
    assert max(by_week.values()) <= most
    assert all(earlier < later for earlier, later in pairwise(days))


def the_reads_are_within_budget(story: Story) -> None:
    """One for each new activity and each told change; once a day a listing: two pages up to 200 of them."""
    calls = [call for call in story.town.calls() if call["path"].startswith("/api/v3/")]
    single = Counter(int(call["path"].rpartition("/")[2]) for call in calls if "/activities/" in call["path"])
    assert single == +story.reads
    listed = [call for call in calls if call["path"] == "/api/v3/athlete/activities"]
    assert len(listed) + single.total() + subscriptions(calls) == len(calls)
    per_day = Counter(call["at"][:10] for call in listed if call["at"][:10] > f"{story.cut_at:%Y-%m-%d}")
    most = len(visible(story, since=story.cut_at - WINDOW, always=True))
    assert max(per_day.values()) <= max(2, math.ceil(most / 200) + 1)


def subscriptions(calls: list[dict[str, Any]]) -> int:
    return sum(call["path"].startswith("/api/v3/push_subscriptions") for call in calls)


def visible(story: Story, since: datetime, *, always: bool = False) -> set[int]:
    """Ids of what Strava shows from then on. ``always``: as many as it ever may have shown at once."""
    held = story.athlete.activities.values()
    return {
        item["id"]
        for item in held
        if start_of(item) > since and (always or end_of(item) <= story.town.clock())
    }


def cached_ids(story: Story) -> set[int]:
    with story.town.tools.store.read() as session:
        return set(session.scalars(select(ActivityRow.id).where(ActivityRow.athlete_id == story.runner)))
