"""Newer depths over the management API's rows."""

from __future__ import annotations

from broker_client.rabbit.entities import Depth, QueueKey
from dashboard.models.live_queues import LiveQueues
from tests.models.queue_examples import make_row

ORDERS, MAIL = QueueKey("/", "orders"), QueueKey("/", "mail")


def filled() -> LiveQueues:
    live = LiveQueues()
    live.take_rows((make_row("orders"), make_row("mail")), None, at=100.0)
    return live


def ready_of(live: LiveQueues, key: QueueKey) -> int | None:
    row = live.row(key)
    assert row is not None
    return row.queue.ready


def test_a_depth_changes_its_row_and_no_other() -> None:
    live = filled()
    changed = live.take_depths((Depth(ORDERS, 99, 3), Depth(MAIL, 40, 3)), at=100.3)
    assert [row.key for row in changed] == [ORDERS]
    assert ready_of(live, ORDERS) == 99
    assert ready_of(live, MAIL) == 40


def test_the_same_depth_again_changes_nothing() -> None:
    live = filled()
    live.take_depths((Depth(ORDERS, 99, 3),), at=100.3)
    assert live.take_depths((Depth(ORDERS, 99, 3),), at=100.6) == ()


def test_a_fresh_depth_outlives_the_next_answer_of_the_management_api() -> None:
    live = filled()
    live.take_depths((Depth(ORDERS, 99, 3),), at=101.9)
    change = live.take_rows((make_row("orders"), make_row("mail")), frozenset(), at=102.0)
    assert ready_of(live, ORDERS) == 99
    assert change.changed == frozenset({ORDERS})


def test_an_old_depth_gives_way_and_its_row_is_named() -> None:
    live = filled()
    live.take_depths((Depth(ORDERS, 99, 3),), at=100.3)
    change = live.take_rows((make_row("orders"), make_row("mail")), frozenset(), at=200.0)
    assert ready_of(live, ORDERS) == 40
    assert change.changed == frozenset({ORDERS})


def test_a_depth_of_a_queue_that_is_not_listed_is_kept_for_later() -> None:
    live = filled()
    new = QueueKey("/", "new")
    assert live.take_depths((Depth(new, 5, 0),), at=100.3) == ()
    live.take_rows((make_row("new"),), None, at=101.0)
    assert ready_of(live, new) == 5


def test_rows_that_are_gone_are_unknown() -> None:
    live = filled()
    live.take_rows((make_row("mail"),), None, at=101.0)
    assert live.row(ORDERS) is None


def test_the_same_queues_again_name_only_the_rows_that_differ() -> None:
    live, keys = LiveQueues(), (ORDERS, MAIL)
    live.take_rows((make_row("orders"), make_row("mail")), None, at=100.0, keys=keys)
    busier = make_row("mail", ready=77)
    change = live.take_rows((make_row("orders"), busier), frozenset({MAIL}), at=102.0, keys=keys)
    assert change.differing == [busier]
    assert ready_of(live, MAIL) == 77


def test_other_queues_than_before_are_taken_whole() -> None:
    live = LiveQueues()
    live.take_rows((make_row("orders"),), None, at=100.0, keys=(ORDERS,))
    change = live.take_rows((make_row("mail"),), frozenset({ORDERS, MAIL}), at=102.0, keys=(MAIL,))
    assert change.differing is None
    assert live.row(ORDERS) is None
