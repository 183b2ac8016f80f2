"""Questions to a connection that one thread owns, asked from other threads: they wait in line until it has time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from typing import Any, Generic, TypeVar

from broker_client.errors import BrokerError, NoAnswer

_Client = TypeVar("_Client")
_MOST_WAITING = 100


class QuestionLine(Generic[_Client]):
    """``ask`` blocks a job's thread, never the GUI's; ``answer`` and ``turn_away`` belong to the owning thread."""

    def __init__(self, whom: str) -> None:
        self._whom = whom
        self._waiting: deque[tuple[Callable[[_Client], Any], Future[Any]]] = deque()
        self._lock = threading.Lock()

    def ask(self, question: Callable[[_Client], Any], timeout_s: float, nudge: Callable[[], None]) -> Any:
        """What ``question`` returns when it is called with the client. Raises BrokerError."""
        answer: Future[Any] = Future()
        with self._lock:
            if len(self._waiting) >= _MOST_WAITING:
                raise NoAnswer(f"{self._whom} is busy", "too many questions wait already")
            self._waiting.append((question, answer))
        nudge()
        try:
            return answer.result(timeout_s)
        except NotInTime:
            answer.cancel()
            raise NoAnswer(f"no answer from {self._whom}", "the deadline passed") from None

    def answer(self, client: _Client) -> None:
        """Ask what waits. A question that fails leaves the rest in line, and its BrokerError goes to who asked."""
        while (waiting := self._take()) is not None:
            question, answer = waiting
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                answer.set_result(question(client))
            except BrokerError as error:
                answer.set_exception(error)
                if error.retryable:
                    raise

    def turn_away(self, error: BrokerError) -> None:
        """Tell everyone in line that there will be no answer."""
        while (waiting := self._take()) is not None:
            if waiting[1].set_running_or_notify_cancel():
                waiting[1].set_exception(error)

    def _take(self) -> tuple[Callable[[_Client], Any], Future[Any]] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None
