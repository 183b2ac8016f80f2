"""PURE: what is wrong or unwise with a queue, an exchange or a binding before it is declared.

The checks hand back complaints instead of raising, so that a form can show all of them at once; a complaint that is
not ``refused`` is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.rabbit.argument_catalogue import (
    BY_TYPE_AND_NAME,
    EXCHANGE_TYPES,
    QUEUE_TYPES,
    Argument,
    version_number,
)
from broker_client.rabbit.entities import Binding

MATCH_MODES = ("all", "any", "all-with-x", "any-with-x")
MAX_NAME_BYTES = 255
_AGE = re.compile(r"^[0-9]+[YMDhms]$")


class Complaint(msgspec.Struct, frozen=True):
    """What is wrong with one field of a declaration. ``refused``: the broker will not take it; else a warning."""

    field: str
    words: str
    refused: bool = True


def check_queue(
    name: str,
    queue_type: str,
    arguments: Mapping[str, Any],
    *,
    durable: bool = True,
    exclusive: bool = False,
    auto_delete: bool = False,
    version: str = "",
) -> tuple[Complaint, ...]:
    """All that is wrong or unwise with declaring this queue. ``arguments`` without ``x-queue-type``."""
    found = [*check_name_of(name, "queue", may_be_empty=True)]
    if queue_type not in QUEUE_TYPES:
        return (*found, Complaint("type", f"{queue_type!r} is not classic, quorum or stream"))
    found += _check_flags(queue_type, durable, exclusive, auto_delete, version)
    for key, value in arguments.items():
        found += _check_queue_argument(key, value, queue_type, version)
    if "x-dead-letter-routing-key" in arguments and "x-dead-letter-exchange" not in arguments:
        words = "there is no dead-letter exchange that could use it"
        found.append(Complaint("x-dead-letter-routing-key", words))
    if queue_type == "quorum" and arguments.get("x-overflow") == "reject-publish-dlx":
        found.append(Complaint("x-overflow", "a quorum queue knows drop-head and reject-publish only"))
    return tuple(found)


def check_exchange(
    name: str, exchange_type: str, arguments: Mapping[str, Any], known_types: tuple[str, ...] = ()
) -> tuple[Complaint, ...]:
    """All that is wrong with declaring this exchange; ``known_types`` are those the broker offers (empty = unknown)."""
    found = [*check_name_of(name, "exchange")]
    if known_types and exchange_type not in known_types:
        found.append(Complaint("type", f"this broker offers {', '.join(known_types)}, not {exchange_type!r}"))
    target = arguments.get("alternate-exchange")
    if "alternate-exchange" in arguments and not isinstance(target, str):
        found.append(Complaint("alternate-exchange", "it must be the name of an exchange"))
    elif target == name and name:
        found.append(Complaint("alternate-exchange", "an exchange cannot be its own way out", refused=False))
    delayed = arguments.get("x-delayed-type")
    if exchange_type == "x-delayed-message" and not isinstance(delayed, str):
        found.append(Complaint("x-delayed-type", "a delayed exchange needs the type it routes by"))
    return tuple(found)


def check_binding(binding: Binding, exchange_type: str) -> tuple[Complaint, ...]:
    """All that is wrong or unwise with this binding, from an exchange of ``exchange_type`` ("" = unknown)."""
    found = [*_check_text(binding.routing_key, "routing key")]
    if binding.source == "" or (binding.destination_type == "exchange" and binding.destination == ""):
        found.append(Complaint("source", "the default exchange binds every queue by itself; nothing else can be bound"))
    if exchange_type == "headers":
        found += _check_match(binding)
    elif binding.arguments and exchange_type in EXCHANGE_TYPES:
        words = f"a {exchange_type} exchange does not look at arguments"
        found.append(Complaint("arguments", words, refused=False))
    if exchange_type == "topic" and "" in binding.routing_key.split(".") and binding.routing_key:
        words = "an empty word between dots matches only an empty word"
        found.append(Complaint("routing key", words, refused=False))
    if exchange_type == "direct" and re.search(r"(^|\.)[*#](\.|$)", binding.routing_key):
        words = "a direct exchange takes * and # as they stand; only a topic exchange knows patterns"
        found.append(Complaint("routing key", words, refused=False))
    if exchange_type == "fanout" and binding.routing_key:
        found.append(Complaint("routing key", "a fanout exchange does not look at it", refused=False))
    if exchange_type == "x-consistent-hash" and not re.fullmatch(r"[1-9][0-9]*", binding.routing_key):
        found.append(Complaint("routing key", "this type needs a weight here: a number from 1"))
    return tuple(found)


def check_name_of(name: str, what: str, *, may_be_empty: bool = False) -> tuple[Complaint, ...]:
    """What keeps ``name`` from naming a new ``what``."""
    if not name:
        return () if may_be_empty else (Complaint("name", f"the {what} needs a name"),)
    if name.startswith("amq."):
        return (Complaint("name", "names that begin with amq. belong to the broker"),)
    return _check_text(name, "name")


def _check_text(text: str, field: str) -> tuple[Complaint, ...]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_NAME_BYTES:
        return (Complaint(field, f"{size} bytes in UTF-8, {MAX_NAME_BYTES} are allowed"),)
    for position, char in enumerate(text):
        if char in "\r\n\0" or "\ud800" <= char <= "\udfff":
            return (Complaint(field, f"character {position + 1} is {char!r}: remove it"),)
    return ()


def _check_flags(queue_type: str, durable: bool, exclusive: bool, auto_delete: bool, version: str) -> list[Complaint]:
    found: list[Complaint] = []
    if queue_type != "classic":
        wrong = (("durable", not durable), ("exclusive", exclusive), ("auto_delete", auto_delete))
        rule = {
            "durable": "is always durable",
            "exclusive": "cannot be exclusive",
            "auto_delete": "cannot be auto-delete",
        }
        found += [Complaint(field, f"a {queue_type} queue {rule[field]}") for field, is_wrong in wrong if is_wrong]
    elif not durable and not exclusive:
        number = version_number(version)
        words = "a queue that is neither durable nor exclusive is deprecated, and refused by RabbitMQ 4.3 (541)"
        found.append(Complaint("durable", words, refused=number is not None and number >= (4, 3)))
    if exclusive:
        found.append(Complaint("exclusive", "an exclusive queue is gone with the connection that declared it", False))
    return found


def _check_queue_argument(name: str, value: Any, queue_type: str, version: str) -> list[Complaint]:
    argument = BY_TYPE_AND_NAME.get((queue_type, name))
    if argument is None:
        others = " and ".join(kind for kind in QUEUE_TYPES if (kind, name) in BY_TYPE_AND_NAME)
        if others:
            return [Complaint(name, f"a {queue_type} queue does not take it, only {others}")]
        return [Complaint(name, "not an argument that RabbitMQ knows: it may be ignored", refused=False)]
    number = version_number(version)
    if number is not None and number < argument.since:
        return [Complaint(name, f"known since RabbitMQ {argument.since[0]}.{argument.since[1]}", refused=False)]
    words = value_problem(argument, value)
    if words:
        return [Complaint(name, words)]
    return [Complaint(name, argument.advice, refused=False)] if argument.advice else []


def value_problem(argument: Argument, value: Any) -> str:
    """What is wrong with a value, in words; empty when it is fine."""
    if argument.kind in ("count", "ms", "bytes"):
        if isinstance(value, bool) or not isinstance(value, int):
            return f"a whole number is needed, not {value!r}"
        if not argument.least <= value <= argument.most:
            return f"a number from {argument.least:,} to {argument.most:,} is needed"
    elif argument.kind == "flag":
        return "" if isinstance(value, bool) else f"true or false is needed, not {value!r}"
    elif argument.kind == "choice":
        return "" if value in argument.choices else f"one of {', '.join(argument.choices)} is needed, not {value!r}"
    elif argument.kind == "age":
        return "" if isinstance(value, str) and _AGE.match(value) else "a number with Y, M, D, h, m or s is needed"
    elif not isinstance(value, str):
        return f"a name is needed, not {value!r}"
    else:
        return next((complaint.words for complaint in _check_text(value, argument.name)), "")
    return ""


def _check_match(binding: Binding) -> list[Complaint]:
    mode = binding.arguments.get("x-match", "all")
    if mode not in MATCH_MODES:
        return [Complaint("x-match", f"one of {', '.join(MATCH_MODES)} is needed, not {mode!r}")]
    rows = [name for name in binding.arguments if name != "x-match"]
    seen = rows if mode.endswith("-with-x") else [name for name in rows if not name.startswith("x-")]
    if not seen:
        always = "every message" if mode.startswith("all") else "no message"
        return [Complaint("arguments", f"without a header to look at it matches {always}", refused=False)]
    return []
