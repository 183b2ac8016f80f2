"""Notices in the corner: who stays, who goes, and that none takes the keyboard."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from dashboard.widgets import toast
from dashboard.widgets.button import IconButton
from dashboard.widgets.toast import MOST, ToastStack


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    return window


@pytest.fixture
def stack(window: QWidget) -> ToastStack:
    return ToastStack(window)


def notice(tone: str = "info", title: str = "Copied", words: str = "") -> SimpleNamespace:
    return SimpleNamespace(tone=tone, title=title, words=words, offer="", accept=None)


def titles(stack: ToastStack) -> list[str]:
    return [found.said[1] for found in stack.toasts]


def button(stack: ToastStack, name: str) -> IconButton:
    return next(found for found in stack.toasts[0].findChildren(IconButton) if found.accessibleName() == name)


def test_every_notice_is_shown_inside_the_window(window: QWidget, stack: ToastStack) -> None:
    for number in range(3):
        stack.show_notice(notice(title=f"Notice {number}", words="words that go over several lines " * number * 3))
    assert titles(stack) == ["Notice 0", "Notice 1", "Notice 2"]
    assert all(found.isVisible() for found in stack.toasts)
    assert window.rect().contains(stack.geometry())
    window.resize(1200, 500)
    assert window.rect().contains(stack.geometry())


def test_the_oldest_makes_room(stack: ToastStack) -> None:
    for number in range(MOST + 2):
        stack.show_notice(notice(title=str(number)))
    assert titles(stack) == [str(number) for number in range(2, MOST + 2)]


def test_the_same_words_are_counted(stack: ToastStack) -> None:
    for _ in range(3):
        stack.show_notice(notice("crit", "No answer"))
    assert [found.accessibleName() for found in stack.toasts] == ["No answer, 3 times"]


def test_good_news_goes_by_itself_and_bad_news_stays(
    qtbot: QtBot, stack: ToastStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toast, "STAY_MS", {"ok": 1})
    stack.show_notice(notice("crit", "No answer"))
    stack.show_notice(notice("ok", "Copied"))
    qtbot.waitUntil(lambda: titles(stack) == ["No answer"])


def test_a_notice_can_be_closed(qtbot: QtBot, stack: ToastStack) -> None:
    stack.show_notice(notice("crit", "No answer"))
    QTest.mouseClick(button(stack, "Close this notice"), Qt.MouseButton.LeftButton)
    assert not stack.toasts
    assert not stack.isVisible()
    assert not stack.close_newest()


def test_bad_news_can_be_copied_whole(qtbot: QtBot, stack: ToastStack) -> None:
    stack.show_notice(notice("crit", "Could not purge <orders>", "The broker refused: 403"))
    QTest.mouseClick(button(stack, "Copy this notice"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "Could not purge <orders>\nThe broker refused: 403"


def test_good_news_has_nothing_to_copy(stack: ToastStack) -> None:
    stack.show_notice(notice("ok", "Purged"))
    assert not button(stack, "Copy this notice").isVisible()


def test_a_notice_leaves_the_keyboard_where_it_is(qtbot: QtBot, window: QWidget, stack: ToastStack) -> None:
    line = QLineEdit(window)
    line.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    line.setFocus()
    stack.show_notice(notice())
    assert line.hasFocus()


def test_what_a_broker_wrote_is_shown_literally(stack: ToastStack) -> None:
    stack.show_notice(notice(title="<b>x</b>\u202e"))
    assert stack.toasts[0].accessibleName() == "<b>x</b>\\u202e"


def test_what_a_notice_offers_is_taken_once_and_it_stays_longer(stack: ToastStack) -> None:
    taken: list[str] = []
    stack.show_notice(
        SimpleNamespace(tone="ok", title="Deleted", words="", offer="Undo", accept=lambda: taken.append("undone"))
    )
    (shown,) = stack.toasts
    assert shown._clock.interval() == toast.OFFER_STAY_MS
    QTest.mouseClick(shown.offer, Qt.MouseButton.LeftButton)
    assert taken == ["undone"]
    assert not stack.toasts
