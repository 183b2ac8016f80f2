"""Templates and the history of what was published, one small file per profile. Bodies are kept up to a limit; the file
is readable by its owner alone and holds no password of ours.

Reading and writing run as jobs; changes made while one is written are written after it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from broker_client.errors import BadInput
from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.notices import Notices
from dashboard.actions.publish_draft import Draft
from dashboard.places import name_on_disk

MOST_HISTORY = 100
MOST_TEMPLATES = 200
MOST_BODY_CHARS = 64 << 10
_MOST_FILE_BYTES = 32 << 20


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line. A template has a ``name``; what was published has ``at`` (epoch seconds) and its ``outcome``."""

    draft: Draft
    name: str = ""
    at: float = 0.0
    outcome: str = ""
    tone: str = "idle"
    cut: bool = False
    """The body was too long to be kept."""


class Drafts(msgspec.Struct, frozen=True):
    """``history`` is newest first, ``templates`` by name. ``keeps_history``: what is published from now on joins it."""

    templates: tuple[Kept, ...] = ()
    history: tuple[Kept, ...] = ()
    keeps_history: bool = True


class DraftBook(QObject):
    """``changed`` when there is something else to show. One per window."""

    changed = Signal()

    def __init__(self, jobs: Jobs, notices: Notices, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._notices = notices
        self._folder = folder
        self._file: Path | None = None
        self._is_read = False
        self._unread: Path | None = None
        self._unwritten: dict[Path, Drafts] = {}
        self._busy = False
        self.drafts = Drafts()

    def open(self, profile: str) -> None:
        """Show those of ``profile``; empty = of none."""
        file = self._folder / f"{name_on_disk(profile)}.json" if profile else None
        if file == self._file:
            return
        self._file, self._is_read, self.drafts = file, False, Drafts()
        self.changed.emit()
        self._unread = file
        self._go_on()

    def remember(self, kept: Kept) -> None:
        """Put what was published on top of the history, if one is kept."""
        if not self.drafts.keeps_history:
            return
        self._put(msgspec.structs.replace(self.drafts, history=(shortened(kept), *self.drafts.history)[:MOST_HISTORY]))

    def save(self, name: str, draft: Draft) -> None:
        """Keep a template; one of the same name is replaced."""
        others = [kept for kept in self.drafts.templates if kept.name != name]
        made = sorted([*others, shortened(Kept(draft, name))], key=lambda kept: kept.name.casefold())
        self._put(msgspec.structs.replace(self.drafts, templates=tuple(made[:MOST_TEMPLATES])))

    def drop(self, kept: Kept) -> None:
        """Forget a template or a line of the history."""
        templates = tuple(one for one in self.drafts.templates if one != kept)
        history = tuple(one for one in self.drafts.history if one != kept)
        self._put(msgspec.structs.replace(self.drafts, templates=templates, history=history))

    def keep_history(self, wanted: bool) -> None:
        """Whether what is published is kept from now on; what was kept before stays. Remembered for the profile."""
        self._put(msgspec.structs.replace(self.drafts, keeps_history=wanted))

    def clear_history(self) -> None:
        """Forget everything that was published; templates stay."""
        self._put(msgspec.structs.replace(self.drafts, history=()))

    @property
    def file(self) -> Path | None:
        """Where it is kept; ``None`` while no profile is open."""
        return self._file

    def _put(self, drafts: Drafts) -> None:
        if drafts != self.drafts:
            self.drafts = drafts
            self.changed.emit()
            self._write()

    def _go_on(self) -> None:
        """One job at a time, what is to be written first: a file is never read, or written over, behind its newest."""
        if self._busy:
            return
        if self._unwritten:
            file = next(iter(self._unwritten))
            drafts = self._unwritten.pop(file)
            self._busy = True
            self._jobs.run("Keep templates", lambda _pulse: write_drafts(file, drafts), self._hear_written)
        elif self._unread is not None:
            wanted, self._unread = self._unread, None
            self._busy = True
            self._jobs.run(
                "Read templates", lambda _pulse: read_drafts(wanted), lambda outcome: self._hear_read(wanted, outcome)
            )

    def _hear_read(self, file: Path, outcome: Outcome) -> None:
        self._busy = False
        if file == self._file and not self._is_read:
            if isinstance(outcome, Err):
                self._notices.say_error(outcome.error)
            else:
                self._join(outcome.value)
        self._go_on()

    def _join(self, kept: Drafts) -> None:
        """What was in the file, behind what came since it was asked for."""
        mine = self.drafts
        names = {template.name for template in mine.templates}
        templates = (*mine.templates, *(one for one in kept.templates if one.name not in names))
        keeps = mine.keeps_history and kept.keeps_history
        history = (*(mine.history if keeps else ()), *kept.history)
        self.drafts = Drafts(templates, history[:MOST_HISTORY], keeps)
        self._is_read = True
        self.changed.emit()
        if mine != Drafts():
            self._write()

    def _write(self) -> None:
        """Never before it was read: that would lose what is in it."""
        if self._file is not None and self._is_read:
            self._unwritten[self._file] = self.drafts
            self._go_on()

    def _hear_written(self, outcome: Outcome) -> None:
        self._busy = False
        if isinstance(outcome, Err):
            self._notices.say_error(outcome.error)
        self._go_on()


def shortened(kept: Kept) -> Kept:
    """Without a body that is too long to be kept."""
    if len(kept.draft.body) <= MOST_BODY_CHARS:
        return kept
    return msgspec.structs.replace(kept, draft=msgspec.structs.replace(kept.draft, body=""), cut=True)


def read_drafts(file: Path) -> Drafts:
    """Raises :class:`BadInput` when the file is there and cannot be read; nothing is written over it then."""
    try:
        if not file.exists():
            return Drafts()
        if file.stat().st_size > _MOST_FILE_BYTES:
            raise BadInput("the templates cannot be read", f"{file} is too large")
        return msgspec.json.decode(file.read_bytes(), type=Drafts)
    except OSError as problem:
        raise BadInput("the templates cannot be read", problem.strerror or str(problem)) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise BadInput("the templates cannot be read", f"{file}: {problem}", "Mend or remove the file") from None


def write_drafts(file: Path, drafts: Drafts) -> None:
    """Write the file anew, as a whole or not at all. Raises :class:`BadInput`."""
    spare = file.with_suffix(".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(drafts), indent=1))
            out.flush()
            os.fsync(out.fileno())
        spare.replace(file)
    except (OSError, UnicodeEncodeError) as problem:
        raise BadInput("the templates cannot be kept", str(getattr(problem, "strerror", None) or problem)) from None
