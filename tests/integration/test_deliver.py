"""A prompt on its way out: once, over each channel, in words and links that tell nothing of any activity."""

import base64
import json
import re
import zlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from service.domain.planner import Size
from service.pipeline import log
from service.pipeline.deliver import message
from service.pipeline.tools import Tools
from service.ports import Channel, DeliveryError, Message
from service.store import athletes, sessions
from service.store.tables import ChannelRow, Prompt
from tests.fakes import FakeChannel, FakeClock, FakeSource
from tests.integration.stage import Stage, wall


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 08:00; one channel; an easy run that ended 12 minutes ago is not yet heard of."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history()
    stage.add_channel()
    return stage


def ask(stage: Stage) -> None:
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=2)
    assert stage.standing() is not None


def content_of(url: str) -> dict[str, object]:
    """What anybody reads in a link: signed, not sealed."""
    payload = url.rsplit("/", 1)[1].split(".")
    packed = payload[0] == ""
    raw = base64.urlsafe_b64decode(payload[packed] + "===")
    content: dict[str, object] = json.loads(zlib.decompress(raw) if packed else raw)
    return content


def channel_row(stage: Stage, channel_id: int = 1) -> ChannelRow:
    with stage.tools.store.read() as session:
        return session.get_one(ChannelRow, channel_id)


# --- the message ----------------------------------------------------------------------------


def test_a_prompt_goes_out_once_with_four_links(stage: Stage) -> None:
    ask(stage)
    stage.pass_time(hours=2)

    (message,) = stage.channel.sent
    assert [link.label for link in message.links] == ["Start", "Done already", "Later", "Not today"]
    assert re.fullmatch(r"\D*12 minutes\D*0 of 2\D*", message.text), message.text
    assert [row.state for row in stage.deliveries()] == ["sent"]
    assert stage.deliveries()[0].sent_at is not None


def test_a_text_channel_gets_the_links_below_the_text(stage: Stage) -> None:
    ask(stage)

    (message,) = stage.channel.sent
    lines = message.text_with_links().splitlines()
    assert lines[0] == message.text
    assert [line.split(": ")[0] for line in lines[1:]] == ["Start", "Done already", "Later", "Not today"]
    assert all(line.split(": ", 1)[1].startswith("http://afterrun.test/act/") for line in lines[1:])


def test_a_link_names_the_prompt_and_the_wish_and_nothing_else(stage: Stage) -> None:
    ask(stage)

    contents = [content_of(link.url) for link in stage.channel.sent[0].links]
    assert [content["do"] for content in contents] == ["start", "done", "later", "not_today"]
    assert all(set(content) == {"a", "p", "do", "exp"} for content in contents)


def test_neither_a_link_nor_what_stays_tells_when_the_run_ended(stage: Stage) -> None:
    """To the second it would be a fact of Strava's, kept for good."""
    stage.pass_time(seconds=47)
    stage.finish_run(minutes_ago=3)  # ended at some minute, second 47
    stage.pass_time(minutes=30)

    (prompt,) = stage.asked()
    ends = datetime.fromtimestamp(int(str(content_of(stage.channel.sent[0].links[0].url)["exp"])))
    assert (ends.minute % 15, ends.second) == (0, 0)
    assert (prompt.valid_until.minute % 15, prompt.valid_until.second) == (0, 0)
    assert (prompt.send_at.minute % 5, prompt.send_at.second) == (0, 0)
    assert prompt.sent_at == prompt.send_at


def test_the_words_change_from_prompt_to_prompt(stage: Stage) -> None:
    stage.pass_days(10)

    texts = [message.text for message in stage.channel.sent]
    assert len(texts) >= 2
    assert all(one != other for one, other in pairwise(texts))


def test_prompts_of_other_runners_do_not_bring_the_same_words_again(stage: Stage) -> None:
    """Ids count the prompts of all runners; the turn of the words is each runner's own."""
    ask(stage)
    (first,) = stage.asked()
    with stage.write() as session:
        other = athletes.create(session, stage.tools.clock()).id
        for _ in range(5):
            session.add(sent_to(other, first))
        own = sent_to(stage.runner, first)
        session.add(own)
        session.flush()
        assert own.id - first.id == 6  # as many as there are texts
        second = message(session, stage.tools, own, stage.tools.clock())

    assert second.text != stage.channel.sent[0].text
    assert second.title != stage.channel.sent[0].title


def sent_to(athlete_id: int, like: Prompt) -> Prompt:
    return Prompt(
        athlete_id=athlete_id,
        local_on=like.local_on,
        size=like.size,
        send_at=like.send_at,
        valid_until=like.valid_until,
        state="sent",
        sent_at=like.sent_at,
        snoozes=0,
    )


def test_the_message_counts_what_the_runner_did_this_week(stage: Stage) -> None:
    with stage.write() as session:
        log.done_now(session, stage.tools, stage.runner, prompt_id=None, size=Size.FULL, origin="page")
    stage.until("2030-05-12 23:00")

    assert stage.channel.sent
    assert all(re.search(r"1 of 2", message.text) for message in stage.channel.sent)


def test_the_message_names_the_target_of_this_week_where_that_is_another_than_usual(stage: Stage) -> None:
    """As in the week of a race. The runner's wish is for weeks in general."""
    stage.channel.failures = [DeliveryError("status 503", permanent=False)]
    ask(stage)
    with stage.write() as session:
        sessions.put_target(session, stage.runner, date(2030, 5, 6), 1)
    stage.pass_time(minutes=2)

    assert re.search(r"0 of 1", stage.channel.sent[0].text), stage.channel.sent[0].text


