"""A round of questions to workers: what is asked of whom, and the answers as they come. A mailbox carries it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from uuid import uuid4

from broker_client.tasks.pidbox import Answers, OnReply, Questions, question_body, read_reply


class Round:
    """``address`` is where replies go. Answers that nobody asked for are ignored."""

    def __init__(
        self,
        questions: Questions,
        expected: frozenset[str],
        deadline_s: float,
        workers: Sequence[str],
        on_reply: OnReply | None,
    ) -> None:
        self.address = uuid4().hex
        self.answers: Answers = {method: {} for method in questions}
        self.deadline_s = deadline_s
        self._questions = questions
        self._expected = expected
        self._workers = workers
        self._on_reply = on_reply
        self._tickets = {uuid4().hex: method for method in questions}

    def bodies(self) -> Iterator[bytes]:
        """The messages to send, one for each question."""
        for ticket, method in self._tickets.items():
            yield question_body(method, self._questions[method], ticket, self.address, self._workers)

    def turns(self) -> Iterator[float]:
        """Until the deadline, or until all who are expected have answered everything: the seconds that are left.

        The last turn has none: it takes what has come by the deadline while this process was busy.
        """
        end, left_s = time.monotonic() + self.deadline_s, self.deadline_s
        while left_s > 0 and not self._is_answered():
            yield left_s
            left_s = end - time.monotonic()
        if not self._is_answered():
            yield 0.0

    def take(self, ticket: str, body: bytes) -> None:
        """A reply has come."""
        method = self._tickets.get(ticket)
        if method is None:
            return
        for worker, answer in read_reply(body).items():
            self.answers[method][worker] = answer
            if self._on_reply is not None:
                self._on_reply(method, worker, answer)

    def _is_answered(self) -> bool:
        expected = self._expected
        return bool(expected) and all(expected <= by_worker.keys() for by_worker in self.answers.values())


class Mailbox(ABC):
    """Workers' mailbox. Used by the thread that made it; every call raises BrokerError."""

    def ask(
        self,
        questions: Questions,
        expected: frozenset[str],
        deadline_s: float,
        workers: Sequence[str] = (),
        on_reply: OnReply | None = None,
    ) -> Answers:
        """Send ``questions`` to ``workers`` (none = all) and collect answers until the deadline.

        Returns early once all ``expected`` workers have answered everything, and at once when nobody can hear it.
        """
        asked = Round(questions, expected, deadline_s, workers, on_reply)
        self._carry(asked)
        return asked.answers

    @abstractmethod
    def listens(self, worker: str) -> bool:
        """Whether ``worker`` holds its mailbox now."""

    @abstractmethod
    def keep_alive(self, span_s: float) -> None:
        """Wait, and keep the connection."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _carry(self, asked: Round) -> None:
        """Send its bodies and let it take the replies."""
