"""20,000 persistent messages of 1 KiB moved from queue to queue: Warren beside a dynamic shovel, and one by one.

One private broker, classic and quorum queues, the same messages back and forth. Warren's move is confirmed and
journalled (one fsync for each group), mandatory, with an identity taken of every message; its time is that of the
whole call, with connecting and good-bye. The shovel has ``ack-mode=on-confirm``, a prefetch of 1,000 and TCP
addresses; its time runs from its creation to the last message at the target, asked for every 10 ms. One by one is
pika's get, publish with confirm, and acknowledge, without a journal. The ways take turns. After each run the depths
are checked. Not measured here: what a crash does, see move-kills.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from broker_client.lab.programs import find_rabbitmq
from broker_client.lab.sandbox import Sandbox
from broker_client.ledger import Ledger
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.transfer import transfer
from broker_client.rabbit.transfer_plan import to_queue
from tests.bench.broker_questions import ManagementQuestions
from tests.bench.crowded_broker import DEFAULT_INTERVAL_MS
from tests.bench.figures import Figure, Result, Spread, Target
from tests.live.message_store import MessageStore
from tests.waiting import until

COUNT, QUICK_COUNT = 20_000, 4_000
ONE_BY_ONE = 1_000
SIZE_BYTES = 1024
RUNS, QUICK_RUNS = 5, 2
DEADLINE_S = 120.0
LEAST_SHARE_OF_SHOVEL = 0.8
LEAST_GAIN_OVER_ONE_BY_ONE = 5.0


def run(quick: bool) -> Result:
    count, runs = (QUICK_COUNT, QUICK_RUNS) if quick else (COUNT, RUNS)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, Sandbox.start(statistics_interval_ms=DEFAULT_INTERVAL_MS) as sandbox:
        enable_shovels(sandbox)
        for kind in ("classic", "quorum"):
            track = Track(sandbox, kind, Ledger(Path(folder)), count)
            figures += track.compare(runs)
            track.close()
    return Result(tuple(figures), (f"{count:,} messages of {SIZE_BYTES} bytes, {runs} runs of each way.",))


def enable_shovels(sandbox: Sandbox) -> None:
    """Give this sandbox's node, and no other, the shovel plugin."""
    shipped = find_rabbitmq().resolve().parents[1] / "plugins"
    for plugin in shipped.glob("rabbitmq_shovel-*"):
        (sandbox.folder / "home" / "plugins" / plugin.name).symlink_to(plugin)
    (sandbox.folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_shovel].\n", encoding="utf-8")
    sandbox.restart_rabbitmq()


class Track:
    """Two queues and the same messages between them, by one way after the other."""

    def __init__(self, sandbox: Sandbox, kind: str, ledger: Ledger, count: int) -> None:
        self._sandbox, self._ledger, self._count, self._kind = sandbox, ledger, count, kind
        self._here, self._there = f"{kind}.a", f"{kind}.b"
        self._store = MessageStore(sandbox.profile, sandbox.secrets)
        self._store.declare(self._here, self._there, kind=kind)
        self._store.put_all(self._here, ((str(number), os.urandom(SIZE_BYTES)) for number in range(count)))

    def compare(self, runs: int) -> list[Figure]:
        self._moved(self._by_warren)
        ours, shovels = [], []
        for _ in range(runs):
            ours.append(self._moved(self._by_warren))
            shovels.append(self._moved(self._by_shovel))
        single = [self._one_by_one() for _ in range(runs)]
        cost, kind = Spread.of(ours), self._kind
        shovel = Target("share", 1 / LEAST_SHARE_OF_SHOVEL)
        gain = Target("gain", LEAST_GAIN_OVER_ONE_BY_ONE)
        rate = f"{1e6 / cost.median:,.0f} messages a second"
        return [
            Figure(f"move, {kind}", cost, "us a message", shovel, Spread.of(shovels), "shovel on-confirm", rate),
            Figure(f"move, {kind}, to one by one", cost, "us a message", gain, Spread.of(single), "one by one"),
        ]

    def close(self) -> None:
        self._store.close()

    def _moved(self, way: Callable[[], None]) -> float:
        """Move everything; microseconds a message."""
        began = time.perf_counter()
        way()
        took_s = time.perf_counter() - began
        until(lambda: (self._store.depth(self._here), self._store.depth(self._there)) == (0, self._count), DEADLINE_S)
        self._here, self._there = self._there, self._here
        return took_s / self._count * 1e6

    def _by_warren(self) -> None:
        plan = to_queue(QueueKey("/", self._here), self._there)
        receipt = transfer(self._sandbox.profile, self._sandbox.secrets, self._ledger, plan)
        assert receipt.ended == "done" and receipt.confirmed == self._count, receipt

    def _by_shovel(self) -> None:
        uri = str(self._sandbox.facts()["amqp_url"])
        value = {
            "src-protocol": "amqp091",
            "src-uri": uri,
            "src-queue": self._here,
            "src-prefetch-count": 1000,
            "src-delete-after": "queue-length",
            "dest-protocol": "amqp091",
            "dest-uri": uri,
            "dest-queue": self._there,
            "dest-add-forward-headers": False,
            "ack-mode": "on-confirm",
        }
        name = quote(f"bench-{os.urandom(3).hex()}")
        with ManagementQuestions(self._sandbox) as management:
            management.ask(f"/api/parameters/shovel/%2F/{name}", {"value": value}, "PUT")
        pause, end = threading.Event(), time.monotonic() + DEADLINE_S
        while self._store.depth(self._there) < self._count:
            assert time.monotonic() < end, "the shovel did not move them all"
            pause.wait(0.01)

    def _one_by_one(self) -> float:
        channel, moved = self._store.channel, min(ONE_BY_ONE, self._count)
        began = time.perf_counter()
        for _ in range(moved):
            method, properties, body = channel.basic_get(self._here)
            assert method is not None
            channel.basic_publish("", self._there, body, properties, mandatory=True)
            channel.basic_ack(method.delivery_tag)
        cost = (time.perf_counter() - began) / moved * 1e6
        until(lambda: self._store.depth(self._there) == moved, DEADLINE_S)
        receipt = transfer(
            self._sandbox.profile, self._sandbox.secrets, self._ledger, to_queue(QueueKey("/", self._there), self._here)
        )
        assert json.dumps(receipt.confirmed) == str(moved)
        return cost
