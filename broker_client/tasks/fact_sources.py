"""The collector's threads: each asks or listens on a connection of its own and leaves facts in the inbox.

Subscribing comes first; a confirmed subscription orders a scan of what is stored, and again after each reconnect.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets, celery_redis
from broker_client.tasks.control import Inspector
from broker_client.tasks.event_stream import RabbitEventStream, RedisEventStream
from broker_client.tasks.inbox import Inbox
from broker_client.tasks.inspection import Inspection
from broker_client.tasks.records import StreamHealth
from broker_client.tasks.registered_tasks import QUESTION, RegisteredTasks, read_registered
from broker_client.tasks.result_columns import ResultPage
from broker_client.tasks.result_load import loaded_pages
from broker_client.tasks.results import ResultStream, StoredResult
from broker_client.tasks.source_loop import SourceLoop, SourceStatus

INSPECT_EVERY_S = 10.0
REGISTERED_EVERY_S = 120.0
_SCAN_RETRY_S = 2.0


class EventBodies(msgspec.Struct):
    """Message bodies with Celery's events, as they came."""

    bodies: list[bytes]
    at: float


class StoredResults(msgspec.Struct):
    """Values that the result backend has pushed live."""

    results: list[StoredResult]
    at: float


class ResultsFound(msgspec.Struct):
    """What a scan of the result backend has found, decoded."""

    page: ResultPage
    at: float


class ScanBegan(msgspec.Struct):
    pass


class ScanEnded(msgspec.Struct):
    complete: bool


class Inspected(msgspec.Struct):
    inspection: Inspection
    at: float


class NamesRegistered(msgspec.Struct):
    registered: RegisteredTasks


Fact = EventBodies | StoredResults | ResultsFound | ScanBegan | ScanEnded | Inspected | NamesRegistered


class FactSources:
    """Starts what the profile allows and keeps it going. ``expected`` names the workers that should answer."""

    def __init__(
        self,
        profile: Profile,
        secrets: Secrets,
        inbox: Inbox[object],
        expected: Callable[[], frozenset[str]],
    ) -> None:
        self._profile = profile
        self._secrets = secrets
        self._inbox = inbox
        self._expected = expected
        self._scan_wanted = threading.Event()
        self._inspect_now = threading.Event()
        self.events = SourceStatus("events")
        self.results = SourceStatus("results")
        self.inspection = SourceStatus("inspection")
        self._loops: list[SourceLoop] = []
        self._named: frozenset[str] = frozenset()
        self._names_due = 0.0

    def start(self) -> None:
        self._start_results()
        self._start_events()
        self._start_inspection()

    def retry_now(self) -> None:
        for loop in self._loops:
            loop.wake()
        self._inspect_now.set()

    @property
    def health(self) -> tuple[StreamHealth, ...]:
        return (self.events.health, self.results.health, self.inspection.health)

    @property
    def revision(self) -> int:
        return self.events.revision + self.results.revision + self.inspection.revision

    # ---- events -------------------------------------------------------------------------------------------------

    def _start_events(self) -> None:
        given = (self._secrets, self.events, self._receive_events)
        broker = celery_redis(self._profile)
        if self._profile.has_rabbitmq:
            self._run(RabbitEventStream(self._profile, *given).session, self.events)
        elif broker.redis_url:
            self._run(RedisEventStream(broker, *given).session, self.events)
        else:
            self.events.off("no broker is configured")

    def _receive_events(self, bodies: list[bytes], at: float, timeout_s: float) -> bool:
        return self._inbox.offer(EventBodies(bodies, at), len(bodies), timeout_s)

    # ---- results ------------------------------------------------------------------------------------------------

    def _start_results(self) -> None:
        if not self._profile.redis_url:
            self.results.off("no result backend is configured")
            return
        stream = ResultStream(
            self._profile, self._secrets, self.results, self._receive_results, on_subscribed=self._scan_wanted.set
        )
        self._run(stream.session, self.results)
        threading.Thread(target=self._scan_on_demand, name="scan of results", daemon=True).start()

    def _receive_results(self, results: list[StoredResult], at: float, timeout_s: float) -> bool:
        return self._inbox.offer(StoredResults(results, at), len(results), timeout_s)

    def _scan_on_demand(self) -> None:
        while self._scan_wanted.wait():
            self._scan_wanted.clear()
            if not self._scan():
                time.sleep(_SCAN_RETRY_S)
                self._scan_wanted.set()

    def _scan(self) -> bool:
        self._inbox.put(ScanBegan(), 1)
        try:
            for page in loaded_pages(self._profile, self._secrets):
                self._inbox.put(ResultsFound(page, time.time()), page.count)
        except BrokerError:
            self._inbox.put(ScanEnded(False), 1)
            return False
        self._inbox.put(ScanEnded(True), 1)
        return True

    # ---- inspection ---------------------------------------------------------------------------------------------

    def _start_inspection(self) -> None:
        if self._profile.has_rabbitmq or self._profile.redis_url:
            self._run(self._inspect, self.inspection)
        else:
            self.inspection.off("the profile has no broker to ask workers over")

    def _inspect(self) -> None:
        inspector = Inspector(self._profile, self._secrets)
        try:
            while True:
                inspection = inspector.inspect_all(self._expected())
                self._inbox.put(Inspected(inspection, time.time()), 1)
                if self.inspection.health.state != "live":
                    self.inspection.live()
                self._ask_names(inspector, frozenset(facts.name for facts in inspection.workers))
                self._rest(inspector)
        finally:
            inspector.close()

    def _ask_names(self, inspector: Inspector, workers: frozenset[str]) -> None:
        """Which task names the workers know: when another worker answers, and once in a while."""
        now = time.monotonic()
        if not workers or (workers == self._named and now < self._names_due):
            return
        self._named, self._names_due = workers, now + REGISTERED_EVERY_S
        answers = inspector.ask(QUESTION, workers, 2.0)
        self._inbox.put(NamesRegistered(read_registered(answers["registered"])), 1)

    def _rest(self, inspector: Inspector) -> None:
        end = time.monotonic() + INSPECT_EVERY_S
        while time.monotonic() < end and not self._inspect_now.is_set():
            inspector.keep_alive(0.5)
        self._inspect_now.clear()

    # ---- threads ------------------------------------------------------------------------------------------------

    def _run(self, session: Callable[[], None], status: SourceStatus) -> None:
        loop = SourceLoop(session, status)
        self._loops.append(loop)
        loop.start()
