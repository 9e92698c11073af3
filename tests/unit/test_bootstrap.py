"""What is read at the start, and the one line that says what is wrong with it."""

import shutil
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from service import bootstrap
from service.bootstrap import read_keys, read_rules, read_words_and_routine
from service.settings import BadSettings, Settings, read_settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped folder that a test may damage."""
    folder = tmp_path / "config"
    shutil.copytree(bootstrap.CONFIG, folder)
    monkeypatch.setattr(bootstrap, "CONFIG", folder)
    return folder


def damage(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("gap_h = 40.0\n", "", "config/rules.toml: plan.gap_h is missing"),
        (
            "per_day = 1\n",
            'per_day = "one"\n',
            "config/rules.toml: prompt.per_day must be a number, not 'one'",
        ),
        ("[dose]\n", "[dose]\nmore = 1\n", "config/rules.toml: dose.more is not a known key"),
        ("line_share = 0.75", "line_share = 75", "adherence.line_share must be above 0 and not above 1"),
    ],
)
def test_a_wrong_threshold_is_named_with_its_file(config: Path, old: str, new: str, line: str) -> None:
    damage(config / "rules.toml", old, new)
    with pytest.raises(BadSettings) as wrong:
        read_rules()
    assert line in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_wrong_list_of_title_words_is_named_with_its_file_and_language(config: Path) -> None:
    damage(config / "titles.toml", "[da]\n", "[da]\nsnail = []\n")
    with pytest.raises(BadSettings, match=r"^config/titles\.toml: da\.snail is not a known key$"):
        read_rules()


def test_a_wrong_exercise_is_named_with_its_file(config: Path) -> None:
    damage(config / "routine.toml", 'key = "clamshell"', 'key = "plank"')
    with pytest.raises(BadSettings, match=r"config/routine\.toml: exercise must list each of"):
        read_words_and_routine()


def test_a_file_that_is_not_toml_or_not_there_is_named(config: Path) -> None:
    (config / "rules.toml").write_text("plan = [", "utf-8")
    with pytest.raises(BadSettings, match=r"^config/rules\.toml: "):
        read_rules()
    (config / "routine.toml").unlink()
    with pytest.raises(BadSettings, match=r"^config/routine\.toml: "):
        read_words_and_routine()


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://me:s3cret@host/db", "postgres", "sqlite", "postgresql://"]
)
def test_a_database_we_cannot_use_is_said_in_one_line_that_shows_no_password(address: str) -> None:
    with pytest.raises(BadSettings, match=r"^AFTERRUN_DATABASE_URL: must be [^\n]+$") as wrong:
        read_settings(database_url=address)
    assert "s3cret" not in str(wrong.value)


@pytest.mark.parametrize(
    "address",
    ["", "sqlite:////var/lib/a.db", "postgresql://me@host/db", "postgresql+psycopg:///db?host=/tmp"],
)
def test_a_database_we_can_use_is_taken(address: str) -> None:
    assert read_settings(database_url=address).database_url == address


# --- keys -----------------------------------------------------------------------------------


def settings(folder: Path, keys: str = "") -> Settings:
    return read_settings(data_dir=folder, secret_keys=SecretStr(keys))


def test_keys_are_made_once_and_then_read_again(tmp_path: Path) -> None:
    sealed = read_keys(settings(tmp_path)).seal("token")
    assert read_keys(settings(tmp_path)).open(sealed) == "token"


def test_only_the_owner_of_the_process_can_read_the_keys(tmp_path: Path) -> None:
    read_keys(settings(tmp_path))
    assert (tmp_path / "secret.keys").stat().st_mode & 0o777 == 0o600


def test_given_keys_win_and_the_newest_comes_first(tmp_path: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    sealed = read_keys(settings(tmp_path, old)).seal("token")
    assert read_keys(settings(tmp_path, f"{new},\n{old}")).open(sealed) == "token"
    assert not (tmp_path / "secret.keys").exists()


@pytest.mark.parametrize("keys", ["short", ",", "a" * 44])
def test_a_wrong_key_is_said_without_being_shown(tmp_path: Path, keys: str) -> None:
    with pytest.raises(BadSettings, match="32 bytes in urlsafe base64") as wrong:
        read_keys(settings(tmp_path, keys))
    assert keys not in str(wrong.value) or keys == ","
