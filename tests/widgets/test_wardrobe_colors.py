"""Labels keep the theme's colours when their page is dressed later than the theme changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from dashboard.look.theme import apply_theme, style_sheet, theme
from dashboard.look.wardrobe import Wardrobe, dress_apart
from dashboard.widgets.plain_label import PlainLabel


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    apply_theme(qapp, "dark", dress=False)
    yield qapp
    apply_theme(qapp, "dark", dress=not qapp.styleSheet())  # the sheet of all widgets is the dark one still


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


def test_a_view_of_a_container_that_is_dressed_apart_has_the_new_colour_when_it_is_shown(
    application: QApplication, qtbot: QtBot
) -> None:
    page, first, second = QStackedWidget(), QWidget(), QWidget()
    qtbot.addWidget(page)
    dress_apart(page)
    labels = [PlainLabel("Ready", "strong", parent=view) for view in (first, second)]
    page.addWidget(first)
    page.addWidget(second)
    wardrobe = Wardrobe(page)
    wardrobe.add(page)
    with qtbot.waitExposed(page):
        page.show()
    assert not page.styleSheet(), "the container itself has no look"
    apply_theme(application, "light", dress=False)
    qtbot.waitUntil(lambda: first.styleSheet() == style_sheet() and page.updatesEnabled())
    page.setCurrentWidget(second)
    qtbot.waitUntil(lambda: second.styleSheet() == style_sheet())
    for label in labels:
        assert label.palette().color(QPalette.ColorRole.WindowText) == theme().text


def test_what_is_put_into_a_shown_container_later_is_dressed_as_it_is_shown(
    application: QApplication, qtbot: QtBot
) -> None:
    page = QStackedWidget()
    qtbot.addWidget(page)
    dress_apart(page)
    wardrobe = Wardrobe(page)
    wardrobe.add(page)
    with qtbot.waitExposed(page):
        page.show()
    late = QWidget()
    page.addWidget(late)
    page.setCurrentWidget(late)
    assert late.styleSheet() == style_sheet()
