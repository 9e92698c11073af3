"""Real lists as athletes: Strava's own JSON, or one activity a line with a runner's name on it.

A line may hold any of Strava's fields, and `runner`, `index`, `start_is_utc`. Ids are made from runner and
index, so the same file gives the same ids. Fields that do not exist at Strava, such as stated intents, are
left out.
"""

import gzip
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.fields import DETAIL_FIELDS, LIST_FIELDS
from integrations.strava.sandbox.shapes import Json, local_wall_time, utc_text
from service import ndjson

FIRST_RUNNER_ID = 80_000_000
STRAVA_FIELDS = frozenset({*LIST_FIELDS, *DETAIL_FIELDS})
ACTIVITIES_A_RUNNER = 100_000
UNNAMED_WATCH = "Garmin Forerunner 245"

Line = Mapping[str, Any]


def load_history(
    path: str | Path, splits: str | Path | None = None, runners: Iterable[str] | None = None
) -> list[Athlete]:
    """Return one athlete per runner in the file.

    ``splits`` is an optional file of lines with `runner`, `index` and `splits_metric` or `laps`.
    ``runners`` names those to load, all if None. Raises OSError, or ValueError with a line for people.
    """
    wanted = None if runners is None else set(runners)
    by_runner: dict[str, list[Line]] = defaultdict(list)
    for line in _lines(Path(path)):
        runner = _runner_of(line)
        if wanted is None or runner in wanted:
            by_runner[runner].append(line)
    if not by_runner:
        raise ValueError(f"{path}: no activity in it")
    details = _details(Path(splits), set(by_runner)) if splits else {}
    return [_athlete(runner, lines, details) for runner, lines in by_runner.items()]


def _lines(path: Path) -> Iterator[Line]:
    """Activities of a JSON list, a recorded answer around one, or NDJSON; each may be gzipped."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()
    try:
        if text.lstrip().startswith("[") or "\n" not in text.strip():
            found = json.loads(text)
            activities = found if isinstance(found, list) else [found]
        else:
            activities = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as problem:
        raise ValueError(f"{path}: not JSON ({problem})") from None
    for number, activity in enumerate(activities, start=1):
        if not isinstance(activity, dict) or not {"start_date", "start_date_local"} & activity.keys():
            raise ValueError(f"{path}: item {number} is not an activity")
        yield activity


def _runner_of(line: Line) -> str:
    owner = line.get("athlete")
    return str(line.get("runner") or (owner.get("id") if isinstance(owner, dict) else "") or "runner")


def _details(path: Path, runners: set[str]) -> dict[tuple[str, int], Line]:
    lines = (line for _, line in ndjson.read(path))
    return {(line["runner"], line["index"]): line for line in lines if line["runner"] in runners}


def _athlete(runner: str, lines: list[Line], details: Mapping[tuple[str, int], Line]) -> Athlete:
    athlete_id = int(runner) if runner.isdigit() else FIRST_RUNNER_ID + _number_of(runner)
    zone = _zone(lines)
    athlete = Athlete(id=athlete_id, firstname="Runner", lastname=runner, zone=zone,
                      subscriber=any(line.get("suffer_score") is not None for line in lines))  # fmt: skip
    peaks = sorted(line["max_heartrate"] for line in lines if line.get("max_heartrate"))
    if peaks:
        athlete.max_heartrate_bpm = round(peaks[int(0.98 * (len(peaks) - 1))])
    usual_offset = _usual_offset(lines)
    for position, line in enumerate(lines):
        index = int(line.get("index", position))
        activity_id = int(line.get("id") or athlete_id * ACTIVITIES_A_RUNNER + index)
        known = _known(line, usual_offset) | _splits(details.get((runner, index), {}))
        athlete.keep(athlete.completed(known, activity_id))
    return athlete


def _number_of(runner: str) -> int:
    digits = "".join(filter(str.isdigit, runner))
    return int(digits) if digits and len(digits) < 6 else 100_000 + zlib.crc32(runner.encode()) % 900_000


def _usual_offset(lines: Iterable[Line]) -> int:
    offsets = Counter(int(line["utc_offset"]) for line in lines if line.get("utc_offset") is not None)
    return offsets.most_common(1)[0][0] if offsets else 0


def _zone(lines: list[Line]) -> str:
    """The zone that the lines name, else one with the runner's usual offset and no summer time."""
    named = Counter(str(line["timezone"]).rpartition(" ")[2] for line in lines if line.get("timezone"))
    if named:
        return named.most_common(1)[0][0]
    return _zone_at(_usual_offset(lines))


def _zone_at(offset_s: float) -> str:
    """A zone without summer time at that offset, to the hour."""
    hours = round(offset_s / 3600)
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC"  # the sign in these names is turned round


def _known(line: Line, usual_offset: int) -> Json:
    """The line in Strava's fields. Dates are kept; of the two times one gives the other."""
    known: Json = {name: line[name] for name in STRAVA_FIELDS & line.keys()}
    if line.get("elapsed_time") is None or line.get("moving_time") is None:
        known["elapsed_time"] = known["moving_time"] = (
            line.get("elapsed_time") or line.get("moving_time") or 0
        )
    if "runner" in line or "start_date" not in line:
        is_utc = bool(line.get("start_is_utc"))
        offset_s = float(line.get("utc_offset", 0 if is_utc else usual_offset))
        start_at, local = _start(local_wall_time(str(line["start_date_local"])), offset_s, is_utc=is_utc)
        known |= {
            "start_date": utc_text(start_at),
            "start_date_local": utc_text(local.replace(tzinfo=UTC)),
            "utc_offset": offset_s,
        }
    if "utc_offset" in known and "timezone" not in known:
        known["timezone"] = f"(GMT{_bracket(known['utc_offset'])}) {_zone_at(known['utc_offset'])}"
    known.setdefault("name", f"{known.get('sport_type', 'Run')} {line.get('index', '')}".strip())
    if "runner" in line and not known.get("manual"):
        known.setdefault("device_name", UNNAMED_WATCH)
    return known


def _bracket(offset_s: float) -> str:
    minutes = int(offset_s) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _splits(detail: Line) -> Json:
    """Splits and laps with the fields that follow from others."""
    found: Json = {}
    for name in ("splits_metric", "laps"):
        if name in detail:
            found[name] = [_numbered(part, number, name) for number, part in enumerate(detail[name], start=1)]
    return found


def _numbered(part: Line, number: int, name: str) -> Json:
    moving_time = part.get("moving_time") or part.get("elapsed_time") or 0
    speed = round(part["distance"] / moving_time, 3) if moving_time and part.get("distance") else 0.0
    own = {"lap_index": number, "name": f"Lap {number}"} if name == "laps" else {}
    return {**own, "split": number, "average_speed": speed, "elapsed_time": moving_time, **part}


def _start(wall: datetime, offset_s: float, *, is_utc: bool) -> tuple[datetime, datetime]:
    """(aware UTC, naive wall time) of a start that is told as one time; ``is_utc``: of a clock in UTC."""
    offset, naive = timedelta(seconds=offset_s), wall.replace(tzinfo=None)
    at = naive if is_utc else naive - offset
    return at.replace(tzinfo=UTC), at + offset
