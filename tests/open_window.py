"""The whole application, composed as ``main.py`` does it, inside the tests' own event loop."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TypeVar

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile, Secrets
from dashboard.app import App
from dashboard.options import Options
from dashboard.pages.page import Page
from dashboard.places import Places
from dashboard.shell.status_bar import ServiceLine
from dashboard.store.app_state import AppState, Health
from dashboard.workings import Workings

AnyPage = TypeVar("AnyPage", bound=Page)
START_MS = 30_000
END_S = 30.0
"""A thread of a starved process ends late; that is no failure. Threads that stay are."""
OUR_THREADS = ("feed ", "job ", "reader")


class OpenWindow:
    """``app`` is on screen and its workings are built. Close it at the end of the test."""

    def __init__(self, qtbot: QtBot, application: QApplication, folder: Path, options: Options | None = None) -> None:
        self._qtbot = qtbot
        self.app = App(application, options or Options(theme="dark"), Places.under(folder))
        with qtbot.waitActive(self.app.window, timeout=START_MS):
            self.app.window.show()
            self.app.window.activateWindow()
        qtbot.waitUntil(lambda: self.app.window.current_page != "", timeout=START_MS)

    @property
    def workings(self) -> Workings:
        assert self.app.workings is not None
        return self.app.workings

    @property
    def state(self) -> AppState:
        return self.workings.store.state

    def health(self, service: str) -> Health:
        return self.state.health_of(service)

    def line(self, name: str) -> ServiceLine:
        """What the status bar says of a service."""
        return next(line for line in self.app.window.status_bar.lines if line.name.startswith(name))

    def connect(self, profile: Profile, secrets: Secrets, page: str = "overview") -> None:
        """Open a profile and wait for true data."""
        self.workings.session.open(profile, secrets)
        self.app.window.show_page(page)
        self._qtbot.waitUntil(lambda: self.state.overview is not None or not profile.management_url, timeout=START_MS)
        self._qtbot.waitUntil(lambda: self.health("redis").state == "live" or not profile.redis_url, timeout=START_MS)

    def page(self, kind: type[AnyPage]) -> AnyPage:
        page = self.app.window.page(kind.page_id)
        assert isinstance(page, kind)
        return page

    def turn(self) -> None:
        """Give the event loop its turn, as it has between two acts of a person."""
        ticks = self.app.meter.ticks
        self._qtbot.waitUntil(lambda: self.app.meter.ticks > ticks)

    def close(self) -> None:
        """The orderly end: nothing of ours runs on, and nothing complained."""
        self.app.window.close()
        if self.app.workings is not None:
            self.app.workings.session.stop_feeds(END_S)
            self.app.workings.jobs.drain(END_S)
        self.app.end()
        left = [thread.name for thread in threading.enumerate() if thread.name.startswith(OUR_THREADS)]
        self.app.window.deleteLater()
        self.app.deleteLater()
        troubles = self.app.logbook.troubles.words
        assert not left, f"still running: {left}"
        assert not troubles, f"Qt or an exception complained: {troubles}"
