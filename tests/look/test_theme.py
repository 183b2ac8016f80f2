"""Both themes can be read, also by people who see colours differently; a switch reaches everything."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from dashboard.look.assets import icon, icon_names, pixmap, resource
from dashboard.look.theme import TONES, Theme, apply_theme, font, load_theme, theme, themes, tone_color, tone_soft
from dashboard.widgets.plain_label import PlainLabel

Matrix = tuple[tuple[float, float, float], ...]

READABLE, VISIBLE, TOLD_APART = 4.5, 3.0, 15.0
INKS = ("text", "text2", "text3", "accent", "ok", "warn", "crit", "info", "idle")
STATES = ("ok", "warn", "crit", "info", "idle", "accent")
SIGHTS: dict[str, Matrix] = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""How a colour looks without one kind of cone (Machado, Oliveira and Fernandes 2009), in linear RGB."""

both_themes = pytest.mark.parametrize("active", [load_theme("dark"), load_theme("light")], ids=lambda found: found.name)


def linear(color: QColor) -> tuple[float, float, float]:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (color.redF(), color.greenF(), color.blueF())
    )
    return red, green, blue


def contrast(one: QColor, other: QColor) -> float:
    """The ratio of WCAG 2, from 1 to 21."""
    lights = sorted(sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def seen(color: QColor, sight: Matrix) -> tuple[float, float, float]:
    """The colour as CIELAB, as somebody with ``sight`` sees it."""
    parts = linear(color)
    red, green, blue = (min(1.0, max(0.0, sum(w * p for w, p in zip(row, parts, strict=True)))) for row in sight)
    x, y, z = (
        found ** (1 / 3) if found > 0.008856 else 7.787 * found + 16 / 116
        for found in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def unreadable(active: Theme) -> Iterator[str]:
    for ink in INKS:
        for ground in ("surface", "canvas"):
            if contrast(active.color(ink), active.color(ground)) < READABLE:
                yield f"{ink} on {ground}"
    for tone in STATES:
        if contrast(active.color(tone), active.color(f"{tone}_soft")) < READABLE:
            yield f"{tone} on its pill"
    for ink, ground in (("text", "selected"), ("text3", "selected"), ("text", "hover"), ("on_accent", "accent")):
        if contrast(active.color(ink), active.color(ground)) < READABLE:
            yield f"{ink} on {ground}"


@both_themes
def test_every_word_can_be_read_on_the_ground_it_stands_on(active: Theme) -> None:
    assert not list(unreadable(active))


@both_themes
def test_every_line_of_a_chart_stands_out_from_the_card(active: Theme) -> None:
    assert min(contrast(series, active.surface) for series in active.series) >= VISIBLE


@both_themes
@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_lines_of_a_chart_look_the_same_to_the_colour_blind(active: Theme, sight: str) -> None:
    seen_as = [seen(series, SIGHTS[sight]) for series in active.series]
    assert min(math.dist(one, other) for one, other in combinations(seen_as, 2)) >= TOLD_APART


@both_themes
def test_every_tone_has_an_ink_and_a_ground(active: Theme, qapp: QApplication) -> None:
    apply_theme(qapp, active.name)
    assert all(tone_color(tone).isValid() and tone_soft(tone).isValid() for tone in (*TONES, None, ""))


def test_the_style_sheet_has_a_colour_for_every_token(qapp: QApplication) -> None:
    for name in ("light", "dark"):
        apply_theme(qapp, name)
        assert "$" not in qapp.styleSheet()
        assert load_theme(name).surface.name() in qapp.styleSheet()


def test_a_switch_reaches_labels_and_icons_that_exist_already(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    label, drawn = PlainLabel("Ready", tone="crit"), icon("queues")
    before = drawn.pixmap(16, 16).toImage()
    heard: list[str] = []
    connection = themes.changed.connect(lambda: heard.append(theme().name))
    apply_theme(qapp, "light")
    themes.changed.disconnect(connection)
    assert heard == ["light"]
    assert label.palette().windowText().color() == load_theme("light").crit
    assert drawn.pixmap(16, 16).toImage() != before


def test_choosing_the_same_theme_again_changes_nothing(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    heard: list[bool] = []
    connection = themes.changed.connect(lambda: heard.append(True))
    apply_theme(qapp, "dark")
    themes.changed.disconnect(connection)
    assert not heard


def test_digits_have_one_width(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
    label = PlainLabel()
    for role in ("kpi", "body", "strong", "small", "mono"):
        label.setFont(font(role))
        assert len({label.fontMetrics().horizontalAdvance(digit * 10) for digit in "0123456789"}) == 1, role


@pytest.mark.parametrize("name", icon_names())
def test_an_icon_draws_something(qapp: QApplication, name: str) -> None:
    image = pixmap(name, "text", 24).toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24))


def test_the_licence_of_the_fonts_comes_with_them() -> None:
    assert "SIL OPEN FONT LICENSE" in resource("fonts/OFL.txt").read_text("utf-8").upper()
