"""A search of the task page that finds nothing says what was perhaps meant."""

from __future__ import annotations

from broker_client.tasks.records import Snapshot, TaskSummary, TaskWindow
from dashboard.pages.tasks import TasksPage
from dashboard.store.app_state import TasksArrived
from tests.page_stage import Stage, stamp


def test_an_unknown_state_in_a_search_is_told_where_nothing_is_shown(stage: Stage) -> None:
    page = stage.show(TasksPage)
    for text, words in (("state:failed", "FAILURE?"), ("state:failure", "fits the filter.")):
        page.tasks.filter_for(text)
        summary = TaskSummary(2, {"FAILURE": 1, "SUCCESS": 1})
        stage.receive(TasksArrived(stamp(), Snapshot(1, 0.0, summary, TaskWindow(stage.queries[-1]), (), (), True)))
        assert page.tasks.empty.isVisible()
        assert page.tasks.empty.accessibleDescription().endswith(words)
