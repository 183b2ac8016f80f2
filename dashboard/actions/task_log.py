"""What Warren did to tasks (revoked, sent again ...), one small file per profile: a line of JSON for each note.

Every method is called on the GUI thread; reading and writing run as jobs. The newest notes are kept, up to a limit.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from broker_client.errors import BadInput
from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.notices import Notices
from dashboard.places import name_on_disk

MOST_NOTES = 5_000
MOST_WORDS = 500
_MOST_FILE_BYTES = 16 << 20
_SPARE_LINES = 1_000
"""So many lines more than ``MOST_NOTES`` may stand in a file before it is written anew."""


class TaskNote(msgspec.Struct, frozen=True):
    """``when`` is in epoch seconds, ``words`` one sentence: "Revoked: no worker will start it"."""

    task_id: str
    when: float
    words: str


class TaskLog(QObject):
    """``changed`` when there is something else to show. One per window."""

    changed = Signal()

    def __init__(self, jobs: Jobs, notices: Notices, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._notices = notices
        self._folder = folder
        self._file: Path | None = None
        self._notes: list[TaskNote] = []
        self._unread: Path | None = None
        self._unwritten: dict[Path, list[TaskNote]] = {}
        self._busy = False

    def open(self, profile: str) -> None:
        """Show what was done through ``profile``; empty = none is open."""
        file = self._folder / f"{name_on_disk(profile)}.jsonl" if profile else None
        if file == self._file:
            return
        self._file, self._unread = file, file
        self._notes = list(self._unwritten.get(file, ())) if file is not None else []
        self.changed.emit()
        self._go_on()

    def note(self, task_id: str, when: float, words: str) -> None:
        """Keep that ``words`` were done to the task. Nothing happens when no profile is open."""
        self.note_all((task_id,), when, words)

    def note_all(self, task_ids: Iterable[str], when: float, words: str) -> None:
        """The same of many tasks at once; of more than are kept, the last ones."""
        notes = [TaskNote(task_id, when, words[:MOST_WORDS]) for task_id in task_ids][-MOST_NOTES:]
        if self._file is None or not notes:
            return
        self._notes = [*self._notes, *notes][-MOST_NOTES:]
        self._unwritten.setdefault(self._file, []).extend(notes)
        self.changed.emit()
        self._go_on()

    def of(self, task_id: str) -> tuple[TaskNote, ...]:
        """What was done to this task, oldest first."""
        return tuple(note for note in self._notes if note.task_id == task_id)

    # ---- the file ------------------------------------------------------------------------------------------------

    def _go_on(self) -> None:
        """One job at a time. A file is read before anything is added to it, so that no note is read twice."""
        if self._busy:
            return
        if self._unread is not None:
            wanted, self._unread, self._busy = self._unread, None, True
            self._jobs.run(
                "Read what was done to tasks", lambda _pulse: read_notes(wanted), lambda told: self._read(wanted, told)
            )
        elif self._unwritten:
            file = next(iter(self._unwritten))
            notes, self._busy = self._unwritten.pop(file), True
            self._jobs.run("Keep what was done to tasks", lambda _pulse: add_notes(file, notes), self._written)

    def _read(self, file: Path, outcome: Outcome) -> None:
        self._busy = False
        if isinstance(outcome, Err):
            self._notices.say_error(outcome.error)
        elif file == self._file and self._unread is None and outcome.value:
            self._notes = [*outcome.value, *self._notes][-MOST_NOTES:]
            self.changed.emit()
        self._go_on()

    def _written(self, outcome: Outcome) -> None:
        self._busy = False
        if isinstance(outcome, Err):
            self._notices.say_error(outcome.error)
        self._go_on()


def read_notes(file: Path) -> list[TaskNote]:
    """The newest notes, oldest first; a line that cannot be read (cut by a crash) is left out, and a file that has
    grown too long is written anew. Raises :class:`BadInput`."""
    try:
        if not file.exists():
            return []
        with file.open("rb") as source:
            source.seek(max(0, file.stat().st_size - _MOST_FILE_BYTES))
            lines = source.read().split(b"\n")
    except OSError as problem:
        raise BadInput("what was done to tasks cannot be read", problem.strerror or str(problem)) from None
    notes = [note for line in lines if (note := _note_of(line)) is not None]
    if len(lines) > MOST_NOTES + _SPARE_LINES:
        _replace(file, notes[-MOST_NOTES:])
    return notes[-MOST_NOTES:]


def add_notes(file: Path, notes: list[TaskNote]) -> None:
    """Put ``notes`` at the end of the file, readable by its owner alone. Raises :class:`BadInput`."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
            out.write(_lines(notes))
    except (OSError, UnicodeEncodeError) as problem:
        raise _not_kept(problem) from None


def _replace(file: Path, notes: list[TaskNote]) -> None:
    spare = file.with_suffix(".new")
    try:
        with open(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(_lines(notes))
            out.flush()
            os.fsync(out.fileno())
        spare.replace(file)
    except (OSError, UnicodeEncodeError) as problem:
        raise _not_kept(problem) from None


def _lines(notes: list[TaskNote]) -> bytes:
    """Each note between two line ends, so that a line that a crash cut spoils none that follows."""
    return b"\n" + b"\n".join(msgspec.json.encode(note) for note in notes) + b"\n"


def _note_of(line: bytes) -> TaskNote | None:
    try:
        return msgspec.json.decode(line, type=TaskNote)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _not_kept(problem: OSError | UnicodeEncodeError) -> BadInput:
    return BadInput("what was done to tasks cannot be kept", str(getattr(problem, "strerror", None) or problem))
