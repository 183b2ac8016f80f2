"""What an earlier inspection counts when it is asked where a task is, and when workers are asked anew."""

from __future__ import annotations

from typing import Any

import msgspec

from broker_client.tasks.clue_gatherer import may_be_scheduled, unless_ended
from broker_client.tasks.clues import BoardWord, Clues, WorkersSaid
from broker_client.tasks.inspection import HeldTask
from broker_client.tasks.result_value import ResultFact
from broker_client.tasks.task_record import TaskRecord
from broker_client.tasks.whereabouts import whereabouts

NOW, W1 = 1_000_000.0, "w1@host"
HELD = HeldTask("id-1", W1, "scheduled")
SAID = WorkersSaid(NOW, HELD, (W1,), held_at=NOW - 6)


def word(state: str, at: float, **known: Any) -> BoardWord:
    return BoardWord(NOW, TaskRecord("id-1", state, state_at=at, **known), inspected_at=NOW - 6)


def test_workers_are_asked_anew_for_what_has_begun_to_wait_since_the_inspection() -> None:
    assert may_be_scheduled(word("RETRY", NOW - 3), None)
    assert may_be_scheduled(word("RECEIVED", NOW - 3, eta=NOW + 9), None)
    assert not may_be_scheduled(word("RETRY", NOW - 9), None)
    assert not may_be_scheduled(word("RECEIVED", NOW - 3), None)
    assert not may_be_scheduled(word("FAILURE", NOW - 3, eta=NOW + 9), None)


def test_workers_are_asked_for_an_eta_that_nobody_knows() -> None:
    assert may_be_scheduled(word("RECEIVED", NOW - 9), HELD)
    assert not may_be_scheduled(word("RECEIVED", NOW - 9, eta=NOW + 9), HELD)


def test_an_end_that_was_stored_since_the_inspection_counts_more() -> None:
    assert unless_ended(SAID, ResultFact("id-1", "FAILURE", NOW - 3), None).held is None
    assert unless_ended(SAID, ResultFact("id-1", "FAILURE", NOW - 9), None) == SAID
    assert unless_ended(SAID, ResultFact("id-1", "RETRY"), None) == SAID
    off = msgspec.structs.replace(word("RETRY", NOW - 9), clocks_off={W1: -5.0})
    assert unless_ended(SAID, ResultFact("id-1", "FAILURE", NOW - 3, worker=W1), off) == SAID
    now = msgspec.structs.replace(SAID, held_at=None)
    assert unless_ended(now, ResultFact("id-1", "FAILURE", NOW - 3), None) == now


def test_the_evidence_of_an_inspection_is_as_old_as_it_is() -> None:
    found = whereabouts(Clues("id-1", NOW, word("RECEIVED", NOW - 9), SAID))
    assert [line.at for line in found.evidence if line.source == "workers"] == [NOW - 6]
