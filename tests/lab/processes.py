"""What the kernel says about processes: who started whom, and where they listen."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections import defaultdict
from pathlib import Path

_LISTENING = "0A"  # TCP_LISTEN of the kernel's tables


def alive(pid: int) -> bool:
    """Whether it runs; a zombie that waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def family(pid: int) -> frozenset[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            children[int(stat.read_text().rpartition(")")[2].split()[1])].append(int(stat.parent.name))
    found, waiting = set[int](), [pid]
    while waiting:
        found.add(member := waiting.pop())
        waiting += children[member]
    return frozenset(found)


def sessions(pids: frozenset[int]) -> frozenset[int]:
    """The sessions these processes belong to, as far as they still run."""
    found = set[int]()
    for pid in pids:
        with contextlib.suppress(OSError):
            found.add(os.getsid(pid))
    return frozenset(found)


def command_lines(pids: frozenset[int]) -> str:
    """Every argument of these processes, to look for what must not be there."""
    lines = []
    for pid in pids:
        with contextlib.suppress(OSError):
            lines.append(Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " "))
    return "\n".join(lines)


def listening_addresses(pids: frozenset[int]) -> frozenset[str]:
    """The addresses at which these processes accept TCP connections."""
    sockets = {_target(link) for pid in pids for link in _links(pid)}
    return frozenset(
        address
        for table, width in (("tcp", 4), ("tcp6", 16))
        for address, state, inode in _rows(table, width)
        if state == _LISTENING and f"socket:[{inode}]" in sockets
    )


def _links(pid: int) -> tuple[Path, ...]:
    with contextlib.suppress(OSError):
        return tuple(Path(f"/proc/{pid}/fd").iterdir())
    return ()


def _target(link: Path) -> str:
    with contextlib.suppress(OSError):
        return os.readlink(link)
    return ""


def _rows(table: str, width: int) -> list[tuple[str, str, str]]:
    """(address, state, inode) of each socket in one of the kernel's tables."""
    rows = []
    for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
        fields = line.split()
        words = struct.unpack(f">{width // 4}I", bytes.fromhex(fields[1].split(":")[0]))
        packed = struct.pack(f"={width // 4}I", *words)  # the kernel prints each word in the machine's own order
        address = socket.inet_ntop(socket.AF_INET if width == 4 else socket.AF_INET6, packed)
        rows.append((address, fields[3], fields[9]))
    return rows
