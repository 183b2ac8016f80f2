"""Colours and fonts by meaning. Owns the active theme; no other module names a colour, a family or a pixel size.

``themes.changed`` is emitted after every switch. Painted widgets ask :func:`theme` while they paint, so they follow a
switch by themselves.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from dashboard.look.bundle import load_fonts, resource

CHOICES = ("dark", "light", "system")
ENVIRONMENT_TONES = {"development": "ok", "test": "info", "staging": "warn", "production": "crit"}
TONES = ("ok", "warn", "crit", "info", "idle", "accent", "plain", "quiet", "muted")


@dataclass(frozen=True, eq=False)
class Theme:
    """The tokens of one theme. Treat every ``QColor`` as read-only: copy before you change its alpha."""

    name: str
    dark: bool
    canvas: QColor
    surface: QColor
    raised: QColor
    hover: QColor
    selected: QColor
    border: QColor
    strong: QColor
    grid: QColor
    text: QColor
    text2: QColor
    text3: QColor
    accent: QColor
    accent_soft: QColor
    on_accent: QColor
    ok: QColor
    ok_soft: QColor
    warn: QColor
    warn_soft: QColor
    crit: QColor
    crit_soft: QColor
    info: QColor
    info_soft: QColor
    idle: QColor
    idle_soft: QColor
    series: tuple[QColor, ...]

    def color(self, token: str) -> QColor:
        """The colour of a token such as ``text2`` or ``series1``. An unknown name is a programming error."""
        if token.startswith("series") and token != "series":
            return self.series[(int(token.removeprefix("series")) - 1) % len(self.series)]
        found = getattr(self, token)
        assert isinstance(found, QColor)
        return found


class Themes(QObject):
    """Says that the active theme changed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.active: Theme | None = None
        self.choice = "dark"


themes = Themes()


@cache
def load_theme(name: str) -> Theme:
    """The theme in ``resources/themes/<name>.toml``."""
    table = tomllib.loads(resource(f"themes/{name}.toml").read_text("utf-8"))
    tokens = {
        token: QColor(value)
        for section in ("surfaces", "lines", "text", "tones")
        for token, value in table[section].items()
    }
    series = tuple(QColor(value) for value in table["charts"]["series"])
    return Theme(name=table["name"], dark=table["dark"], series=series, **tokens)


def theme() -> Theme:
    """The active theme; dark until one is applied."""
    return themes.active or load_theme("dark")


def resolve_choice(choice: str) -> str:
    """``system`` becomes what the platform reports, dark where it reports nothing."""
    if choice != "system":
        return choice
    app = QGuiApplication.instance()
    reports_light = isinstance(app, QGuiApplication) and app.styleHints().colorScheme() == Qt.ColorScheme.Light
    return "light" if reports_light else "dark"


def apply_theme(app: QApplication, choice: str = "dark", *, dress: bool = True) -> Theme:
    """Paint the whole application in ``dark``, ``light`` or the ``system``'s colours, now and at any later time.

    ``dress=False`` leaves the style sheet to the windows' own :class:`~dashboard.look.wardrobe.Wardrobe`.
    """
    themes.choice = choice
    chosen = load_theme(resolve_choice(choice))
    if themes.active is chosen:
        return chosen
    if themes.active is None:
        load_fonts()
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(font("body"))
        app.styleHints().colorSchemeChanged.connect(lambda: apply_theme(app, themes.choice, dress=dress))
    themes.active = chosen
    app.setPalette(_palette(chosen))
    if dress:
        app.setStyleSheet(style_sheet())
    themes.changed.emit()
    return chosen


def tone_color(tone: str | None) -> QColor:
    """The colour of words and marks of a tone."""
    active = theme()
    if tone in (None, "", "plain"):
        return active.text
    if tone == "quiet":
        return active.text2
    if tone == "muted":
        return active.text3
    return active.color(str(tone))


def tone_soft(tone: str | None) -> QColor:
    """The ground a tone's words stand on."""
    active = theme()
    if tone in (None, "", "plain", "quiet", "muted"):
        return active.raised
    return active.color(f"{tone}_soft")


# ---- fonts --------------------------------------------------------------------------------------------------------

_SANS = ["Inter", "SF Pro Text", "Segoe UI Variable", "Segoe UI", "Noto Sans", "DejaVu Sans"]
_MONO = ["JetBrains Mono", "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Inter"]
_W = QFont.Weight
_ROLES: dict[str, tuple[int, QFont.Weight]] = {
    "kpi": (24, _W.DemiBold),
    "title": (16, _W.DemiBold),
    "body": (13, _W.Normal),
    "medium": (13, _W.Medium),
    "strong": (13, _W.DemiBold),
    "small": (12, _W.Normal),
    "label": (12, _W.Medium),
    "small_strong": (12, _W.DemiBold),
    "micro": (11, _W.Normal),
    "micro_strong": (11, _W.DemiBold),
    "mono": (12, _W.Normal),
}


@cache
def font(role: str = "body") -> QFont:
    """The font of a role, digits of equal width. Shared: copy it before you change it."""
    pixels, weight = _ROLES[role]
    made = QFont()
    made.setFamilies(_MONO if role == "mono" else _SANS)
    made.setPixelSize(pixels)
    made.setWeight(weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if role == "mono":
        made.setStyleHint(QFont.StyleHint.Monospace)
    else:
        made.setFeature(QFont.Tag("tnum"), 1)
    if role == "micro_strong":
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.4)
    return made


# ---- what Qt itself needs -----------------------------------------------------------------------------------------


def _palette(active: Theme) -> QPalette:
    role = QPalette.ColorRole
    colors = {
        role.Window: active.canvas,
        role.WindowText: active.text,
        role.Base: active.surface,
        role.AlternateBase: active.raised,
        role.Text: active.text,
        role.Button: active.raised,
        role.ButtonText: active.text,
        role.BrightText: active.crit,
        role.ToolTipBase: active.raised,
        role.ToolTipText: active.text,
        role.PlaceholderText: active.text3,
        role.Highlight: active.accent,
        role.HighlightedText: active.on_accent,
        role.Accent: active.accent,
        role.Link: active.accent,
        role.LinkVisited: active.accent,
        role.Light: active.raised,
        role.Midlight: active.border,
        role.Mid: active.strong,
        role.Dark: active.strong,
        role.Shadow: QColor(Qt.GlobalColor.black),
    }
    palette = QPalette()
    for color_role, color in colors.items():
        palette.setColor(color_role, color)
    for color_role in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, color_role, active.text3)
    return palette


def style_sheet() -> str:
    """The style sheet in the colours of the active theme."""
    return _style_sheet(theme())


@cache
def _style_sheet(active: Theme) -> str:
    tokens = {name: value.name() for name, value in vars(active).items() if isinstance(value, QColor)}
    tokens |= {"icons": resource("icons").as_posix(), "theme": active.name}
    return Template(resource("style.qss").read_text("utf-8")).substitute(tokens)
