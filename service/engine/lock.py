"""One engine per database file: a lock that the operating system drops when the process dies."""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO


class AlreadyRunning(Exception):
    """Another process works on this database. One clear line."""


class FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> "FileLock":
        file = self._path.open("a+")
        if not _try_lock(file):
            file.seek(0)
            pid = file.read().strip() or "unknown"
            file.close()
            database = self._path.with_suffix("")
            raise AlreadyRunning(
                f"another afterrun (process {pid}) already works on this database: {database}"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[str]) -> bool:
        try:
            file.seek(1_000_000)  # beyond the text, so that the process number stays readable
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
