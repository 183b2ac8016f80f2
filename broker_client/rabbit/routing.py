"""Where a message published to an exchange would go, and why. PURE; the broker's own behaviour is its only model.

The walk: the exchange's bindings, then those of every exchange they lead to, each exchange once, so circles end. An
exchange at which nothing matched hands the message to its alternate exchange. The default exchange knows every queue
by its name, but only as the exchange that is published to; as an alternate exchange it reaches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.exchange_rules import Hits, Rule, rule_for
from broker_client.rabbit.header_match import number_rule
from broker_client.rabbit.route_trace import RouteTrace, Step
from broker_client.rabbit.topology import Topology, alternate_exchange

__all__ = ["RouteTrace", "Router", "Step", "route"]

_REPLY_TO = "amq.rabbitmq.reply-to."
_NO_HEADERS: Mapping[str, Any] = {}


def route(
    topology: Topology,
    exchange: ExchangeKey,
    routing_key: str,
    headers: Mapping[str, Any] | None = None,
    version: str = "",
) -> RouteTrace:
    """Follow one message. ``version`` is RabbitMQ's (``4.0.5``); what versions do differently is unknown without."""
    return _router(topology, version).route(exchange, routing_key, headers)


@lru_cache(maxsize=4)
def _router(topology: Topology, version: str) -> Router:
    return Router(topology, version)


class Router:
    """Routes many messages through one topology. An exchange is prepared when a message first reaches it."""

    def __init__(self, topology: Topology, version: str = "") -> None:
        self.topology = topology
        self.version = version
        self._numbers = number_rule(version)
        self._rules: dict[ExchangeKey, Rule] = {}
        self._alone: dict[ExchangeKey, Rule] = {}
        """Rules of the exchanges that lead to queues only and have no alternate: one look answers."""

    def prepare(self) -> None:
        """Work out now what would else keep the first message at each exchange waiting."""
        for key in self.topology.exchanges:
            rule = self.rule(key)
            rule.hits(("",), _NO_HEADERS)
            rule.steps(key, ("",), _NO_HEADERS, 0)

    def destinations(
        self, exchange: ExchangeKey, routing_key: str, headers: Mapping[str, Any] | None = None
    ) -> tuple[QueueKey, ...]:
        """``route(...).queues`` alone, many times faster."""
        rule = self._alone.get(exchange)
        if rule is not None and not headers:
            return rule.hits((routing_key,), _NO_HEADERS).queues
        keys, seen, refused = self._opened(exchange, routing_key, headers)
        if refused:
            return ()
        if not exchange.name:
            return tuple(key for text in keys if (key := QueueKey(exchange.vhost, text)) in self.topology.queues)
        if rule is not None:
            return rule.hits(keys, seen).queues
        walk = _Walk(self, keys, seen)
        walk.follow(exchange)
        if exchange not in self._alone and len(walk.passed) == 1 and self._leads_to_queues_only(exchange):
            self._alone[exchange] = self.rule(exchange)
        return tuple(walk.queues)

    def route(self, exchange: ExchangeKey, routing_key: str, headers: Mapping[str, Any] | None = None) -> RouteTrace:
        """Follow one message with every binding that is tried on its way."""
        keys, seen, refused = self._opened(exchange, routing_key, headers)
        if refused:
            return RouteTrace(exchange, keys, steps=(Step(None, exchange, False, refused, 0),), refused=refused)
        return self.forward(exchange, keys, seen)

    def forward(self, exchange: ExchangeKey, keys: tuple[str, ...], headers: Mapping[str, Any]) -> RouteTrace:
        """Follow a message that the broker itself publishes, as it does with dead letters: to internal exchanges too,
        with the keys as they are. ``headers`` without ``BCC``."""
        if not exchange.name:
            return self._by_name(exchange, keys)
        if not self.exists(exchange):
            missing = f"there is no exchange `{exchange.name}`"
            return RouteTrace(exchange, keys, steps=(Step(None, exchange, False, missing, 0),), refused=missing)
        walk = _Walk(self, keys, headers, traced=True)
        walk.follow(exchange)
        return RouteTrace(
            exchange,
            keys,
            tuple(walk.queues),
            tuple(walk.steps),
            tuple(walk.unknown),
            tuple(key for key in walk.possible if key not in walk.queues),
            passed=tuple(walk.passed),
        )

    def rule(self, key: ExchangeKey) -> Rule:
        rule = self._rules.get(key)
        if rule is None:
            bindings = self.topology.leaving(key) if key.name else ()
            rule = self._rules[key] = rule_for(self.topology.exchanges[key].type, bindings, self._numbers)
        return rule

    def exists(self, key: ExchangeKey) -> bool:
        return key in self.topology.exchanges

    def alternate(self, key: ExchangeKey) -> ExchangeKey | None:
        name = alternate_exchange(self.topology.exchanges[key])
        return None if name is None else ExchangeKey(key.vhost, name)

    def _opened(
        self, exchange: ExchangeKey, routing_key: str, headers: Mapping[str, Any] | None
    ) -> tuple[tuple[str, ...], Mapping[str, Any], str]:
        """The message's keys, its headers as exchanges see them, and why the broker refuses it (or "")."""
        keys: tuple[str, ...] = (routing_key,)
        seen = headers or _NO_HEADERS
        refused = self._closed(exchange)
        if "CC" in seen or "BCC" in seen:
            for name in ("CC", "BCC"):
                more = seen.get(name, ())
                if not isinstance(more, list | tuple):
                    refused = refused or f"the header {name} must be an array of texts: the broker answers 406"
                else:
                    keys += tuple(text for text in more if isinstance(text, str))
            keys = tuple(dict.fromkeys(keys))
            seen = {name: value for name, value in seen.items() if name != "BCC"}
        return keys, seen, refused

    def _closed(self, key: ExchangeKey) -> str:
        exchange = self.topology.exchanges.get(key)
        if exchange is None:
            return "" if not key.name else f"there is no exchange `{key.name}`: the broker answers 404"
        if exchange.internal:
            return f"`{key.name}` is internal, nobody can publish to it: the broker answers 403"
        return ""

    def _leads_to_queues_only(self, key: ExchangeKey) -> bool:
        bindings = self.topology.leaving(key)
        return self.alternate(key) is None and not any(map(_leads_on, bindings))

    def _by_name(self, exchange: ExchangeKey, keys: Iterable[str]) -> RouteTrace:
        """The default exchange: each key is the name of a queue."""
        vhost = exchange.vhost
        steps, queues, unknown = [], [], []
        for name in keys:
            key = QueueKey(vhost, name)
            if key in self.topology.queues:
                binding = Binding(vhost, "", name, "queue", name)
                queues.append(key)
                steps.append(Step(binding, exchange, True, f"the key `{name}` is the name of a queue", 0))
            elif name.startswith(_REPLY_TO):
                why = "it goes straight to the client that waits for this reply, if it still does"
                unknown.append(f"`{name}` is a direct reply: {why}")
                steps.append(Step(None, exchange, None, why, 0))
            else:
                steps.append(Step(None, exchange, False, f"no queue has the name `{name}`", 0))
        return RouteTrace(exchange, tuple(keys), tuple(queues), tuple(steps), tuple(unknown), passed=(exchange,))


