"""The one holder of the window's state: folds arrivals in and says which slices changed.

Signals carry no payload: a receiver reads ``store.state``. While paused, the newest arrival of each slice is held back
and applied on resume; health, the tap (which is paused by itself), and answers to a question asked meanwhile (another
queue, another task, another query), always pass.
"""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from dashboard.store.app_state import (
    AppState,
    Arrival,
    Health,
    QueueDetailArrived,
    QueuesArrived,
    SessionChanged,
    TapArrived,
    TaskDetailArrived,
    TasksArrived,
    reduce,
)

SLICES = (
    "session",
    "health",
    "overview",
    "queues",
    "depths",
    "queue_detail",
    "topology",
    "tap",
    "redis",
    "redis_detail",
    "tasks",
    "task_detail",
    "findings",
)


class Store(QObject):
    """Lives on the GUI thread; ``receive`` is the only way in."""

    session_changed = Signal()
    health_changed = Signal()
    overview_changed = Signal()
    queues_changed = Signal()
    depths_changed = Signal()
    queue_detail_changed = Signal()
    topology_changed = Signal()
    tap_changed = Signal()
    redis_changed = Signal()
    redis_detail_changed = Signal()
    tasks_changed = Signal()
    task_detail_changed = Signal()
    findings_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = AppState()
        self._paused = False
        self._held: dict[type, Arrival] = {}
        self._signals = {name: getattr(self, f"{name}_changed") for name in SLICES}

    @property
    def state(self) -> AppState:
        return self._state

    @property
    def paused(self) -> bool:
        return self._paused

    @Slot(object)
    def receive(self, arrival: Arrival) -> None:
        """Fold ``arrival`` in now, or hold it while paused."""
        if isinstance(arrival, SessionChanged):
            self._held.clear()
        elif self._paused and not self._always_passes(arrival):
            self._held[type(arrival)] = _merged(self._held.get(type(arrival)), arrival)
            return
        self._apply(arrival)

    @Slot(bool)
    def set_paused(self, paused: bool) -> None:
        self._paused = paused
        if not paused:
            held, self._held = self._held, {}
            for arrival in held.values():
                self._apply(arrival)

    def _apply(self, arrival: Arrival) -> None:
        self._state, changed = reduce(self._state, arrival)
        for name in SLICES:
            if name in changed:
                self._signals[name].emit()

    def _always_passes(self, arrival: Arrival) -> bool:
        state = self._state
        match arrival:
            case Health() | TapArrived():
                return True
            case QueueDetailArrived(detail=detail):
                return state.queue_detail is None or state.queue_detail.detail.queue.key != detail.queue.key
            case TaskDetailArrived(task_id=task_id):
                return state.task_detail is None or state.task_detail.task_id != task_id
            case TasksArrived(snapshot=snapshot):
                return state.tasks is None or state.tasks.snapshot.window.query != snapshot.window.query
            case _:
                return False


def _merged(held: Arrival | None, newer: Arrival) -> Arrival:
    """``newer``, with the keys that changed in the held arrival added to its own."""
    if not (isinstance(held, QueuesArrived) and isinstance(newer, QueuesArrived)):
        return newer
    if held.changed is None or newer.changed is None:
        return msgspec.structs.replace(newer, changed=None)
    return msgspec.structs.replace(newer, changed=held.changed | newer.changed)
