"""The one way to tell a person something: a notice on the screen and a line in the log. Never a stack trace."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from broker_client.errors import BrokerError, scrub

_LEVELS = {"ok": logging.INFO, "info": logging.INFO, "warn": logging.WARNING, "crit": logging.ERROR}
_log = logging.getLogger(__name__)


class Notice(msgspec.Struct, frozen=True):
    """``tone`` is ``ok``, ``info``, ``warn`` or ``crit``. ``title`` is one clause, ``words`` the rest."""

    tone: str
    title: str
    words: str = ""
    at: float = 0.0
    """Seconds since the epoch."""
    offer: str = ""
    """The text of a button on the notice; pressing it calls ``accept``."""
    accept: Callable[[], None] | None = None


class Notices(QObject):
    """Keeps the last 200. Texts may hold names that brokers chose: show them as plain text."""

    notice_arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recent: deque[Notice] = deque(maxlen=200)

    @property
    def recent(self) -> tuple[Notice, ...]:
        """Oldest first."""
        return tuple(self._recent)

    def say(
        self,
        title: str,
        words: str = "",
        tone: str = "info",
        offer: str = "",
        accept: Callable[[], None] | None = None,
    ) -> None:
        notice = Notice(tone, scrub(title), scrub(words), time.time(), offer, accept)
        self._recent.append(notice)
        _log.log(_LEVELS[tone], "%s%s", notice.title, f": {notice.words}" if notice.words else "")
        self.notice_arrived.emit(notice)

    def say_error(self, error: BrokerError) -> None:
        """What failed, why, and what to try."""
        words = ". ".join(part.rstrip(".") for part in (error.why, error.remedy) if part)
        self.say(error.what, words, "crit")
