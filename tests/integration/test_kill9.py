"""kill -9 at any moment loses no event and does nothing twice: the real engine and store, killed for real."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.store import activities, connections
from service.store.database import Store
from service.store.tables import Base, Delivery, Prompt, StrengthSession, Work
from tests.fakes import FakeClock
from tests.integration.kill.story import MOST_DAYS, RUNNERS, in_the_end, steps

ROOT = Path(__file__).parents[2]


def at_commits(count: int, events: int) -> list[dict[str, Any]]:
    """Spread over the events: right before and right after the first commit from one on, the second, ..."""
    return [
        {
            "event": 3 + n * (events - 8) // count,
            "commit": n // 2 + 1,
            "when": "after" if n % 2 else "before",
        }
        for n in range(count)
    ]


def at_starts(count: int) -> list[dict[str, Any]]:
    """Ends within the first commits of a start, when the work of the life before is taken up."""
    return [{"event": 0, "commit": 2 * n + 1, "when": "after" if n % 2 else "before"} for n in range(count)]


def at_random(count: int) -> list[dict[str, Any]]:
    chance = random.Random(9)
    return [{"after_ms": chance.randrange(20, 250)} for _ in range(count)]


def mixed(ends: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``others`` spread evenly over ``ends``, which stay in order."""
    step = len(ends) // len(others)
    at = {(n + 1) * step - 1: other for n, other in enumerate(others)}
    return [each for n, end in enumerate(ends) for each in ([end, at[n]] if n in at else [end])]


def replay(url: str, folder: Path, days: int, ends: list[dict[str, Any]]) -> dict[str, Any]:
    program = "tests.integration.kill.replay"
    done = subprocess.run(
        [sys.executable, "-m", program, url, str(folder), str(days), json.dumps(ends)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_a_week_of_events_survives_a_kill_at_every_kind_of_moment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'afterrun.db'}"
    events = len(steps(MOST_DAYS))
    ends = at_starts(4) + mixed(at_commits(24, events), at_random(6))
    assert events == 200
    assert replay(url, tmp_path, MOST_DAYS, ends) == {"killed": 34, "finished": True}
    store = Store(url)
    nothing_is_lost_and_nothing_is_double(store, tmp_path, MOST_DAYS, kills=34)
    store.close()


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[Store]:
    store = Store(postgres_url)
    Base.metadata.drop_all(store.engine)
    store.engine.dispose()
    yield store
    store.close()


def test_two_days_of_events_survive_kills_on_a_database_server(
    empty_postgres: Store, postgres_url: str, tmp_path: Path
) -> None:
    ends = at_starts(1) + mixed(at_commits(8, len(steps(2))), at_random(2))
    assert replay(postgres_url, tmp_path, 2, ends) == {"killed": 11, "finished": True}
    nothing_is_lost_and_nothing_is_double(empty_postgres, tmp_path, 2, kills=11)


def nothing_is_lost_and_nothing_is_double(store: Store, folder: Path, days: int, kills: int) -> None:
    every_event_is_done(store, folder, days)
    every_activity_is_cached_once_and_judged(store, days)
    nobody_is_asked_or_credited_twice_a_day(store)
    what_was_sent_is_known_to_be_sent(store, folder, kills)
    assert not (folder / "met").exists(), (folder / "met").read_text()


def every_event_is_done(store: Store, folder: Path, days: int) -> None:
    """Each one once, however often it was sent; nothing else is left waiting, and nothing was given up."""
    events = [step.event for step in steps(days)]
    assert len((folder / "acknowledged").read_text().splitlines()) == len(events)
    with store.read() as session:
        runner_of = {row.athlete_id: row.strava_athlete_id for row in connections.everyone(session)}
        rows = list(session.scalars(select(Work)))
    told = {(event.owner_id, event.object_id, event.aspect_type, event.event_at) for event in events}
    asked = Counter(event[:3] for event in told)
    read = [row for row in rows if row.kind == "activity" and row.body["cause"] not in ("poll", "check")]
    assert Counter((runner_of[row.athlete_id], row.body["id"], row.body["cause"]) for row in read) == asked
    assert {row.state for row in read} == {"done"}
    assert [(row.kind, row.error) for row in rows if row.state == "dead"] == []


def every_activity_is_cached_once_and_judged(store: Store, days: int) -> None:
    with store.read() as session:
        for row in connections.everyone(session):
            expected = in_the_end(row.strava_athlete_id, days)
            judged = activities.judged(session, row.athlete_id, FakeClock("2030-05-10T20:00:00+00:00")())
            found = {item.activity.id: item for item in judged}
            assert len(judged) == len(found)
            assert {id: (item.activity.name, item.activity.private) for id, item in found.items()} == {
                id: (activity.name, activity.private) for id, activity in expected.items()
            }
            assert [id for id, item in found.items() if item.activity.is_run and item.verdict is None] == []


def nobody_is_asked_or_credited_twice_a_day(store: Store) -> None:
    with store.read() as session:
        asked = Counter(
            (row.athlete_id, row.local_on)
            for row in session.scalars(select(Prompt).where(Prompt.sent_at.is_not(None)))
        )
        done = Counter((row.athlete_id, row.on) for row in session.scalars(select(StrengthSession)))
    assert len(asked) >= len(RUNNERS)
    assert len(done) >= len(RUNNERS) // 2
    assert set(asked.values()) == {1}
    assert set(done.values()) == {1}


def what_was_sent_is_known_to_be_sent(store: Store, folder: Path, kills: int) -> None:
    """A kill between sending and noting it sends once more, and no kill sends none."""
    sent = (folder / "sent").read_text().splitlines()
    with store.read() as session:
        deliveries = list(session.scalars(select(Delivery)))
        prompts = list(session.scalars(select(Prompt).where(Prompt.sent_at.is_not(None))))
    states = Counter(row.state for row in deliveries)
    assert states["due"] == states["failed"] == 0
    assert {row.prompt_id for row in deliveries} == {row.id for row in prompts}
    assert states["sent"] <= len(sent) <= states["sent"] + kills