def test_a_message_replaces_itself_but_one_that_was_put_off_rings_anew(stage: Stage) -> None:
    ask(stage)
    (row,) = stage.asked()
    with stage.write() as session:
        again = message(session, stage.tools, row, stage.tools.clock())
        log.later(session, stage.tools, stage.runner, row.id)
    stage.pass_time(hours=3)

    first, second = stage.channel.sent
    assert first.tag == again.tag == "afterrun-2030-05-08-1-0"
    assert second.tag == "afterrun-2030-05-08-1-1"


# --- what can go wrong ----------------------------------------------------------------------


def test_a_channel_that_fails_for_a_while_gets_the_message_once_it_works(stage: Stage) -> None:
    stage.channel.failures = [DeliveryError("status 503", permanent=False)] * 3
    ask(stage)
    stage.pass_time(hours=1)

    assert len(stage.channel.sent) == 1
    assert [row.state for row in stage.deliveries()] == ["sent"]
    assert channel_row(stage).trouble == ""


def test_a_channel_that_goes_on_failing_is_marked_so_that_its_owner_learns_of_it(stage: Stage) -> None:
    stage.channel.failures = [DeliveryError("the service did not accept the message", permanent=False)] * 20
    ask(stage)
    stage.pass_time(hours=2)

    assert stage.channel.sent == []
    assert channel_row(stage).trouble == "the service did not accept the message"


def test_a_channel_whose_address_never_works_is_marked_and_not_tried_again(stage: Stage) -> None:
    stage.channel.failures = [DeliveryError("the address is not valid", permanent=True)]
    ask(stage)
    stage.pass_time(hours=1)

    assert stage.channel.sent == []
    assert [row.state for row in stage.deliveries()] == ["failed"]
    assert channel_row(stage).trouble == "the address is not valid"


def test_a_channel_that_works_again_is_no_longer_marked(stage: Stage) -> None:
    stage.channel.failures = [DeliveryError("the address is not valid", permanent=True)]
    ask(stage)
    stage.until("2030-05-12 23:00")

    assert stage.channel.sent
    assert channel_row(stage).trouble == ""


def test_a_channel_sealed_with_a_key_that_is_gone_is_marked(stage: Stage) -> None:
    with stage.write() as session:
        session.get_one(ChannelRow, 1).address_sealed = "not-ours"
    ask(stage)

    assert [row.state for row in stage.deliveries()] == ["failed"]
    assert "keys at hand" in channel_row(stage).trouble


def test_two_channels_get_one_message_each_and_one_does_not_hinder_the_other(stage: Stage) -> None:
    stage.add_channel("json://second.test")
    first, second = FakeChannel([DeliveryError("no route", permanent=True)]), FakeChannel()
    by_address: dict[str, Channel] = {"json://runner.test": first, "json://second.test": second}
    stage.tools = replace(stage.tools, open_channel=lambda _kind, address: by_address[address])
    ask(stage)
    stage.pass_time(hours=1)

    assert (len(first.sent), len(second.sent)) == (0, 1)
    assert [row.state for row in stage.deliveries()] == ["failed", "sent"]


def test_a_bad_address_marks_its_channel_and_stops_nothing(stage: Stage) -> None:
    def refuse(_kind: str, _address: str) -> Channel:
        raise DeliveryError("the channel's address is not valid", permanent=True)

    stage.tools = replace(stage.tools, open_channel=refuse)
    ask(stage)

    assert channel_row(stage).trouble == "the channel's address is not valid"


def test_a_delivery_that_comes_too_late_is_dropped(stage: Stage) -> None:
    stage.channel.failures = [DeliveryError("status 503", permanent=False)] * 20
    ask(stage)
    with stage.write() as session:
        for row in stage.asked():
            session.merge(row).valid_until = stage.clock() + timedelta(minutes=1)
    stage.pass_time(hours=1)

    assert stage.channel.sent == []
    assert [row.state for row in stage.deliveries()] == ["dropped"]


def test_a_delivery_is_dropped_once_the_runner_has_answered(stage: Stage) -> None:
    stage.channel.failures = [DeliveryError("status 503", permanent=False)]
    stage.finish_run(minutes_ago=12)
    stage.pass_time(seconds=95)
    standing = stage.standing()
    assert standing is not None
    with stage.write() as session:
        log.not_today(session, stage.tools, stage.runner, standing.id)
    stage.pass_time(hours=1)

    assert stage.channel.sent == []
    assert [row.state for row in stage.deliveries()] == ["dropped"]


def test_a_channel_that_is_switched_off_meanwhile_gets_nothing(stage: Stage) -> None:
    stage.channel.failures = [DeliveryError("status 503", permanent=False)]
    stage.finish_run(minutes_ago=12)
    stage.pass_time(seconds=95)
    with stage.write() as session:
        session.get_one(ChannelRow, 1).disabled_at = stage.clock()
    stage.pass_time(hours=1)

    assert stage.channel.sent == []


def test_a_channel_that_is_off_is_not_written_to_at_all(stage: Stage) -> None:
    with stage.write() as session:
        session.get_one(ChannelRow, 1).disabled_at = stage.clock()
    ask(stage)

    assert stage.deliveries() == []


def test_nothing_goes_out_in_the_quiet_hours_even_after_a_failure_and_a_later(stage: Stage) -> None:
    stage.until("2030-05-09 18:31")
    (standing,) = [row for row in stage.asked() if row.state == "sent"]
    with stage.write() as session:
        log.later(session, stage.tools, stage.runner, standing.id)
    stage.channel.failures = [DeliveryError("status 503", permanent=False)] * 6
    stage.until("2030-05-10 07:00")

    assert all("07:30" <= wall(at)[4:] < "21:00" for at in stage.sent_at), [wall(at) for at in stage.sent_at]


def test_a_message_shows_no_address_and_no_token_in_its_repr() -> None:
    message = Message("a", "b")
    assert message.text_with_links() == "b"
