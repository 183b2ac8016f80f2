"""Who holds a queue: tasks that a worker may have are never called none."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.holders import Holder
from broker_client.tasks.inspection import HeldTask
from dashboard.actions.holding import Holding
from dashboard.actions.jobs import Ok
from dashboard.dialogs.holders_dialog import HoldersDialog
from tests.page_stage import Stage

MAIL = QueueKey("/", "mailq")
WORKER = "w1@h"


def heard(stage: Stage, running: int | None, waiting: int | None, unplaced: int, *held: HeldTask) -> HoldersDialog:
    dialog = HoldersDialog(stage.desk, MAIL, None)
    holder = Holder(MAIL, "t1", "c1", "c1 (1)", None, WORKER, 4, 3, running, waiting, unplaced)
    dialog._hear(Ok(Holding((holder,), held)))
    return dialog


@pytest.mark.parametrize(
    ("running", "waiting", "unplaced", "title"),
    [(0, 0, 0, "none now"), (0, None, 2, "not known"), (None, None, 0, "not known")],
)
def test_none_is_said_only_where_everything_is_known(
    stage: Stage, qtbot: QtBot, running: int | None, waiting: int | None, unplaced: int, title: str
) -> None:
    dialog = heard(stage, running, waiting, unplaced)
    assert dialog.held_title.text() == f"Tasks of this queue at {WORKER}: {title}"
    assert ("not known from which queue 2 tasks came" in dialog.told.text()) == bool(unplaced)
    dialog.reject()


def test_what_is_shown_may_not_be_all(stage: Stage, qtbot: QtBot) -> None:
    mine, lost = HeldTask("a", WORKER, "active", queue="mailq"), HeldTask("b", WORKER, "reserved")
    dialog = heard(stage, 1, None, 1, mine, lost)
    assert [task.id for task in dialog.held.rows()] == ["a"]
    assert dialog.held_title.text().endswith(": perhaps not all")
    assert dialog.holders.rows()[0].waiting is None
    dialog.reject()
