"""Widgets are tested as they look: with the dark theme and the bundled fonts."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from dashboard.look.theme import apply_theme


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, "dark")
