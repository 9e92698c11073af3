"""Telegram's Bot API as documented, played on loopback: messages with buttons, and their change."""

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from integrations.notify import open_channel
from integrations.notify.apprise import AppriseChannel
from integrations.notify.telegram import TelegramChannel
from service.ports import DeliveryError, Link, Message
from tests.loopback import Answer, Loopback, Request, json_answer, loopback

TOKEN = "123456789:AbC-s3cr3t_token"
LABELS = ("Start", "Done already", "Later", "Not today")
LINKS = tuple(Link(label, f"https://run.example/act/{label[0]}") for label in LABELS)
QUESTION = Message("Time for <moves>?", "12 minutes? 1 of 2 this week.", LINKS, tag="afterrun-2030-05-08-7-0")
OVER = Message("Strength session", "Done, 2 of 2 this week.")
SENT = json_answer({"ok": True, "result": {"message_id": 4711, "date": 1, "chat": {"id": 42}}})


def refusal(status: int, description: str) -> Answer:
    return json_answer({"ok": False, "error_code": status, "description": description}, status)


def the_channel(service: Loopback, address: str = f"tgram://{TOKEN}/42/") -> TelegramChannel:
    channel = open_channel("apprise", address)
    assert isinstance(channel, TelegramChannel)
    return replace(channel, base_url=service.url)


def asked_for(request: Request) -> dict[str, Any]:
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    content: dict[str, Any] = json.loads(request.body)
    return content


# --- sending --------------------------------------------------------------------------------


def test_a_message_arrives_in_its_chat_with_four_buttons_and_gives_its_number() -> None:
    with loopback(SENT) as service:
        handle = the_channel(service).send(QUESTION)

    (request,) = service.requests
    assert request.path == f"/bot{TOKEN}/sendMessage"
    sent = asked_for(request)
    assert handle == "4711"
    assert sent["chat_id"] == 42
    assert (sent["parse_mode"], sent["text"]) == (
        "HTML",
        "<b>Time for &lt;moves&gt;?</b>\n12 minutes? 1 of 2 this week.",
    )
    assert sent["link_preview_options"] == {"is_disabled": True}  # a preview would open the link
    rows = sent["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [
        ["Start", "Done already"],
        ["Later", "Not today"],
    ]
    assert [button["url"] for row in rows for button in row] == [link.url for link in LINKS]


def test_a_group_with_topics_gets_it_in_the_topic() -> None:
    with loopback(SENT) as service:
        the_channel(service, f"tgram://{TOKEN}/-1009:77").send(QUESTION)

    sent = asked_for(service.requests[0])
    assert (sent["chat_id"], sent["message_thread_id"]) == (-1009, 77)


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: BUTTON_URL_INVALID",
        "Bad Request: inline keyboard button URL 'http://pi:8000/act/S' is invalid: Wrong HTTP URL",
    ],
)
def test_links_that_telegram_takes_for_no_button_stand_in_the_text(description: str) -> None:
    """As those to a host of the home network, which has no dot in its name."""
    with loopback(refusal(400, description), SENT) as service:
        handle = the_channel(service).send(QUESTION)

    assert handle == "4711"
    sent = asked_for(service.requests[1])
    assert sent["reply_markup"] == {"inline_keyboard": []}
    assert [link.url in sent["text"] for link in LINKS] == [True] * 4


@pytest.mark.parametrize(
    ("status", "description", "permanent"),
    [
        (400, "Bad Request: chat not found", True),
        (401, "Unauthorized", True),
        (403, "Forbidden: bot was blocked by the user", True),
        (404, "Not Found", True),
        (429, "Too Many Requests: retry after 5", False),
        (500, "Internal Server Error", False),
        (302, "", False),
    ],
)
def test_a_refusal_is_one_line_that_says_whether_later_may_help(
    status: int, description: str, permanent: bool
) -> None:
    with loopback(refusal(status, description)) as service, pytest.raises(DeliveryError) as error:
        the_channel(service).send(QUESTION)

    assert error.value.permanent is permanent
    assert str(error.value) == f"the service refused the message with status {status}"
    assert len(service.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"ok": true, "result": true}'])
def test_an_answer_without_a_number_means_that_it_cannot_be_changed(body: bytes) -> None:
    with loopback(Answer(200, body)) as service:
        assert the_channel(service).send(QUESTION) == ""


def test_nobody_listening_may_be_tried_again() -> None:
    with loopback(SENT) as service:
        channel = the_channel(service)
    with pytest.raises(DeliveryError, match="could not be reached") as error:
        channel.send(QUESTION)

    assert not error.value.permanent


# --- changing -------------------------------------------------------------------------------


def test_a_change_takes_the_place_of_the_message_and_of_its_buttons() -> None:
    with loopback(SENT) as service:
        the_channel(service).change("4711", OVER)

    (request,) = service.requests
    assert request.path == f"/bot{TOKEN}/editMessageText"
    sent = asked_for(request)
    assert (sent["chat_id"], sent["message_id"]) == (42, 4711)
    assert sent["text"] == "<b>Strength session</b>\nDone, 2 of 2 this week."
    assert sent["reply_markup"] == {"inline_keyboard": []}


def test_a_change_that_was_made_before_is_as_good_as_made() -> None:
    unchanged = refusal(400, "Bad Request: message is not modified: specified new message content ...")
    with loopback(unchanged) as service:
        the_channel(service).change("4711", OVER)

    assert len(service.requests) == 1


@pytest.mark.parametrize("why", ["message to edit not found", "message can't be edited"])
def test_a_message_that_the_runner_deleted_is_gone_for_good(why: str) -> None:
    with loopback(refusal(400, f"Bad Request: {why}")) as service, pytest.raises(DeliveryError) as error:
        the_channel(service).change("4711", OVER)

    assert error.value.permanent


# --- addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [f"tgram://{TOKEN}", f"tgram://{TOKEN}/42/43", f"tgram://{TOKEN}/42/?silent=yes"],
    ids=["the bot's owner", "two chats", "an option"],
)
def test_an_address_that_asks_for_more_is_left_to_apprise(address: str) -> None:
    assert isinstance(open_channel("apprise", address), AppriseChannel)


def test_the_token_shows_up_in_no_log_no_repr_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with loopback(refusal(401, f"Unauthorized {TOKEN}")) as service:
        channel = the_channel(service)
        with pytest.raises(DeliveryError) as refused:
            channel.send(QUESTION)
    with pytest.raises(DeliveryError) as unreached:
        channel.send(QUESTION)

    shown = f"{caplog.text} {channel!r} {refused.value} {unreached.value}"
    assert "s3cr3t" not in shown
    assert unreached.value.__suppress_context__  # what requests says names the address
