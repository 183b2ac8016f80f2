"""Messages kept in a local file, byte for byte, before they are taken off a queue; and which of them went back.

One SQLite file for each occasion, readable by its owner only. A message is on the disk before it is acknowledged.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from broker_client.errors import BadInput, BrokerError, NotFound
from broker_client.ledger import State
from broker_client.rabbit.frames import Delivery

_SCHEMA = """
CREATE TABLE occasion (subject TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE message (
    number INTEGER PRIMARY KEY, exchange BLOB NOT NULL, routing_key BLOB NOT NULL, properties BLOB NOT NULL,
    body BLOB NOT NULL, state INTEGER
);
"""
_SUFFIX = ".vault"


class Kept(NamedTuple):
    """A message in a vault. ``properties`` are as on the wire."""

    number: int
    exchange: bytes
    routing_key: bytes
    properties: bytes
    body: bytes


class Vault:
    """One file; used by the thread that opened it."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path = path
        self._database = database

    @classmethod
    def create(cls, folder: Path, subject: Mapping[str, Any]) -> Vault:
        """A new, empty vault. ``subject``: what JSON can hold, told by :meth:`subject` again."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        path = folder / f"{stamp}-{secrets.token_hex(3)}{_SUFFIX}"
        with _explaining(path):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            database = _connect(path)
            with database:
                database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
                database.execute("INSERT INTO occasion VALUES (?, ?)", (json.dumps(dict(subject)), time.time()))
        return cls(path, database)

    @classmethod
    def open(cls, path: Path) -> Vault:
        if not path.exists():
            raise NotFound("the vault is not there any more", str(path))
        with _explaining(path):
            database = _connect(path)
            if not database.execute("SELECT name FROM sqlite_master WHERE name = 'message'").fetchone():
                database.close()
                raise BadInput("this file is no vault", str(path))
        return cls(path, database)

    def subject(self) -> dict[str, Any]:
        with _explaining(self.path):
            return dict(json.loads(self._database.execute("SELECT subject FROM occasion").fetchone()[0]))

    def keep(self, deliveries: Sequence[Delivery]) -> None:
        """When this returns they are on the disk."""
        rows = ((d.exchange, d.routing_key, d.properties, d.body) for d in deliveries)
        with _explaining(self.path), self._database:
            self._database.executemany(
                "INSERT INTO message (exchange, routing_key, properties, body) VALUES (?, ?, ?, ?)", rows
            )

    def count(self) -> int:
        with _explaining(self.path):
            return int(self._database.execute("SELECT count(*) FROM message").fetchone()[0])

    def in_doubt(self) -> int:
        """How many were being sent back when it was cut short: nobody can say whether they arrived."""
        with _explaining(self.path):
            query = "SELECT count(*) FROM message WHERE state = ?"
            return int(self._database.execute(query, (State.INTENDED,)).fetchone()[0])

    def waiting(self) -> int:
        """How many were not sent back yet."""
        with _explaining(self.path):
            return int(self._database.execute("SELECT count(*) FROM message WHERE state IS NULL").fetchone()[0])

    def next_messages(self, after: int, most: int) -> tuple[Kept, ...]:
        """The next messages that were not sent back yet, in the order in which they were kept."""
        query = "SELECT number, exchange, routing_key, properties, body FROM message WHERE number > ? AND state IS NULL"
        with _explaining(self.path):
            rows = self._database.execute(f"{query} ORDER BY number LIMIT ?", (after, most))
            return tuple(Kept(*row) for row in rows)

    def write(self, intents: Iterable[int], outcomes: Iterable[tuple[int, int, State]]) -> None:
        """Note what will be sent back, and what became of what was; on the disk when this returns."""
        with _explaining(self.path), self._database:
            self._database.executemany("UPDATE message SET state = 0 WHERE number = ?", ((n,) for n in intents))
            for first, last, state in outcomes:
                kept = None if state is State.KEPT else int(state)
                self._database.execute(
                    "UPDATE message SET state = ? WHERE number BETWEEN ? AND ? AND state = 0", (kept, first, last)
                )

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=0.5, isolation_level="IMMEDIATE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    return database


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as problem:
        why = f"{path}: {problem}"
        raise BrokerError("the vault cannot be written or read", why, "nothing was deleted without it") from problem
