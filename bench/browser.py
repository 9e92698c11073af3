"""A browser that is signed in, and what a page costs it on the wire."""

import gzip
import re
import secrets
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient

from service.pipeline.tools import Tools
from service.store import athletes

LOADED = re.compile(r"""<(?:script|img|link|source)\b[^>]*?\b(?:src|href)=["']([^"']+)["']""")
IN_STYLE = re.compile(r"""url\(["']?([^"')]+)["']?\)""")
NOT_LOADED = ("-latin-ext.", ".webmanifest")  # only for letters that a page in English does not have


def signed_in(tools: Tools, athlete_id: int) -> str:
    """The Cookie header of a browser that has just signed in, over plain http."""
    token = secrets.token_urlsafe(32)
    with tools.store.write() as session:
        athletes.sign_in(session, athlete_id, tools.keys.digest("login", token), tools.clock(), "bench")
    return f"afterrun={token}"


def wire_bytes(client: FlaskClient, path: str, cookie: str) -> dict[str, int]:
    """Bytes of the page and of everything it loads, by path; text as gzip makes it, fonts as they are."""
    found: dict[str, int] = {}
    page = client.get(path, headers={"Cookie": cookie})
    if page.status_code != 200:
        raise RuntimeError(f"{path} was answered with {page.status_code}")
    found[path] = _zipped(page.data)
    waiting = list(_addresses(path, LOADED.findall(page.text)))
    while waiting:
        address = waiting.pop()
        if address in found or any(part in address for part in NOT_LOADED):
            continue
        answer = client.get(address, headers={"Cookie": cookie})
        found[address] = len(answer.data) if ".woff2" in address else _zipped(answer.data)
        if ".css" in address:
            waiting += _addresses(address, IN_STYLE.findall(answer.text))
    return found


def _addresses(base: str, links: list[str]) -> Iterator[str]:
    for link in links:
        if not link.startswith(("data:", "#")) and not urlsplit(link).netloc:
            yield urljoin(base, link.partition("#")[0])


def _zipped(content: bytes) -> int:
    return len(gzip.compress(content, 6))
