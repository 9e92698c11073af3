"""Nothing in config/ is there for nobody: thresholds are read, texts are said, and what is said exists."""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from service.bootstrap import CONFIG, read_words_and_routine
from service.domain.days import DayKind
from tests.builders_week import RULES_FILE, WORDS

SERVICE = CONFIG.parent / "service"
ASKS = frozenset({"words", "variants", "rotated"})  # how a text is asked for; its key comes first
LATER = "[a-z0-9_]+"  # stands for the part of a key that is only known when the text is asked for


def keys(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Of every value that is no table itself."""
    for name, value in table.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            yield from keys(value, key)
        else:
            yield key


@cache
def trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(file.read_text("utf-8")) for file in sorted(SERVICE.rglob("*.py")))


def nodes() -> Iterator[ast.AST]:
    for tree in trees():
        yield from ast.walk(tree)


# --- thresholds -----------------------------------------------------------------------------


def attributes() -> set[str]:
    return {node.attr for node in nodes() if isinstance(node, ast.Attribute)}


def unread(table: Mapping[str, Any]) -> list[str]:
    """Thresholds that no line of the service looks at."""
    looked_at = attributes()
    return [key for key in keys(table) if key.rpartition(".")[2] not in looked_at]


def test_every_threshold_is_looked_at() -> None:
    by_kind_of_day = RULES_FILE["plan"]["suitability"]  # looked up by the day's own word
    assert set(by_kind_of_day) <= set(DayKind)
    rules = {**RULES_FILE, "plan": {**RULES_FILE["plan"], "suitability": {}}}
    assert unread(rules) == []


def test_every_list_of_title_words_is_looked_at() -> None:
    assert unread(tomllib.loads((CONFIG / "titles.toml").read_text("utf-8"))) == []
    assert unread({"en": {"moonlit": ["moon"]}}) == ["en.moonlit"]


def test_a_threshold_nobody_looks_at_is_found() -> None:
    assert unread({"plan": {"gap_h": 40.0, "moon_phase_max": 0.5}}) == ["plan.moon_phase_max"]


# --- texts ----------------------------------------------------------------------------------


def pattern(node: ast.AST) -> str:
    """A regular expression for what a string, or one put together from parts, may be; else ""."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(part) if isinstance(part, ast.Constant) else LATER for part in node.values)
    return ""


def branches(node: ast.expr) -> list[ast.expr]:
    return [*branches(node.body), *branches(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def asked_in_code() -> Iterator[str]:
    for node in nodes():
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ASKS:
                yield from filter(None, map(pattern, branches(node.args[0])))


def asked_in_pages() -> Iterator[str]:
    """``words("nav." ~ name)``, ``words("a.b" if it else "a.c")``"""
    for asked in re.findall(r"\bwords\(([^()]*)", pages()):
        for choice in re.split(r"\belse\b", re.split(r",\s*\w+\s*=", asked)[0]):
            parts = [part.strip() for part in re.sub(r"\bif\b.*", "", choice).split("~")]
            if any(part[:1] in "'\"" for part in parts):
                yield "".join(re.escape(part[1:-1]) if part[:1] in "'\"" else LATER for part in parts)


@cache
def pages() -> str:
    return "\n".join(file.read_text("utf-8") for file in sorted(SERVICE.rglob("*.html")))


def looks_like_a_key(text: str) -> bool:
    plain = text.replace(LATER, "x").replace("\\", "")
    return re.fullmatch(r"[a-z0-9_]*(\.[a-z0-9_]+)+", plain) is not None


@cache
def mentioned() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What may be a key or the beginning of one, wherever it stands; and what may be the end of one."""
    found = {*map(pattern, nodes()), *asked_in_pages()}
    found |= {re.escape(text) for text in re.findall(r"[\"']([\w.]+)[\"']", pages())}
    texts = sorted(filter(looks_like_a_key, found))
    ends = [text.removeprefix(LATER) for text in texts if text.startswith(LATER)]
    wholes = [text for text in texts if not text.startswith(LATER)]
    named = [text for text in ends if re.search("[a-z]", text.replace(LATER, ""))]
    return re.compile("|".join(wholes)), re.compile(f"({'|'.join(named)})$")


def is_said(key: str) -> bool:
    """Spelt out, or begun in one place and ended in another: ``f"{key}.title"``. Reasons go by their rule."""
    key = key.removeprefix("reason.")
    whole, end = mentioned()
    ended = end.search(key)
    return bool(whole.fullmatch(key) or (ended and whole.fullmatch(key[: ended.start()])))


def unsaid(table: Mapping[str, Any]) -> list[str]:
    return [key for key in keys(table) if not is_said(key)]


def test_every_text_is_said() -> None:
    assert unsaid({name: table for name, table in WORDS.items() if name != "calendar"}) == []


def test_the_words_for_things_at_hand_are_those_the_routine_needs() -> None:
    _, routine = read_words_and_routine()
    levels = [level for move in routine.moves for level in move.levels]
    assert {thing for level in levels for thing in level.equipment} == set(WORDS["exercise"]["equipment"])
    assert {part.part for level in levels for part in level.tempo} == set(WORDS["exercise"]["tempo"])


def test_a_text_that_nobody_says_is_found() -> None:
    added = {"today": {"comet": "A comet"}, "reason": {"heart": {"cold": "A cold heart"}}}
    assert unsaid(added) == ["today.comet", "reason.heart.cold"]


def missing(asked: Iterator[str]) -> list[str]:
    known = list(keys(WORDS))
    return [text for text in asked if not any(re.fullmatch(f"(?:.+)?{text}", key) for key in known)]


def test_every_text_that_is_asked_for_exists() -> None:
    assert len(set(asked_in_code())) > 100
    assert len(set(asked_in_pages())) > 100
    assert missing(asked_in_code()) == []
    assert missing(asked_in_pages()) == []


def test_a_text_that_does_not_exist_is_found() -> None:
    assert missing(iter([r"today\.moon", rf"today\.chip_{LATER}"])) == [r"today\.moon"]
