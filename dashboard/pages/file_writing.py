"""Writes what a person saves from a message's panel. Runs on a job's thread."""

from __future__ import annotations

from pathlib import Path

from broker_client.errors import BadInput


def write_bytes(path: Path, content: bytes) -> Path:
    """The file that was written. Raises :class:`BadInput` when it cannot be."""
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise BadInput(f"{path} cannot be written", problem.strerror or str(problem)) from None
    return path
