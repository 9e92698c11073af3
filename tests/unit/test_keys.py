"""Sealing, signing and digesting, and what a change of keys does to each."""

import traceback
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from service.keys import Keys, LinkInvalid, Unreadable

OLD = "0123456789abcdef0123456789abcdef0123456789A="
NEW = "ABCDEFGHIJKLMNOPABCDEFGHIJKLMNOP0123456789A="
NOW = datetime(2030, 5, 8, 6, tzinfo=UTC)
SOON = NOW + timedelta(hours=12)
WISH = {"a": 1, "p": 7, "do": "done"}


@pytest.fixture
def keys() -> Keys:
    return Keys([OLD])


@pytest.fixture
def rotated() -> Keys:
    return Keys([NEW, OLD])


# --- rotation -------------------------------------------------------------------------------


def test_after_a_rotation_what_the_old_key_sealed_still_opens(keys: Keys, rotated: Keys) -> None:
    assert rotated.open(keys.seal("token")) == "token"


def test_after_a_rotation_the_new_key_seals(rotated: Keys) -> None:
    assert Keys([NEW]).open(rotated.seal("token")) == "token"


def test_after_a_rotation_links_that_are_out_still_work(keys: Keys, rotated: Keys) -> None:
    assert rotated.read_link("act", keys.sign_link("act", WISH, SOON), NOW)["do"] == "done"


def test_after_a_rotation_the_new_key_signs(rotated: Keys) -> None:
    assert Keys([NEW]).read_link("act", rotated.sign_link("act", WISH, SOON), NOW)["p"] == 7


def test_digests_stay_while_the_last_key_of_the_list_stays(keys: Keys, rotated: Keys) -> None:
    assert keys.digest("subject", 9001) == rotated.digest("subject", 9001)
    assert keys.digest("subject", 9001) != Keys([NEW]).digest("subject", 9001)


def test_once_the_old_key_is_gone_what_it_made_is_unreadable(keys: Keys) -> None:
    only_new = Keys([NEW])
    with pytest.raises(Unreadable):
        only_new.open(keys.seal("token"))
    with pytest.raises(LinkInvalid):
        only_new.read_link("act", keys.sign_link("act", WISH, SOON), NOW)


# --- links ----------------------------------------------------------------------------------


def test_a_link_says_what_was_signed_and_when_it_ends(keys: Keys) -> None:
    assert keys.read_link("act", keys.sign_link("act", WISH, SOON), NOW) == {**WISH, "exp": SOON}


def test_a_link_is_over_at_its_end_and_not_before(keys: Keys) -> None:
    token = keys.sign_link("act", WISH, SOON)

    assert keys.read_link("act", token, SOON - timedelta(seconds=1))["a"] == 1
    with pytest.raises(LinkInvalid, match="over"):
        keys.read_link("act", token, SOON)


def test_a_link_for_something_else_is_not_valid(keys: Keys) -> None:
    with pytest.raises(LinkInvalid, match="not valid"):
        keys.read_link("login", keys.sign_link("act", WISH, SOON), NOW)


def test_a_link_is_not_valid_if_any_one_letter_is_cut_off_or_changed(keys: Keys) -> None:
    token = keys.sign_link("act", WISH, SOON)
    for place in range(len(token) - 1):  # the last letter of base64 carries bits that do not count
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(LinkInvalid):
            keys.read_link("act", changed, NOW)
        with pytest.raises(LinkInvalid):
            keys.read_link("act", token[:place], NOW)


@pytest.mark.parametrize("token", ["", ".", "abc", "a.b", "ä.ö", "\ud800", "e30." + "A" * 27, "x" * 5000])
def test_a_forged_link_is_not_valid(keys: Keys, token: str) -> None:
    with pytest.raises(LinkInvalid, match="not valid"):
        keys.read_link("act", token, NOW)


@pytest.mark.parametrize("content", [{}, {"exp": None}, {"exp": "soon"}, {"exp": 1e300}, [1], "exp", 5])
def test_a_link_signed_by_us_without_a_usable_end_is_not_valid(keys: Keys, content: object) -> None:
    token = keys._serializer("act").dumps(content)
    with pytest.raises(LinkInvalid, match="not valid"):
        keys.read_link("act", str(token), NOW)


# --- secrets stay secret --------------------------------------------------------------------


def test_no_secret_shows_in_what_is_printed(rotated: Keys) -> None:
    for text in (repr(rotated), str(rotated), f"{rotated}"):
        assert OLD not in text
        assert NEW not in text


def test_an_unreadable_value_says_nothing_of_itself_or_of_the_keys(keys: Keys) -> None:
    sealed = Keys([NEW]).seal("my-refresh-token")
    with pytest.raises(Unreadable) as caught:
        keys.open(sealed)
    shown = "".join(traceback.format_exception_only(caught.value))
    assert sealed not in shown
    assert OLD not in shown
    assert caught.value.__suppress_context__


def test_a_digest_tells_purposes_and_values_apart(keys: Keys) -> None:
    made = {keys.digest(*each) for each in [("a", "1"), ("b", "1"), ("a", "2"), ("activity", "1:2")]}
    assert len(made) == 4
    assert all(len(digest) == 64 for digest in made)


@pytest.mark.parametrize("secrets", [[], [""], ["short"], [OLD, "not base64 !"]])
def test_keys_that_are_none_are_refused(secrets: list[str]) -> None:
    with pytest.raises(ValueError):
        Keys(secrets)


def test_a_key_as_fernet_makes_it_is_taken() -> None:
    keys = Keys([Fernet.generate_key().decode()])
    assert keys.open(keys.seal("äöü")) == "äöü"
