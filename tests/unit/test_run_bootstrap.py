"""./run on a machine that has only Python: what it makes, what it survives, what it says.

Most tests run a copy of the real file in a checkout of its own, with a stand-in for uv: they need no network.
"""

import ast
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "run"
WAIT_S = 60

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are POSIX programs")

FAKE_UV = """#!{python}
import os, pathlib, sys
if "--version" in sys.argv:
    raise SystemExit(0)
here = pathlib.Path(__file__).parent
with open(here / "calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + chr(10))
if (here / "started").exists():
    open(here / "started", "w").close()  # blocks until the test reads
    open(here / "go").close()  # blocks until the test writes
if (here / "words").exists():
    print((here / "words").read_text())
    raise SystemExit(1)
"""

FAKE_CLI = """
import os, signal, sys
if sys.argv[1] == "exit":
    raise SystemExit(int(sys.argv[2]))
if sys.argv[1] == "wait":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(42))
    print("ready", flush=True)
    signal.pause()
print(sys.prefix, *sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder with ./run, a lock file, a product of a few lines and a stand-in for uv."""

    root: Path

    @property
    def tools(self) -> Path:
        return self.root / "tools"

    @property
    def environments(self) -> list[Path]:
        return sorted(path for path in (self.root / ".environments").glob("*") if path.is_dir())

    @property
    def installs(self) -> list[str]:
        calls = self.tools / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        ours = ("AFTERRUN", "PIP", "UV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        path = f"{self.tools}{os.pathsep}{kept['PATH']}"
        return subprocess.Popen(
            [sys.executable, str(self.root / "run"), *arguments],
            cwd=self.root,
            env={**kept, "PATH": path, "HOME": str(self.root), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return ended(self.start(*arguments, **settings))

    def pause_installs(self) -> None:
        """From now on an install waits until ``wait_for_install`` and then ``let_install_end`` are called."""
        os.mkfifo(self.tools / "started")
        os.mkfifo(self.tools / "go")

    def wait_for_install(self) -> None:
        (self.tools / "started").read_bytes()

    def let_install_end(self) -> None:
        (self.tools / "go").write_bytes(b"")

    def resume_installs(self) -> None:
        (self.tools / "started").unlink()
        (self.tools / "go").unlink()

    def break_installs(self, words: str) -> None:
        (self.tools / "words").write_text(words)


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    try:
        out, err = process.communicate(timeout=WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    shutil.copy(RUN, tmp_path / "run")
    for folder in ("requirements", "service", "tools"):
        (tmp_path / folder).mkdir()
    for name in ("production", "postgres", "test"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    (tmp_path / "service" / "__init__.py").touch()
    (tmp_path / "service" / "cli.py").write_text(FAKE_CLI)
    uv = tmp_path / "tools" / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable))
    uv.chmod(0o755)
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def run() -> ModuleType:
    module = ModuleType("run")
    module.__file__ = str(RUN)
    exec(compile(RUN.read_text(), str(RUN), "exec"), module.__dict__)
    return module


# An old Python


def test_the_file_parses_on_an_old_python() -> None:
    ast.parse(RUN.read_text(), feature_version=(3, 4))
    RUN.read_bytes().decode("ascii")  # no coding line needed


def test_an_old_python_is_told_what_is_needed() -> None:
    pretend = "import sys; sys.version_info = (3, 9, 2, 'final', 0); exec(open(sys.argv[1]).read())"

    command = [sys.executable, "-c", pretend, str(RUN)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)

    assert answer.returncode == 1
    assert answer.stderr == "Python 3.11 or newer is needed (this is 3.9.2).\n"


# What a person sees


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_needs_no_environment(checkout: Checkout, arguments: tuple[str, ...]) -> None:
    answer = checkout.call(*arguments)

    assert (answer.returncode, answer.stderr) == (0, "")
    assert "./run demo" in answer.stdout
    assert checkout.environments == []


def test_a_command_runs_in_an_environment_made_once(checkout: Checkout) -> None:
    first = checkout.call("greet", "--name", "a b")
    second = checkout.call("greet")

    [environment] = checkout.environments
    assert first.stdout == f"{environment} greet --name a b\n"
    assert "making the private environment" in first.stderr
    assert (second.stdout, second.stderr) == (f"{environment} greet\n", "")
    assert len(checkout.installs) == 1


def test_packages_are_ready_made_and_their_hashes_checked(checkout: Checkout) -> None:
    checkout.call("greet")

    [install] = checkout.installs
    for option in ("--require-hashes", "--no-deps", "--only-binary :all:", "requirements/production.txt"):
        assert option in install


def test_the_command_keeps_the_callers_folder(checkout: Checkout) -> None:
    elsewhere = checkout.root / "elsewhere"
    elsewhere.mkdir()
    (checkout.root / "service" / "cli.py").write_text("import os; print(os.getcwd())")
    checkout.call("--prepare")

    command = [sys.executable, str(checkout.root / "run"), "x"]
    answer = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == str(elsewhere)


def test_the_exit_code_is_the_commands_own(checkout: Checkout) -> None:
    assert checkout.call("exit", "7").returncode == 7


def test_sigterm_reaches_the_command(checkout: Checkout) -> None:
    process = checkout.start("wait")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    process.send_signal(signal.SIGTERM)

    assert ended(process).returncode == 42


@pytest.mark.parametrize(
    ("settings", "dotenv", "lock"),
    [
        ({}, "", "production"),
        ({"AFTERRUN_DATABASE_URL": "sqlite:///a.db"}, "", "production"),
        ({"AFTERRUN_DATABASE_URL": "postgresql+psycopg://db/a"}, "", "postgres"),
        ({}, "A=1\nAFTERRUN_DATABASE_URL='postgresql://db/a'\n", "postgres"),
        ({}, "# AFTERRUN_DATABASE_URL=postgresql://db/a\n", "production"),
    ],
    ids=["nothing set", "sqlite", "postgres in the environment", "postgres in .env", "a comment in .env"],
)
def test_the_postgres_driver_comes_only_where_asked(
    checkout: Checkout, settings: dict[str, str], dotenv: str, lock: str
) -> None:
    (checkout.root / ".env").write_text(dotenv)

    checkout.call("--prepare", **settings)

    assert [path.name.split("-")[0] for path in checkout.environments] == [lock]


def test_preparing_an_unknown_set_is_a_usage_error(checkout: Checkout) -> None:
    answer = checkout.call("--prepare", "everything")

    assert answer.returncode == 2
    assert answer.stderr == "run: --prepare takes one of: production, postgres, test\n"


# What it survives


def test_a_half_made_environment_is_made_again(checkout: Checkout) -> None:
    checkout.call("--prepare")
    [environment] = checkout.environments
    (environment / "complete").unlink()
    (environment / "leftover").touch()

    assert checkout.call("greet").returncode == 0
    assert not (environment / "leftover").exists()
    assert len(checkout.installs) == 2


def test_an_environment_whose_python_went_away_is_made_again(checkout: Checkout) -> None:
    checkout.call("--prepare")
    [environment] = checkout.environments
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to("/nowhere/python")

    assert checkout.call("greet").returncode == 0


def test_a_new_lock_makes_a_new_environment_and_the_old_one_goes(checkout: Checkout) -> None:
    checkout.call("--prepare")
    [old] = checkout.environments
    (checkout.root / "requirements" / "production.txt").write_text("# newer\n")

    checkout.call("--prepare")

    [new] = checkout.environments
    assert new != old


def test_a_running_service_keeps_the_environment_it_started_with(checkout: Checkout) -> None:
    service = checkout.start("wait")
    assert service.stdout is not None
    service.stdout.readline()
    [old] = checkout.environments
    (checkout.root / "requirements" / "production.txt").write_text("# newer\n")

    assert checkout.call("greet").returncode == 0
    assert old in checkout.environments
    service.send_signal(signal.SIGTERM)
    ended(service)


def test_two_first_calls_at_once_make_one_environment(checkout: Checkout) -> None:
    checkout.pause_installs()
    first = checkout.start("greet")
    checkout.wait_for_install()
    second = checkout.start("greet")
    assert second.stderr is not None
    assert "waiting" in second.stderr.readline()

    checkout.let_install_end()

    assert [ended(first).returncode, ended(second).returncode] == [0, 0]
    assert len(checkout.installs) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_an_interrupted_install_leaves_nothing_behind(checkout: Checkout, number: signal.Signals) -> None:
    checkout.pause_installs()
    process = checkout.start("greet")
    checkout.wait_for_install()

    process.send_signal(number)

    answer = ended(process)
    assert (answer.returncode, answer.stdout) == (128 + number, "")
    assert "Traceback" not in answer.stderr
    assert checkout.environments == []
    checkout.resume_installs()
    assert checkout.call("greet").returncode == 0


def test_after_a_kill_the_next_call_waits_for_the_installer_and_starts_anew(checkout: Checkout) -> None:
    checkout.pause_installs()
    killed = checkout.start("greet")
    checkout.wait_for_install()
    killed.kill()
    killed.wait(timeout=WAIT_S)
    following = checkout.start("greet")
    assert following.stderr is not None
    assert "waiting" in following.stderr.readline()

    checkout.let_install_end()
    checkout.wait_for_install()
    checkout.let_install_end()

    assert ended(following).returncode == 0
    ended(killed)
    assert len(checkout.installs) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_checkout_is_one_clear_line(checkout: Checkout) -> None:
    checkout.root.chmod(0o555)
    try:
        answer = checkout.call("greet")
    finally:
        checkout.root.chmod(0o755)

    assert answer.returncode == 1
    assert "cannot be written" in answer.stderr


def test_a_failed_install_is_one_clear_line_and_leaves_nothing(checkout: Checkout) -> None:
    checkout.break_installs("error: Failed to fetch: dns error")

    answer = checkout.call("greet")

    assert answer.returncode == 1
    assert [line.startswith("run: no network") for line in answer.stderr.splitlines()] == [False, True]
    assert checkout.environments == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the locked one"),
        ("error: Hash mismatch for `flask==3.1.3`", "not the locked one"),
        ("WARNING: Retrying NewConnectionError\nERROR: No matching distribution found for x", "no network"),
        ("<urlopen error [Errno -3] Temporary failure in name resolution>", "no network"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] ...'))", "not trusted"),
        ("ERROR: No matching distribution found for playwright==1.65.2", "no ready-made build"),
        ("PermissionError: [Errno 13] Permission denied: '/srv'", "cannot be written"),
        ("Collecting x\nERROR: something new\nnotice: a newer pip", "ERROR: something new"),
        ("", "without a word"),
    ],
)
def test_an_installers_words_become_one_line(run: ModuleType, words: str, line: str) -> None:
    explanation = run.explain(words)

    assert line in explanation
    assert "\n" not in explanation


# pip's own wheel, where the system's Python has none

JSON_PAGE = '{"files": [{"filename": "other.whl", "url": "o"}, {"filename": "%s", "url": "../../files/%s"}]}'
HTML_PAGE = '<a href="../../files/other.whl">o</a> <a href="../../files/%s#sha256=0">%s</a>'


@pytest.mark.parametrize("page", [JSON_PAGE, HTML_PAGE], ids=["json", "html"])
def test_a_mirrors_relative_address_is_understood(run: ModuleType, page: str) -> None:
    wheel = run.PIP_WHEEL

    address = run.wheel_address("https://u:p@mirror.example/a/simple/pip/", page % (wheel, wheel))

    assert address == f"https://u:p@mirror.example/a/files/{wheel}"


def test_an_index_without_pip_says_what_to_install(run: ModuleType) -> None:
    with pytest.raises(run.Failure, match="install uv"):
        run.wheel_address("https://mirror.example/simple/pip/", '{"files": []}')


@dataclass(frozen=True, slots=True)
class FakeIndex:
    """Answers an index page for anything that ends in a slash and ``wheel`` for the rest."""

    page: str
    wheel: bytes

    def fetch(self, url: str) -> tuple[str, bytes]:
        return url, self.page.encode() if url.endswith("/") else self.wheel


@pytest.fixture
def fetch_pip(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], str]:
    def fetch(wheel: bytes) -> str:
        monkeypatch.setattr(run, "ENVIRONMENTS", str(tmp_path))
        monkeypatch.setattr(run, "PIP_SHA256", hashlib.sha256(b"the real wheel").hexdigest())
        page = JSON_PAGE % (run.PIP_WHEEL, run.PIP_WHEEL)
        monkeypatch.setattr(run, "fetch", FakeIndex(page, wheel).fetch)
        path = run.fetched_pip("https://mirror.example/simple")
        assert isinstance(path, str)
        return path

    return fetch


