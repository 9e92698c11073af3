"""Turn whatever goes wrong with a call to Strava into one of our errors, once and here.

Bodies: ``{"message": str, "errors": [{"resource", "field", "code"}]}``, but ``errors`` may be a string or
missing, and the body may be a web page or empty. Messages name the status and Strava's own three words, never
an address, a token or a body.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from integrations.strava import budget
from service.ports import (
    AppInactive,
    CapacityFull,
    NotFound,
    RateLimited,
    ScopeMissing,
    SourceDown,
    SourceError,
    SourceRefused,
    Unauthorized,
)

MAX_BODY = 10_000  # of a refusal; the longest seen are a few hundred bytes


class Call(StrEnum):
    """Whose credentials a call stands on: the same status means another thing for each."""

    API = "api"  # an athlete's access token
    EXCHANGE = "exchange"  # the application's, and a code
    REFRESH = "refresh"  # the application's, and a refresh token
    REVOKE = "revoke"  # the application's or the athlete's, and a token to kill
    APP = "app"  # the application's alone


class Fault(NamedTuple):
    """One entry of ``errors``, in lower case."""

    resource: str
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as far as an error needs it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body[:MAX_BODY].decode("utf-8", "replace")

    @property
    def is_web_page(self) -> bool:
        kind = next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")
        return "html" in kind.lower() or self.text.lstrip().startswith("<")

    def faults(self) -> tuple[Fault, ...]:
        try:
            content = json.loads(self.text)
        except (ValueError, RecursionError):
            return ()
        entries = content.get("errors") if isinstance(content, dict) else None
        entries = [entries] if isinstance(entries, dict) else entries
        if not isinstance(entries, list):
            return ()
        return tuple(
            Fault(*(str(entry.get(key) or "").lower() for key in Fault._fields))
            for entry in entries
            if isinstance(entry, dict)
        )


def of_answer(answer: Answer, call: Call, now: datetime) -> SourceError | None:
    """Return the error an answer stands for, or None for a 2xx."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 429:
        return _rate_limited(answer, now)
    if status == 403 and "limit of connected athletes exceeded" in answer.text.lower():
        return CapacityFull("Strava lets this API application connect no further athlete")
    if not 400 <= status < 500 or status == 408:
        return SourceDown(f"Strava answered with status {status}")
    if answer.is_web_page:
        # A proxy, a bot check, a wrong base address. Above all not a 404: we would forget an activity.
        return SourceDown(f"Strava answered with a web page instead of data (status {status})")
    return _refusal(answer, call)


def _refusal(answer: Answer, call: Call) -> SourceError:
    faults = answer.faults()
    if answer.status == 404 and call in (Call.API, Call.APP):
        return NotFound("Strava does not have it, or does not show it to us (404)")
    if answer.status == 403 and Fault("application", "status", "inactive") in faults:
        return AppInactive(
            "Strava refuses this API application: its owner needs an active subscription (403 inactive)"
        )
    if _blames_the_application(answer.status, faults, call):
        return SourceRefused(f"Strava does not accept the client id or secret ({_words(answer)})")
    if answer.status == 401 and any(
        fault.code == "missing" or fault.field.endswith("_permission") for fault in faults
    ):
        return ScopeMissing(f"the runner did not grant what this call needs ({_words(answer)})")
    if answer.status == 401 or (answer.status == 400 and call in (Call.REFRESH, Call.REVOKE)):
        return Unauthorized(f"Strava does not accept the token ({_words(answer)})")
    return SourceRefused(f"Strava refused the request ({_words(answer)})")


def _blames_the_application(status: int, faults: tuple[Fault, ...], call: Call) -> bool:
    """The client id or secret is at fault. A wrong setting must not look like a withdrawn consent."""
    if status == 401 and call in (Call.APP, Call.EXCHANGE):
        return True  # no token was sent that could be wrong
    return any(fault.field in ("client_id", "client_secret") for fault in faults)


def _rate_limited(answer: Answer, now: datetime) -> RateLimited:
    retry_at = budget.retry_at(budget.usage(answer.headers), now)
    return RateLimited(f"Strava's call limit is used up until {retry_at:%Y-%m-%d %H:%M:%S} UTC", retry_at)


def _words(answer: Answer) -> str:
    """The status and Strava's three words, e.g. ``401 AccessToken/activity:read_permission/missing``."""
    for fault in answer.faults():
        return f"{answer.status} {'/'.join(_plain(word) for word in fault)}"
    return str(answer.status)


def _plain(word: str) -> str:
    """A few short plain words, or ``?``: what comes back must not forge log lines, and a token is longer."""
    return word if re.fullmatch(r"(?:[\w:.-]{1,30}(?: |\Z)){0,8}", word, re.ASCII) else "?"


@contextmanager
def translated() -> Iterator[None]:
    """Let only SourceErrors out. For the library's calls alone: it also catches what a bad body does to them.

    ``from None``: the originals quote the whole address, and for subscriptions that holds the client secret.
    """
    try:
        yield
    except requests.Timeout:
        raise SourceDown("Strava did not answer in time") from None
    except requests.exceptions.SSLError:
        raise SourceDown("no safe connection to Strava: its certificate was not accepted") from None
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        raise SourceDown("Strava's answer broke off") from None
    except requests.ConnectionError:
        raise SourceDown("cannot reach Strava") from None
    except requests.exceptions.JSONDecodeError:
        raise SourceDown("Strava's answer is not JSON") from None
    except (requests.RequestException, Urllib3Error):
        raise SourceDown("Strava's answer could not be read") from None
    except (ValueError, RecursionError):
        raise SourceDown("Strava's answer is not JSON that can be read") from None
    except (KeyError, TypeError, AttributeError):
        raise SourceDown("Strava's answer lacks what it documents") from None
