"""Labels keep the theme's colours when their page is dressed later than the theme changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from dashboard.look.theme import apply_theme, theme
from dashboard.look.wardrobe import Wardrobe
from dashboard.widgets.plain_label import PlainLabel


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    apply_theme(qapp, "dark", dress=False)
    yield qapp
    apply_theme(qapp, "dark")


def test_a_label_on_a_page_that_is_dressed_late_has_the_new_colour(application: QApplication, qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    label = PlainLabel("Ready", "strong", parent=page)
    QVBoxLayout(page).addWidget(label)
    wardrobe = Wardrobe(page)
    wardrobe.add(page)
    with qtbot.waitExposed(page):
        page.show()
    for name in ("light", "dark", "light"):
        apply_theme(application, name, dress=False)
        wardrobe.dress(page)
        application.processEvents()
        assert label.palette().color(QPalette.ColorRole.WindowText) == theme().text
