"""``python -m broker_client.tasks.collector_process``: gathers what Celery does, and answers over its standard streams.

Started by :class:`broker_client.tasks.collector.CollectorClient`. Its first request configures it; the end of standard
input ends it at once. Standard output carries frames alone, so everything that prints goes nowhere.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading

import msgspec

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.tasks.board import TaskBoard
from broker_client.tasks.door import Answer, Configure, Dying, FrameReader, TaskAnswer, frame, requests
from broker_client.tasks.fact_sources import FactSources
from broker_client.tasks.family_desk import FamilyDesk
from broker_client.tasks.fold_loop import Ended, FoldLoop
from broker_client.tasks.inbox import Inbox
from broker_client.tasks.result_value import ResultDetail, decode_detail
from broker_client.tasks.results import ResultReader
from broker_client.tasks.task_lookup import Known, join_detail
from broker_client.tasks.task_record import BACKEND, STEP_CODE, TaskRecord, with_moment
from broker_client.tasks.whereabouts_desk import WhereaboutsDesk

_INBOX_LIMIT = 20_000
_SWITCH_INTERVAL_S = 0.002
_READ_BYTES = 1 << 16


class FrameWriter:
    """Writes answers to the pipe, one whole frame at a time, from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, answer: Answer) -> None:
        data = memoryview(frame(answer))
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError:
                os._exit(0)


class Lookups(threading.Thread):
    """Answers questions about one task, with a look into the result backend, beside the folding."""

    def __init__(self, profile: Profile, secrets: Secrets, writer: FrameWriter) -> None:
        super().__init__(name="lookups", daemon=True)
        self._profile = profile
        self._secrets = secrets
        self._writer = writer
        self._reader: ResultReader | None = None
        self._waiting: queue.SimpleQueue[tuple[int, str, Known | None, tuple[bytes, ...]]] = queue.SimpleQueue()

    def ask(self, number: int, task_id: str, known: Known | None, prefixes: tuple[bytes, ...]) -> None:
        self._waiting.put((number, task_id, known, prefixes))

    def run(self) -> None:
        while True:
            number, task_id, known, prefixes = self._waiting.get()
            trouble, stored, ttl_s = "", None, None
            if self._profile.redis_url:
                try:
                    stored, ttl_s = self._read(task_id, prefixes)
                except BrokerError as error:
                    trouble = str(error)
            if known is None and stored is not None:
                known = Known(_record_of(stored))
            detail = join_detail(known, stored, ttl_s, trouble) if known is not None else None
            self._writer.send(TaskAnswer(number, detail))

    def _read(self, task_id: str, prefixes: tuple[bytes, ...]) -> tuple[ResultDetail | None, float | None]:
        try:
            if self._reader is None:
                self._reader = ResultReader(self._profile, self._secrets)
            found, ttl_s = self._reader.one(task_id, prefixes)
        except BrokerError:
            self._reader = None
            raise
        return (decode_detail(task_id, found.value) if found is not None else None), ttl_s


def _record_of(stored: ResultDetail) -> TaskRecord:
    """A record for a task that only the result backend knows."""
    fact = stored.fact
    record = TaskRecord(fact.id, fact.state, fact.done_at or 0.0, fact.done_at or 0.0)
    record.name, record.worker, record.queue, record.retries = fact.name, fact.worker, fact.queue, fact.retries
    record.args, record.kwargs, record.exception = fact.args, fact.kwargs, fact.exception
    record.finished, record.never_run = fact.done_at, fact.never_run
    if fact.done_at is not None:
        step = {"SUCCESS": "succeeded", "FAILURE": "failed", "REVOKED": "revoked"}.get(fact.state, "reported")
        record.timeline = with_moment(b"", fact.done_at, STEP_CODE[step], BACKEND)
    return record


def read_requests(descriptor: int, inbox: Inbox[object]) -> None:
    """Pass requests on until the pipe ends or brings what is no request."""
    frames = FrameReader()
    try:
        while data := os.read(descriptor, _READ_BYTES):
            for body in frames.feed(data):
                inbox.put_urgent(requests.decode(body))
    except (OSError, ValueError, msgspec.MsgspecError):
        pass
    inbox.put_urgent(Ended())


def serve(requests_in: int, writer: FrameWriter) -> None:
    """Wait for the configuration, then gather and answer until the other end has gone."""
    inbox: Inbox[object] = Inbox(_INBOX_LIMIT)
    threading.Thread(target=read_requests, args=(requests_in, inbox), name="requests", daemon=True).start()
    configure = None
    while configure is None:
        configure = inbox.take(60.0)
    if not isinstance(configure, Configure):
        return
    board = TaskBoard(configure.max_tasks)
    sources = FactSources(configure.profile, configure.secrets, inbox, lambda: board.workers.online)
    lookups = Lookups(configure.profile, configure.secrets, writer)
    lookups.start()
    desk = WhereaboutsDesk(configure.profile, configure.secrets, writer.send)
    desk.start()
    families = FamilyDesk(configure.profile, configure.secrets, writer.send)
    families.start()
    sources.start()
    FoldLoop(board, inbox, sources, writer.send, lookups.ask, desk.ask, families.ask).run()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    answers_out = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    writer = FrameWriter(answers_out)
    threading.excepthook = lambda failed: _die(writer, failed.exc_value)
    sys.excepthook = lambda _kind, fault, _traceback: _die(writer, fault)
    serve(0, writer)
    os._exit(0)


def _die(writer: FrameWriter, fault: BaseException | None) -> None:
    """A thread that ends by a fault of ours ends the process: half a collector would show half the truth."""
    writer.send(Dying(f"{type(fault).__name__}: {fault}"))
    os._exit(1)


if __name__ == "__main__":
    main()
