"""Waiting for a condition with a deadline: the tests' one way to wait for something outside Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_Value = TypeVar("_Value")
_POLL_S = 0.02


def until(condition: Callable[[], _Value], timeout_s: float = 30.0, words: str = "") -> _Value:
    """Return the first true value of ``condition``; fail the test when there was none within ``timeout_s``."""
    end = time.monotonic() + timeout_s
    pause = threading.Event()
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout_s:g} s: {words or 'the condition'} (last value: {value!r})")
        pause.wait(_POLL_S)
    return value
