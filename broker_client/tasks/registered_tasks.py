"""PURE: the task names that workers say they know, and which of them keep no result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from broker_client.tasks.plain_text import cut, printable

QUESTION = {"registered": {"taskinfoitems": ["ignore_result"]}}
_MOST_NAMES = 20_000
_NAME_CHARS = 512
_ENTRY = re.compile(r"(?P<name>.*?)(?: \[(?P<items>[^\[\]]*)\])?$", re.DOTALL)


class RegisteredTasks(msgspec.Struct, frozen=True):
    """``by_worker`` holds the workers that answered; ``ignoring`` the names whose results are ignored."""

    by_worker: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    ignoring: frozenset[str] = frozenset()

    def knows(self, name: str) -> bool:
        """Whether any worker that answered knows the name; ``celery.*`` every worker knows."""
        return name.startswith("celery.") or any(name in names for names in self.by_worker.values())


def read_registered(answers: Mapping[str, Any]) -> RegisteredTasks:
    """Read ``{worker: ["shop.pay [ignore_result=False]", ...]}``. An answer of a strange shape is left out."""
    by_worker: dict[str, frozenset[str]] = {}
    ignoring: set[str] = set()
    for worker, entries in answers.items():
        if not isinstance(entries, list):
            continue
        names = set()
        for entry in entries[:_MOST_NAMES]:
            found = _ENTRY.match(entry) if isinstance(entry, str) else None
            if found is None:
                continue
            name = cut(printable(found["name"]), _NAME_CHARS)
            names.add(name)
            if "ignore_result=True" in (found["items"] or ""):
                ignoring.add(name)
        by_worker[printable(worker)] = frozenset(names)
    return RegisteredTasks(by_worker, frozenset(ignoring))
