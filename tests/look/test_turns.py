"""Work in pieces: one a turn, in order, and what was not done yet can be forgotten."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from dashboard.look.turns import Turns


def test_steps_run_later_and_keep_their_order(qtbot: QtBot) -> None:
    owner, done = QObject(), list[str]()
    turns = Turns(owner)
    turns.add(lambda: done.append("first"), lambda: done.append("second"))
    turns.add(lambda: done.append("third"))
    assert done == []
    qtbot.waitUntil(lambda: len(done) == 3)
    assert done == ["first", "second", "third"]


def test_a_step_may_add_steps_and_clear_forgets_the_rest(qtbot: QtBot) -> None:
    owner, done = QObject(), list[str]()
    turns = Turns(owner)
    turns.add(lambda: turns.add(lambda: done.append("added"), turns.clear, lambda: done.append("never")))
    turns.add(lambda: done.append("before"))
    qtbot.waitUntil(lambda: "added" in done)
    turns.add(lambda: done.append("last"))
    qtbot.waitUntil(lambda: "last" in done)
    assert done == ["before", "added", "last"]
