"""PURE: the tasks of one family and how one led to the other: chains, groups, chords, tasks that tasks have sent."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

import msgspec

from broker_client.tasks.kin_index import SAME_FAILURE_S, KinIndex, dependency_of
from broker_client.tasks.plain_text import cut
from broker_client.tasks.records import CELL_CHARS
from broker_client.tasks.result_value import ResultDetail
from broker_client.tasks.task_record import TaskRecord

MOST_MEMBERS = 500
"""So many are shown; those that failed or still run come first."""
MOST_LOOKED_AT = 5_000
_CLOCKS_S = 0.1
UNSEEN = ""
"""The state of a task that others name and nobody has told anything of."""


class FamilyMember(msgspec.Struct, frozen=True, array_like=True):
    """One task. ``parents`` are those that had to come before it; a chord's ``body`` has all of its header."""

    id: str
    state: str = UNSEEN
    name: str | None = None
    parents: tuple[str, ...] = ()
    group_id: str | None = None
    body: bool = False
    exception: str | None = None
    worker: str | None = None
    at: float = 0.0
    """When the newest fact about it happened."""
    runtime_s: float | None = None
    never_run: bool = False
    guessed: bool = False
    """Its place is concluded from time and exception: Celery does not store it."""


class TaskFamily(msgspec.Struct, frozen=True):
    """The family of ``task_id``, itself among them. ``left_out``: more belong to it than are shown."""

    task_id: str
    members: tuple[FamilyMember, ...] = ()
    left_out: int = 0
    trouble: str = ""
    """Why the result backend could not be asked."""


class Kin(msgspec.Struct, gc=False):
    """What is known of one member before the links are drawn. Mutable, of one question alone."""

    id: str
    state: str = UNSEEN
    name: str | None = None
    parent_id: str | None = None
    group_id: str | None = None
    exception: str | None = None
    worker: str | None = None
    at: float = 0.0
    runtime_s: float | None = None
    never_run: bool = False
    after: str | None = None
    """The failed step that this one, which never ran, was waiting for, as far as that can be concluded."""


def kin_on_board(task_id: str, get: Callable[[str], TaskRecord | None], index: KinIndex) -> dict[str, Kin]:
    """Everyone whom the board links to ``task_id``, at most ``MOST_LOOKED_AT``. Ids that it only heard of are there
    with nothing else."""
    found: dict[str, Kin] = {}
    waiting, asked_roots, asked_groups = deque([task_id]), set[str](), set[str]()
    while waiting and len(found) < MOST_LOOKED_AT:
        one = waiting.popleft()
        if one in found:
            continue
        record = get(one)
        kin = found[one] = _kin_of(record) if record is not None else Kin(one)
        if kin.parent_id is not None:
            waiting.append(kin.parent_id)
        root = (record.root_id if record is not None else None) or one
        waiting.extend(index.below_parent(one))
        if root not in asked_roots:
            asked_roots.add(root)
            waiting.extend((root, *index.below_root(root)))
        if kin.group_id is not None and kin.group_id not in asked_groups:
            asked_groups.add(kin.group_id)
            waiting.extend(index.in_group(kin.group_id))
        if record is not None and record.state == "FAILURE":
            waiting.extend(_chain_kin(record, get, index, found))
    return found


def _kin_of(record: TaskRecord) -> Kin:
    parent = record.parent_id if record.parent_id != record.id else None
    return Kin(
        record.id,
        record.state,
        record.name and cut(record.name, CELL_CHARS),
        parent or dependency_of(record.exception or ""),
        record.group_id,
        record.exception and cut(record.exception, CELL_CHARS),
        record.worker,
        record.updated,
        record.runtime_s,
        record.never_run,
    )


def _chain_kin(
    record: TaskRecord, get: Callable[[str], TaskRecord | None], index: KinIndex, found: Mapping[str, Kin]
) -> Iterable[str]:
    """The steps after a failed one, or the one before a step that never ran: only where there is no other to confuse
    it with."""
    alike = [one for task_id in index.failed_alike(record) if (one := get(task_id)) is not None]
    failed = [one for one in alike if one.state == "FAILURE"]
    if record.never_run:
        before = _only_cause(record, failed)
        found[record.id].after = before
        return () if before is None else (before,)
    return [one.id for one in failed if one.never_run and _only_cause(one, failed) == record.id]


