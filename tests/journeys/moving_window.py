"""Warren's window in a process of its own, which moves a queue's messages by its dialog and may be killed meanwhile.

``python -m tests.journeys.moving_window FOLDER SOURCE TARGET`` with the profile and its secrets as JSON on standard
input; FOLDER is what the window keeps its files in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import QueueKey
from dashboard.app import App
from dashboard.dialogs.move_messages import MoveMessages
from dashboard.options import Options
from dashboard.pages.queues import QueuesPage
from dashboard.places import Places

_TICK_MS = 20


class Access(msgspec.Struct):
    """What the window opens."""

    profile: Profile
    secrets: Secrets


def acts(app: App, access: Access, source: str, target: str) -> Iterator[Callable[[], bool]]:
    """What a person does, and before each act what they wait for."""
    yield lambda: app.workings is not None and app.window.current_page != ""
    assert app.workings is not None
    app.workings.session.open(access.profile, access.secrets)
    app.window.show_page("queues")
    page, key = app.window.page("queues"), QueueKey(vhost_of(access.profile), source)
    assert isinstance(page, QueuesPage)
    yield lambda: page.queues.row(key) is not None
    page.reveal(key)
    yield lambda: page.panel.move_button.isEnabled() and page.panel.move_button.isVisible()
    page.panel.move_button.click()
    yield lambda: isinstance(QApplication.activeModalWidget(), MoveMessages)
    form = QApplication.activeModalWidget()
    assert isinstance(form, MoveMessages)
    form.name.input.setText(target)
    yield form.go.isEnabled
    form.go.click()
    yield lambda: False


def main(folder: str, source: str, target: str) -> int:
    access = msgspec.json.decode(sys.stdin.buffer.read(), type=Access)
    app = App(QApplication([]), Options(theme="dark"), Places.under(Path(folder)))
    left = acts(app, access, source, target)
    waited_for = [next(left)]

    def go_on() -> None:
        if waited_for[0]():
            waited_for[0] = next(left)

    clock = QTimer(app)
    clock.timeout.connect(go_on)
    clock.start(_TICK_MS)
    return app.run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
