"""The task page and the worker page on the demo shop: what real workers do arrives, can be narrowed down and opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.tasks.records import TaskRow
from dashboard.actions.task_rows_file import JSON
from dashboard.pages.tasks import TasksPage
from dashboard.pages.workers import WorkersPage
from tests.hands import SOON_MS
from tests.page_stage import Stage

LATER_MS = 40_000


@pytest.fixture
def page(stage: Stage, demo: Sandbox) -> TasksPage:
    """The task page, watching the demo."""
    stage.connect(demo.profile, demo.secrets)
    return stage.show(TasksPage)


def states(page: TasksPage) -> set[str]:
    return {row.state for row in page.tasks.model.rows()}


def ran(page: TasksPage) -> Iterator[TaskRow]:
    """Tasks that a worker took up: later steps of a failed chain never ran."""
    return (row for row in page.tasks.model.rows() if row.worker)


def test_tasks_stream_in_and_chips_count_them(page: TasksPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.tasks.model.shown > 5, timeout=SOON_MS)
    first = page.tasks.model.shown
    qtbot.waitUntil(lambda: page.tasks.model.shown > first, timeout=SOON_MS)
    qtbot.waitUntil(lambda: (page.tasks.chips.chip("SUCCESS").number or 0) > 0, timeout=SOON_MS)
    live = ("Events live", "Results live", "Inspection live")
    qtbot.waitUntil(lambda: page.tasks.sources.words == live, timeout=SOON_MS)


def test_chips_and_text_narrow_the_table_down(page: TasksPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "SUCCESS" in states(page), timeout=SOON_MS)
    page.tasks.chips.chip("SUCCESS").click()
    qtbot.waitUntil(lambda: states(page) == {"SUCCESS"}, timeout=SOON_MS)
    page.tasks.filter_box.setText("shop.mail")
    qtbot.waitUntil(
        lambda: {(row.name or "").rpartition(".")[0] for row in page.tasks.model.rows()} == {"shop.mail"},
        timeout=SOON_MS,
    )
    page.tasks.filter_box.setText("!shop.mail")
    qtbot.waitUntil(
        lambda: (
            bool(names := {row.name or "" for row in page.tasks.model.rows()})
            and not any(name.startswith("shop.mail") for name in names)
        ),
        timeout=SOON_MS,
    )


def test_a_search_is_completed_from_the_brokers_words_and_its_tasks_are_exported(
    page: TasksPage, qtbot: QtBot, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: "SUCCESS" in states(page), timeout=SOON_MS)
    box = page.tasks.filter_box
    box.setFocus()
    QTest.keyClicks(box, "name:sho")
    qtbot.waitUntil(lambda: any(offer.words.startswith("shop.") for offer in box.offers), timeout=SOON_MS)
    QTest.keyClick(box.popup, Qt.Key.Key_Down)
    QTest.keyClick(box.popup, Qt.Key.Key_Return)
    name = box.text().removeprefix("name:").strip()
    QTest.keyClicks(box, "(state:success OR runtime>0) age<1h")
    qtbot.waitUntil(
        lambda: page.tasks.model.shown > 0 and {row.name for row in page.tasks.model.rows()} == {name}, timeout=SOON_MS
    )
    page.tasks.export.write(page.tasks.model.query, page.tasks.shown_columns(), tmp_path / "tasks.json", JSON)
    qtbot.waitUntil(lambda: not page.tasks.export.running, timeout=SOON_MS)
    written = json.loads((tmp_path / "tasks.json").read_bytes())
    assert {task["name"] for task in written} == {name} and {"SUCCESS"} <= {task["state"] for task in written}


def test_a_real_failure_is_folded_and_names_its_sources(page: TasksPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.tasks.model.shown > 0, timeout=SOON_MS)
    page.tasks.chips.chip("FAILURE").click()
    qtbot.waitUntil(lambda: states(page) == {"FAILURE"} and any(ran(page)), timeout=LATER_MS)
    page.reveal(next(ran(page)).id)
    panel = page.panel
    qtbot.waitUntil(lambda: panel.failure.folded is not None and panel.detail is not None, timeout=SOON_MS)
    assert panel.failure.folded is not None and panel.failure.folded.frame is not None
    assert "site-packages" not in panel.failure.folded.frame.file
    assert panel.failure.place.text().startswith("lab/")
    qtbot.waitUntil(lambda: panel.args.source_text.startswith("from the result backend"), timeout=SOON_MS)
    assert panel.state.text() == "Failure"
    assert "failed" in {step.what for step in panel.timeline.steps}
    fields = {field.name: field.value for field in panel.fields.fields}
    assert fields["Worker"].endswith("@shop")
    assert fields["Result kept for"]


def test_the_family_of_a_chord_is_drawn_and_leads_to_its_members(page: TasksPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: page.tasks.model.shown > 0, timeout=SOON_MS)
    page.tasks.filter_box.setText("name:shop.reports.build")
    qtbot.waitUntil(lambda: "shop.reports.build" in {row.name for row in page.tasks.model.rows()}, timeout=LATER_MS)
    built = next(row for row in page.tasks.model.rows() if row.name == "shop.reports.build")
    page.reveal(built.id)
    graph = page.panel.family.graph
    qtbot.waitUntil(lambda: page.panel.family.isVisible() and len(graph.plan.boxes) > 1, timeout=SOON_MS)

    def parents() -> int:
        body = graph.plan.box_of(built.id)
        return len(body.member.parents) if body is not None else 0

    qtbot.waitUntil(lambda: parents() > 1, timeout=LATER_MS)
    body = graph.plan.box_of(built.id)
    assert graph.plan.frames[0].words.startswith("Chord of ")
    member = graph.plan.boxes[0] if graph.plan.boxes[0] != body else graph.plan.boxes[1]
    graph.open_box(member)
    qtbot.waitUntil(lambda: page.panel.task_id == member.member.id or member.fold is not None, timeout=SOON_MS)


def test_workers_appear_with_what_they_do(stage: Stage, demo: Sandbox, qtbot: QtBot) -> None:
    stage.connect(demo.profile, demo.secrets)
    workers = stage.show(WorkersPage)
    qtbot.waitUntil(
        lambda: {row.name for row in workers.model.rows() if row.status == "online" and row.queues} >= {"mail@shop"},
        timeout=SOON_MS,
    )
    workers.reveal("mail@shop")
    qtbot.waitUntil(lambda: workers.panel.status.text() == "Online", timeout=SOON_MS)
    assert {link[2] for link in workers.panel.queues.links} >= {"tasks.mail"}
