"""Where the files of the ``resources`` package are, and its fonts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from PySide6.QtGui import QFontDatabase

_FONT_SUFFIXES = (".otf", ".ttf")


def resource(path: str = "") -> Path:
    """The file or folder ``path`` inside the ``resources`` package, wherever it is installed."""
    return Path(str(files("resources"))) / path


@cache
def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt, once; returns their family names."""
    families: list[str] = []
    for file in sorted(resource("fonts").iterdir()):
        if file.suffix in _FONT_SUFFIXES:
            families += QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))
    return tuple(dict.fromkeys(families))
