"""The collector's thread that asks around: where one task is, and whether suspected results are really missing.

It waits for workers and brokers, so that the thread that folds never does.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import msgspec

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.tasks.clue_gatherer import ClueGatherer
from broker_client.tasks.clues import BoardWord
from broker_client.tasks.door import Answer, StraysAnswer, WhereaboutsAnswer
from broker_client.tasks.results import ResultReader
from broker_client.tasks.stray_tasks import Strays, Suspect, with_resultless
from broker_client.tasks.whereabouts import whereabouts

_IDLE_S = 8.0
"""Connections are left after so long without a question, before the broker misses a heartbeat."""


class AskedWhere(msgspec.Struct, frozen=True):
    number: int
    task_id: str
    word: BoardWord
    prefixes: tuple[bytes, ...]


class AskedStrays(msgspec.Struct, frozen=True):
    number: int
    strays: Strays
    suspected: tuple[Suspect, ...]
    prefixes: tuple[bytes, ...]


class WhereaboutsDesk(threading.Thread):
    """Answers through ``send``. :meth:`ask` may be called from any thread."""

    def __init__(self, profile: Profile, secrets: Secrets, send: Callable[[Answer], None]) -> None:
        super().__init__(name="whereabouts", daemon=True)
        self._profile = profile
        self._secrets = secrets
        self._send = send
        self._gatherer = ClueGatherer(profile, secrets)
        self._results: ResultReader | None = None
        self._waiting: queue.SimpleQueue[AskedWhere | AskedStrays] = queue.SimpleQueue()

    def ask(self, question: AskedWhere | AskedStrays) -> None:
        self._waiting.put(question)

    def run(self) -> None:
        while True:
            try:
                question = self._waiting.get(timeout=_IDLE_S)
            except queue.Empty:
                self._gatherer.close()
                continue
            if isinstance(question, AskedWhere):
                clues = self._gatherer.gather(question.task_id, question.word, question.prefixes)
                self._send(WhereaboutsAnswer(question.number, whereabouts(clues)))
            else:
                self._send(StraysAnswer(question.number, self._verified(question)))

    def _verified(self, question: AskedStrays) -> Strays:
        """A result that was stored while nobody listened is no stray."""
        if not question.suspected or not self._profile.redis_url:
            return question.strays
        try:
            if self._results is None:
                self._results = ResultReader(self._profile, self._secrets)
            present = self._results.present([one.id for one in question.suspected], question.prefixes)
        except BrokerError:
            self._results = None
            return question.strays
        return with_resultless(question.strays, question.suspected, present)
