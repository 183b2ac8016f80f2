"""Why a traced message goes where it goes: each binding that was tried, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dashboard.look.turns import Turns
from dashboard.look.wording import full_count
from dashboard.topology.tracing import Traced, TraceLine
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

LEAST_WIDTH = 320
MOST_LINES = 60
_LINES_A_TURN = 6
"""A line that is made takes a millisecond or more: making all of them in one go would be felt."""
_TONES = {True: ("ok", "goes this way"), None: ("warn", "not certain"), False: ("idle", "does not go this way")}


class TracePanel(Card):
    """Shows one :class:`Traced` after the other. ``node_requested`` carries a :class:`NodeId` to look at."""

    node_requested = Signal(object)
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Why", parent=parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self.close_button = IconButton("close", "End the trace (Esc)")
        self.close_button.clicked.connect(self.close_requested)
        self.header.addWidget(self.close_button)
        self.outcome = PlainLabel("", "body", wrap=True)
        self.rest = PlainLabel("", "small", "muted")
        self._lines: list[_Line] = []
        self._told: Sequence[TraceLine] = ()
        self._making = Turns(self)
        content = QWidget()
        content.setProperty("kind", "scrolled")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.rest)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.setAccessibleName("Bindings that were tried")
        self.body.addWidget(self.outcome)
        self.body.addWidget(area, 1)

    @property
    def lines(self) -> tuple[TraceLine, ...]:
        """What is shown."""
        return tuple(line.shown for line in self._lines if line.shown is not None and not line.isHidden())

    def show_traced(self, traced: Traced) -> None:
        self.outcome.setText(traced.words)
        taken = sum(1 for line in traced.lines if line.matched)
        self.set_subtitle(f"{full_count(taken)} of {full_count(len(traced.lines))} bindings match")
        self._show_lines(traced.lines[:MOST_LINES])
        left = len(traced.lines) - MOST_LINES
        self.rest.setText(f"and {full_count(left)} more that do not match" if left > 0 else "")
        self.rest.setVisible(left > 0)

    def _show_lines(self, lines: Sequence[TraceLine]) -> None:
        self._told = lines
        self._making.clear()
        for place, line in enumerate(self._lines):
            line.show_line(lines[place] if place < len(lines) else None)
        self._make_lines()

    def _make_lines(self) -> None:
        """Some of those that are missing; the rest in turns to come."""
        for told in self._told[len(self._lines) :][:_LINES_A_TURN]:
            line = _Line()
            line.node_requested.connect(self.node_requested)
            self._column.insertWidget(len(self._lines), line)
            self._lines.append(line)
            line.show_line(told)
        if len(self._lines) < len(self._told):
            self._making.add(self._make_lines)


class _Line(QWidget):
    node_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.shown: TraceLine | None = None
        self._mark = StateMark("idle")
        self._title = Button("", kind="link")
        self._title.clicked.connect(self._ask)
        self._why = PlainLabel("", "small", "quiet", wrap=True)
        top = Qt.AlignmentFlag.AlignTop
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(self._title, 0, Qt.AlignmentFlag.AlignLeft)
        words.addWidget(self._why)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        marked = QVBoxLayout()
        marked.addSpacing(5)
        marked.addWidget(self._mark)
        marked.addStretch(1)
        row.addLayout(marked)
        row.addLayout(words, 1)
        row.setAlignment(top)

    def _ask(self) -> None:
        if self.shown is not None:
            self.node_requested.emit(self.shown.node)

    def show_line(self, line: TraceLine | None) -> None:
        self.setVisible(line is not None)
        if line is None or line == self.shown:
            self.shown = line
            return
        self.shown = line
        tone, meaning = _TONES[line.matched]
        self._mark.set_tone(tone, meaning)
        self._title.set_text(line.title)
        self._title.setEnabled(line.node is not None)
        self._why.setText(line.why)
        self._why.set_tone("plain" if line.matched else "muted")
        self.setAccessibleName(f"{line.title}: {meaning}. {line.why}")
