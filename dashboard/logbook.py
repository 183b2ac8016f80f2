"""Where everything that happens is written down: a rotating file, Qt's own messages, and exceptions nobody caught.

No line ever holds a password: every record is scrubbed. An uncaught exception goes to the terminal and becomes a
notice.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from broker_client.errors import scrub

_MAX_BYTES = 1 << 20
_KEEP = 3
_qt = logging.getLogger("qt")
_log = logging.getLogger(__name__)
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_NOISE = ("This plugin does not support",)
"""What Qt's off-screen platform says on every window and popup; it means nothing."""


_NOBODY = object()


class Troubles(logging.Handler):
    """Keeps the words of every warning of Qt and every uncaught exception, for the report."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.words) < 200:
            self.words.append(record.getMessage())


class _Scrubbed(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class _Early(logging.Handler):
    """Keeps what is said before there is a file."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class Logbook:
    """Open it first thing, ``write_to`` a file after the first paint; ``troubles`` collects what must not happen."""

    def __init__(self) -> None:
        self.troubles = Troubles()
        self._surprise: Callable[[str], None] = lambda words: None
        self._qt_before: Any = _NOBODY
        self._early = _Early()
        self._handler: logging.Handler = self._early
        root = logging.getLogger()
        root.addHandler(self._early)
        root.setLevel(logging.INFO)
        for quiet in ("pika", "urllib3"):
            logging.getLogger(quiet).setLevel(logging.CRITICAL)
        _qt.addHandler(self.troubles)
        _log.addHandler(self.troubles)

    def write_to(self, file: Path) -> None:
        """From now on everything goes to ``file``, what was said before first."""
        from logging.handlers import RotatingFileHandler  # sockets, queues and pickles

        handler = RotatingFileHandler(file, maxBytes=_MAX_BYTES, backupCount=_KEEP, encoding="utf-8")
        formatter = _Scrubbed("%(asctime)s %(levelname)-7s %(threadName)s %(name)s: %(message)s")
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
        root = logging.getLogger()
        root.removeHandler(self._early)
        root.addHandler(handler)
        self._handler = handler
        for record in self._early.records:
            handler.handle(record)
        self._early.records.clear()

    def catch_everything(self, surprise: Callable[[str], None]) -> None:
        """Send Qt's messages and uncaught exceptions (of any thread) here; ``surprise`` hears a word on the latter."""
        self._surprise = surprise
        before = qInstallMessageHandler(_hear_qt)
        if self._qt_before is _NOBODY:
            self._qt_before = before
        sys.excepthook = self._uncaught
        threading.excepthook = lambda args: self._uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def close(self) -> None:
        qInstallMessageHandler(None if self._qt_before is _NOBODY else self._qt_before)
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        logging.getLogger().removeHandler(self._handler)
        _qt.removeHandler(self.troubles)
        _log.removeHandler(self.troubles)
        self._handler.close()

    def _uncaught(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        words = f"{kind.__name__}: {error}"
        _log.error("uncaught %s", words, exc_info=(kind, error or kind(), trace))
        print(scrub("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)
        self._surprise(scrub(words))


def _hear_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if not message.startswith(_NOISE):
        _qt.log(_LEVELS.get(kind, logging.WARNING), "%s", message)
