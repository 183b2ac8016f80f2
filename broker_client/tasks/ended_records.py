"""PURE: new records of tasks of which only their stored results are known, made by the thousand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, repeat
from sys import intern

from broker_client.tasks.record_changes import REPORTED, STATE_STEPS
from broker_client.tasks.result_columns import ResultColumns
from broker_client.tasks.task_record import BACKEND, TaskRecord, pack_moment

_NO_KWARGS = intern("{}")


def ended_records(found: ResultColumns, done_at: Sequence[float], revision: int) -> list[TaskRecord]:
    """A record for each, ended ``done_at`` by our clock; the first one gets ``revision``, the others the next ones.

    The columns stand in the order of the fields of a record: no step of Python is taken for a field.
    """
    nothing = repeat(None)
    shared = [text if text is None else intern(text) for text in (found.name, found.worker, found.queue)]
    name, worker, queue = map(repeat, shared)
    step = STATE_STEPS.get(found.state, REPORTED)
    made = map(
        TaskRecord,
        found.ids,
        repeat(intern(found.state)),
        done_at,
        done_at,
        count(revision),
        name,
        found.args,
        [_NO_KWARGS if text == _NO_KWARGS else text for text in found.kwargs],
        worker,
        queue,
        nothing,  # sent
        nothing,  # received
        nothing,  # started
        done_at,
        nothing,  # runtime_s
        found.retries,
        found.exceptions or nothing,
        found.results,
        nothing,  # eta
        nothing,  # root_id
        found.parents or nothing,
        map(pack_moment, done_at, repeat(step), repeat(BACKEND)),
        repeat(True),  # stored
        repeat(False),  # never_run
        repeat(-1),  # entry
        [group if group is None else intern(group) for group in found.groups] or nothing,
    )
    return list(made)
