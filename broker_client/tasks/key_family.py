"""PURE: which keys of a Redis belong together, and what Celery keeps in them. A family is named by a pattern.

Celery's own keys are told by their names; others are grouped by what their names have in common.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from broker_client.tasks.plain_text import cut, from_bytes

PRIORITY_MARK = b"\x06\x16"
"""Stands between a queue's name and its priority in a list of kombu's."""
BINDING = b"_kombu.binding."
META = b"celery-task-meta-"

RESULTS, GROUPS, CHORDS = "results", "groups", "chords"
QUEUES, UNACKED, BINDINGS, REPLIES = "queues", "unacked", "bindings", "replies"
WARREN, OTHER = "warren", "other"
OF_CELERY = frozenset({RESULTS, GROUPS, CHORDS, QUEUES, UNACKED, BINDINGS, REPLIES})

_PATTERN_CHARS = 80
_GROUP = b"celery-taskset-meta-"
_CHORD_ENDS = (b".j", b".s", b".d", b".t", b".c")
_MARKS = re.compile(rb"celery|chord-unlock-|_kombu\.|unacked|\x06\x16")
"""A key without one of these is none of Celery's: most keys are told apart by this alone."""
_UNACKED = re.compile(rb"(?:.*[:._\-])?(unacked(?:_index|_mutex)?)$", re.DOTALL)
_REPLY = re.compile(rb"[0-9a-f\-]{36}\.reply\.celery\.pidbox$")
_ID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{12,}|\d+")
_SEPARATOR = re.compile(r"[:/|]")


class Family(NamedTuple):
    """``kind`` is one of the words above; ``pattern`` has ``*`` where its keys differ."""

    kind: str
    pattern: str


def family_of(key: bytes) -> Family:
    """The family of one key. Queues without priorities look like any other key: see :class:`KeyCensus`."""
    celery = _celery_family(key) if _MARKS.search(key) else None
    if celery is not None:
        return celery
    if key.startswith(b"warren:"):
        return Family(WARREN, "warren:*")
    return Family(OTHER, pattern_of(from_bytes(key)))


def queue_of(key: bytes) -> str:
    """The queue whose list ``key`` is or might be, without its priority."""
    return from_bytes(key.partition(PRIORITY_MARK)[0])


def binding_queue(member: bytes) -> str | None:
    """The queue in a member of a binding's set, which is routing key, pattern and queue; ``None`` = it is none."""
    parts = member.split(PRIORITY_MARK)
    return from_bytes(parts[2]) if len(parts) == 3 and parts[2] else None


def pattern_of(name: str) -> str:
    """``session:alice`` and ``session:bob`` are ``session:*``; ids and numbers are what differs."""
    parts = _SEPARATOR.split(name)
    if len(parts) == 2 and parts[1]:
        return cut(_ID.sub("*", parts[0]) + name[len(parts[0])] + "*", _PATTERN_CHARS)
    return cut(_ID.sub("*", name), _PATTERN_CHARS)


def _celery_family(key: bytes) -> Family | None:
    for mark, kind in ((META, RESULTS), (_GROUP, GROUPS), (b"chord-unlock-", CHORDS), (BINDING, BINDINGS)):
        place = key.find(mark)
        if place >= 0:
            if kind == GROUPS and key.endswith(_CHORD_ENDS):
                return Family(CHORDS, from_bytes(key[:place] + mark) + "*" + from_bytes(key[-2:]))
            return Family(kind, from_bytes(key[:place] + mark) + "*")
    if b"_kombu.binding_" in key:
        return Family(BINDINGS, from_bytes(key.partition(b"_kombu.")[0]) + "_kombu.binding_*")
    if PRIORITY_MARK in key:
        return Family(QUEUES, queue_of(key))
    if _UNACKED.match(key):
        return Family(UNACKED, from_bytes(key))
    if _REPLY.search(key):
        return Family(REPLIES, "*.reply.celery.pidbox")
    return None
