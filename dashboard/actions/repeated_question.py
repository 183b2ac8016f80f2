"""A question that is asked again some time after each answer, for as long as somebody looks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from dashboard.actions.jobs import Err, Outcome


class RepeatedQuestion(QObject):
    """``answered`` carries what the question returned, ``failed`` a BrokerError; both on the GUI thread.

    ``ask`` starts the question as a job and gives its outcome to what it is handed. One is on the way at a time; what
    is answered after :meth:`stop` is not told.
    """

    answered = Signal(object)
    failed = Signal(object)

    def __init__(
        self, ask: Callable[[Callable[[Outcome], None]], object], every_s: float, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._ask = ask
        self._wanted = self._running = self._again = False
        self._turn = 0
        self.paused = False
        """While set, nothing is asked by itself."""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(round(every_s * 1000))
        self._pause.timeout.connect(self._due)

    @property
    def running(self) -> bool:
        return self._running

    def start(self) -> None:
        """Ask now, and again and again."""
        self._wanted = True
        self.ask_now()

    def stop(self) -> None:
        self._wanted = self._again = False
        self._turn += 1
        self._pause.stop()

    def ask_now(self) -> None:
        """Ask at once; when an answer is still waited for, ask anew and take the new one."""
        if not self._wanted:
            return
        self._turn += 1
        self._pause.stop()
        if self._running:
            self._again = True
            return
        self._running, turn = True, self._turn
        self._ask(lambda outcome: self._hear(turn, outcome))

    def _due(self) -> None:
        if self.paused:
            self._pause.start()
        else:
            self.ask_now()

    def _hear(self, turn: int, outcome: Outcome) -> None:
        self._running = False
        if self._again:
            self._again = False
            self.ask_now()
        elif turn == self._turn and self._wanted:
            self._pause.start()
            if isinstance(outcome, Err):
                self.failed.emit(outcome.error)
            else:
                self.answered.emit(outcome.value)
