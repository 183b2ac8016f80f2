"""Every control of the view Publish has a name and is reached with Tab; Ctrl+Enter publishes from anywhere in it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile, Secrets
from dashboard.pages.messages import MessagesPage
from dashboard.pages.publish_view import PublishView
from tests.page_stage import Stage

CONTROLS = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QAbstractItemView)


@pytest.fixture
def view(stage: Stage, qtbot: QtBot) -> PublishView:
    stage.session.open(Profile("shop", amqp_url="amqp://127.0.0.1:1/%2F"), Secrets())
    page = stage.show(MessagesPage)
    with qtbot.waitActive(page):
        page.activateWindow()
    view = page.view
    assert isinstance(view, PublishView)
    view.form.headers.add("kind", 5)
    return view


def controls(view: PublishView) -> list[QWidget]:
    found = [widget for kind in CONTROLS for widget in view.findChildren(kind)]
    return [widget for widget in found if widget.isVisible() and widget.isEnabled()]


def test_each_control_says_its_name(view: PublishView) -> None:
    for tab in ("result", "code", "shelf"):
        view.tabs._buttons[tab].click()
        nameless = [
            widget
            for widget in controls(view)
            if not widget.accessibleName() and not (isinstance(widget, QAbstractButton) and widget.text())
        ]
        assert not nameless, [type(widget).__name__ for widget in nameless]


def test_tab_reaches_every_control(view: PublishView) -> None:
    wanted = {widget for widget in controls(view) if widget.focusPolicy() & Qt.FocusPolicy.TabFocus}
    view.form.target.take_focus()
    reached: set[QWidget] = set()
    for _ in range(2 * len(wanted) + 20):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    grouped = {widget for widget in wanted if isinstance(widget, QAbstractButton) and widget.group() is not None}
    missed = wanted - grouped - reached
    assert not missed, [(type(widget).__name__, widget.accessibleName()) for widget in missed]


@pytest.mark.parametrize("place", ["body", "property", "header"])
def test_ctrl_enter_publishes_from_any_field(view: PublishView, place: str, qtbot: QtBot) -> None:
    form = view.form
    field: QWidget = {
        "body": form.body_editor.input,
        "property": form.properties.fields["type"].input,
        "header": form.headers.rows[0].value,
    }[place]
    field.setFocus()
    before = form.body_editor.input.toPlainText()
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert view.run.busy and form.body_editor.input.toPlainText() == before
    qtbot.waitUntil(lambda: not view.run.busy)
