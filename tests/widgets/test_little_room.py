"""Widgets that make do with little room: rows that wrap, choices that fold, a panel that takes the list's place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from dashboard.widgets.button import Button
from dashboard.widgets.list_and_panel import ListAndPanel
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.scrolled import Scrolled
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.wrapping_row import WrappingRow
from tests.cramped import cramped
from tests.hands import SOON_MS


class Strip(QWidget):
    """A label that may be cut, and three buttons at the right end of a row."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        qtbot.addWidget(self)
        row = WrappingRow()
        self.setLayout(row)
        self.words = PlainLabel("13 queues, 2 in trouble", elide="right")
        self.buttons = [Button(text) for text in ("Columns", "Declare queue", "System")]
        row.addWidget(self.words)
        row.addStretch(1)
        for button in self.buttons:
            row.addWidget(button)
        self.show()

    @property
    def lines(self) -> int:
        return len({button.y() for button in self.buttons})


@pytest.fixture
def strip(qtbot: QtBot) -> Strip:
    return Strip(qtbot)


def test_a_row_is_one_line_where_there_is_room(strip: Strip, qtbot: QtBot) -> None:
    strip.resize(700, 100)
    qtbot.waitUntil(lambda: strip.width() == 700 and strip.buttons[-1].geometry().right() == 699, timeout=SOON_MS)
    assert strip.lines == 1
    assert strip.words.width() >= strip.words.sizeHint().width()


def test_words_give_their_room_away_before_a_row_wraps(strip: Strip, qtbot: QtBot) -> None:
    least = sum(button.sizeHint().width() for button in strip.buttons) + 3 * 8
    strip.resize(least + 20, 100)
    qtbot.waitUntil(lambda: strip.words.width() < 40, timeout=SOON_MS)
    assert strip.lines == 1 and cramped(strip) == []


def test_a_row_goes_on_below_and_says_how_high_it_is(strip: Strip, qtbot: QtBot) -> None:
    strip.resize(170, 200)
    qtbot.waitUntil(lambda: strip.lines == 3, timeout=SOON_MS)
    row = strip.layout()
    assert row is not None and row.minimumSize().height() >= 3 * strip.buttons[0].height()
    assert cramped(strip) == []
    strip.resize(700, 200)
    qtbot.waitUntil(lambda: strip.lines == 1, timeout=SOON_MS)


def test_choices_fold_into_a_menu_and_come_back(qtbot: QtBot) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    choice = Segmented(["Overview", "Bindings", "Arguments", "History"], name="Part", parent=place)
    place.show()
    whole = choice.sizeHint().width()
    chosen: list[str] = []
    choice.chosen.connect(chosen.append)
    choice.resize(choice.minimumSizeHint())
    assert choice.width() < whole
    qtbot.waitUntil(lambda: not cramped(choice), timeout=SOON_MS)
    folded = next(button for button in choice.findChildren(QPushButton) if button.isVisible())
    assert folded.accessibleName() == "Part Overview"
    folded.click()
    menu = choice.findChild(QMenu)
    assert menu is not None
    menu.actions()[2].trigger()
    menu.close()
    assert (chosen, choice.current, folded.text().strip()) == (["Arguments"], "Arguments", "Arguments")
    choice.resize(whole, choice.height())
    assert not folded.isVisible() and choice.sizeHint().width() == whole


def test_choices_that_fold_keep_the_keyboard(qtbot: QtBot) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    choice = Segmented(["Overview", "Bindings", "Arguments"], "Bindings", name="Part", parent=place)
    place.show()
    whole = choice.sizeHint()
    taken = next(button for button in choice.findChildren(QPushButton) if button.isChecked())
    taken.setFocus()
    choice.resize(choice.minimumSizeHint())
    folded = next(button for button in choice.findChildren(QPushButton) if button.isVisible())
    assert place.focusWidget() is folded
    choice.resize(whole)
    assert place.focusWidget() is taken and not folded.isVisible()


def test_a_panel_takes_the_place_of_the_list_where_both_do_not_fit(qtbot: QtBot) -> None:
    listing, panel = QLabel("list"), QLabel("panel")
    listing.setMinimumWidth(300)
    panel.setMinimumWidth(200)
    pair = ListAndPanel(listing, panel, (400, 300), b"")
    qtbot.addWidget(pair)
    pair.resize(500, 200)
    pair.show()
    assert listing.isVisible()
    panel.show()
    assert not listing.isVisible() and panel.isVisible()
    pair.resize(512, 200)
    assert listing.isVisible() and panel.isVisible()
    pair.resize(400, 200)
    panel.hide()
    assert listing.isVisible()


def test_a_cut_text_of_which_nothing_could_be_read_is_not_drawn(qtbot: QtBot) -> None:
    label = PlainLabel("13 queues, 2 in trouble", elide="right")
    qtbot.addWidget(label)
    label.resize(label.fontMetrics().horizontalAdvance("13 …"), 20)
    empty = PlainLabel("", elide="right")
    qtbot.addWidget(empty)
    empty.resize(label.size())
    assert label.grab().toImage() == empty.grab().toImage()


def test_what_is_too_high_scrolls(qtbot: QtBot) -> None:
    area = Scrolled("Sixty lines")
    qtbot.addWidget(area)
    lines = QLabel("\n".join(str(number) for number in range(60)))
    area.column.addWidget(lines)
    area.resize(200, 120)
    area.show()
    assert area.verticalScrollBar().maximum() > 0
    assert area.minimumSizeHint().height() < 120
    assert lines.mapTo(area, QPoint(0, 0)).y() == 0
