"""What each type of exchange does with a message: which of its bindings match, and why. PURE.

A rule is made from one exchange's bindings and then asked for many messages. It knows only its own exchange: following
bindings from exchange to exchange is the router's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.header_match import HeaderPattern, Numbers
from broker_client.rabbit.route_trace import Step
from broker_client.rabbit.topic_pattern import TopicIndex, TopicPattern, words_of

Keys = tuple[str, ...]
"""The routing key of a message and those of its ``CC`` and ``BCC``; at least one."""


class Hits(NamedTuple):
    """Where the matching bindings lead, each once, and the bindings of which nobody knows."""

    queues: tuple[QueueKey, ...] = ()
    exchanges: tuple[ExchangeKey, ...] = ()
    doubtful: tuple[Binding, ...] = ()


NOTHING = Hits()


class Rule(Protocol):
    """How one exchange routes."""

    def hits(self, keys: Keys, headers: Mapping[str, Any]) -> Hits:
        """The answer alone, fast."""

    def steps(self, key: ExchangeKey, keys: Keys, headers: Mapping[str, Any], depth: int) -> list[Step]:
        """Every binding with its reason; ``key`` is the exchange, told to each step."""


def rule_for(exchange_type: str, bindings: Sequence[Binding], numbers: Numbers) -> Rule:
    """The rule of an exchange of that type with these bindings."""
    if exchange_type == "topic":
        return _Topic(bindings)
    if exchange_type == "direct":
        return _Direct(bindings)
    if exchange_type == "fanout":
        return _Fanout(bindings)
    if exchange_type == "headers":
        return _Headers(bindings, numbers)
    return _Unknown(exchange_type, bindings)


def hits_of(bindings: Iterable[Binding], doubtful: Iterable[Binding] = ()) -> Hits:
    queues: dict[QueueKey, None] = {}
    exchanges: dict[ExchangeKey, None] = {}
    for binding in bindings:
        if binding.destination_type == "queue":
            queues[QueueKey(binding.vhost, binding.destination)] = None
        else:
            exchanges[ExchangeKey(binding.vhost, binding.destination)] = None
    return Hits(tuple(queues), tuple(exchanges), tuple(doubtful))


def joined(found: Sequence[Hits]) -> Hits:
    """Several answers in one, everything once."""
    return Hits(
        tuple(dict.fromkeys(key for hits in found for key in hits.queues)),
        tuple(dict.fromkeys(key for hits in found for key in hits.exchanges)),
        tuple(binding for hits in found for binding in hits.doubtful),
    )


class _Direct:
    def __init__(self, bindings: Sequence[Binding]) -> None:
        self._bindings = bindings
        by_key: dict[str, list[Binding]] = {}
        for binding in bindings:
            by_key.setdefault(binding.routing_key, []).append(binding)
        self._by_key = {key: hits_of(bound) for key, bound in by_key.items()}

    def hits(self, keys: Keys, headers: Mapping[str, Any]) -> Hits:
        if len(keys) == 1:
            return self._by_key.get(keys[0], NOTHING)
        return joined([self._by_key.get(key, NOTHING) for key in keys])

    def steps(self, key: ExchangeKey, keys: Keys, headers: Mapping[str, Any], depth: int) -> list[Step]:
        found = [f"{_key_words(place, text)} is the binding's key" for place, text in enumerate(keys)]
        given = "" if len(keys) == 1 else f" (nor {_copies(keys)})"
        missed = f"the message has {_quoted(keys[0])}{given}"
        steps = []
        for binding in self._bindings:
            wanted = binding.routing_key
            if wanted in keys:
                steps.append(Step(binding, key, True, found[keys.index(wanted)], depth))
            else:
                steps.append(Step(binding, key, False, f"asks for exactly {_quoted(wanted)}, {missed}", depth))
        return steps


class _Fanout:
    def __init__(self, bindings: Sequence[Binding]) -> None:
        self._bindings = bindings
        self._hits = hits_of(bindings)

    def hits(self, keys: Keys, headers: Mapping[str, Any]) -> Hits:
        return self._hits

    def steps(self, key: ExchangeKey, keys: Keys, headers: Mapping[str, Any], depth: int) -> list[Step]:
        why = "a fanout exchange sends every message to every binding"
        return [Step(binding, key, True, why, depth) for binding in self._bindings]


class _Topic:
    def __init__(self, bindings: Sequence[Binding]) -> None:
        self._bindings = bindings
        self._patterns: list[tuple[Binding, TopicPattern]] | None = None
        self._index: TopicIndex[Hits] | None = None

    def hits(self, keys: Keys, headers: Mapping[str, Any]) -> Hits:
        index = self._index
        if index is None:
            patterns = (binding.routing_key for binding in self._bindings)
            index = self._index = TopicIndex(patterns, lambda numbers: hits_of(self._bindings[n] for n in numbers))
        if len(keys) == 1:
            return index.find(words_of(keys[0]))
        return joined([index.find(words_of(key)) for key in keys])

    def steps(self, key: ExchangeKey, keys: Keys, headers: Mapping[str, Any], depth: int) -> list[Step]:
        if self._patterns is None:
            self._patterns = [(binding, TopicPattern(binding.routing_key)) for binding in self._bindings]
        if len(keys) > 1:
            return [self._step_of_many(bound, key, keys, depth) for bound in self._patterns]
        words = words_of(keys[0])
        matches = f"` matches {_quoted(keys[0])}"
        steps = []
        for binding, pattern in self._patterns:
            why = pattern.miss(words)
            if why is None:
                steps.append(Step(binding, key, True, f"`{pattern.text}{matches}", depth))
            else:
                steps.append(Step(binding, key, False, why, depth))
        return steps

    def _step_of_many(self, bound: tuple[Binding, TopicPattern], key: ExchangeKey, keys: Keys, depth: int) -> Step:
        binding, pattern = bound
        misses = []
        for place, text in enumerate(keys):
            miss = pattern.miss(words_of(text))
            if miss is None:
                return Step(binding, key, True, f"`{pattern.text}` matches {_key_words(place, text)}", depth)
            misses.append(miss)
        return Step(binding, key, False, f"{misses[0]}, and neither does {_copies(keys)} match", depth)


class _Headers:
    def __init__(self, bindings: Sequence[Binding], numbers: Numbers) -> None:
        self._patterns = [(binding, HeaderPattern(binding.arguments, numbers)) for binding in bindings]

    def hits(self, keys: Keys, headers: Mapping[str, Any]) -> Hits:
        hit, doubtful = [], []
        for binding, pattern in self._patterns:
            matched = pattern.matches(headers)
            if matched:
                hit.append(binding)
            elif matched is None:
                doubtful.append(binding)
        return hits_of(hit, doubtful)

    def steps(self, key: ExchangeKey, keys: Keys, headers: Mapping[str, Any], depth: int) -> list[Step]:
        return [Step(binding, key, *pattern.verdict(headers), depth) for binding, pattern in self._patterns]


class _Unknown:
    """A type whose rule is not known: every binding is in doubt."""

    def __init__(self, exchange_type: str, bindings: Sequence[Binding]) -> None:
        self._hits = Hits(doubtful=tuple(bindings))
        self._why = f"how an exchange of type `{exchange_type}` chooses is not known"

    def hits(self, keys: Keys, headers: Mapping[str, Any]) -> Hits:
        return self._hits

    def steps(self, key: ExchangeKey, keys: Keys, headers: Mapping[str, Any], depth: int) -> list[Step]:
        return [Step(binding, key, None, self._why, depth) for binding in self._hits.doubtful]


def _quoted(key: str) -> str:
    return f"`{key}`" if key else "an empty key"


def _key_words(place: int, key: str) -> str:
    return _quoted(key) if place == 0 else f"{_quoted(key)} of the header CC or BCC"


def _copies(keys: Keys) -> str:
    shown = ", ".join(_quoted(key) for key in keys[1:4])
    return f"{shown}{', …' if len(keys) > 4 else ''} of the headers CC and BCC"
