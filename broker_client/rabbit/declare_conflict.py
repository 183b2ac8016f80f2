"""PURE: a declaration that the broker refused because the thing exists otherwise: asked and existing side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.errors import Conflict

_INEQUIVALENT = re.compile(
    r"inequivalent arg '(?P<name>[^']+)' for (?P<what>queue|exchange) '.*' in vhost '.*': "
    r"received (?P<asked>.+?) but current is (?P<existing>.+)$",
    re.DOTALL,
)
_TYPED = re.compile(r"^the value '(?P<value>.*)' of type '[^']+'$", re.DOTALL)
_DEFAULTS: Mapping[str, Any] = {"x-queue-type": "classic"}


class Difference(msgspec.Struct, frozen=True):
    """One setting: what was asked for and what is there, as texts. ``not set`` where there is none."""

    name: str
    asked: str
    existing: str


class DeclareConflict(Conflict):
    """It exists with other settings; ``differences`` holds them side by side (at least the one the broker names)."""

    def __init__(self, what: str, why: str, remedy: str, differences: tuple[Difference, ...]) -> None:
        super().__init__(what, why, remedy)
        self.differences = differences


def differences(asked: Mapping[str, Any], existing: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Settings that differ, by name; a missing queue type counts as classic."""
    names = sorted(asked.keys() | existing.keys())
    pairs = ((name, asked.get(name, _DEFAULTS.get(name)), existing.get(name, _DEFAULTS.get(name))) for name in names)
    return tuple(Difference(name, _shown(one), _shown(other)) for name, one, other in pairs if not _same(one, other))


def difference_told(text: str) -> tuple[Difference, ...]:
    """The one difference that the broker's refusal names; empty when it names none."""
    found = _INEQUIVALENT.search(text)
    if found is None:
        return ()
    return (Difference(found["name"], _plain(found["asked"]), _plain(found["existing"])),)


def conflict(subject: str, text: str, found: tuple[Difference, ...]) -> DeclareConflict:
    """The error for a 406 about ``subject`` (``queue 'orders'``). ``found`` are the differences as the management API
    shows them, if it could be asked."""
    told = found or difference_told(text)
    lines = [f"{one.name}: asked {one.asked}, it has {one.existing}" for one in told]
    why = "; ".join(lines) or text
    remedy = "declare it with what it has, or choose another name; to change it, it must be deleted first"
    return DeclareConflict(f"the {subject} exists with other settings", why, remedy, told)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(text: str) -> str:
    typed = _TYPED.match(text)
    if typed is not None:
        return typed["value"]
    return "not set" if text == "none" else text.strip("'")
