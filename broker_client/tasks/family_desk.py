"""Answers questions about families of tasks, with a look into the result backend, beside the folding.

What the board knows comes with the question; the results say which children a task has and which group it is of.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.tasks.door import FamilyAnswer
from broker_client.tasks.family import MOST_MEMBERS, Kin, drawn, learn
from broker_client.tasks.key_family import META
from broker_client.tasks.result_value import decode_detail
from broker_client.tasks.results import ResultReader

_ROUNDS = 4
"""A child that only a result names has a result of its own, which names its children ..."""
_IDLE_S = 30.0
_PAGE = 250


class AskedFamily(NamedTuple):
    number: int
    task_id: str
    kin: dict[str, Kin]
    """What the board knows; the desk goes on with it."""
    prefixes: tuple[bytes, ...]


class FamilyDesk(threading.Thread):
    """One thread, one connection to the result backend, which is closed while nobody asks."""

    def __init__(self, profile: Profile, secrets: Secrets, send: Callable[[FamilyAnswer], None]) -> None:
        super().__init__(name="families", daemon=True)
        self._profile = profile
        self._secrets = secrets
        self._send = send
        self._reader: ResultReader | None = None
        self._waiting: queue.SimpleQueue[AskedFamily] = queue.SimpleQueue()

    def ask(self, asked: AskedFamily) -> None:
        self._waiting.put(asked)

    def run(self) -> None:
        while True:
            try:
                asked = self._waiting.get(timeout=_IDLE_S)
            except queue.Empty:
                self._hang_up()
                continue
            trouble = ""
            if self._profile.redis_url:
                try:
                    self._learn(asked)
                except BrokerError as error:
                    self._hang_up()
                    trouble = str(error)
            self._send(FamilyAnswer(asked.number, drawn(asked.task_id, asked.kin, trouble)))

    def _learn(self, asked: AskedFamily) -> None:
        """Read the results of everyone who has one, then of those they named, and so on. Raises BrokerError."""
        read = set[str]()
        for _round in range(_ROUNDS):
            unread = [task_id for task_id in asked.kin if task_id not in read]
            wanted = sorted(unread, key=lambda task_id: task_id != asked.task_id)[: MOST_MEMBERS - len(read)]
            if not wanted:
                return
            read.update(wanted)
            for page in _pages(wanted, _PAGE):
                self._read(page, asked)

    def _read(self, task_ids: Iterable[str], asked: AskedFamily) -> None:
        if self._reader is None:
            self._reader = ResultReader(self._profile, self._secrets)
        keys = [
            prefix + META + task_id.encode("utf-8", "surrogatepass")
            for task_id in task_ids
            for prefix in asked.prefixes
        ]
        for result in self._reader.values(keys):
            learn(asked.kin, decode_detail(result.task_id, result.value))

    def _hang_up(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


def _pages(task_ids: list[str], size: int) -> Iterable[list[str]]:
    return (task_ids[start : start + size] for start in range(0, len(task_ids), size))
