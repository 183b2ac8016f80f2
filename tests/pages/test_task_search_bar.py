"""What is offered while one types a search: every field's values are asked, of the broker that is open."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pytestqt.qtbot import QtBot

from broker_client.errors import NoAnswer
from broker_client.tasks.query_values import ValueCount
from dashboard.actions.saved_searches import SavedSearch
from dashboard.pages.task_search_bar import TaskSearchBar
from dashboard.store.app_state import Session, SessionChanged
from tests.hands import SOON_MS
from tests.page_stage import Stage


class Collector:
    """Answers when it is let go; ``asked`` are the fields in their order."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.asked: list[str] = []
        self.fails = False

    def values(self, field: str) -> tuple[ValueCount, ...]:
        self.asked.append(field)
        self.let_go.wait()
        if self.fails:
            raise NoAnswer("no answer", "it starts")
        return (ValueCount(f"one {field}", 3),)

    def ask(self, question: Callable[[Any], Any]) -> Any:
        return question(self)


def bar_of(stage: Stage, collector: Collector, qtbot: QtBot) -> TaskSearchBar:
    bar = TaskSearchBar(replace(stage.context, ask_tasks=collector.ask), lambda: SavedSearch(""))
    qtbot.addWidget(bar)
    return bar


def idle(stage: Stage) -> bool:
    return not stage.jobs._running


def test_a_field_that_is_wanted_while_another_is_asked_comes_next(stage: Stage, qtbot: QtBot) -> None:
    collector = Collector()
    bar = bar_of(stage, collector, qtbot)
    for field in ("name", "worker", "queue"):
        bar.box.values_wanted.emit(field)
    collector.let_go.set()
    qtbot.waitUntil(lambda: {"name", "queue"} <= bar.box._values.keys(), timeout=SOON_MS)
    assert collector.asked == ["name", "queue"], "the newest wish alone is worth it"


def test_an_answer_of_the_broker_before_is_not_offered_and_the_field_is_asked_anew(stage: Stage, qtbot: QtBot) -> None:
    collector = Collector()
    bar = bar_of(stage, collector, qtbot)
    bar.box.values_wanted.emit("name")
    stage.receive(SessionChanged(Session("another")))
    collector.let_go.set()
    qtbot.waitUntil(lambda: idle(stage), timeout=SOON_MS)
    assert "name" not in bar.box._values
    bar.box.values_wanted.emit("name")
    qtbot.waitUntil(lambda: "name" in bar.box._values, timeout=SOON_MS)


def test_a_question_that_failed_is_asked_again_at_the_next_key(stage: Stage, qtbot: QtBot) -> None:
    collector = Collector()
    collector.fails = True
    collector.let_go.set()
    bar = bar_of(stage, collector, qtbot)
    bar.box.values_wanted.emit("name")
    qtbot.waitUntil(lambda: idle(stage), timeout=SOON_MS)
    collector.fails = False
    bar.box.values_wanted.emit("name")
    qtbot.waitUntil(lambda: "name" in bar.box._values, timeout=SOON_MS)
