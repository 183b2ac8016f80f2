"""What the board says to the question where one task is."""

from __future__ import annotations

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.board_word import board_word
from broker_client.tasks.events import Event
from broker_client.tasks.records import StreamHealth
from broker_client.tasks.registered_tasks import RegisteredTasks

NOW, W1 = 1_000_000.0, "w1@host"


def test_the_word_tells_whose_clock_is_off() -> None:
    board = TaskBoard()
    board.fold_events([Event("worker-heartbeat", hostname=W1, timestamp=NOW + 3000.0, freq=2.0)], NOW)
    board.fold_events([Event("worker-heartbeat", hostname="w2@host", timestamp=NOW, freq=2.0)], NOW)
    word = board_word(board, "id-1", NOW, StreamHealth("events", "live"), RegisteredTasks())
    assert (word.record, word.clocks_off) == (None, {W1: -3000.0})
