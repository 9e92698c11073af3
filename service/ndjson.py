"""Files of one JSON object a line, gzipped or not, read as a stream."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

GZIP = b"\x1f\x8b"


class BadLine(ValueError):
    """The file cannot be used. One line for a person: the file, the line in it, and what is wrong."""

    def __init__(self, path: Path, number: int, what: str) -> None:
        super().__init__(f"{path}: line {number}: {what}")


def read(path: Path, seen: Callable[[int], None] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number from 1, object). ``seen`` is told how many bytes of the file are read.

    Raises OSError or BadLine, the latter as late as the line is met.
    """
    for number, line in lines(path, seen):
        yield number, parse(path, number, line)


def lines(path: Path, seen: Callable[[int], None] | None = None) -> Iterator[tuple[int, bytes]]:
    """The same, not parsed; lines of nothing but space are left out."""
    number = 0
    with path.open("rb") as file:
        plain = gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == GZIP else file
        try:
            for number, line in enumerate(plain, start=1):
                if seen is not None:
                    seen(file.tell())
                if line.strip():
                    yield number, line
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise BadLine(path, number + 1, "the compressed file is damaged or cut off") from None


def parse(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as problem:
        raise BadLine(path, number, f"not JSON ({problem.msg} at character {problem.pos + 1})") from None
    except RecursionError:
        raise BadLine(path, number, "not JSON (nested too deeply)") from None
    except ValueError:  # not UTF-8, or a number of thousands of digits
        raise BadLine(path, number, "not JSON") from None
    if not isinstance(found, dict):
        raise BadLine(path, number, "not a JSON object")
    return found
