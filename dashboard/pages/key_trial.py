"""Try a key: where a message published to one exchange would go, and why, while one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.route_trace import RouteTrace, Step
from broker_client.rabbit.routing import Router
from dashboard.actions.jobs import Jobs
from dashboard.actions.newest_job import NewestJob
from dashboard.look.theme import font
from dashboard.look.wording import full_count, visible
from dashboard.pages.binding_table import Answers
from dashboard.topology.tracing import WORKING, headers_of
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

MOST_REASONS = 8
_PAUSE_MS = 60
_NAMED = 4
_TONES = {True: "ok", None: "warn", False: "idle"}


class Tried(NamedTuple):
    """A message that was followed: ``answers`` by the key of the binding, ``first`` the steps worth reading."""

    trace: RouteTrace
    answers: Answers
    first: tuple[Step, ...]


class KeyTrial(QWidget):
    """``tried`` carries the :class:`RouteTrace`, or ``None`` when nothing is tried."""

    tried = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._following = NewestJob(jobs, "Follow the message", self)
        self._following.slow.connect(self._say_working)
        self._router: Router | None = None
        self._exchange: ExchangeKey | None = None
        self.trace: RouteTrace | None = None
        self.answers: Answers = {}
        self.key = _line("Try a routing key, e.g. order.created")
        self.headers = _line("Headers, e.g. kind=video")
        self.mark = StateMark("idle")
        self.words = PlainLabel("", "medium", wrap=True)
        self._reasons = [_Reason() for _ in range(MOST_REASONS)]
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.try_now)
        for line in (self.key, self.headers):
            line.textChanged.connect(self._pause.start)
        self._lay_out()
        self._show(None, "", "idle")

    def _lay_out(self) -> None:
        typed = QHBoxLayout()
        typed.setSpacing(8)
        typed.addWidget(self.key, 3)
        typed.addWidget(self.headers, 2)
        told = QHBoxLayout()
        told.setSpacing(6)
        told.addWidget(self.mark)
        told.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(typed)
        column.addLayout(told)
        for reason in self._reasons:
            column.addWidget(reason)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is said of the bindings."""
        return tuple(reason.words.text() for reason in self._reasons if not reason.isHidden())

    def show_exchange(self, key: ExchangeKey, kind: str) -> None:
        """Try messages on another exchange; what was typed stays."""
        self.headers.setVisible(kind == "headers" or bool(self.headers.text()))
        if key != self._exchange:
            self._exchange = key
            self.try_now()

    def show_router(self, router: Router | None) -> None:
        """Bindings changed: what is typed may go elsewhere now."""
        if router is not self._router:
            self._router = router
            self.try_now()

    def clear(self) -> None:
        self.key.clear()
        self.headers.clear()

    def try_now(self) -> None:
        """Follow what is typed; what was said of it before stays until then."""
        self._pause.stop()
        router, exchange = self._router, self._exchange
        self._following.drop()
        if exchange is None or not (self.key.text() or self.headers.text().strip()):
            self._show(None, "", "idle")
            return
        try:
            headers = headers_of(self.headers.text())
        except ValueError as problem:
            self._show(None, str(problem), "warn")
            return
        if router is None:
            self._show(None, WORKING, "idle")
            return
        key = self.key.text()
        self._following.ask(lambda: _tried(router, exchange, key, headers), self._take)

    def _take(self, tried: Tried) -> None:
        self._show(tried, *outcome_of(tried.trace))

    def _say_working(self) -> None:
        self._show(None, WORKING, "idle")

    def _show(self, tried: Tried | None, words: str, tone: str) -> None:
        trace = tried.trace if tried is not None else None
        self.trace, self.answers = trace, tried.answers if tried is not None else {}
        self.words.setText(words)
        self.words.set_tone(tone if tone in ("warn", "crit") else "plain")
        self.mark.set_tone(tone, words)
        for widget in (self.mark, self.words):
            widget.setVisible(bool(words))
        steps = tried.first if tried is not None else ()
        for place, reason in enumerate(self._reasons):
            reason.show_step(steps[place] if place < len(steps) else None)
        self.tried.emit(trace)


def _tried(router: Router, exchange: ExchangeKey, key: str, headers: Mapping[str, Any]) -> Tried:
    """Follow the message; on a job's thread, since an exchange may have ten thousand bindings."""
    trace = router.route(exchange, key, headers)
    answers = {s.binding.key: (s.matched, s.why) for s in trace.steps if s.binding is not None}
    ordered = sorted(trace.steps, key=lambda step: {True: 0, None: 1, False: 2}[step.matched])
    return Tried(trace, answers, tuple(ordered[:MOST_REASONS]))


def outcome_of(trace: RouteTrace) -> tuple[str, str]:
    """Words and tone: ``Prediction: 2 queues: a, b``."""
    if trace.refused:
        return f"The broker would refuse it: {visible(trace.refused)}", "crit"
    names = ", ".join(visible(queue.name) for queue in trace.queues[:_NAMED])
    more = f" and {full_count(len(trace.queues) - _NAMED)} more" if len(trace.queues) > _NAMED else ""
    counted = "1 queue" if len(trace.queues) == 1 else f"{full_count(len(trace.queues))} queues"
    unsure = f" · not certain: {visible(trace.unknown[0])}" if trace.unknown else ""
    if trace.queues:
        return f"Prediction: {counted}: {names}{more}{unsure}", "warn" if trace.unknown else "ok"
    if trace.unknown:
        return f"Prediction: not certain: {visible(trace.unknown[0])}", "warn"
    return "Prediction: no queue. The message is dropped, or returned if it is mandatory", "crit"


class _Reason(QWidget):
    """One binding that was tried."""

    def __init__(self) -> None:
        super().__init__()
        self._mark = StateMark("idle")
        self.words = PlainLabel("", "small", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._mark)
        row.addWidget(self.words, 1)
        self.hide()

    def show_step(self, step: Step | None) -> None:
        self.setVisible(step is not None)
        if step is not None:
            self._mark.set_tone(_TONES[step.matched])
            self.words.setText(f"{_target(step)}{visible(step.why)}")
            self.words.set_tone("quiet" if step.matched else "muted")


def _target(step: Step) -> str:
    return f"{visible(step.binding.destination)}: " if step.binding is not None else ""


def _line(placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setFont(font("body"))
    line.setPlaceholderText(placeholder)
    line.setAccessibleName(placeholder)
    line.setClearButtonEnabled(True)
    line.setMaxLength(2_000)
    return line
