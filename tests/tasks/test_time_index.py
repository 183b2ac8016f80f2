"""Records in slots of time move, widen and go, and stay in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.kind_indexes import Kind, KindIndexes
from broker_client.tasks.task_record import TaskRecord
from broker_client.tasks.time_index import by_update, page

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


@given(SECONDS, st.integers(0, 3), st.sets(st.integers(0, 29)))
def test_records_stay_in_order_while_slots_widen_and_some_leave(
    seconds: list[int], width: int, leave: set[int]
) -> None:
    indexes, records = KindIndexes(), records_at(seconds)
    for record in records:
        indexes.add(record, KINDS[record.revision % 2])
        indexes.add(record, KINDS[record.revision % 2])
    indexes.widen_to(width)
    for record in records:
        if record.revision in leave:
            assert indexes.remove(record, KINDS[record.revision % 2], int(record.updated))
            assert not indexes.remove(record, KINDS[record.revision % 2], int(record.updated))
    indexes.widen_to(width + 1)
    left = sorted((one for one in records if one.revision not in leave), key=by_update, reverse=True)
    assert content(indexes) == [
        (kind.state, ids)
        for number, kind in sorted(enumerate(KINDS), key=lambda pair: pair[1].state)
        if (ids := [record.id for record in left if record.revision % 2 == number])
    ]
    assert indexes.count == sum(indexes.counts().values()) == len(left)
    assert all(shelf.holds(record) for _kind, shelf in indexes.shelves() for record in page([shelf], 0, 100))
