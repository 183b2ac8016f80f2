"""What the board says to the question where one task is."""

from __future__ import annotations

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.board_word import board_word
from broker_client.tasks.events import Event
from broker_client.tasks.inspection import HeldTask, Inspection
from broker_client.tasks.records import StreamHealth
from broker_client.tasks.registered_tasks import RegisteredTasks

NOW, W1 = 1_000_000.0, "w1@host"


def test_the_word_tells_whose_clock_is_off() -> None:
    board = TaskBoard()
    board.fold_events([Event("worker-heartbeat", hostname=W1, timestamp=NOW + 3000.0, freq=2.0)], NOW)
    board.fold_events([Event("worker-heartbeat", hostname="w2@host", timestamp=NOW, freq=2.0)], NOW)
    word = board_word(board, "id-1", NOW, StreamHealth("events", "live"), RegisteredTasks())
    assert (word.record, word.clocks_off) == (None, {W1: -3000.0})


def test_a_hold_for_an_eta_counts_until_something_happens() -> None:
    board = TaskBoard()
    held = HeldTask("id-1", W1, "scheduled", "shop.pay", eta=NOW + 30)
    board.fold_inspection(Inspection(NOW, held=(held,)), NOW)

    def told(now: float) -> HeldTask | None:
        events = StreamHealth("events", "live")
        word = board_word(board, "id-1", now, events, RegisteredTasks(), held, inspected_at=NOW)
        assert word.inspected_at == NOW
        return word.scheduled

    assert told(NOW + 8) == held
    assert told(NOW + 40) is None  # its time has come
    board.fold_events([Event("task-started", uuid="id-1", hostname=W1, timestamp=NOW + 5)], NOW + 5)
    assert told(NOW + 8) is None
    board.fold_events([Event("task-failed", uuid="id-1", hostname=W1, timestamp=NOW + 6)], NOW + 6)
    assert told(NOW + 8) is None
