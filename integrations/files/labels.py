"""What somebody stated of recorded activities. Kept apart from the histories: nothing that judges sees it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from pathlib import Path

from service import ndjson, records
from service.records import ParseError


def read_race_days(path: Path, runners: Collection[str] = ()) -> dict[str, frozenset[date]]:
    """Local days of the activities whose ``intent`` is race, by runner; ``runners`` as in read_histories.

    Raises OSError, or BadLine where the file itself is broken.
    """
    found: dict[str, set[date]] = defaultdict(set)
    for _number, line in ndjson.read(path):
        runner = records.runner_of(line)
        if line.get("intent") != "race" or (runners and runner not in runners):
            continue
        try:
            start = records.moment(line, "start_date_local")
        except ParseError:
            continue
        if start is not None:
            found[runner].add(start.date())
    return {runner: frozenset(days) for runner, days in found.items()}
