"""Sessions written by the real client to the sandbox over loopback, and what each answer means."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.strava import StravaSource, strength
from integrations.strava.sandbox import World
from integrations.strava.sandbox.faults import answer_fault
from integrations.strava.sandbox.server import serve_sandbox
from service.bootstrap import read_words_and_routine
from service.domain.activity import OUR_MARK
from service.ports import (
    Lane,
    NotFound,
    ScopeMissing,
    SourceDown,
    SourceRefused,
    StrengthSet,
    StrengthUpload,
    Unauthorized,
    Uploaded,
    UploadState,
)
from tests.contract.sandbox_support import ALL_SCOPES, START, a_world, athlete_id_of, shared_data
from tests.fakes import FakeClock, FreeBudget

BULK = Lane.BULK
SESSION = StrengthUpload(
    external_id=f"{OUR_MARK}1f",
    name="Strength routine",
    description="Logged with Afterrun.",
    start_at=datetime(2030, 5, 7, 14, 30, tzinfo=UTC),
    utc_offset_s=7200,
    elapsed_s=790,
    sets=(StrengthSet("single_leg_squat", 1, 8), StrengthSet("clamshell", 2, 12)),
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock, weeks=1)


@pytest.fixture
def budget() -> FreeBudget:
    return FreeBudget()


@pytest.fixture
def source(world: World, clock: FakeClock, budget: FreeBudget) -> Iterator[StravaSource]:
    with serve_sandbox(world) as server:
        yield StravaSource(
            client_id=world.app.client_id,
            client_secret=world.app.secret,
            oauth_base=f"{server.url}/oauth",
            api_base=f"{server.url}/api/v3",
            revoke="revoke",
            budget=budget,
            clock=clock,
        )


def token(world: World, *scopes: str) -> str:
    return world.connect(athlete_id_of(world), scopes or ALL_SCOPES).access_token


# --- there and back -----------------------------------------------------------------------------


def test_a_session_is_handed_in_processed_and_muted(
    source: StravaSource, world: World, clock: FakeClock, budget: FreeBudget
) -> None:
    access = token(world)
    upload_id = source.upload(access, SESSION, BULK)
    assert source.uploaded(access, upload_id, BULK) == Uploaded(UploadState.WORKING)
    clock.tick(seconds=2)
    found = source.uploaded(access, upload_id, BULK)
    assert found.state is UploadState.DONE
    assert found.activity_id is not None
    source.mute(access, found.activity_id, BULK)

    made = world.activity(athlete_id_of(world), found.activity_id)
    assert (made["name"], made["sport_type"], made["elapsed_time"], made["hide_from_home"]) == (
        "Strength routine",
        "WeightTraining",
        790,
        True,
    )
    assert (made["start_date"], made["start_date_local"]) == ("2030-05-07T14:30:00Z", "2030-05-07T16:30:00Z")
    assert budget.spent == [BULK] * 4


def test_our_own_echo_is_recognised(source: StravaSource, world: World, clock: FakeClock) -> None:
    access = token(world)
    upload_id = source.upload(access, SESSION, BULK)
    clock.tick(seconds=2)
    activity_id = source.uploaded(access, upload_id, BULK).activity_id
    assert activity_id is not None
    echo = source.activity(access, activity_id, Lane.LIVE, owner_id=athlete_id_of(world))
    assert echo.is_ours


def test_handed_in_twice_it_is_a_duplicate_of_the_first(
    source: StravaSource, world: World, clock: FakeClock
) -> None:
    """Also while the first is still being processed."""
    access = token(world)
    ids = [source.upload(access, SESSION, BULK) for _try in "12"]
    clock.tick(seconds=2)
    ids.append(source.upload(access, SESSION, BULK))
    clock.tick(seconds=2)
    first, second, third = (source.uploaded(access, each, BULK) for each in ids)
    assert first.state is UploadState.DONE
    assert second == third == Uploaded(UploadState.DUPLICATE, first.activity_id)


# --- what may go wrong --------------------------------------------------------------------------


def test_without_the_scope_nothing_can_be_written(source: StravaSource, world: World) -> None:
    access = token(world, "read", "activity:read_all")
    for call in (
        lambda: source.upload(access, SESSION, BULK),
        lambda: source.uploaded(access, 1, BULK),
        lambda: source.mute(access, 1, BULK),
    ):
        with pytest.raises(ScopeMissing):
            call()
    assert world.uploads == {}


def test_an_unknown_upload_or_activity_is_not_found(source: StravaSource, world: World) -> None:
    access = token(world)
    with pytest.raises(NotFound):
        source.uploaded(access, 1, BULK)
    with pytest.raises(NotFound):
        source.mute(access, 1, BULK)


def test_a_dead_token_is_told_from_a_missing_scope(source: StravaSource) -> None:
    with pytest.raises(Unauthorized):
        source.upload("dead", SESSION, BULK)


@pytest.mark.parametrize("status", [500, 502])
def test_an_outage_is_one(source: StravaSource, world: World, status: Any) -> None:
    world.faults.answers.append(answer_fault({"status": status, "path": "/api/v3/uploads"}))
    with pytest.raises(SourceDown):
        source.upload(token(world), SESSION, BULK)


# --- the file -----------------------------------------------------------------------------------


def test_the_file_is_as_strava_documents_it() -> None:
    assert json.loads(strength.file(SESSION).read()) == {
        "version": "1.0",
        "start_time": "2030-05-07T16:30:00+02:00",
        "utc_offset": 7200,
        "elapsed_time": 790,
        "creator": {"name": "Afterrun"},
        "sets": [
            {"exercise_type": "ASSISTED_PISTOL_SQUATS", "repetitions": 8},
            {"exercise_type": "BANDED_CLAMS", "repetitions": 12},
        ],
    }


def test_every_move_of_the_routine_has_a_word_of_stravas() -> None:
    _words, routine = read_words_and_routine()
    levels = {move.key: len(move.levels) for move in routine.moves}
    assert {key: len(words) for key, words in strength.EXERCISE_TYPES.items()} == levels


def test_these_words_are_stravas() -> None:
    described = json.loads((shared_data() / "strava-api-description" / "strength-upload.json").read_text())
    known = {word for group in described["groups"].values() for word in group}
    assert {word for words in strength.EXERCISE_TYPES.values() for word in words} <= known
    assert strength.SPORT_TYPE in described["accepted_sport_types"]


@pytest.mark.parametrize("one", [StrengthSet("plank", 1, 8), StrengthSet("clamshell", 5, 8)])
def test_a_move_without_a_word_is_refused(one: StrengthSet) -> None:
    with pytest.raises(SourceRefused, match=f"no word for {one.exercise} at level {one.level}"):
        strength.file(StrengthUpload("afterrun-1", "", "", START, 0, 60, (one,)))


# --- the answers --------------------------------------------------------------------------------

DUPLICATE = Uploaded(UploadState.DUPLICATE, 1234)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"error": None, "activity_id": None}, Uploaded(UploadState.WORKING)),
        ({"error": None, "activity_id": 1234}, Uploaded(UploadState.DONE, 1234)),
        ({"error": "a.json duplicate of activity 1234", "activity_id": None}, DUPLICATE),
        (
            {"error": "a.json duplicate of <a href='/activities/1234' target='_blank'>Knees</a>"},
            DUPLICATE,
        ),
        ({"error": "The file is malformed."}, Uploaded(UploadState.REFUSED)),
    ],
)
def test_an_answer_tells_how_far_it_has_come(answer: Any, found: Uploaded) -> None:
    assert strength.uploaded(answer) == found


@pytest.mark.parametrize("answer", [None, [], "ready", {"activity_id": "soon"}, {"activity_id": -1}])
def test_an_answer_that_is_none_is_an_outage(answer: Any) -> None:
    with pytest.raises(SourceDown):
        strength.uploaded(answer)


@pytest.mark.parametrize("answer", [None, [], {}, {"id": "x"}])
def test_an_upload_without_an_id_is_an_outage(answer: Any) -> None:
    with pytest.raises(SourceDown):
        strength.upload_id(answer)