def test_pip_is_fetched_once_and_kept(fetch_pip: Callable[[bytes], str]) -> None:
    path = fetch_pip(b"the real wheel")

    assert Path(path).read_bytes() == b"the real wheel"
    assert fetch_pip(b"not asked for again") == path


def test_a_pip_with_another_hash_is_refused(
    run: ModuleType, fetch_pip: Callable[[bytes], str], tmp_path: Path
) -> None:
    with pytest.raises(run.Failure, match="hash is not the pinned"):
        fetch_pip(b"something else")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "configuration", "index"),
    [
        (
            {"PIP_INDEX_URL": "https://a/simple", "UV_DEFAULT_INDEX": "https://b/simple"},
            "",
            "https://a/simple",
        ),
        ({"UV_DEFAULT_INDEX": "https://b/simple"}, "", "https://b/simple"),
        ({}, "[global]\nindex-url = https://c/simple\n", "https://c/simple"),
        ({}, "[global]\ntimeout = 5\n", None),
        ({}, "no section\n", None),
    ],
    ids=["pip's variable", "uv's variable", "pip's file", "a file without one", "a broken file"],
)
def test_the_index_comes_from_the_machines_settings(
    run: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    configuration: str,
    index: str | None,
) -> None:
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "pip.conf").write_text(configuration)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert run.index_url() == (index or run.pip_setting("index-url") or run.DEFAULT_INDEX)


