"""What the embedded process takes while nothing happens: one connected runner, polling as by default."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import requests

from bench.accounts import at_sandbox, connect, consent, settings_for
from bench.child import HOST, free_port, running, serving
from bench.promise import Measured
from service.bootstrap import real_clock, wire
from service.engine.drain import drain
from service.pipeline import HANDLERS

ASKED_CPU_PERCENT, ASKED_RSS_MB = 0.5, 110.0
SETTLE_S, MEASURE_S = 6.0, 12.0


def measure() -> Measured:
    if not Path("/proc/self/stat").exists():
        raise RuntimeError("needs Linux's /proc")
    with TemporaryDirectory(prefix="afterrun-bench-") as name:
        folder, port = Path(name), free_port()
        url = f"http://{HOST}:{port}"
        sandbox = ["-m", "integrations.strava.sandbox", "--port", str(port)]
        with running(sandbox, folder, port, "/sandbox/state", {}):
            _connect_runner(folder, url)
            with serving(folder, poll_minutes=15, **at_sandbox(url)) as child:
                percent, megabytes = _watch(child.pid)
    detail = (
        f"{percent:.2f} % CPU over {MEASURE_S:g} s, {megabytes:.0f} MB resident (asked {ASKED_RSS_MB:g} MB)"
    )
    met = percent <= ASKED_CPU_PERCENT and megabytes <= ASKED_RSS_MB
    return Measured("idle", round(percent, 3), "% CPU", ASKED_CPU_PERCENT, met, detail)


def _connect_runner(folder: Path, url: str) -> None:
    """Half a year is read and judged before the process that is measured starts."""
    tools = wire(settings_for(folder, **at_sandbox(url)), real_clock)
    (athlete,) = requests.get(f"{url}/sandbox/athletes", timeout=10).json()
    drain(tools, HANDLERS, connect(tools, consent(tools, athlete["id"])))
    tools.store.close()


def _watch(pid: int) -> tuple[float, float]:
    """(per cent of one core, megabytes resident)."""
    sleep(SETTLE_S)  # the first ticks list, plan and purge
    before, began = _cpu_s(pid), perf_counter()
    sleep(MEASURE_S)
    return 100 * (_cpu_s(pid) - before) / (perf_counter() - began), _rss_mb(pid)


def _cpu_s(pid: int) -> float:
    """User and system time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(resident.split()[1]) * 1024 / 1_000_000
