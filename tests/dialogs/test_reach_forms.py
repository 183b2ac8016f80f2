"""Every control of the forms that change the broker says its name and can be reached with Tab."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from broker_client.rabbit.changes import DeleteQueue
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.removal import Picture
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Ok
from dashboard.dialogs.bind_dialog import BindDialog
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.declare_exchange import DeclareExchangeDialog
from dashboard.dialogs.declare_queue import DeclareQueueDialog
from dashboard.dialogs.removal_dialog import RemovalDialog
from dashboard.dialogs.unbind_dialog import UnbindDialog
from tests.page_stage import Stage

CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit)
HOSTILE = "<b>&amp;x</b>\u202e\x00 %s"


def bind_form(desk: ChangeDesk) -> BindDialog:
    form = BindDialog(desk, None, source=ExchangeKey("/", "media"))
    form.rows.add("kind", "video")
    return form


def removal_form(desk: ChangeDesk) -> RemovalDialog:
    change = DeleteQueue(QueueKey("/", HOSTILE))
    form = RemovalDialog(desk, (change,), None)
    form._take_pictures(Ok((Picture(change, (), "", 5, 1),)))
    return form


FORMS: tuple[Callable[[ChangeDesk], ChangeDialog], ...] = (
    lambda desk: DeclareQueueDialog(desk, None, None),
    lambda desk: DeclareExchangeDialog(desk, None, None),
    bind_form,
    removal_form,
    lambda desk: UnbindDialog(desk, Binding("/", HOSTILE, HOSTILE, "queue", HOSTILE, {HOSTILE: HOSTILE}), None),
)


@pytest.fixture(params=FORMS, ids=["queue", "exchange", "bind", "remove", "unbind"])
def form(request: pytest.FixtureRequest, stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> ChangeDialog:
    monkeypatch.setattr(ChangeDesk, "look_at", lambda *_: None)
    made: ChangeDialog = request.param(stage.desk)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def controls(form: QWidget) -> list[QWidget]:
    found = [widget for kind in CONTROLS for widget in form.findChildren(kind)]
    return [widget for widget in found if widget.isVisible() and not isinstance(widget.parent(), QLineEdit)]


def test_each_control_says_its_name(form: ChangeDialog) -> None:
    nameless = [
        type(widget).__name__
        for widget in controls(form)
        if not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]
    assert controls(form) and not nameless


def test_each_control_is_reached_with_tab(form: ChangeDialog) -> None:
    wanted = {w for w in controls(form) if w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus}
    reached = set()
    for _ in range(2 * len(wanted) + 10):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert wanted <= reached, [widget.accessibleName() for widget in wanted - reached]


def test_names_of_the_broker_are_plain_text(form: ChangeDialog) -> None:
    labels = form.findChildren(QLabel)
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels)
    assert not any("\u202e" in label.text() or "\x00" in label.text() for label in labels)
    assert "\u202e" not in form.windowTitle()


def test_escape_changes_nothing_and_closes(form: ChangeDialog) -> None:
    QTest.keyClick(form, Qt.Key.Key_Escape)
    assert not form.isVisible()