# How the tests are started


def test_a_whole_run_uses_several_processes_and_a_single_file_one(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.os, "cpu_count", lambda: 16)

    assert run.parallel([]) == ["-n", "4", "--dist", "loadfile"]
    assert run.parallel(["-k", "easy", "-m", "not browser"]) == ["-n", "4", "--dist", "loadfile"]
    for picked in ([str(RUN)], ["tests/a.py::test_b"], ["--pdb"], ["-n0"], ["-p", "no:xdist"]):
        assert run.parallel(picked) == []


def test_what_will_be_skipped_is_said_with_its_fix(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AFTERRUN_REQUIRE_BROWSER", raising=False)
    monkeypatch.setenv("AFTERRUN_SHARED_DATA", str(tmp_path))
    monkeypatch.setattr(run.platform, "machine", lambda: "x86_64")

    assert run.expected_skips("/usr/bin/chromium") == []
    [line] = run.expected_skips(None)
    assert "apt-get install chromium" in line


# The lock files


@pytest.mark.parametrize("name", ["production", "postgres", "test"])
def test_a_lock_names_exact_versions_with_hashes_and_no_address(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", lock, flags=re.MULTILINE).strip())
    pinned_with_hash = re.compile(r"[a-z0-9.-]+==\S+ [^\n]*\\\n +--hash=sha256:")

    assert [entry for entry in entries if not pinned_with_hash.match(entry)] == []
    assert "://" not in lock


def test_the_tests_run_on_the_packages_of_production() -> None:
    pins = [
        set(re.findall(r"^\S+==.*", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))
        for name in ("production", "postgres", "test")
    ]

    names = [{pin.split("==")[0] for pin in pinned} for pinned in pins]
    assert pins[0] < pins[1]
    assert names[0] < names[1] < names[2]
    assert pins[0] <= pins[2]
