"""What is special about a queue, as the short badges that operators know and the words behind each. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from broker_client.rabbit.entities import Queue
from dashboard.look import wording


class Feature(NamedTuple):
    """``badge`` is RabbitMQ's own abbreviation, ``words`` say what it means here, with its value."""

    badge: str
    words: str


class _Setting(NamedTuple):
    """How one feature is named among queue arguments and in a policy."""

    badge: str
    argument: str
    policy_key: str
    template: str
    unit: str = ""


_SETTINGS = (
    _Setting("TTL", "x-message-ttl", "message-ttl", "Messages expire after {}", "ms"),
    _Setting("Exp", "x-expires", "expires", "The queue is deleted after {} without use", "ms"),
    _Setting("Lim", "x-max-length", "max-length", "Holds at most {} messages", "count"),
    _Setting("LimB", "x-max-length-bytes", "max-length-bytes", "Holds at most {} of message bodies", "bytes"),
    _Setting("Ovfl", "x-overflow", "overflow", "When full: {}"),
    _Setting("DLX", "x-dead-letter-exchange", "dead-letter-exchange", "Dead letters go to exchange {}", "name"),
    _Setting("DLK", "x-dead-letter-routing-key", "dead-letter-routing-key", "Dead letters get routing key {}", "name"),
    _Setting("Pri", "x-max-priority", "", "Priorities 0 to {}"),
    _Setting("SAC", "x-single-active-consumer", "", "Single active consumer: one consumer at a time gets messages"),
    _Setting("DlL", "x-delivery-limit", "delivery-limit", "A message is dropped or dead-lettered after {} deliveries"),
)


def queue_features(queue: Queue) -> tuple[Feature, ...]:
    """Every feature of ``queue``, durability first, then arguments and policy in RabbitMQ's usual order."""
    return (*_flags(queue), *_settings(queue))


def badges(queue: Queue) -> str:
    """The badges as one text: ``D TTL DLX``."""
    return " ".join(feature.badge for feature in queue_features(queue))


def feature_words(queue: Queue) -> str:
    """One line per feature: ``TTL: Messages expire after 1 min``."""
    return "\n".join(f"{feature.badge}: {feature.words}" for feature in queue_features(queue))


def setting_value(value: object, unit: str = "") -> str:
    """``value`` in words: milliseconds as a span, bytes as a size, names visibly and in quotes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        if unit == "ms":
            return wording.span(value / 1000)
        if unit == "s":
            return wording.span(float(value))
        if unit == "bytes":
            return wording.size(int(value))
        return wording.count(value) if isinstance(value, int) else str(value)
    text = wording.visible(str(value))
    return f"“{text}”" if unit == "name" else text


def _flags(queue: Queue) -> tuple[Feature, ...]:
    flags = (
        (queue.durable, Feature("D", "Durable: the queue survives a restart of the broker")),
        (queue.auto_delete, Feature("AD", "Auto-delete: goes away with its last consumer")),
        (queue.exclusive, Feature("Excl", "Exclusive: only the connection that declared it may use it")),
    )
    return tuple(feature for is_set, feature in flags if is_set)


def _settings(queue: Queue) -> tuple[Feature, ...]:
    found = []
    for setting in _SETTINGS:
        value = _value_of(queue, setting)
        if value is not None and value is not False:
            found.append(Feature(setting.badge, setting.template.format(setting_value(value, setting.unit))))
    return tuple(found)


def _value_of(queue: Queue, setting: _Setting) -> Any:
    if setting.argument in queue.arguments:
        return queue.arguments[setting.argument]
    return queue.effective_policy.get(setting.policy_key) if setting.policy_key else None
