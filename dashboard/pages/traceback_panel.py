"""An exception as a person reads it: what was raised, the own line that raised it, the whole text one click away."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from broker_client.tasks.records import SourcedText
from dashboard.look.wording import shorten, visible
from dashboard.pages.traceback_fold import FoldedTraceback, Frame, fold
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.text_view import TextView

HEADLINE_CHARS = 600
CODE_CHARS = 300


class TracebackPanel(QWidget):
    """Folded at first; stays open for the task for which it was opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[str, str] | None = None
        self.folded: FoldedTraceback | None = None
        self.headline = PlainLabel("", "strong", "crit", wrap=True, selectable=True)
        self.place = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.code = PlainLabel("", "mono", wrap=True, selectable=True)
        self._code_frame = QFrame()
        self._code_frame.setProperty("kind", "code")
        inner = QVBoxLayout(self._code_frame)
        inner.setContentsMargins(10, 6, 10, 6)
        inner.addWidget(self.code)
        self.toggle = Button("", kind="link")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._show_raw)
        self.raw = TextView("Whole traceback")
        self.raw.setMinimumHeight(240)
        self._arrange()

    def show_failure(self, exception: SourcedText | None, traceback: SourcedText | None) -> None:
        """``exception`` is the headline when there is no traceback to take it from."""
        said = exception.text if exception else ""
        told = traceback.text if traceback else ""
        if (said, told) == self._shown:
            return
        self._shown = (said, told)
        self.folded = fold(told) if told else None
        self.headline.setText(_headline(said, self.folded))
        frame = self.folded.frame if self.folded else None
        self.place.setText(_place(frame, self.folded))
        self.place.setVisible(bool(frame) or not told)
        self.code.setText(shorten(visible(frame.code), CODE_CHARS) if frame else "")
        self._code_frame.setVisible(bool(frame and frame.code))
        self.toggle.setVisible(bool(told))
        self.toggle.setChecked(False)
        self._show_raw(False)

    def _show_raw(self, shown: bool) -> None:
        hidden = self.folded.hidden if self.folded else 0
        more = f" ({hidden} more frame{'s' if hidden != 1 else ''})" if hidden else ""
        self.toggle.set_text("Hide the traceback" if shown else f"Show the whole traceback{more}")
        if shown and self._shown:
            self.raw.show_text(self._shown[1])
        self.raw.setVisible(shown)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.headline)
        column.addWidget(self.place)
        column.addWidget(self._code_frame)
        row = QHBoxLayout()
        row.addWidget(self.toggle)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.raw)


def _headline(said: str, folded: FoldedTraceback | None) -> str:
    told = folded.headline if folded else ""
    return shorten(visible(told or said or "It failed without saying why", keep_lines=True), HEADLINE_CHARS)


def _place(frame: Frame | None, folded: FoldedTraceback | None) -> str:
    if frame is None:
        return "" if folded else "No traceback was recorded."
    return f"{visible(frame.place)} in {visible(shorten(frame.function, 80)) or 'the module'}"
