"""The sweep's query, with 100,000 rows that are not due yet."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import insert

from bench.accounts import add_account, open_service
from bench.promise import Measured, at_most, ms, percentile
from service.bootstrap import real_clock
from service.store import work
from service.store.tables import Work

ASKED_MS = 1.0
ROWS, TIMES, ACCOUNTS = 100_000, 1_000, 50


def measure() -> Measured:
    with TemporaryDirectory(prefix="afterrun-bench-") as name:
        tools = open_service(Path(name), real_clock)
        accounts = [add_account(tools, 9001 + n) for n in range(ACCOUNTS)]
        now = tools.clock()
        with tools.store.write() as session:
            session.execute(insert(Work), [_row(accounts[n % ACCOUNTS], now, n) for n in range(ROWS)])
        seconds = []
        for _ in range(TIMES):
            began = perf_counter()
            with tools.store.read() as session:
                assert work.due(session, tools.clock()) == []
            seconds.append(perf_counter() - began)
        tools.store.close()
    p50, p99 = ms(percentile(seconds, 0.5)), ms(percentile(seconds, 0.99))
    detail = f"median of {TIMES} sweeps over {ROWS:,} open rows; p99 {p99:.2f} ms"
    return at_most("sweep", p50, "ms", ASKED_MS, detail)


def _row(athlete_id: int, now: datetime, number: int) -> dict[str, object]:
    due_at = now + timedelta(hours=1, seconds=number)
    return {
        "athlete_id": athlete_id,
        "kind": "prompt",
        "body": {},
        "lane": "live",
        "due_at": due_at,
        "state": "open",
        "created_at": now,
        "expires_at": due_at + timedelta(days=6),
        "dedup": f"bench:{number}",
    }
