"""Which policy holds for a queue or an exchange. PURE.

Of the policies whose pattern is found in the name, the one with the highest priority holds, whole; they are not merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from broker_client.rabbit.entities import Exchange, Policy, Queue

_QUEUE_KINDS = {"classic": "classic_queues", "quorum": "quorum_queues", "stream": "streams"}


def policy_of_exchange(exchange: Exchange, policies: Iterable[Policy]) -> Policy | None:
    return _strongest(exchange.vhost, exchange.name, {"all", "exchanges"}, policies)


def policy_of_queue(queue: Queue, policies: Iterable[Policy]) -> Policy | None:
    return _strongest(queue.vhost, queue.name, {"all", "queues", _QUEUE_KINDS.get(queue.type, "")}, policies)


def smaller_of(arguments: Mapping[str, Any], policy: Mapping[str, Any], name: str) -> int | None:
    """A limit set by the argument ``x-name``, by the policy's ``name``, or the smaller where both set it."""
    given = [value for value in (arguments.get(f"x-{name}"), policy.get(name)) if type(value) is int]
    return min(given) if given else None


def _strongest(vhost: str, name: str, kinds: set[str], policies: Iterable[Policy]) -> Policy | None:
    fitting = [
        policy
        for policy in policies
        if policy.vhost == vhost and policy.apply_to in kinds and _found(policy.pattern, name)
    ]
    return max(fitting, key=lambda policy: policy.priority, default=None)


def _found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False
