"""ntfy's publishing as documented, played on loopback: notifications with buttons, and their change."""

import json
import logging
from base64 import b64encode
from typing import Any

import pytest

from integrations.notify import open_channel
from integrations.notify.apprise import AppriseChannel
from integrations.notify.ntfy import NtfyChannel
from service.ports import DeliveryError, Link, Message
from tests.loopback import Answer, Loopback, Request, json_answer, loopback

TOPIC = "runner-s3cr3t"
TAG = "afterrun-2030-05-08-7-0"
LABELS = ("Start", "Done already", "Later", "Not today")
LINKS = tuple(Link(label, f"https://run.example/act/{label[0]}") for label in LABELS)
QUESTION = Message("Time for your moves?", "12 minutes? 1 of 2 this week.", LINKS, tag=TAG)
OVER = Message("Strength session", "Not today after all.")
PUBLISHED = json_answer({"id": "hwQ2YpKdmg", "event": "message", "topic": TOPIC, "sequence_id": TAG})
PUBLISHED_BEFORE_2_16 = json_answer({"id": "hwQ2YpKdmg", "event": "message", "topic": TOPIC})


def the_channel(service: Loopback, login: str = "") -> NtfyChannel:
    channel = open_channel("apprise", f"ntfy://{login}{service.url.removeprefix('http://')}/{TOPIC}")
    assert isinstance(channel, NtfyChannel)
    return channel


def published(request: Request) -> dict[str, Any]:
    assert (request.method, request.path) == ("POST", "/")
    content: dict[str, Any] = json.loads(request.body)
    assert content["topic"] == TOPIC
    return content


# --- sending --------------------------------------------------------------------------------


def test_a_message_arrives_with_a_tap_that_starts_and_three_buttons() -> None:
    with loopback(PUBLISHED) as service:
        handle = the_channel(service).send(QUESTION)

    sent = published(service.requests[0])
    assert handle == sent["sequence_id"] == TAG
    assert (sent["title"], sent["message"]) == ("Time for your moves?", "12 minutes? 1 of 2 this week.")
    assert sent["click"] == LINKS[0].url
    assert sent["actions"] == [
        {"action": "view", "label": link.label, "url": link.url} for link in LINKS[1:]
    ]


def test_more_links_than_buttons_stand_in_the_text() -> None:
    more = Message("a", "b", (*LINKS, Link("Why", "https://run.example/why")))
    with loopback(PUBLISHED) as service:
        the_channel(service).send(more)

    sent = published(service.requests[0])
    assert all(link.url in sent["message"] for link in more.links)
    assert "actions" not in sent


def test_a_server_that_does_not_know_sequences_gives_no_handle() -> None:
    """There a change would ring as a second notification."""
    with loopback(PUBLISHED_BEFORE_2_16) as service:
        assert the_channel(service).send(QUESTION) == ""


def test_a_message_of_no_sequence_gives_no_handle() -> None:
    with loopback(PUBLISHED_BEFORE_2_16) as service:
        assert the_channel(service).send(Message("A test", "It works.")) == ""

    sent = published(service.requests[0])
    assert not {"sequence_id", "click"} & set(sent)


@pytest.mark.parametrize(
    ("login", "authorization"),
    [
        ("", None),
        ("tk_AbCdEf@", "Bearer tk_AbCdEf"),
        ("ann:pass%40word@", f"Basic {b64encode(b'ann:pass@word').decode()}"),
    ],
)
def test_a_login_in_the_address_is_used(login: str, authorization: str | None) -> None:
    with loopback(PUBLISHED) as service:
        the_channel(service, login).send(QUESTION)

    assert service.requests[0].headers.get("authorization") == authorization


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (403, True), (404, True), (429, False), (503, False)]
)
def test_a_refusal_is_one_line_that_says_whether_later_may_help(status: int, permanent: bool) -> None:
    with (
        loopback(json_answer({"code": 40301, "error": f"{TOPIC} is not yours"}, status)) as service,
        pytest.raises(DeliveryError) as error,
    ):
        the_channel(service).send(QUESTION)

    assert error.value.permanent is permanent
    assert str(error.value) == f"the service refused the message with status {status}"


def test_a_server_that_moved_to_https_is_not_taken_for_one_that_delivered() -> None:
    moved = Answer(301, headers={"Location": "/elsewhere"})
    with loopback(moved, PUBLISHED) as service, pytest.raises(DeliveryError) as error:
        the_channel(service).send(QUESTION)

    assert not error.value.permanent
    assert len(service.requests) == 1


# --- changing -------------------------------------------------------------------------------


def test_a_change_takes_the_place_of_the_message_without_buttons_and_without_a_sound() -> None:
    with loopback(PUBLISHED) as service:
        the_channel(service).change(TAG, OVER)

    sent = published(service.requests[0])
    assert sent == {
        "topic": TOPIC,
        "title": "Strength session",
        "message": "Not today after all.",
        "sequence_id": TAG,
        "priority": 1,
    }


# --- addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "base_url"),
    [
        (f"ntfy://{TOPIC}", "https://ntfy.sh"),
        (f"ntfys://{TOPIC}", "https://ntfy.sh"),
        (f"https://ntfy.sh/{TOPIC}", "https://ntfy.sh"),
        (f"ntfy://home.example/{TOPIC}", "http://home.example"),
        (f"ntfys://home.example:8443/{TOPIC}/", "https://home.example:8443"),
        (f"  ntfys://ann:word@home.example/{TOPIC} ", "https://home.example"),
    ],
)
def test_addresses_are_read_as_apprise_reads_them(address: str, base_url: str) -> None:
    channel = open_channel("apprise", address)

    assert isinstance(channel, NtfyChannel)
    assert (channel.topic, channel.base_url) == (TOPIC, base_url)


@pytest.mark.parametrize(
    "address",
    [f"ntfy://home.example/{TOPIC}/other", f"ntfys://home.example/{TOPIC}?priority=high"],
    ids=["two topics", "an option"],
)
def test_an_address_that_asks_for_more_is_left_to_apprise(address: str) -> None:
    assert isinstance(open_channel("apprise", address), AppriseChannel)


def test_the_topic_and_the_login_show_up_in_no_log_no_repr_and_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with loopback(json_answer({"error": TOPIC}, 401)) as service:
        channel = the_channel(service, "ann:pass-s3cr3t@")
        with pytest.raises(DeliveryError) as error:
            channel.send(QUESTION)

    assert "s3cr3t" not in f"{caplog.text} {channel!r} {error.value}"
