"""The router behind predictions: made on a thread, kept while nothing that decides about routes is different."""

from __future__ import annotations

import threading

import pytest
from pytestqt.qtbot import QtBot

from broker_client.rabbit.entities import Exchange, ExchangeKey, QueueKey
from broker_client.rabbit.routing import Router
from dashboard.pages.router_keeper import RouterKeeper
from tests.page_stage import Stage
from tests.topology.topology_examples import binding, row

EXCHANGES = (Exchange("/", "shop", "topic"),)
ROWS = (row("mail"), row("audit"))


def ready(keeper: RouterKeeper) -> Router:
    assert keeper.router is not None
    return keeper.router


def test_it_is_made_and_prepared_off_the_gui_thread_and_only_when_routes_may_differ(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    prepared = list[threading.Thread]()
    prepare = Router.prepare

    def noted(router: Router) -> None:
        prepared.append(threading.current_thread())
        prepare(router)

    monkeypatch.setattr(Router, "prepare", noted)
    keeper = RouterKeeper(stage.jobs, stage.store)
    bindings = (binding("shop", "mail", "order.#"),)
    with qtbot.waitSignal(keeper.renewed):
        keeper.learn(EXCHANGES, bindings, ROWS, "3.10.8")
    first = ready(keeper)
    assert first.destinations(ExchangeKey("/", "shop"), "order.new") == (QueueKey("/", "mail"),)
    keeper.learn(tuple(EXCHANGES), bindings, ROWS, "3.10.8")
    assert not keeper.busy
    with qtbot.waitSignal(keeper.renewed):
        keeper.learn(EXCHANGES, (*bindings, binding("shop", "audit", "#")), ROWS, "3.10.8")
        told = keeper.router
    assert told is first, "the router before answers until the new one is ready"
    assert len(prepared) == 2 and threading.main_thread() not in prepared


def test_a_router_of_another_broker_never_comes(stage: Stage, qtbot: QtBot) -> None:
    keeper = RouterKeeper(stage.jobs, stage.store)
    keeper.learn(EXCHANGES, (), ROWS, "")
    keeper.forget()
    assert not keeper.busy
    with qtbot.waitSignal(keeper.renewed):
        keeper.learn(EXCHANGES, (), ROWS[:1], "")
    assert len(ready(keeper).topology.queues) == 1
