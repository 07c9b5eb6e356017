"""The colours keep their distances: text can be read, and states told apart, in both themes."""

import re

import pytest

from ward.config import ROOT

CSS = (ROOT / "static/css/ward.css").read_text()
STATES = ["critical", "warning", "caution", "ok", "info", "off", "allergy"]


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):(#[0-9A-Fa-f]{6})", block))


LIGHT = tokens(CSS[CSS.index(":root{color-scheme") : CSS.index("@media screen{[data-theme=dark]")])
DARK = tokens(CSS[CSS.index("@media screen{[data-theme=dark]") : CSS.index("@layer base{")])


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def floors() -> list[tuple[str, str, float]]:
    pairs = [("ink", on, 13.0) for on in ("canvas", "surface", "sunken")]
    pairs += [("ink-2", on, 6.4) for on in ("canvas", "surface", "sunken")]
    pairs += [("control", on, 4.2) for on in ("surface", "canvas")]
    pairs += [("primary", "surface", 6.2), ("on-primary", "primary", 6.2)]
    for state in STATES:
        pairs += [(f"on-{state}", state, 5.0), (f"{state}-ink", f"{state}-tint", 6.4)]
        pairs += [("ink", f"{state}-tint", 11.0)]
    return pairs


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", floors(), ids=lambda pair: f"{pair[0]} on {pair[1]}")
def test_text_can_be_read(theme: dict[str, str], pair: tuple[str, str, float]) -> None:
    over, under, floor = pair
    assert contrast(theme[over], theme[under]) >= floor


def test_both_themes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
