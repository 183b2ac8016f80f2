"""A queue's settings in words: each argument, what it means, and whether it comes from the queue or from a policy."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.rabbit.entities import Queue, QueueDetail
from dashboard.look.assets import resource
from dashboard.look.wording import visible
from dashboard.models.queue_features import setting_value


class ArgumentHelp(msgspec.Struct, frozen=True):
    """What one argument means. ``means`` may hold ``{value}``; ``policy`` is the policy key for the same thing."""

    title: str
    means: str
    policy: str = ""
    unit: str = ""


class ArgumentLine(msgspec.Struct, frozen=True):
    """One setting in force. ``origin`` is ``queue argument`` or names the policy."""

    name: str
    title: str
    value: str
    means: str
    origin: str
    from_policy: bool = False


@functools.cache
def argument_help() -> Mapping[str, ArgumentHelp]:
    """The help texts by argument name; read from disk once."""
    table = tomllib.loads(resource("help/queue_arguments.toml").read_text(encoding="utf-8"))
    return msgspec.convert(table, dict[str, ArgumentHelp])


def argument_lines(detail: QueueDetail, help_texts: Mapping[str, ArgumentHelp]) -> tuple[ArgumentLine, ...]:
    """Every argument of the queue, then every key of its policies, each with what it means."""
    queue = detail.queue
    by_policy = {text.policy: text for text in help_texts.values() if text.policy}
    own = [
        _line(name, value, help_texts.get(name), "queue argument") for name, value in sorted(queue.arguments.items())
    ]
    definition = detail.policy_definition or queue.effective_policy
    origin = policy_origin(queue)
    inherited = [
        _line(key, value, by_policy.get(key), origin, from_policy=True) for key, value in sorted(definition.items())
    ]
    return (*own, *inherited)


def policy_origin(queue: Queue) -> str:
    """``policy X``, ``operator policy Y``, both, or nothing."""
    names = []
    if queue.policy:
        names.append(f"policy {visible(queue.policy)}")
    if queue.operator_policy:
        names.append(f"operator policy {visible(queue.operator_policy)}")
    return " and ".join(names)


def _line(name: str, value: Any, text: ArgumentHelp | None, origin: str, *, from_policy: bool = False) -> ArgumentLine:
    shown = visible(name)
    if text is None:
        return ArgumentLine(shown, shown, setting_value(value), "", origin, from_policy)
    words = setting_value(value, text.unit)
    return ArgumentLine(shown, text.title, words, text.means.replace("{value}", words), origin, from_policy)
