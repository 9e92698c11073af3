"""A database with runners in it, made without anybody's help."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import requests

from integrations.strava import parse
from integrations.strava.sandbox import synthetic_runner
from service.bootstrap import wire
from service.domain.activity import Activity
from service.pipeline.connect import CONSENT_VERSION, SCOPES, complete
from service.pipeline.tools import Tools
from service.ports import Clock, Tokens
from service.settings import Settings, read_settings
from service.store import athletes, connections

NOBODY = "http://127.0.0.1:9"
HALF_YEAR = timedelta(weeks=26)


def settings_for(folder: Path, **given: object) -> Settings:
    """With nothing taken from the environment that would point elsewhere."""
    own: dict[str, object] = {
        "data_dir": folder,
        "database_url": "",
        "public_url": "",
        "poll_minutes": 0,
        **at_sandbox(NOBODY),
    }
    return read_settings(**own | given)


def open_service(folder: Path, clock: Clock) -> Tools:
    return wire(settings_for(folder), clock)


def at_sandbox(url: str) -> dict[str, object]:
    """The settings that lead there."""
    return {
        "strava_client_id": "1",
        "strava_client_secret": "sandbox-secret",
        "strava_oauth_base": f"{url}/oauth",
        "strava_api_base": f"{url}/api/v3",
    }


def consent(tools: Tools, strava_id: int) -> str:
    """Press Authorize on the sandbox's page; the code that comes back."""
    page = tools.source.authorize_url(
        redirect_uri=f"{tools.public_url}/connect/callback", state="state", scopes=SCOPES
    )
    form = {"decision": "authorize", "athlete": strava_id, "scope": list(SCOPES)}
    answer = requests.post(page, data=form, allow_redirects=False, timeout=10)
    return answer.headers["Location"].partition("code=")[2].partition("&")[0]


def connect(tools: Tools, code: str) -> int:
    """The new account; its history is asked for."""
    return complete(
        tools,
        code=code,
        scope=",".join(SCOPES),
        signed_in_as=None,
        may_create=True,
        timezone="Europe/Rome",
        consent_version=CONSENT_VERSION,
    ).athlete_id


def add_account(tools: Tools, strava_id: int, tokens: Tokens | None = None) -> int:
    """A connected runner in Rome; the tokens are nobody's unless given."""
    now = tools.clock()
    with tools.store.write() as session:
        athlete = athletes.create(session, now, timezone="Europe/Rome")
        connections.connect(
            session,
            tools.keys,
            athlete_id=athlete.id,
            strava_athlete_id=strava_id,
            scope=",".join(SCOPES),
            tokens=tokens or Tokens("access", "refresh", now + timedelta(hours=6)),
            now=now,
        )
        return athlete.id


def training(until: datetime, half_years: int, seeds: Sequence[int] = (7, 8)) -> list[Activity]:
    """Oldest first, with splits and laps: some 120 a half-year and seed, never twice the same."""
    rng = Random(2)
    recorded = [
        parse.activity(raw) for seed in seeds for raw in synthetic_runner(seed, end=until).activities.values()
    ]
    found = [
        _again(activity, number, rng)
        for number in range(half_years)
        for activity in recorded
        if activity.start_at > until - HALF_YEAR + timedelta(days=3)
    ]
    return sorted(found, key=lambda activity: activity.start_at)


def _again(activity: Activity, half_years_ago: int, rng: Random) -> Activity:
    back, pace = HALF_YEAR * half_years_ago, rng.gauss(1.0, 0.01)
    heart = activity.average_heartrate_bpm
    return replace(
        activity,
        id=activity.id + half_years_ago * 10**12,
        start_at=activity.start_at - back,
        start_local=activity.start_local - back,
        moving_time_s=round(activity.moving_time_s * pace),
        elapsed_time_s=round(activity.elapsed_time_s * pace),
        average_heartrate_bpm=heart + rng.gauss(0, 1) if heart else heart,
    )
