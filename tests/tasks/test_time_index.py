"""Records in slots of time: those that came by the thousand move, widen and go like those that came one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.kind_indexes import Kind, KindIndexes
from broker_client.tasks.task_record import TaskRecord
from broker_client.tasks.time_index import page

KINDS = (Kind("SUCCESS", "a", None, None), Kind("FAILURE", "b", None, None))
SECONDS = st.lists(st.integers(0, 40), max_size=30)


def records_at(seconds: list[int], first: int = 0) -> list[TaskRecord]:
    return [TaskRecord(f"t{first + n}", updated=second + 0.5, revision=first + n) for n, second in enumerate(seconds)]


def content(indexes: KindIndexes) -> list[tuple[str, list[str]]]:
    return [
        (kind.state, [record.id for record in page([shelf], 0, 100)])
        for kind, shelf in sorted(indexes.by_kind.items())
        if shelf.count
    ]


@given(SECONDS, SECONDS, st.integers(0, 3), st.sets(st.integers(0, 59)))
def test_many_at_once_are_kept_like_one_by_one(early: list[int], late: list[int], width: int, leave: set[int]) -> None:
    indexes, single = KindIndexes(), KindIndexes()
    first, second = records_at(early), records_at(late, len(early))
    for record in first:
        single.add(record, KINDS[record.revision % 2])
    indexes.spread(first, KINDS, [record.revision % 2 for record in first])
    for tree in (indexes, single):
        tree.widen_to(width)
        for record in first:
            if record.revision in leave:
                assert tree.remove(record, KINDS[record.revision % 2], int(record.updated))
                assert not tree.remove(record, KINDS[record.revision % 2], int(record.updated))
    indexes.spread(second, KINDS, [record.revision % 2 for record in second])
    for record in second:
        single.add(record, KINDS[record.revision % 2])
    for tree in (indexes, single):
        tree.widen_to(width + 1)
    assert content(indexes) == content(single)
    assert indexes.counts() == single.counts() and indexes.count == single.count == len(first + second) - len(
        leave & {record.revision for record in first}
    )
    assert all(shelf.holds(record) for _kind, shelf in indexes.shelves() for record in page([shelf], 0, 100))
