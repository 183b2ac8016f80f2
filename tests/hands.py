"""What a person's hands do in a journey: click what is ready, type into a field, find the dialog that opened."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.open_window import OpenWindow

AnyDialog = TypeVar("AnyDialog", bound=QDialog)
SOON_MS = 30_000
_LEAST_WIDTH = 20
"""A control that has not been laid out yet is narrower."""


def click(control: QWidget, qtbot: QtBot) -> None:
    """As soon as it has its place and may be used."""

    def ready() -> bool:
        return control.isVisible() and control.isEnabled() and control.width() > _LEAST_WIDTH

    qtbot.waitUntil(ready, timeout=SOON_MS)
    QTest.mouseClick(control, Qt.MouseButton.LeftButton)


def dialog_of(opened: OpenWindow, kind: type[AnyDialog], qtbot: QtBot) -> AnyDialog:
    """The dialog of that kind that is open over the window, once it is."""

    def found() -> AnyDialog | None:
        return next((one for one in opened.app.window.findChildren(kind) if one.isVisible()), None)

    qtbot.waitUntil(lambda: found() is not None, timeout=SOON_MS)
    dialog = found()
    assert dialog is not None
    return dialog
