"""Every setting in one table, kept in an INI file. A recorded value that cannot be used falls back to its default.

Layouts (splitters, columns) are opaque bytes beside the table: ``layout`` and ``keep_layout``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from broker_client.errors import BadInput
from dashboard.store.view_choice import SPANS

Value = str | int | bool
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Setting:
    """``choices`` limits the values, with the words that a dialog shows; empty = any value of the default's type."""

    key: str
    default: Value
    label: str
    help: str
    choices: tuple[tuple[Value, str], ...] = ()

    @property
    def type(self) -> type:
        return type(self.default)


MOST_TASKS = Setting(
    "tasks.most",
    200_000,
    "Tasks kept",
    "How many tasks are remembered. Those that finished first leave first, failed ones last. 1,000 need about 1 MB.",
    tuple((most, f"{most:,}") for most in (20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000)),
)
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "look.theme",
        "system",
        "Theme",
        "Colours of the window. System follows the desktop where it says which it uses.",
        (("system", "System"), ("dark", "Dark"), ("light", "Light")),
    ),
    Setting("look.rail_folded", False, "Narrow navigation", "Show only the icons of the pages."),
    Setting("view.span_s", 1800, "Time range", "How much of the past the charts show.", SPANS),
    Setting("view.page", "overview", "Page", "The page that was open last."),
    Setting("session.profile", "", "Profile", "The profile that was open last; it is opened again at the next start."),
    Setting(
        "exchanges.show_built_in", False, "Built-in exchanges", "Show the exchanges of RabbitMQ and Celery itself."
    ),
    MOST_TASKS,
    Setting("queues.show_system", False, "System queues", "Show queues that Celery and RabbitMQ make for themselves."),
)

_BY_KEY = {setting.key: setting for setting in SETTINGS}


class Settings(QObject):
    """``changed(key)`` tells of every new value. ``problems`` are sentences on what could not be read at the start."""

    changed = Signal(str)

    def __init__(self, file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: tuple[str, ...] = ()
        self._store = QSettings(str(file), QSettings.Format.IniFormat)
        if self._store.status() != QSettings.Status.NoError or not _is_text(file):
            self._complain(f"The settings in {file.name} cannot be read; the defaults are used.")
            self._store.clear()
        self._values = {setting.key: self._recorded(setting) for setting in SETTINGS}

    def get(self, key: str) -> Value:
        """The value now. Unknown key: KeyError."""
        return self._values[key]

    def text(self, key: str) -> str:
        value = self._values[key]
        assert isinstance(value, str), key
        return value

    def number(self, key: str) -> int:
        value = self._values[key]
        assert isinstance(value, int), key
        return value

    def flag(self, key: str) -> bool:
        value = self._values[key]
        assert isinstance(value, bool), key
        return value

    def put(self, key: str, value: Value) -> None:
        """Record a value. Wrong type or not one of the choices: :class:`BadInput`."""
        setting = _BY_KEY[key]
        if type(value) is not setting.type or not _is_choice(setting, value):
            raise BadInput(f"{setting.label} cannot be {value!r}")
        if value != self._values[key]:
            self._values[key] = value
            self._store.setValue(_path(key), value)
            self.changed.emit(key)

    def layout(self, name: str) -> bytes:
        """The bytes kept under ``name``; empty when there are none."""
        kept = self._store.value(f"layout/{name}")
        return bytes(kept.data()) if isinstance(kept, QByteArray) else b""

    def keep_layout(self, name: str, state: bytes | QByteArray) -> None:
        self._store.setValue(f"layout/{name}", QByteArray(state))

    def save(self) -> None:
        """Write to the file now (it is also written by Qt from time to time)."""
        self._store.sync()

    def _recorded(self, setting: Setting) -> Value:
        if not self._store.contains(_path(setting.key)):
            return setting.default
        recorded = self._store.value(_path(setting.key))
        value = _parsed(setting, recorded)
        if value is None or not _is_choice(setting, value):
            self._complain(f"The recorded value of “{setting.label}” cannot be used; the default is.")
            self._store.remove(_path(setting.key))
            return setting.default
        return value

    def _complain(self, sentence: str) -> None:
        self.problems = (*self.problems, sentence)


def _path(key: str) -> str:
    return key.replace(".", "/")


def _is_choice(setting: Setting, value: Value) -> bool:
    return not setting.choices or any(value == choice for choice, _ in setting.choices)


def _parsed(setting: Setting, recorded: object) -> Value | None:
    """An INI file knows only text: read it as the setting's type, ``None`` when that is impossible."""
    if isinstance(recorded, Sequence) and not isinstance(recorded, str):
        return None
    text = str(recorded)
    if setting.type is bool:
        return {"true": True, "false": False}.get(text.lower())
    if setting.type is int:
        return int(text) if text.lstrip("-").isdecimal() and len(text) < 19 else None
    return text


def _is_text(file: Path) -> bool:
    """Qt reads any bytes without complaint: a file with zero bytes in it is damaged."""
    try:
        return b"\0" not in file.read_bytes()[:65536]
    except FileNotFoundError:
        return True
