"""The collector's heart: the one thread that owns the board. Folds facts in slices and answers between them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import msgspec

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.board_word import board_word
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
    EtasAnswer,
    Request,
    Resize,
    RetryNow,
    RowsAnswer,
    SnapshotAnswer,
    TaskTypesAnswer,
    ValuesAnswer,
)
from broker_client.tasks.events import decode_events
from broker_client.tasks.fact_sources import (
    EventBodies,
    FactSources,
    Inspected,
    NamesRegistered,
    ResultsFound,
    ScanBegan,
    ScanEnded,
    StoredResults,
)
from broker_client.tasks.family import kin_on_board
from broker_client.tasks.family_desk import AskedFamily
from broker_client.tasks.inbox import Inbox
from broker_client.tasks.inspection import HeldTask, Inspection
from broker_client.tasks.query_language import QueryError
from broker_client.tasks.query_values import values_of
from broker_client.tasks.records import Snapshot, StreamHealth, TaskQuery, TaskWindow
from broker_client.tasks.registered_tasks import RegisteredTasks
from broker_client.tasks.result_value import decode_value
from broker_client.tasks.results import KeyPrefixes
from broker_client.tasks.row_walk import RowPiece, RowWalks
from broker_client.tasks.search import WindowFinder
from broker_client.tasks.stray_tasks import find_strays, suspects
from broker_client.tasks.task_lookup import Known
from broker_client.tasks.whereabouts_desk import AskedStrays, AskedWhere

_SLICE_S = 0.004
_IDLE_S = 0.5
_LEAVE_AT_ONCE = 500
"""So many tasks are forgotten at a time when the bound was lowered."""
_ENOUGH_S = 0.25
"""A search that takes longer answers with what it has found up to then, and goes on with the next question."""


class Ended(msgspec.Struct):
    """Nobody is at the other end of the pipe any more."""


class FoldLoop:
    """Owns the board. ``look_up(number, task_id, known, prefixes)`` answers a question about one task elsewhere."""

    def __init__(
        self,
        board: TaskBoard,
        inbox: Inbox[object],
        sources: FactSources,
        send: Callable[[Answer], None],
        look_up: Callable[[int, str, Known | None, tuple[bytes, ...]], None],
        ask_around: Callable[[AskedWhere | AskedStrays], None],
        ask_family: Callable[[AskedFamily], None],
    ) -> None:
        self._board = board
        self._inbox = inbox
        self._sources = sources
        self._send = send
        self._look_up = look_up
        self._ask_around = ask_around
        self._ask_family = ask_family
        self._finder = WindowFinder(board)
        self._walks = RowWalks()
        self._prefixes = KeyPrefixes()
        self._held: dict[str, HeldTask] = {}
        self._inspection: Inspection | None = None
        self._registered = RegisteredTasks()
        self._open: deque[tuple[Generator[None, None, Any], Callable[[Any], None]]] = deque()
        self._revision = 0
        self._seen: tuple[object, ...] = ()
        self._answered: TaskQuery | None = None
        self._searched = 1.0
        self._scanned = False
        self._scanning = False
        self._inspected = False

    def run(self) -> None:
        """Fold and answer until the other end has gone."""
        while True:
            behind = self._board.is_behind and not self._scanning
            item = self._inbox.take(0.0 if self._open or behind else _IDLE_S)
            if isinstance(item, Ended):
                return
            if isinstance(item, Request):
                self._accept(item)
            elif item is not None:
                self._fold(item)
            if self._open:
                self._work_on_answer()
            elif item is None and behind:
                self._board.catch_up()
            if self._board.is_crowded:
                self._board.let_go(_LEAVE_AT_ONCE)

    # ---- folding ------------------------------------------------------------------------------------------------

    def _fold(self, fact: object) -> None:
        board = self._board
        if isinstance(fact, EventBodies):
            for body in fact.bodies:
                decoded = decode_events(body)
                board.unreadable += decoded.unreadable
                board.fold_events(decoded.events, fact.at)
        elif isinstance(fact, StoredResults):
            for result in fact.results:
                self._prefixes.learn(result.key)
                board.fold_result(decode_value(result.task_id, result.value), fact.at, pushed=True)
        elif isinstance(fact, ResultsFound):
            self._prefixes.learn_all(fact.page.prefixes)
            board.take_in(fact.page.columns, fact.at)
            for one in fact.page.facts:
                board.fold_result(one, fact.at, pushed=False)
        elif isinstance(fact, ScanBegan):
            board.begin_scan()
            self._scanning = True
        elif isinstance(fact, ScanEnded):
            board.end_scan()
            self._scanning = False
            self._scanned = self._scanned or fact.complete
        elif isinstance(fact, Inspected):
            board.fold_inspection(fact.inspection, fact.at)
            self._held = {held.id: held for held in fact.inspection.held}
            self._inspection = fact.inspection
            self._inspected = True
        elif isinstance(fact, NamesRegistered):
            self._registered = fact.registered

    # ---- answering ----------------------------------------------------------------------------------------------

    def _accept(self, request: Request) -> None:
        if isinstance(request, AskSnapshot):
            enough_at = time.perf_counter() + _ENOUGH_S
            work = self._finder.find(request.query, time.time(), lambda: time.perf_counter() > enough_at)
            self._later(work, partial(self._snapshot_answer, request))
        elif isinstance(request, AskTask):
            self._look_up(request.number, request.task_id, self._known(request.task_id), self._prefixes.all())
        elif isinstance(request, AskTaskTypes):
            rows = self._board.types.rows(request.window_s, time.time())
            self._later(rows, partial(TaskTypesAnswer, request.number))
        elif isinstance(request, AskEtas):
            self._send(EtasAnswer(request.number, self._board.etas.rows(time.time())))
        elif isinstance(request, AskWhereabouts):
            self._ask_around(self._asked_where(request.number, request.task_id))
        elif isinstance(request, AskFamily):
            kin = kin_on_board(request.task_id, self._board.record, self._board.kin)
            self._ask_family(AskedFamily(request.number, request.task_id, kin, self._prefixes.all()))
        elif isinstance(request, AskStrays):
            self._open.append((self._strays(request.number, time.time()), self._ask_around))
        elif isinstance(request, AskValues):
            self._send(ValuesAnswer(request.number, values_of(self._board, request.field)))
        elif isinstance(request, AskRows):
            self._later(self._rows(request), partial(RowsAnswer, request.number))
        elif isinstance(request, Resize):
            self._board.resize(request.max_tasks)
        elif isinstance(request, RetryNow):
            self._sources.retry_now()

    def _later(self, work: Generator[None, None, Any], answer: Callable[[Any], Answer]) -> None:
        """Send ``answer`` of what ``work`` finds, when its turn has come."""
        self._open.append((work, lambda found: self._send(answer(found))))

    def _work_on_answer(self) -> None:
        """Go on with the oldest open question for one slice."""
        work, finish = self._open[0]
        end = time.perf_counter() + _SLICE_S
        try:
            while time.perf_counter() < end:
                next(work)
        except StopIteration as found:
            self._open.popleft()
            finish(found.value)

    def _rows(self, asked: AskRows) -> Generator[None, None, RowPiece]:
        if asked.query is None:
            return self._walks.go_on(asked.walk)
        try:
            records = yield from self._finder.all_of(asked.query, time.time())
        except QueryError as problem:
            return RowPiece(0, problem=problem.why)
        return self._walks.begin(records)

    def _snapshot_answer(self, asked: AskSnapshot, window: TaskWindow) -> Answer:
        return SnapshotAnswer(asked.number, self._snapshot(asked, window))

    def _snapshot(self, asked: AskSnapshot, window: TaskWindow) -> Snapshot | None:
        now = time.time()
        board, streams = self._board, self._streams()
        summary = board.summary(now)
        synced = self._synced(streams)
        versions = (board.revision, board.workers.revision, self._sources.revision, synced)
        seen = (*versions, summary.finished_last_minute, summary.failed_last_hour, board.workers.statuses(now))
        if seen != self._seen:
            self._seen = seen
            self._revision += 1
        settled = window.searched == self._searched == 1.0
        self._searched = window.searched
        if settled and asked.known_revision == self._revision and asked.query == self._answered:
            return None
        self._answered = asked.query
        return Snapshot(self._revision, now, summary, window, board.workers.rows(now), streams, synced)

    def _streams(self) -> tuple[StreamHealth, ...]:
        lost, streams = self._board.unreadable, self._sources.health
        return tuple(msgspec.structs.replace(one, unreadable=lost if one.source == "events" else 0) for one in streams)

    def _asked_where(self, number: int, task_id: str) -> AskedWhere:
        events, held = self._sources.events.health, self._held.get(task_id)
        inspected_at = self._inspection.asked_at if self._inspection is not None else None
        word = board_word(self._board, task_id, time.time(), events, self._registered, held, inspected_at)
        return AskedWhere(number, task_id, word, self._prefixes.all())

    def _strays(self, number: int, now: float) -> Generator[None, None, AskedStrays]:
        strays = yield from find_strays(self._board, self._inspection, self._registered, now)
        live = self._sources.results.health.state == "live" and self._scanned
        suspected = suspects(self._board, self._registered, now) if live else ()
        return AskedStrays(number, strays, suspected, self._prefixes.all())

    def _synced(self, streams: tuple[StreamHealth, ...]) -> bool:
        idle = {stream.source for stream in streams if stream.state in ("off", "refused")}
        return (self._scanned or "results" in idle) and (self._inspected or "inspection" in idle)

    def _known(self, task_id: str) -> Known | None:
        record = self._board.record(task_id)
        if record is None:
            return None
        held = self._held.get(task_id)
        return Known(
            msgspec.structs.replace(record),
            self._board.tracebacks.get(task_id),
            held,
            ghost=record.state == "STARTED"
            and held is None
            and self._board.workers.answered_since(record.worker or "", record.updated + 5.0),
            attempts=self._board.attempts.of(task_id),
            long_call=self._board.long_calls.get(task_id) or "",
        )
