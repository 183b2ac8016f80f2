"""Loopback TCP ports that nobody listens on."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"
MANAGEMENT_OFFSET = 10_000
_RANGE = range(12_000, 22_000)
"""With the offset added this stays below the ports that systems hand to outgoing connections (32768 and up)."""


def free_ports(count: int) -> tuple[int, ...]:
    """``count`` different free ports, each with ``port + MANAGEMENT_OFFSET`` free as well."""
    with ExitStack() as held:
        found: list[int] = []
        for port in random.sample(_RANGE, len(_RANGE)):
            if _hold(held, port) and _hold(held, port + MANAGEMENT_OFFSET):
                found.append(port)
            if len(found) == count:
                return tuple(found)
    raise OSError(f"no {count} free ports on {LOOPBACK}")


def _hold(held: ExitStack, port: int) -> bool:
    probe = held.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((LOOPBACK, port))
    except OSError:
        return False
    return True
