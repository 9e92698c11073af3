"""Messages through Apprise, to a real web server on loopback."""

import json
import logging

import pytest

from integrations.notify import apprise, open_channel
from integrations.notify.apprise import AppriseChannel
from service.ports import DeliveryError, Link, Message
from tests.loopback import Answer, loopback

MESSAGE = Message(
    title="Prehab",
    text="12 minutes of prehab? 1 of 2 this week",
    links=(Link("Start", "https://run.example/act/abc"), Link("Not today", "https://run.example/act/def")),
)
SECRET = "s3cr3t-path"


def the_refusal(url: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as error:
        AppriseChannel(url).send(MESSAGE)
    assert SECRET not in str(error.value)
    return error.value


def test_a_message_arrives_with_its_links() -> None:
    with loopback(Answer()) as service:
        AppriseChannel(f"{service.url.replace('http', 'json')}/{SECRET}").send(MESSAGE)

    (request,) = service.requests
    sent = json.loads(request.body)
    assert sent["title"] == "Prehab"
    assert sent["message"].split("\n") == [
        "12 minutes of prehab? 1 of 2 this week",
        "Start: https://run.example/act/abc",
        "Not today: https://run.example/act/def",
    ]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_a_refused_message_may_be_tried_again_and_was_sent_once(status: int) -> None:
    with loopback(Answer(status)) as service:
        error = the_refusal(f"{service.url.replace('http', 'json')}/{SECRET}")

    assert not error.permanent
    assert len(service.requests) == 1


def test_nobody_listening_may_be_tried_again() -> None:
    with loopback(Answer()) as service:
        url = service.url.replace("http", "json")

    assert not the_refusal(f"{url}/{SECRET}").permanent


def test_a_service_that_does_not_answer_is_given_up_whatever_its_address_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apprise, "SOCKET_TIMEOUT_S", 0.2)
    with loopback(Answer(after_s=20)) as service:
        error = the_refusal(f"{service.url.replace('http', 'json')}/{SECRET}?rto=3600&cto=3600")

    assert not error.permanent


def test_a_service_that_takes_longer_than_the_deadline_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apprise, "DEADLINE_S", 0.1)
    with loopback(Answer(after_s=20)) as service:
        error = the_refusal(f"{service.url.replace('http', 'json')}/{SECRET}")

    assert str(error) == "the service did not answer in time"
    assert not error.permanent


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "nonsense",
        f"nope://{SECRET}",
        "json://",
        f"file:///{SECRET}",
        "json://a" + "b" * 2000,
        "tgram://x",
    ],
    ids=lambda url: repr(url[:12]),
)
def test_an_address_that_cannot_work_is_refused_for_good(url: str) -> None:
    with pytest.raises(DeliveryError) as error:
        open_channel("apprise", url)

    assert error.value.permanent
    assert SECRET not in str(error.value)


def test_a_good_address_is_accepted_without_a_message() -> None:
    with loopback(Answer()) as service:
        open_channel("apprise", f"{service.url.replace('http', 'json')}/{SECRET}")

    assert service.requests == []


def test_the_address_shows_up_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with loopback(Answer(500)) as service:
        channel = AppriseChannel(f"{service.url.replace('http', 'json')}/{SECRET}")
        the_refusal(channel.url)
    the_refusal(f"nope://{SECRET}")

    assert SECRET not in caplog.text
    assert SECRET not in repr(channel)
