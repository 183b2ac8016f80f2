"""Cyclic garbage is collected on the GUI thread, whoever made it."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from dashboard.garbage_rounds import GarbageRounds, collect_what_is_due


class Knot:
    """Garbage as soon as it is let go: it holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def rounds(qtbot: QtBot) -> Iterator[GarbageRounds]:
    before = gc.isenabled()
    rounds = GarbageRounds()
    rounds.begin()
    yield rounds
    rounds.end()
    assert gc.isenabled() == before


def many_knots(ended_on: list[str]) -> None:
    for _ in range(gc.get_threshold()[0] * 3):
        weakref.finalize(Knot(), lambda: ended_on.append(threading.current_thread().name)).atexit = False


def test_no_other_thread_collects_and_the_gui_thread_does(rounds: GarbageRounds, qtbot: QtBot) -> None:
    ended_on: list[str] = []
    worker = threading.Thread(target=many_knots, args=(ended_on,), name="worker")
    worker.start()
    worker.join()
    assert ended_on == []
    qtbot.waitUntil(lambda: bool(ended_on))
    assert set(ended_on) == {threading.current_thread().name}


def test_little_garbage_waits(rounds: GarbageRounds) -> None:
    gc.collect()
    knot = Knot()
    alive = weakref.ref(knot)
    del knot
    collect_what_is_due()
    assert alive() is not None
