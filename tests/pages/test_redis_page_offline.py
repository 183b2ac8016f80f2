"""The page of Redis on told facts: unknown is a dash, a sample is called so, foreign text is text, old facts dim."""

from __future__ import annotations

import time

from broker_client.redis_condition import ClientRow, Database, RedisCondition, Replica, SlowCommand
from broker_client.redis_keys import Census
from broker_client.redis_server import RedisFacts
from broker_client.tasks.key_census import FamilyRow
from broker_client.tasks.redis_transport import HeldTask, Transport, TransportQueue
from broker_client.tasks.result_census import ResultRow
from broker_client.tasks.transport_message import WaitingTask
from dashboard.look.wording import DASH
from dashboard.models.key_family_table import family_table
from dashboard.models.keyed_table import KeyedTable
from dashboard.pages.overview_kpis import KpiHistory
from dashboard.pages.redis_kpis import growth_of, memory_kpi
from dashboard.pages.redis_page import CLIENTS, HELD, QUEUES, SLOW, RedisPage
from dashboard.store.app_state import Health, RedisArrived, RedisDetailArrived
from tests.page_stage import Stage, stamp

HOSTILE = "<b>bold</b>\u202e\x00\x1b[31m"
SHOWN = "<b>bold</b>\\u202e\\0\\x1b[31m"
FACTS = RedisFacts("7.0.15", used_bytes=18_000_000, max_bytes=50_000_000, role="master", clients=3)


def tell(stage: Stage, condition: RedisCondition, transport: Transport | None = None) -> None:
    stage.receive(RedisArrived(stamp(source="Redis INFO"), FACTS))
    stage.receive(RedisDetailArrived(stamp(source="Redis"), condition, transport))


def cell(model: KeyedTable, key: object, column: str) -> str:
    return str(model.index_of(key, model.column_of(column)).data())


def test_before_the_first_facts_nothing_is_called_zero(stage: Stage) -> None:
    page = stage.show(RedisPage)
    assert page.memory.accessibleName().startswith("Memory: unknown")
    stage.receive(Health("redis", "down", what="cannot connect to Redis", why="nothing listens there"))
    page.activate()
    assert "nothing listens there" in page.told.text()
    assert not page.side.fields.fields and not page.forget_button.isEnabled()


def test_what_redis_did_not_tell_is_a_dash_and_what_it_refused_is_said(stage: Stage) -> None:
    page = stage.show(RedisPage)
    tell(stage, RedisCondition(refused=("the slow log: this user has no permissions to run slowlog",)))
    fields = {field.name: field.value for field in page.side.fields.fields}
    assert fields["Append log"] == "" and fields["Expired"] == DASH
    assert "no permissions" in fields["Not told"]
    page.reveal(SLOW)
    assert "no permissions" in page.slow.empty.accessibleDescription()


def test_foreign_text_is_shown_as_text(stage: Stage) -> None:
    page = stage.show(RedisPage)
    slow = SlowCommand(1, 1_000.0, 120.0, HOSTILE, "h:1", HOSTILE)
    client = ClientRow(7, "h:1", HOSTILE, command="get")
    held = HeldTask("t", time.time() - 60, HOSTILE, WaitingTask("i", HOSTILE, HOSTILE))
    transport = Transport((TransportQueue(HOSTILE, 4, ((0, 1), (3, 3))),), 1, held.since, (held,))
    tell(stage, RedisCondition(slow=(slow,), clients=(client,)), transport)
    assert cell(page.slow.model, (1, 1_000.0), "command") == SHOWN
    assert cell(page.client_list.model, 7, "name") == SHOWN
    assert cell(page.queues.queues.model, HOSTILE, "name") == SHOWN
    assert cell(page.held.model, "t", "name") == SHOWN
    assert cell(page.queues.queues.model, HOSTILE, "step3") == "3"
    for view in (CLIENTS, QUEUES, HELD):
        page.reveal(view)
        page.filter_box.setText("no such thing")
        page.filter_box.flush()
        page.filter_box.clear()
        page.filter_box.flush()
    assert page.held.model.shown == 1


def test_figures_of_a_sample_wear_a_sign_and_say_what_they_rest_on(stage: Stage) -> None:
    model = family_table()
    whole = FamilyRow("other", "a:*", 10, 10, ("string",), 1_000.0, 100, b"a:1", 0.0, 60.0, 60.0)
    some = FamilyRow("results", "celery-task-meta-*", 40_000, 1_000, ("string",), 9e6, 300, b"k", 80.0)
    none = FamilyRow("other", "b:*", 3, 0)
    model.apply([whole, some, none])
    keys = [(row.kind, row.pattern) for row in (whole, some, none)]
    assert [cell(model, key, "size") for key in keys] == ["1.0 kB", "≈ 9.0 MB", DASH]
    assert [cell(model, key, "measured") for key in keys] == ["all", "1,000 of 40.0k", "none"]
    assert [cell(model, key, "never") for key in keys] == ["0", "≈ 80", DASH]
    page = stage.show(RedisPage)
    tell(stage, RedisCondition())
    page.census.census = Census(time.time(), 2.0, 40_013, 40_013, True, (whole, some, none), (), 40_000)
    page.census.changed.emit()
    assert "sizes from a sample" in page.told.text()
    assert page.families.model.shown == 3


def test_results_can_be_forgotten_only_when_there_are_some(stage: Stage) -> None:
    page = stage.show(RedisPage)
    page.census.census = Census(time.time(), 0.1, 1, 1, True, (), (ResultRow("a", 1, 9, 1, (("SUCCESS", 1.0),)),), 1)
    page.census.changed.emit()
    assert page.forget_button.isEnabled()
    page.census.forget()
    assert not page.forget_button.isEnabled() and page.results.model.total == 0


def test_old_facts_are_dimmed_with_their_age(stage: Stage) -> None:
    page = stage.show(RedisPage)
    stage.receive(RedisArrived(stamp(age_s=60.0, source="Redis INFO"), FACTS))
    stage.receive(Health("redis", "down", what="no answer from Redis"))
    page.activate()
    assert page.card.stale_reason is not None and "1 m" in page.card.stale_reason


def test_growth_needs_a_minute_of_watching_and_says_when_it_is_full() -> None:
    nan = float("nan")
    assert growth_of(KpiHistory((0.0, 30.0), (1.0, 2.0))) is None
    assert growth_of(KpiHistory((0.0, 100.0), (nan, 2.0))) is None
    history = KpiHistory((0.0, 50.0, 100.0), (8e6, nan, 18e6))
    growth = growth_of(history)
    assert growth is not None and growth.bytes_per_s == 1e5
    assert "full in 5 m 20 s" in memory_kpi(FACTS, history, growth).note
    assert "peak" in memory_kpi(FACTS, history, None).note


def test_the_roles_and_databases_are_told_in_words(stage: Stage) -> None:
    page = stage.show(RedisPage)
    tell(stage, RedisCondition(replicas=(Replica("h:1", "online", 2_000),), databases=(Database(0, 1_204, 3),)))
    fields = {field.name: field.value for field in page.side.fields.fields}
    assert fields["Role"] == "primary with 1 replica, 2.0 kB behind"
    assert fields["Databases"] == "0: 1,204 keys"
