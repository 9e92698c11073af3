"""What a push may look like, and how the callback proves itself."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.strava.hook import EventRefused, handshake, parse_event
from service.ports import HookEvent

EVENT: dict[str, Any] = {
    "aspect_type": "update",
    "event_time": 1_904_324_400,
    "object_id": 15_000_012_345,
    "object_type": "activity",
    "owner_id": 71,
    "subscription_id": 120475,
    "updates": {"title": "Messy"},
}
QUERY = {
    "hub.mode": "subscribe",
    "hub.challenge": "15f7d1a91c1f40f8a748fd134752feb3",
    "hub.verify_token": "sesame",
}


def a_body(**changes: object) -> bytes:
    return json.dumps(EVENT | changes).encode()


def test_an_event_is_read_whole() -> None:
    assert parse_event(a_body()) == HookEvent(
        object_type="activity",
        aspect_type="update",
        object_id=15_000_012_345,
        owner_id=71,
        subscription_id=120475,
        event_at=datetime(2030, 5, 6, 19, 0, tzinfo=UTC),
        updates={"title": "Messy"},
    )


def test_keys_that_are_not_documented_are_ignored() -> None:
    assert parse_event(a_body(source="elsewhere", nested={"a": [1]})) == parse_event(a_body())


def test_an_event_without_updates_has_none() -> None:
    assert parse_event(a_body(updates=None)).updates == {}
    assert parse_event(json.dumps({k: v for k, v in EVENT.items() if k != "updates"}).encode()).updates == {}


def test_truth_values_are_words_however_they_come() -> None:
    assert parse_event(a_body(updates={"private": "true", "other": 5})).updates == {"private": "true"}
    assert parse_event(a_body(updates={"private": True})).updates == {"private": "true"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"object_type": "athlete", "updates": {"authorized": "false"}}, True),
        ({"object_type": "athlete", "updates": {"authorized": False}}, True),
        ({"object_type": "athlete", "aspect_type": "delete", "updates": {}}, True),
        ({"object_type": "athlete", "updates": {"authorized": "true"}}, False),
        ({"object_type": "activity", "aspect_type": "delete", "updates": {}}, False),
        ({"object_type": "activity", "updates": {"authorized": "false"}}, False),
    ],
)
def test_a_disconnect_is_recognised_in_both_forms(changes: dict[str, Any], says: bool) -> None:
    assert parse_event(a_body(**changes)).says_deauthorized is says


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"object_type": "segment"}, "object_type: neither activity nor athlete"),
        ({"object_type": ["activity"]}, "object_type: neither activity nor athlete"),
        ({"aspect_type": "CREATE"}, "aspect_type: none of create, update, delete"),
        ({"aspect_type": None}, "aspect_type: none of create, update, delete"),
        ({"object_id": True}, "object_id: not a positive 64-bit integer"),
        ({"object_id": 0}, "object_id: not a positive 64-bit integer"),
        ({"object_id": 2**63}, "object_id: not a positive 64-bit integer"),
        ({"object_id": "15000012345"}, "object_id: not a positive 64-bit integer"),
        ({"owner_id": -1}, "owner_id: not a positive 64-bit integer"),
        ({"owner_id": 1.0}, "owner_id: not a positive 64-bit integer"),
        ({"subscription_id": None}, "subscription_id: not a positive 64-bit integer"),
        ({"event_time": 1_904_314_800_000}, "event_time: out of range"),
        ({"event_time": 0}, "event_time: out of range"),
        ({"event_time": "1904314800"}, "event_time: not in epoch seconds"),
        ({"event_time": True}, "event_time: not in epoch seconds"),
        ({"updates": []}, "updates: not a JSON object"),
        ({"updates": "title"}, "updates: not a JSON object"),
    ],
)
def test_what_is_no_event_is_refused_with_the_field_and_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(EventRefused) as refusal:
        parse_event(a_body(**changes))

    assert str(refusal.value) == reason


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"NaN", b"[]", b"5", b"null"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(EventRefused, match="the body is not"):
        parse_event(body)


@given(body=st.binary(max_size=200))
@settings(deadline=None, derandomize=True, database=None)
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    with pytest.raises(EventRefused):
        parse_event(body)


def test_the_challenge_comes_back_when_the_token_is_ours() -> None:
    assert handshake(QUERY, "sesame") == {"hub.challenge": "15f7d1a91c1f40f8a748fd134752feb3"}


@pytest.mark.parametrize(
    "changes",
    [
        {"hub.verify_token": "other"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "sésame\ud800"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
    ],
)
def test_a_stranger_gets_no_challenge(changes: dict[str, str]) -> None:
    assert handshake(QUERY | changes, "sesame") is None


def test_an_empty_query_gets_no_challenge() -> None:
    assert handshake({}, "sesame") is None


def test_no_token_of_ours_is_matched_by_no_token_of_theirs() -> None:
    assert handshake(QUERY | {"hub.verify_token": ""}, "") is None
