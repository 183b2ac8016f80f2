"""Where Warren keeps its files on this machine. Creates the folders, readable by their owner alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QStandardPaths

_FOLDER = "warren"


@dataclass(frozen=True)
class Places:
    """``config`` holds what a person chose, ``state`` what the program may lose (log, sandbox)."""

    config: Path
    state: Path

    @property
    def settings_file(self) -> Path:
        return self.config / "window.ini"

    @property
    def profiles_file(self) -> Path:
        return self.config / "profiles.toml"

    @property
    def log_file(self) -> Path:
        return self.state / "warren.log"

    @property
    def sandbox_folder(self) -> Path:
        return self.state / "sandbox"

    @property
    def journals_folder(self) -> Path:
        """What moves have sent, until they are over; the command line keeps its own in the same place."""
        return self.state / "journals"

    @property
    def vaults_folder(self) -> Path:
        """Messages that were kept before their queue was emptied or deleted."""
        return self.state / "kept"

    @property
    def drafts_folder(self) -> Path:
        """Templates and the history of what was published, a file for each profile."""
        return self.config / "messages"

    @property
    def task_logs_folder(self) -> Path:
        """What was done to tasks, a file for each profile."""
        return self.state / "tasks"

    @classmethod
    def of_user(cls) -> Places:
        """The platform's own folders."""
        places = QStandardPaths.StandardLocation
        return cls(
            _made(Path(QStandardPaths.writableLocation(places.GenericConfigLocation)) / _FOLDER),
            _made(Path(QStandardPaths.writableLocation(places.GenericStateLocation)) / _FOLDER),
        )

    @classmethod
    def under(cls, root: Path) -> Places:
        """Everything below ``root``: for a trial run that leaves no trace."""
        return cls(_made(root / "config"), _made(root / "state"))


def name_on_disk(profile: str) -> str:
    """What a profile's files are called: its own name may hold anything, this one does not."""
    return hashlib.sha256(profile.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
