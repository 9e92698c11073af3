"""The stylesheet keeps its promises: contrast in both themes, sizes one can read, nothing from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "service" / "web" / "static"
CSS = (STATIC / "app.css").read_text()
STYLESHEETS = ["app.css", "figures.css", "player.css"]

TEXT = [
    *((ink, ground) for ink in ("ink", "ink2") for ground in ("bg", "surface", "sunk")),
    ("act", "bg"), ("act", "surface"), ("onact", "act"), ("onprimary", "primary"), ("onlime", "lime"),
    *((ink, ground) for ink in ("onspruce", "onspruce2") for ground in ("spruce", "spruce2", "stage")),
    ("ok", "okbg"), ("warn", "warnbg"), ("err", "errbg"), ("err", "surface"), ("err", "bg"),
]  # fmt: skip
MARKS = [
    *(("ctl", ground) for ground in ("bg", "surface", "sunk")),
    *((mark, ground) for mark in ("mark", "easy", "long", "hard") for ground in ("surface", "sunk")),
    *((mark, ground) for mark in ("outline", "lime") for ground in ("spruce", "stage")),
    ("act", "sunk"), ("mark", "bg"), ("onlime", "lime"), ("ok", "okbg"), ("err", "surface"),
]  # fmt: skip


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9]+): (#[0-9A-Fa-f]{6})\b", block))


ROOTS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
LIGHT = tokens(ROOTS[0])
THEMES = {"light": LIGHT, "dark": LIGHT | tokens(ROOTS[1])}


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """WCAG 2.2, contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(ink: str, ground: str, theme: str) -> None:
    assert contrast(THEMES[theme][ink], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_and_borders_can_be_seen_on_their_ground(mark: str, ground: str, theme: str) -> None:
    assert contrast(THEMES[theme][mark], THEMES[theme][ground]) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_kinds_of_run_stay_apart_without_colour(theme: str) -> None:
    easy, long, hard = (THEMES[theme][kind] for kind in ("easy", "long", "hard"))
    assert contrast(easy, long) >= 1.45
    assert contrast(long, hard) >= 1.45
    assert contrast(easy, hard) > max(contrast(easy, long), contrast(long, hard))


def sizes_px(css: str) -> list[tuple[str, float]]:
    """(rule, px) for every size a font is given, with 16 px to the rem."""
    found = []
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", bare):
        for declaration in re.findall(r"(?:^|[;\s])font(?:-size)?:([^;]*)", body):
            size = re.search(r"(?<![\w.])(\d*\.?\d+)(rem|px)", declaration)
            if size:
                found.append((selector.strip(), float(size[1]) * (16 if size[2] == "rem" else 1)))
    return found


def test_no_text_is_smaller_than_13_px_except_ticks_and_footer() -> None:
    floor = {".chart": 12.0, ".footer": 12.5}
    sizes = sizes_px(CSS)
    assert len(sizes) > 40
    assert [(rule, size) for rule, size in sizes if size < floor.get(rule, 13.0)] == []


def test_text_grows_with_the_readers_setting() -> None:
    rules = {rule for rule, _ in sizes_px(CSS)}
    in_px = re.findall(r"font-size: \d+px", CSS)
    assert rules
    assert in_px == ["font-size: 14px"]  # the chart on a narrow screen: units of the drawing, which is scaled


@pytest.mark.parametrize("name", STYLESHEETS)
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    css = (STATIC / name).read_text()
    targets = re.findall(r"url\(\s*['\"]?([^'\")]+)", css)
    for target in targets:
        assert not re.match(r"[a-z]+:|//|/", target), target
        assert (STATIC / target).is_file(), target
    assert "@import" not in css


@pytest.mark.parametrize("name", STYLESHEETS)
def test_depth_comes_from_grounds_alone(name: str) -> None:
    css = (STATIC / name).read_text()
    assert not re.search(r"gradient\(|box-shadow|text-shadow|backdrop-filter", css)


def test_every_colour_is_a_token() -> None:
    after_tokens = CSS.split("/* ---- ground ---- */")[1]
    named = {"#0A1411", "#A9CB30"}  # ink on a kind of run, and the track of the lime screen
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", after_tokens)) <= named


def test_every_variable_is_defined() -> None:
    defined = set(re.findall(r"(--[a-z0-9]+):", CSS))
    assert set(re.findall(r"var\((--[a-z0-9]+)", CSS)) - {"--p"} <= defined


def test_stylesheet_and_fonts_stay_small() -> None:
    assert len(gzip.compress(CSS.encode(), 9)) <= 9_000
    for font in (STATIC / "fonts").glob("*.woff2"):
        assert font.read_bytes()[:4] == b"wOF2"
        assert font.stat().st_size <= 16_000


def test_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (STATIC / "fonts" / "OFL.txt").read_text()


@pytest.mark.parametrize("name", ["mark.svg", "favicon.svg", "connect.svg"])
def test_pictures_run_nothing_and_fetch_nothing(name: str) -> None:
    svg = (STATIC / name).read_text()
    assert not re.search(r"<script|\son\w+=|href=|style=", svg)


def test_the_connect_button_has_the_official_size_and_orange() -> None:
    svg = (STATIC / "connect.svg").read_text()
    assert 'width="237" height="48"' in svg
    assert "#FC5200" in svg


def test_orange_is_on_no_other_part_of_the_page() -> None:
    assert "FC5200" not in CSS + (STATIC / "figures.css").read_text()
