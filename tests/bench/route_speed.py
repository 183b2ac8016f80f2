"""How many messages a second one core can route, with every reason and without.

Random topic patterns of two to four words, half of their words wildcards in one pattern of two, as many queues as
bindings; 20,000 different keys from a vocabulary the patterns share, half of them with a word at the end that is never
seen twice. *With its trace*: every binding tried, each with its sentence, ready to be shown. *The answer alone*: the
queues. Both in one thread, whose own CPU time is taken, with nothing in it but the call. What is worked out once for
an exchange is part of the time. Figures are microseconds a message, so that less is better.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from tests.bench.figures import Figure, Result, Spread, Target

WORDS = (
    ("order", "user", "payment", "mail"),
    ("created", "paid", "changed", "failed"),
    ("eu", "us", "asia"),
    ("v1", "v2"),
)
KEYS = 20_000
SIZES = (50, 1_000, 10_000)
TRACED_TARGET_US, ANSWER_TARGET_US = 1e6 / 20_000, 1e6 / 100_000
ROUNDS, QUICK_ROUNDS = 5, 2
TRACED_STEPS = 1_000_000
"""How many bindings a round with traces tries, whatever their number."""

EXCHANGE = ExchangeKey("/", "events")


def run(quick: bool) -> Result:
    rng = random.Random(7)
    keys = [_key(rng, number) for number in range(KEYS)]
    rounds = QUICK_ROUNDS if quick else ROUNDS
    figures, remarks = [], []
    for size in SIZES:
        topology = _topology(rng, size)
        some = keys[: max(20, min(KEYS, TRACED_STEPS // size))]
        traced = Spread.of(_microseconds(_trace_all, topology, some, rounds))
        answer = Spread.of(_microseconds(_answer_all, topology, keys, rounds))
        judged = size == SIZES[0]
        figures += [
            Figure(f"{size:,} bindings, with its trace", traced, "µs", _at_most(TRACED_TARGET_US, judged)),
            Figure(f"{size:,} bindings, the answer alone", answer, "µs", _at_most(ANSWER_TARGET_US, judged)),
        ]
        remarks.append(
            f"{size:,} bindings: {1e6 / traced.median:,.0f} messages a second with trace, "
            f"{1e6 / answer.median:,.0f} the answer alone."
        )
    return Result(tuple(figures), tuple(remarks))


def _at_most(bound_us: float, judged: bool) -> Target | None:
    return Target("value", bound_us) if judged else None


def _microseconds(
    work: Callable[[Router, Sequence[str]], None], topology: Topology, keys: Sequence[str], rounds: int
) -> Sequence[float]:
    """Of a message, in each round; each round begins with a router that knows nothing."""
    found = []
    for _ in range(rounds):
        router = Router(topology, "4.0.5")
        began = time.thread_time()
        work(router, keys)
        found.append((time.thread_time() - began) / len(keys) * 1e6)
    return found


def _trace_all(router: Router, keys: Sequence[str]) -> None:
    for key in keys:
        router.route(EXCHANGE, key)


def _answer_all(router: Router, keys: Sequence[str]) -> None:
    for key in keys:
        router.destinations(EXCHANGE, key)


def _topology(rng: random.Random, size: int) -> Topology:
    names = [f"queue{number:05d}" for number in range(size)]
    bindings = (Binding("/", EXCHANGE.name, name, "queue", _pattern(rng)) for name in names)
    return Topology((Queue("/", name) for name in names), (Exchange("/", EXCHANGE.name, "topic"),), bindings)


def _pattern(rng: random.Random) -> str:
    wild = rng.random() < 0.5
    words = WORDS[: rng.randint(2, len(WORDS))]
    return ".".join(rng.choice("*#") if wild and rng.random() < 0.5 else rng.choice(part) for part in words)


def _key(rng: random.Random, number: int) -> str:
    words = [rng.choice(part) for part in WORDS[: rng.randint(2, len(WORDS))]]
    return ".".join([*words, f"id{number}"] if number % 2 else words)
