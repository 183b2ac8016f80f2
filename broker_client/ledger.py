"""What we are about to write to a broker, and what became of it, in files that survive us.

One SQLite file for each operation. Its intents are on disk before anything is sent, its outcomes before anything is
acknowledged: one transaction and one fsync for a whole group. While an operation runs, its process holds the file's
lock; a file that nobody holds is what a crash has left behind, and tells which items are in doubt.
"""

from __future__ import annotations

import enum
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from broker_client.errors import BadInput, BrokerError, Conflict, NotFound

_SCHEMA = """
CREATE TABLE operation (kind TEXT NOT NULL, subject TEXT NOT NULL, started REAL NOT NULL, settled INTEGER NOT NULL);
CREATE TABLE item (number INTEGER PRIMARY KEY, identity BLOB NOT NULL, label TEXT NOT NULL, state INTEGER NOT NULL);
"""
_SUFFIX = ".journal"
_LOG_PAGES = 8000
"""How far the log of a journal grows (32 MB) before it is worked into its file, which costs more turns of the disk."""
_BIRTH_S = 60.0
"""A file without an operation in it may be one that another process makes at this moment."""


class State(enum.IntEnum):
    """What is known of one item."""

    INTENDED = 0
    """Perhaps sent, perhaps not: in doubt."""
    CONFIRMED = 1
    """The broker has it."""
    KEPT = 2
    """The broker said no: it is still where it was."""


class Item(NamedTuple):
    """One item of an operation: ``identity`` tells it from others, ``label`` names it for people."""

    number: int
    identity: bytes
    label: str
    state: State


class Unfinished(NamedTuple):
    """An operation that has not come to its end. ``running``: some process works on it now."""

    id: str
    kind: str
    subject: dict[str, Any]
    started: float
    """Seconds since the epoch."""
    confirmed: int
    in_doubt: tuple[Item, ...]
    running: bool