def _only_cause(never_run: TaskRecord, failed: Iterable[TaskRecord]) -> str | None:
    """The one failure that was stored just before a step was stored as not run."""
    ran = [
        one.id
        for one in failed
        if not one.never_run and -_CLOCKS_S <= never_run.state_at - one.state_at <= SAME_FAILURE_S
    ]
    return ran[0] if len(ran) == 1 else None


def learn(kin: dict[str, Kin], detail: ResultDetail) -> None:
    """Add what the result backend holds of one task: itself, and whom it names as its children."""
    fact = detail.fact
    one = kin.setdefault(fact.id, Kin(fact.id))
    if one.state == UNSEEN:
        one.state, one.name, one.worker = fact.state, fact.name and cut(fact.name, CELL_CHARS), fact.worker
        one.exception = fact.exception and cut(fact.exception, CELL_CHARS)
        one.at, one.never_run = fact.done_at or 0.0, fact.never_run
    one.group_id = one.group_id or detail.group_id
    if one.parent_id is None and fact.parent_id != one.id:
        one.parent_id = fact.parent_id or dependency_of(fact.exception or "")
    if one.parent_id is not None:
        kin.setdefault(one.parent_id, Kin(one.parent_id))
    for child in detail.children:
        if child != fact.id and len(kin) < MOST_LOOKED_AT:
            other = kin.setdefault(child, Kin(child))
            other.parent_id = other.parent_id or fact.id


def drawn(task_id: str, kin: Mapping[str, Kin], trouble: str = "") -> TaskFamily:
    """The family with its links. A chord's body is the one of a group whose parent is in that group too."""
    bodies: dict[str, str] = {}
    for one in kin.values():
        parent = kin.get(one.parent_id or "")
        if parent is not None and parent.group_id and (one.group_id == parent.group_id or _failed_body(one, parent)):
            bodies[one.id] = parent.group_id
    chosen = _chosen(task_id, kin)
    shown = {one.id for one in chosen}
    headers: defaultdict[str, list[str]] = defaultdict(list)
    for one in chosen:
        if one.group_id and one.id not in bodies:
            headers[one.group_id].append(one.id)
    members = (_member(one, headers.get(bodies.get(one.id, ""), ()), one.id in bodies, shown) for one in chosen)
    return TaskFamily(task_id, tuple(members), len(kin) - len(chosen), trouble)


def _failed_body(one: Kin, parent: Kin) -> bool:
    return one.group_id is None and dependency_of(one.exception or "") == parent.id


def _member(one: Kin, header: Iterable[str], body: bool, shown: set[str]) -> FamilyMember:
    if body:
        parents = tuple(header)
    else:
        parent = one.parent_id or one.after
        parents = (parent,) if parent in shown and parent is not None else ()
    return FamilyMember(
        one.id,
        one.state,
        one.name,
        parents,
        one.group_id,
        body,
        one.exception,
        one.worker,
        one.at,
        one.runtime_s,
        one.never_run,
        guessed=one.parent_id is None and one.after is not None,
    )


def _chosen(task_id: str, kin: Mapping[str, Kin]) -> list[Kin]:
    """At most ``MOST_MEMBERS``: the task and what leads to it, then trouble, then what runs, then the rest by time."""
    line = set[str]()
    one = kin.get(task_id)
    while one is not None and one.id not in line:
        line.add(one.id)
        one = kin.get(one.parent_id or one.after or "")
    parents = {other.parent_id for other in kin.values()}

    def place(other: Kin) -> tuple[int, float]:
        if other.id in line:
            return 0, other.at
        if other.state in ("FAILURE", "REJECTED", "REVOKED", "RETRY"):
            return 1, other.at
        if other.id in parents:
            return 2, other.at
        return (4 if other.state == "SUCCESS" else 3), other.at

    chosen = sorted(kin.values(), key=place)[:MOST_MEMBERS]
    return sorted(chosen, key=lambda other: (other.at or float("inf"), other.id))
