"""Starts a collector and asks it. The collector is a process of its own, so that its work never holds up a window.

It ends with the client: on :meth:`CollectorClient.close`, or when this process goes away in whatever way.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from itertools import count
from typing import TypeVar

import msgspec

from broker_client.errors import BadAnswer, ConnectionLost, NoAnswer
from broker_client.profile import Profile, Secrets
from broker_client.tasks.clues import Whereabouts
from broker_client.tasks.door import (
    Answer,
    AskEtas,
    AskFamily,
    AskRows,
    AskSnapshot,
    AskStrays,
    AskTask,
    AskTaskTypes,
    AskValues,
    AskWhereabouts,
    Configure,
    Dying,
    EtasAnswer,
    FamilyAnswer,
    FrameReader,
    Request,
    Resize,
    RetryNow,
    RowsAnswer,
    SnapshotAnswer,
    StraysAnswer,
    TaskAnswer,
    TaskTypesAnswer,
    ValuesAnswer,
    WhereaboutsAnswer,
    answers,
    frame,
)
from broker_client.tasks.eta_book import Etas
from broker_client.tasks.family import TaskFamily
from broker_client.tasks.query_values import ValueCount
from broker_client.tasks.records import Snapshot, TaskDetail, TaskQuery
from broker_client.tasks.row_walk import RowPiece
from broker_client.tasks.source_path import source_path
from broker_client.tasks.stray_tasks import Strays
from broker_client.tasks.task_types import TaskTypes

_WHAT = "the task collector"
_MODULE = "broker_client.tasks.collector_process"
_READ_BYTES = 1 << 18
_GOODBYE_S = 1.0
_Kind = TypeVar(
    "_Kind",
    FamilyAnswer,
    SnapshotAnswer,
    TaskAnswer,
    TaskTypesAnswer,
    EtasAnswer,
    WhereaboutsAnswer,
    StraysAnswer,
    ValuesAnswer,
    RowsAnswer,
)


class CollectorClient:
    """One collector process. Used by one thread; every call raises ConnectionLost when the process has died."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._process = process
        self._to_it = process.stdin.fileno()
        self._from_it = process.stdout.fileno()
        self._frames = FrameReader()
        self._numbers = count(1)
        for descriptor in (self._to_it, self._from_it):
            os.set_blocking(descriptor, False)

    @classmethod
    def start(cls, profile: Profile, secrets: Secrets, *, max_tasks: int = 200_000) -> CollectorClient:
        """Start a collector for ``profile``. Returns at once; the first answer comes when it has started."""
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": source_path()},
            start_new_session=True,
        )
        client = cls(process)
        client._send(Configure(profile, secrets, max_tasks), time.monotonic() + _GOODBYE_S)
        return client

    @property
    def pid(self) -> int:
        return self._process.pid

    def snapshot(self, query: TaskQuery, known_revision: int = -1, deadline_s: float = 2.0) -> Snapshot | None:
        """What the screen shows now; ``None`` when nothing has changed since ``known_revision`` of the same query."""
        number = next(self._numbers)
        answer = self._ask(AskSnapshot(number, query, known_revision), number, SnapshotAnswer, deadline_s)
        return answer.snapshot

    def task(self, task_id: str, deadline_s: float = 2.0) -> TaskDetail | None:
        """Everything known of one task, with a fresh look into the result backend; ``None`` when nothing is known."""
        number = next(self._numbers)
        return self._ask(AskTask(number, task_id), number, TaskAnswer, deadline_s).detail

    def task_types(self, window_s: int, deadline_s: float = 2.0) -> TaskTypes:
        """How the tasks of each name fared in the last ``window_s`` seconds: one of ``WINDOWS_S``."""
        number = next(self._numbers)
        return self._ask(AskTaskTypes(number, window_s), number, TaskTypesAnswer, deadline_s).types

    def etas(self, deadline_s: float = 2.0) -> Etas:
        """The tasks that wait for their time, the next one first."""
        number = next(self._numbers)
        return self._ask(AskEtas(number), number, EtasAnswer, deadline_s).etas

    def family(self, task_id: str, deadline_s: float = 2.0) -> TaskFamily:
        """The tasks that belong to this one, itself among them, with a fresh look into the result backend."""
        number = next(self._numbers)
        return self._ask(AskFamily(number, task_id), number, FamilyAnswer, deadline_s).family

    def where_is(self, task_id: str, deadline_s: float = 4.0) -> Whereabouts:
        """One verdict on where the task is, from every source, asked now."""
        number = next(self._numbers)
        return self._ask(AskWhereabouts(number, task_id), number, WhereaboutsAnswer, deadline_s).found

    def strays(self, deadline_s: float = 4.0) -> Strays:
        """Tasks on which the sources disagree."""
        number = next(self._numbers)
        return self._ask(AskStrays(number), number, StraysAnswer, deadline_s).strays

    def values(self, field: str, deadline_s: float = 2.0) -> tuple[ValueCount, ...]:
        """The most frequent values of a field of the search language; ``kwargs.`` = the names of arguments."""
        number = next(self._numbers)
        return self._ask(AskValues(number, field), number, ValuesAnswer, deadline_s).values

    def rows(self, query: TaskQuery, deadline_s: float = 20.0) -> RowPiece:
        """The first of all rows that match ``query`` now, and the number under which the others are to be had."""
        number = next(self._numbers)
        return self._ask(AskRows(number, query), number, RowsAnswer, deadline_s).piece

    def more_rows(self, walk: int, deadline_s: float = 5.0) -> RowPiece:
        """The next rows of what :meth:`rows` began; none = there are no more."""
        number = next(self._numbers)
        return self._ask(AskRows(number, None, walk), number, RowsAnswer, deadline_s).piece

    def resize(self, max_tasks: int) -> None:
        """Hold at most so many tasks from now on; those that finished first leave first, failed ones last."""
        self._send(Resize(max_tasks), time.monotonic() + _GOODBYE_S)

    def retry_now(self) -> None:
        """Let every source that waits try at once."""
        self._send(RetryNow(), time.monotonic() + _GOODBYE_S)

    def close(self) -> None:
        """End the process and wait until it is gone."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.close()
        try:
            process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()

    def __enter__(self) -> CollectorClient:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    # ---- the pipe -----------------------------------------------------------------------------------------------

    def _ask(self, request: Request, number: int, kind: type[_Kind], deadline_s: float) -> _Kind:
        deadline = time.monotonic() + deadline_s
        self._send(request, deadline)
        while True:
            for answer in self._receive(deadline):
                if isinstance(answer, Dying):
                    raise ConnectionLost(f"{_WHAT} has stopped", answer.words)
                if isinstance(answer, kind) and answer.number == number:
                    return answer

    def _send(self, request: Request, deadline: float) -> None:
        data = memoryview(frame(request))
        while data:
            self._wait_for(self._to_it, selectors.EVENT_WRITE, deadline)
            try:
                data = data[os.write(self._to_it, data) :]
            except BlockingIOError:
                continue
            except (OSError, ValueError):
                raise self._lost() from None

    def _receive(self, deadline: float) -> list[Answer]:
        self._wait_for(self._from_it, selectors.EVENT_READ, deadline)
        try:
            data = os.read(self._from_it, _READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            raise self._lost() from None
        if not data:
            raise self._lost()
        try:
            return [answers.decode(body) for body in self._frames.feed(data)]
        except (ValueError, msgspec.MsgspecError) as problem:
            raise BadAnswer(f"{_WHAT} gave an answer that cannot be read", str(problem)) from None

    def _wait_for(self, descriptor: int, event: int, deadline: float) -> None:
        left_s = deadline - time.monotonic()
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(descriptor, event)
            except (OSError, ValueError):
                raise self._lost() from None
            if not selector.select(left_s):  # after the deadline this takes what has come by then
                raise NoAnswer(f"no answer from {_WHAT}", "the deadline passed")

    def _lost(self) -> ConnectionLost:
        return ConnectionLost(f"{_WHAT} has stopped", self._last_words())

    def _last_words(self) -> str:
        """Why it ended: its last line of complaint, which it can make only while it starts, or its exit code."""
        try:
            code = self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            return "it closed its pipe"
        assert self._process.stderr is not None
        complaint = self._process.stderr.read(_READ_BYTES) if not self._process.stderr.closed else b""
        lines = complaint.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {code}"
