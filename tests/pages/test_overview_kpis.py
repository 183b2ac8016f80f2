"""What the cards of the overview say."""

from __future__ import annotations

import math

import pytest

from broker_client.rabbit.entities import Overview, Rates
from broker_client.tasks.records import FailingTask, Snapshot, TaskQuery, TaskSummary, TaskWindow, WorkerRow
from dashboard.look.wording import DASH
from dashboard.pages import overview_kpis
from dashboard.pages.overview_kpis import NO_HISTORY, KpiHistory, against_average, change_words, thinned
from dashboard.store.app_state import AppState, Health, OverviewArrived, Stamp, TasksArrived

STAMP = Stamp(0.0, "test", 2.0)
NAN = math.nan


def broker(ready: int) -> AppState:
    overview = Overview("3.10.8", rates=Rates(publish=575.0), ready=ready)
    return AppState(overview=OverviewArrived(STAMP, overview, (), ("/",)))


def tasks(*workers: WorkerRow, failed: int = 0, synced: bool = True, failing: tuple[FailingTask, ...] = ()) -> AppState:
    summary = TaskSummary(failed_last_hour=failed, failing=failing)
    snapshot = Snapshot(1, 0.0, summary, TaskWindow(TaskQuery()), workers, (), synced)
    return AppState(tasks=TasksArrived(STAMP, snapshot))


@pytest.mark.parametrize(
    ("values", "words", "grows"),
    [
        ((100.0, 4_220.0), "+4,120 in 30 m", True),
        ((4_220.0, 100.0), "\N{MINUS SIGN}4,120 in 30 m", False),
        ((1_000.0, 1_010.0), "steady", False),
        ((NAN, 5.0), "", False),
    ],
)
def test_a_change_is_told_with_its_time(values: tuple[float, float], words: str, grows: bool) -> None:
    assert change_words(KpiHistory((0.0, 1_800.0), values)) == (words, grows)


@pytest.mark.parametrize(
    ("value", "words"),
    [(150.0, "50% above the 30 m average"), (50.0, "50% below the 30 m average"), (101.0, "as in the last 30 m")],
)
def test_a_rate_is_compared_with_its_own_average(value: float, words: str) -> None:
    assert against_average(value, KpiHistory((0.0, 1_800.0), (100.0, 100.0))) == words


def test_a_growing_backlog_warns_and_a_steady_one_does_not() -> None:
    growing = overview_kpis.ready_kpi(broker(ready=900), KpiHistory((0.0, 60.0), (1.0, 900.0)), None)
    assert (growing.value, growing.note_tone, growing.trend_tone) == ("900", "warn", "warn")
    steady = overview_kpis.ready_kpi(broker(ready=900), KpiHistory((0.0, 60.0), (900.0, 900.0)), None)
    assert (steady.note, steady.note_tone) == ("steady", "plain")


def test_unknown_says_why() -> None:
    down = AppState(health=(Health("management", "down"),))
    assert overview_kpis.ready_kpi(down, NO_HISTORY, None)[:3] == (DASH, "", "no answer")
    assert overview_kpis.failed_kpi(AppState(), NO_HISTORY).note == "not connected"


def test_a_vhost_of_which_nothing_is_known_is_not_zero() -> None:
    assert overview_kpis.ready_kpi(broker(ready=5), NO_HISTORY, "shop").value == DASH


def test_no_failure_is_good_news_once_the_results_were_read() -> None:
    assert overview_kpis.failed_kpi(tasks(synced=False), NO_HISTORY).value == DASH
    good = overview_kpis.failed_kpi(tasks(), NO_HISTORY)
    assert (good.value, good.note, good.note_tone) == ("0", "No task failed", "ok")


def test_failures_name_their_common_cause() -> None:
    failing = (FailingTask("a", 90, "Timeout", 1.0), FailingTask("b", 10, "KeyError", 1.0))
    kpi = overview_kpis.failed_kpi(tasks(failed=100, failing=failing), NO_HISTORY)
    assert (kpi.value, kpi.note, kpi.note_tone) == ("100", "2 task names, 90% Timeout", "crit")


def test_workers_that_are_silent_are_missed() -> None:
    online = WorkerRow("a", "online", slots=8, active=2)
    assert overview_kpis.workers_kpi(tasks(online), NO_HISTORY)[:4] == ("1", "of 1", "8 slots, 2 busy", "ok")
    some = overview_kpis.workers_kpi(tasks(online, WorkerRow("b", "silent")), NO_HISTORY)
    assert some[:4] == ("1", "of 2", "1 silent", "warn")
    none = overview_kpis.workers_kpi(tasks(WorkerRow("b", "silent")), NO_HISTORY)
    assert none[:4] == ("0", "of 1", "1 silent", "crit")


def test_thinning_keeps_the_newest_point() -> None:
    times = tuple(float(at) for at in range(1_000))
    kept = thinned(times, times)
    assert kept.times[-1] == 999.0 and 50 <= len(kept.times) <= 70
    assert thinned((), ()) == NO_HISTORY
