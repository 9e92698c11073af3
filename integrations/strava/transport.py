"""Reach Strava through stravalib: our base addresses, our timeouts, our errors.

stravalib knows the endpoints, sends the token in the header and keeps secrets out of its log. It also fixes
the host, sets no timeout, sleeps at the call limit and refreshes tokens from the process environment; the
session and the client made here switch all of that off without touching the library.
"""

import logging
import os
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from integrations.strava import budget
from integrations.strava.errors import Answer, Call, of_answer, translated
from service.ports import CallBudget, Clock

if TYPE_CHECKING:
    from stravalib import Client

OAUTH_BASE = "https://www.strava.com/oauth"  # what stravalib has built in
API_BASE = "https://www.strava.com/api/v3"

_importing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Gateway:
    """How to get through to Strava. Shared by threads: every call opens and closes its own session.

    A fresh connection costs a handshake. It spares the calls, minutes apart as they are, the idle connection
    that a router has dropped meanwhile, and keeps one athlete's cookies out of another's call.
    """

    oauth_base: str
    api_base: str
    timeout_s: tuple[float, float]  # to connect, and between two parts of the answer
    clock: Clock
    budget: CallBudget | None = None  # None: calls that Strava does not count

    def rewritten(self, url: str) -> str:
        """Move an address of stravalib's to the configured base."""
        for built_in, base in ((OAUTH_BASE, self.oauth_base), (API_BASE, self.api_base)):
            if url.startswith(built_in):
                return base.rstrip("/") + url.removeprefix(built_in)
        return url

    @contextmanager
    def client(self, call: Call, access_token: str | None = None) -> Iterator["Client"]:
        """A stravalib client for one call. Whatever goes wrong inside leaves as a SourceError."""
        with translated(), self.session(call) as session:
            yield stravalib_client(session, access_token)

    @contextmanager
    def session(self, call: Call) -> Iterator[requests.Session]:
        """A session that raises a SourceError for every answer but a 2xx, and learns the counts of each."""

        def judge(response: requests.Response, *_: Any, **__: Any) -> None:
            body = response.content  # read before anything can be raised: the connection is free then
            counted = budget.usage(response.headers)
            if counted is not None and self.budget is not None:
                self.budget.learn(counted)
            answer = Answer(response.status_code, response.headers, body)
            error = of_answer(answer, call, self.clock())
            if error is not None:
                raise error

        adapter = _Adapter(self)
        with requests.Session() as session:
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            session.hooks["response"] = [judge]
            session.auth = _as_it_is
            session.max_redirects = 0
            yield session


class _Adapter(HTTPAdapter):
    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self._gateway = gateway

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        request.url = url = self._gateway.rewritten(request.url or "")
        # The proxies handed in were chosen for the address before it moved.
        proxies = {} if _is_loopback(url) else get_environ_proxies(url, no_proxy=None)
        return super().send(
            request, stream=stream, timeout=self._gateway.timeout_s, verify=verify, cert=cert, proxies=proxies
        )


def stravalib_client(session: requests.Session, access_token: str | None = None) -> "Client":
    """Return a client that neither sleeps nor refreshes."""
    client = _client_class()(access_token=access_token, rate_limit_requests=False, requests_session=session)
    # Taken from the process environment, they would start its own refresh.
    client.protocol.client_id = client.protocol.client_secret = None
    return client


@cache
def _client_class() -> "type[Client]":
    """Import stravalib when it is first needed: it takes 0.4 s, and most commands never call Strava.

    The import shows every warning and routes warnings to the log from then on; both are put back.
    """
    with _importing, warnings.catch_warnings():
        os.environ.setdefault("SILENCE_TOKEN_WARNINGS", "true")  # about credentials in the environment
        # Each logs every call; urllib3 with the whole address, and the one that views a subscription has to
        # carry the client secret.
        logging.getLogger("stravalib").setLevel(logging.WARNING)
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        shown_by = warnings.showwarning
        from stravalib import Client

        if warnings.showwarning is not shown_by:
            logging.captureWarnings(False)
    return Client


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave the request alone: without this, a ~/.netrc entry would replace the token."""
    return request


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
