"""Sorting in pieces gives what sorting at once gives."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import TypeVar

import pytest

from broker_client.tasks.sliced_sort import sorted_in_turns

_Found = TypeVar("_Found")


def driven(work: Generator[None, None, _Found]) -> tuple[_Found, int]:
    """What the work finds, and in how many turns."""
    turns = 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: _Found = done.value
            return found, turns
        turns += 1


@pytest.mark.parametrize("count", [0, 1, 500, 30_000])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_order_is_that_of_sorted_also_among_equals(count: int, reverse: bool) -> None:
    maker = random.Random(count)
    things = [(maker.randrange(50), place) for place in range(count)]
    found, _turns = driven(sorted_in_turns(things, key=lambda thing: thing[0], reverse=reverse))
    assert found == sorted(things, key=lambda thing: thing[0], reverse=reverse)


def test_much_takes_many_turns() -> None:
    _found, turns = driven(sorted_in_turns(list(range(20_000)), key=lambda thing: -thing))
    assert turns > 20
