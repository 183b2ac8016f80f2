"""PURE: which tasks belong together, by what their facts say: root, parent, group, what a chord's body failed of.

Celery does not store which step a chain's never-run steps waited for. Those are found among the failures of the same
second with the same exception; a few thousand of the newest failures are remembered for that.
"""

from __future__ import annotations

import re
from array import array
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator

from broker_client.tasks.result_columns import ResultColumns
from broker_client.tasks.task_record import TaskRecord

_FEW = 16
_MOST_FAILURES = 20_000
_DEPENDENCY = re.compile(r"^ChordError\(['\"]Dependency (\S{1,255}) raised")
SAME_FAILURE_S = 0.5
_Ids = str | list[str] | dict[str, None]


class KinIndex:
    """Ids by what they have in common. Not thread-safe: the board owns it."""

    def __init__(self) -> None:
        self._by_root: dict[str, _Ids] = {}
        self._by_parent: dict[str, _Ids] = {}
        self._by_group: dict[str, _Ids] = {}
        self._failures: OrderedDict[tuple[int, str], _Ids] = OrderedDict()
        self._found: deque[tuple[ResultColumns, array[float]]] = deque()

    def note(self, record: TaskRecord) -> None:
        """The links of ``record`` are known, or others than before."""
        if record.root_id is not None:
            if record.root_id != record.id:
                _add(self._by_root, record.root_id, record.id)
        elif record.parent_id is not None:
            _add(self._by_parent, record.parent_id, record.id)
        if record.group_id is not None:
            _add(self._by_group, record.group_id, record.id)

    def note_found(self, found: ResultColumns, ended: array[float]) -> None:
        """Tasks have been found in the result backend, ``ended`` then by our clock. They are sorted in when there is
        time, or when somebody asks."""
        self._found.append((found, ended))

    @property
    def is_behind(self) -> bool:
        return bool(self._found)

    def catch_up(self) -> None:
        """Sort in some thousands of those that were found."""
        found, ended = self._found.popleft()
        failed, parents, groups = found.failed(), dict(found.parents), dict(found.groups)
        if not (failed or parents or groups):
            return
        ids, exceptions = found.ids(), dict(found.exceptions)
        for place in failed:
            self.note_failure(ids[place], ended[place], exceptions.get(place, ""))
        for place in parents.keys() | groups.keys():
            if place in parents:
                _add(self._by_parent, parents[place], ids[place])
            if place in groups:
                _add(self._by_group, groups[place], ids[place])

    def _settle(self) -> None:
        while self._found:
            self.catch_up()

    def note_failure(self, task_id: str, failed_at: float, exception: str) -> None:
        """A task has failed with that exception."""
        needed = dependency_of(exception)
        if needed is not None:
            _add(self._by_parent, needed, task_id)
        key = (int(failed_at), exception)
        _add(self._failures, key, task_id)
        self._failures.move_to_end(key)
        if len(self._failures) > _MOST_FAILURES:
            self._failures.popitem(last=False)

    def forget(self, record: TaskRecord) -> None:
        self._settle()
        _drop(self._by_root, record.root_id, record.id)
        _drop(self._by_parent, record.parent_id, record.id)
        _drop(self._by_group, record.group_id, record.id)
        _drop(self._by_parent, dependency_of(record.exception or ""), record.id)

    def below_root(self, root_id: str) -> Iterable[str]:
        self._settle()
        return _all(self._by_root.get(root_id))

    def below_parent(self, task_id: str) -> Iterable[str]:
        """Children whose root nobody told."""
        self._settle()
        return _all(self._by_parent.get(task_id))

    def in_group(self, group_id: str) -> Iterable[str]:
        self._settle()
        return _all(self._by_group.get(group_id))

    def failed_alike(self, record: TaskRecord) -> Iterator[str]:
        """Failures with the exception of ``record`` in its second or in one beside it."""
        self._settle()
        second = int(record.state_at)
        for near in (second - 1, second, second + 1):
            yield from _all(self._failures.get((near, record.exception or "")))


def dependency_of(exception: str) -> str | None:
    """The id of the task because of which a chord's body was not run."""
    found = _DEPENDENCY.match(exception) if exception.startswith("ChordError(") else None
    return found[1] if found else None


def _all(ids: _Ids | None) -> Iterable[str]:
    return () if ids is None else (ids,) if isinstance(ids, str) else tuple(ids)


def _add(index: dict[str, _Ids] | dict[tuple[int, str], _Ids], key: str | tuple[int, str], task_id: str) -> None:
    """Most families are small: one id is kept as it is, a few as a list, many as a mapping."""
    entries: dict[object, _Ids] = index  # type: ignore[assignment]
    ids = entries.get(key)
    if ids is None:
        entries[key] = task_id
    elif isinstance(ids, dict):
        ids[task_id] = None
    elif isinstance(ids, str):
        if ids != task_id:
            entries[key] = [ids, task_id]
    elif task_id not in ids:
        if len(ids) < _FEW:
            ids.append(task_id)
        else:
            entries[key] = dict.fromkeys((*ids, task_id))


def _drop(index: dict[str, _Ids], key: str | None, task_id: str) -> None:
    ids = index.get(key) if key is not None else None
    if ids is None or key is None:
        return
    if isinstance(ids, str):
        if ids == task_id:
            del index[key]
    elif task_id in ids:
        if len(ids) == 1:
            del index[key]
        elif isinstance(ids, dict):
            del ids[task_id]
        else:
            ids.remove(task_id)