class _Walk:
    """One message on its way: first everywhere it surely goes, then where it may go."""

    def __init__(self, router: Router, keys: tuple[str, ...], headers: Mapping[str, Any], traced: bool = False) -> None:
        self._router = router
        self._keys = keys
        self._headers = headers
        self._traced = traced
        self.queues: dict[QueueKey, None] = {}
        self.possible: dict[QueueKey, None] = {}
        self.passed: dict[ExchangeKey, None] = {}
        self.steps: list[Step] = []
        self.unknown: dict[str, None] = {}
        self._doubtful: dict[ExchangeKey, None] = {}

    def follow(self, start: ExchangeKey) -> None:
        ahead = [(start, 0)]
        self.passed[start] = None
        for key, depth in ahead:
            hits = self._router.rule(key).hits(self._keys, self._headers)
            self.queues.update(dict.fromkeys(hits.queues))
            following = hits.exchanges
            if self._traced:
                self._trace(key, hits, depth)
            if not hits.queues and not hits.exchanges:
                following = self._to_alternate(key, depth, certain=not hits.doubtful)
            for other in following:
                if other not in self.passed and self._router.exists(other):
                    self.passed[other] = None
                    ahead.append((other, depth + 1))
        if self._traced:
            self._follow_doubts()

    def _trace(self, key: ExchangeKey, hits: Hits, depth: int) -> None:
        self.steps += self._router.rule(key).steps(key, self._keys, self._headers, depth)
        if hits.doubtful:
            self._doubt(hits)
            reason = next(step.why for step in reversed(self.steps) if step.exchange == key and step.matched is None)
            self.unknown[f"at `{key.name}`: {reason}"] = None

    def _doubt(self, hits: Hits) -> None:
        for binding in hits.doubtful:
            if _leads_on(binding):
                self._doubtful[_exchange_of(binding)] = None
            else:
                self.possible[QueueKey(binding.vhost, binding.destination)] = None

    def _to_alternate(self, key: ExchangeKey, depth: int, certain: bool) -> tuple[ExchangeKey, ...]:
        other = self._router.alternate(key)
        if other is None:
            return ()
        if not certain:
            self._doubtful[other] = None
        if self._traced:
            matched, why = self._alternate_words(other, certain)
            self.steps.append(Step(None, key, matched, why, depth))
        return (other,) if certain else ()

    def _alternate_words(self, other: ExchangeKey, certain: bool) -> tuple[bool | None, str]:
        if not self._router.exists(other):
            return False, f"nothing matched, and the alternate exchange `{other.name}` does not exist"
        if not certain:
            return None, f"if nothing matches, the alternate exchange `{other.name}` gets it"
        if other in self.passed:
            return True, f"nothing matched, and the alternate exchange `{other.name}` already had it"
        return True, f"nothing matched, so the alternate exchange `{other.name}` gets it"

    def _follow_doubts(self) -> None:
        """Everything that a doubtful exchange reaches is possible."""
        seen = dict(self.passed)
        ahead = [key for key in self._doubtful if key not in seen]
        for key in ahead:
            if key in seen or not self._router.exists(key):
                continue
            seen[key] = None
            hits = self._router.rule(key).hits(self._keys, self._headers)
            self.possible.update(dict.fromkeys(hits.queues))
            self._doubt(hits)
            ahead += [*hits.exchanges, *(_exchange_of(binding) for binding in hits.doubtful if _leads_on(binding))]
            if not hits.queues and not hits.exchanges and (other := self._router.alternate(key)) is not None:
                ahead.append(other)


def _leads_on(binding: Binding) -> bool:
    return binding.destination_type != "queue"


def _exchange_of(binding: Binding) -> ExchangeKey:
    return ExchangeKey(binding.vhost, binding.destination)
