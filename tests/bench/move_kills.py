"""Twenty rounds of kill -9 during moves: first of Warren's process, then of the broker, then to the end.

Each round moves 10,000 messages with ids, in a process of its own, between two queues (classic and quorum by turns):
Warren is killed at a random moment, a second process resumes and the broker is killed at a random moment under it, the
broker is started again and the move is resumed until it ends. Then both queues are read to their end. Lost: in
neither queue. Duplicated by us: twice at the target, or at both ends without being named as in doubt. In doubt: named
by the last receipt, and kept at the source.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from broker_client.lab.sandbox import Sandbox
from broker_client.ledger import Ledger
from tests.bench.crowded_broker import DEFAULT_INTERVAL_MS
from tests.bench.figures import Figure, Result, Target, one
from tests.live.message_store import MessageStore
from tests.waiting import until

ROUNDS, QUICK_ROUNDS = 20, 2
COUNT = 10_000
DEADLINE_S = 60.0
LATEST = 0.6
"""A kill comes when between none and this share of the messages that are left have arrived."""


class Round(NamedTuple):
    lost: int
    duplicated: int
    in_doubt: int
    back_from_the_dead: int
    """Messages that were sent, came back to the source, and were known."""


def run(quick: bool) -> Result:
    dice = random.Random(20_000)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory() as folder, Sandbox.start(statistics_interval_ms=DEFAULT_INTERVAL_MS) as sandbox:
        killer = Killer(sandbox, Path(folder), dice)
        found = [killer.round(number, ("classic", "quorum")[number % 2]) for number in range(rounds)]
    totals = Round(*(sum(values) for values in zip(*found, strict=True)))
    none = Target("value", 0)
    moved = rounds * COUNT
    return Result(
        (
            Figure("messages lost", one(totals.lost), "", none, note=f"of {moved:,}"),
            Figure("messages duplicated by us", one(totals.duplicated), "", none),
            Figure("messages in doubt, named and kept", one(totals.in_doubt), ""),
            Figure("messages that came back and were known", one(totals.back_from_the_dead), ""),
        ),
        (f"{rounds} rounds, {2 * rounds} kills, {killer.too_late} of them after the move had ended.",),
    )


class Killer:
    def __init__(self, sandbox: Sandbox, folder: Path, dice: random.Random) -> None:
        self._sandbox, self._folder, self._dice = sandbox, folder, dice
        self._ledger = Ledger(folder)
        self.too_late = 0
        """Kills of the broker that came when the move had ended already."""

    def round(self, number: int, kind: str) -> Round:
        here, there = f"{number}.from", f"{number}.to"
        store = self._store()
        store.declare(here, there, kind=kind)
        store.put_all(here, ((str(index), b"x" * 1024) for index in range(COUNT)))

        mover = self._start("--from", here, "--to-queue", there)
        self._wait_for_the_moment(store, there, 0)
        mover.send_signal(signal.SIGKILL)
        mover.communicate()
        before = store.depth(there)
        mover = self._resume() or mover
        self._wait_for_the_moment(store, there, before)
        store.close()
        self.too_late += mover.poll() is not None
        self._sandbox.kill_rabbitmq()
        mover.communicate(timeout=90)
        self._sandbox.start_rabbitmq()
        known, doubts = self._to_the_end()
        return self._count(here, there, doubts, known)

    def _wait_for_the_moment(self, store: MessageStore, queue: str, above: int) -> None:
        moment = above + int(self._dice.uniform(0, LATEST) * (COUNT - above))
        pause, end = threading.Event(), time.monotonic() + DEADLINE_S
        while store.depth(queue) <= moment:
            assert time.monotonic() < end, "the move does not begin"
            pause.wait(0.002)

    def _to_the_end(self) -> tuple[int, set[str]]:
        """Resume until nothing is left to do but what is in doubt."""
        known, doubts = 0, set[str]()
        for _ in range(6):
            mover = self._resume()
            if mover is None:
                break
            said, trouble = mover.communicate(timeout=120)
            assert said, f"the resumed move says nothing: {trouble.decode()[-2000:]}"
            receipt: dict[str, Any] = json.loads(said)
            known += receipt.get("already", 0)
            doubts = {doubt["label"] for doubt in receipt.get("in_doubt", ())}
            if receipt["ended"] == "done":
                break
        return known, doubts

    def _count(self, here: str, there: str, doubts: set[str], known: int) -> Round:
        store = self._store()
        arrived, stayed = Counter[str](), Counter[str]()

        def all_are_found() -> bool:
            """What our consumer held is back a moment after it is gone, and a quorum queue has a leader by then."""
            arrived.update(self._ids(store, there))
            stayed.update(self._ids(store, here))
            return len(arrived.keys() | stayed.keys()) == COUNT

        with contextlib.suppress(AssertionError):
            until(all_are_found)
        store.channel.queue_delete(here)
        store.channel.queue_delete(there)
        store.close()
        for operation in self._ledger.unfinished():
            self._ledger.open(operation.id).finish()
        lost = COUNT - len(arrived.keys() | stayed.keys())
        twice = sum(count - 1 for count in arrived.values())
        unnamed = len((arrived.keys() & stayed.keys()) - doubts)
        return Round(lost, twice + unnamed, len(doubts), known)

    def _ids(self, store: MessageStore, queue: str) -> Counter[str]:
        return Counter(message.properties.message_id or "" for message in store.take(queue))

    def _store(self) -> MessageStore:
        return MessageStore(self._sandbox.profile, self._sandbox.secrets)

    def _resume(self) -> subprocess.Popen[bytes] | None:
        operations = self._ledger.unfinished()
        return self._start("--resume", operations[0].id) if operations else None

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        url = self._sandbox.profile.amqp_url.replace("://", f"://{self._sandbox.profile.username}@")
        argv = [sys.executable, "-m", "broker_client", "move", "--journals", str(self._folder), "--json", "--amqp", url]
        environment = {**os.environ, "WARREN_AMQP_PASSWORD": self._sandbox.secrets.rabbitmq}
        return subprocess.Popen([*argv, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
