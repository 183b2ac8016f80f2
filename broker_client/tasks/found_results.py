"""PURE: results that a scan has found, and what of them counts before they come to rest."""

from __future__ import annotations

from array import array
from collections import Counter

from broker_client.tasks.failure_tally import FailureTally
from broker_client.tasks.id_index import hashes_of
from broker_client.tasks.result_columns import ResultColumns
from broker_client.tasks.task_record import exception_type


class FoundResults:
    """Results with the ids of their tasks, and what these are found by."""

    def __init__(self, columns: ResultColumns) -> None:
        self.columns = columns
        self.ids = columns.ids()
        self.hashes = hashes_of(self.ids)

    def __len__(self) -> int:
        return len(self.ids)


def note_failures(found: ResultColumns, ended: array[float], tally: FailureTally) -> None:
    """Count those that failed, ``ended`` then by our clock."""
    kind, exceptions = found.each_kind(), dict(found.exceptions)
    alike = Counter(
        (int(ended[place] // 60), found.kinds[kind[place]].name, exceptions.get(place)) for place in found.failed()
    )
    for (minute, name, exception), times in alike.items():
        tally.add(minute * 60, name, exception_type(exception), times)


def young_enough(found: ResultColumns, ended: array[float], state: str, oldest: float) -> list[bool]:
    """Which of ``found`` did not end in ``state`` before ``oldest``."""
    leaving = [shared.state == state for shared in found.kinds]
    return [not leaving[number] or when >= oldest for number, when in zip(found.each_kind(), ended, strict=True)]
