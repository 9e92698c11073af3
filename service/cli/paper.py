"""Plain text for a terminal: as wide as that is, a hundred columns at most, and readable on a phone."""

import shutil
import textwrap
from collections.abc import Iterable

import click

WIDTHS = (36, 100)
INDENT = "  "


class Paper:
    """Lines in the order they are written; ``text`` is all of them."""

    def __init__(self, width: int | None = None) -> None:
        asked = shutil.get_terminal_size((WIDTHS[1], 24)).columns if width is None else width
        self._width = min(max(asked, WIDTHS[0]), WIDTHS[1])
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def heading(self, words: str) -> None:
        """Bold on a terminal; click takes that out anywhere else."""
        if self._lines:
            self._lines.append("")
        self._lines += [click.style(line, bold=True) for line in self._wrapped(words, "", "")]

    def line(self, words: str) -> None:
        self._lines += self._wrapped(words, "", "")

    def items(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self._lines += self._wrapped(sentence, f"{INDENT}- ", f"{INDENT}  ")

    def rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """A narrow column, flush right, and one that wraps beside it."""
        kept = list(rows)
        wide = max((len(first) for first, _ in kept), default=0)
        for first, second in kept:
            beside = " " * (wide + 2 * len(INDENT))
            self._lines += self._wrapped(second, f"{INDENT}{first:>{wide}}{INDENT}", beside)

    def _wrapped(self, words: str, first: str, further: str) -> list[str]:
        plain = "".join(letter if letter.isprintable() else " " for letter in words)
        return textwrap.wrap(plain, self._width, initial_indent=first, subsequent_indent=further)
