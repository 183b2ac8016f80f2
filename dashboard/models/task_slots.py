"""Which task stands in which line of a very long table of which only a part is known. PURE: windows in, lines out."""

from __future__ import annotations

from collections import Counter

from broker_client.tasks.records import TaskRow, TaskWindow


class TaskSlots:
    """Lines of the table (*slots*) over positions of the collector's order: ``slot = position - newer``.

    While the table is held, the lines that are seen keep their tasks and only their content follows; tasks that came in
    above are counted in ``newer`` instead of pushing the rest down.
    """

    def __init__(self) -> None:
        self.total = 0
        self.newer = 0
        self._rows: dict[int, TaskRow] = {}
        self._slots: dict[str, int] = {}
        self._matching = 0

    def row(self, slot: int) -> TaskRow | None:
        """The task in ``slot``; ``None`` when that part of the table is not held."""
        return self._rows.get(slot)

    def slot_of(self, task_id: str) -> int | None:
        return self._slots.get(task_id)

    def held_rows(self) -> tuple[TaskRow, ...]:
        """What is held, from the top."""
        return tuple(self._rows[slot] for slot in sorted(self._rows))

    def meets_the_eye(self, window: TaskWindow, seen: range) -> bool:
        """Whether ``window`` was asked for the lines that are on the screen now and not for those of a moment ago."""
        start = seen.start + self.newer
        return window.query.offset <= start < window.query.offset + max(1, window.query.count)

    def place(self, window: TaskWindow, seen: range, *, held: bool) -> range:
        """Take over ``window``; return the smallest range of slots in which something changed."""
        self.newer = self._count_newer(window, seen) if held else 0
        positions = range(window.query.offset, window.query.offset + len(window.rows))
        rows = {p - self.newer: row for p, row in zip(positions, window.rows, strict=True) if p >= self.newer}
        if held:
            by_id = {row.id: row for row in window.rows}
            known = ((slot, self._rows.get(slot)) for slot in seen)
            rows |= {slot: by_id.get(old.id, old) for slot, old in known if old is not None}
        before, self._rows = self._rows, rows
        self._slots = {row.id: slot for slot, row in rows.items()}
        self._matching = window.matching
        kept = max((slot for slot in seen if slot in rows), default=-1) + 1 if held else 0
        self.total = max(0, window.matching - self.newer, kept)
        return _span({slot for slot in before.keys() | rows.keys() if before.get(slot) != rows.get(slot)}, self.total)

    def clear(self) -> None:
        self.total = self.newer = self._matching = 0
        self._rows.clear()
        self._slots.clear()

    def _count_newer(self, window: TaskWindow, seen: range) -> int:
        """How far the seen lines were pushed: what most of them say, or the growth when none is in the window."""
        offset = window.query.offset
        shown = {row.id: slot for slot in seen if (row := self._rows.get(slot)) is not None}
        shifts = Counter(offset + i - shown[row.id] for i, row in enumerate(window.rows) if row.id in shown)
        if shifts:
            return max(0, shifts.most_common(1)[0][0])
        return self.newer + max(0, window.matching - self._matching) if shown else self.newer


def _span(slots: set[int], total: int) -> range:
    inside = [slot for slot in slots if slot < total]
    return range(min(inside), max(inside) + 1) if inside else range(0)