class Journal:
    """One open operation. Used by the thread that made it; :meth:`close` leaves the file, :meth:`finish` removes it."""

    def __init__(self, path: Path, database: sqlite3.Connection, untouched_s: float = 0.0) -> None:
        self.path = path
        self.id = path.stem
        self.untouched_s = untouched_s
        """How long nothing had been written when it was opened, at least."""
        self._database = database

    @property
    def subject(self) -> dict[str, Any]:
        with _explaining(self.path):
            return dict(json.loads(self._database.execute("SELECT subject FROM operation").fetchone()[0]))

    def write(
        self, intents: Sequence[tuple[int, bytes, str]] = (), outcomes: Iterable[tuple[int, int, State]] = ()
    ) -> None:
        """Put intents (number, identity, label) and outcomes (first number, last number, state) on the disk, together.

        When this returns they are there. Raises BrokerError when the disk does not take them.
        """
        with _explaining(self.path), self._database:
            self._database.executemany("INSERT INTO item VALUES (?, ?, ?, 0)", intents)
            self._database.executemany(
                "UPDATE item SET state = ?3 WHERE number BETWEEN ?1 AND ?2 AND state = 0", outcomes
            )

    def forget(self, numbers: Iterable[int]) -> None:
        """Items that nothing will ask for again; those that were confirmed are still counted."""
        count = "UPDATE operation SET settled = settled + (SELECT count(*) FROM item WHERE number = ? AND state = 1)"
        with _explaining(self.path), self._database:
            for number in numbers:
                self._database.execute(count, (number,))
                self._database.execute("DELETE FROM item WHERE number = ?", (number,))

    def confirmed_count(self) -> int:
        """How many items were confirmed since the operation began, forgotten ones too."""
        count = "SELECT settled + (SELECT count(*) FROM item WHERE state = 1) FROM operation"
        with _explaining(self.path):
            return int(self._database.execute(count).fetchone()[0])

    def items(self, *states: State) -> tuple[Item, ...]:
        """All items, or those in one of ``states``, in the order in which they were meant to be sent."""
        wanted = ",".join(str(int(state)) for state in states or tuple(State))
        with _explaining(self.path):
            rows = self._database.execute(f"SELECT * FROM item WHERE state IN ({wanted}) ORDER BY number")
            return tuple(Item(number, identity, label, State(state)) for number, identity, label, state in rows)

    def last_number(self) -> int:
        with _explaining(self.path):
            return int(self._database.execute("SELECT coalesce(max(number), 0) FROM item").fetchone()[0])

    def close(self) -> None:
        self._database.close()

    def finish(self) -> None:
        """The operation is over and nothing of it is in doubt: remove its file."""
        with suppress(sqlite3.Error):
            self._database.execute("PRAGMA synchronous = OFF")  # what goes need not be on the disk first
        self._database.close()
        _remove(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Ledger:
    """The folder of journals; made on first use, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, kind: str, subject: Mapping[str, Any]) -> Journal:
        """A new operation. ``subject``: what JSON can hold, enough to go on with it; never a password."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        path = self.folder / f"{stamp}-{secrets.token_hex(3)}{_SUFFIX}"
        with _explaining(path):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            database = sqlite3.connect(path, timeout=0.2, isolation_level="IMMEDIATE")
            _prepare(database)
            with database:
                database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
                database.execute(
                    "INSERT INTO operation VALUES (?, ?, ?, 0)", (kind, json.dumps(dict(subject)), time.time())
                )
            _sync_folder(self.folder)
        return Journal(path, database)

    def open(self, operation: str) -> Journal:
        """Take up an unfinished operation. Raises :class:`NotFound`; :class:`Conflict` when a process works on it."""
        path = self.folder / f"{operation}{_SUFFIX}"
        if not operation or Path(operation).name != operation:
            raise BadInput("this cannot be the name of an operation", operation)
        if not path.exists():
            raise NotFound(f"there is no unfinished operation {operation!r}")
        with _explaining(path):
            untouched_s = _untouched_s(path)
            database = sqlite3.connect(path, timeout=0.2, isolation_level="IMMEDIATE")
            try:
                _prepare(database)
                # The first transaction takes the lock, which stays ours until the file is closed.
                database.execute("BEGIN IMMEDIATE")
                database.commit()
            except sqlite3.OperationalError as problem:
                database.close()
                if "locked" in str(problem):
                    raise Conflict(f"the operation {operation} is running", "another process works on it") from None
                raise
        return Journal(path, database, untouched_s)

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Every operation that has not come to its end, oldest first. Empty files of a crash at birth are removed."""
        found = (self._look(path) for path in sorted(self.folder.glob(f"*{_SUFFIX}")))
        return tuple(operation for operation in found if operation is not None)

    def _look(self, path: Path) -> Unfinished | None:
        try:
            journal = self.open(path.stem)
        except Conflict:
            return Unfinished(path.stem, "", {}, path.stat().st_mtime, 0, (), True)
        except NotFound:
            return None
        with journal:
            database = journal._database
            if not database.execute("SELECT name FROM sqlite_master WHERE name = 'operation'").fetchone():
                if time.time() - path.stat().st_mtime > _BIRTH_S:
                    journal.finish()
                return None
            kind, subject, started = database.execute("SELECT kind, subject, started FROM operation").fetchone()
            doubts = journal.items(State.INTENDED)
            confirmed = journal.confirmed_count()
        return Unfinished(path.stem, kind, dict(json.loads(subject)), started, confirmed, doubts, False)


def default_folder(environ: Mapping[str, str]) -> Path:
    """Where journals are kept: below the state directory of the XDG convention."""
    home = environ.get("XDG_STATE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".local" / "state")
    return Path(home) / "warren" / "journals"


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")


def _untouched_s(path: Path) -> float:
    written = [file.stat().st_mtime for end in ("", "-wal") if (file := path.with_name(path.name + end)).exists()]
    return max(0.0, time.time() - max(written, default=time.time()))


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A new file is only there after a power cut if its folder is written too."""
    with suppress(OSError):  # Windows cannot open folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Turns what SQLite and the file system raise into a BrokerError."""
    try:
        yield
    except (sqlite3.Error, OSError) as problem:
        remedy = "is the disk full, or not ours to write to?"
        raise BrokerError("the journal cannot be written or read", f"{path}: {problem}", remedy) from problem
