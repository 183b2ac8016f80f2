"""How many messages, how fast, with which rows, and whether placeholders are filled in."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.publishing import Rows, read_rows
from dashboard.dialogs.form_field import FormField
from dashboard.look.theme import font
from dashboard.look.wording import sentences, shorten, tip, visible
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.plain_label import PlainLabel

MOST_MESSAGES = 10_000_000
MOST_RATE = 1_000_000.0
_FILL_HELP = (
    "{{counter}} {{counter:1000}} · {{uuid}} · {{now}} {{now:s}} {{now:ms}} · {{random:1:6}} · {{choice:a|b|c}} · "
    "{{csv:column}}: anew for each message, in key, properties, header texts and body. \\{{ are two braces."
)


class PublishAmount(QWidget):
    """``changed`` while one types and when rows were read."""

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._asked = 0
        self.rows = Rows()
        self.dialog: QFileDialog | None = None
        self.count_field = FormField("Messages", "1")
        self.count_field.set_text("1")
        self.rate_field = FormField("A second, at most", "no limit")
        self.fill = QCheckBox("Fill in {{placeholders}}")
        self.fill.setFont(font("body"))
        self.fill.setChecked(True)
        self.fill.setToolTip(tip(_FILL_HELP))
        self.rows_button = Button("CSV rows …", "columns", help="A file whose rows fill {{csv:column}}.")
        self.drop_button = IconButton("close", "Do without the CSV rows", side=24)
        self.rows_words = PlainLabel("", "small", "muted", elide="middle")
        for field, width in ((self.count_field, 90), (self.rate_field, 130)):
            field.setFixedWidth(width)
            field.input.textChanged.connect(self.changed)
        checks = QVBoxLayout()
        checks.setContentsMargins(0, 0, 0, 0)
        checks.setSpacing(4)
        csv = QHBoxLayout()
        csv.setSpacing(6)
        csv.addWidget(self.rows_button)
        csv.addWidget(self.rows_words, 1)
        csv.addWidget(self.drop_button)
        checks.addWidget(self.fill)
        checks.addLayout(csv)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.count_field)
        row.addWidget(self.rate_field)
        row.addLayout(checks, 1)
        self.fill.toggled.connect(self.changed)
        self.rows_button.clicked.connect(self._choose)
        self.drop_button.clicked.connect(self._drop)
        self._show_rows()

    @property
    def count(self) -> int:
        """How many; 0 = what is typed is no number."""
        text = self.count_field.text.replace(",", "").strip() or "1"
        is_number = text.isascii() and text.isdecimal() and len(text) < 10
        return int(text) if is_number and 1 <= int(text) <= MOST_MESSAGES else 0

    @property
    def rate(self) -> float | None:
        """Messages a second; ``None`` = no limit, also where what is typed is no number (see :meth:`check`)."""
        try:
            rate = float(self.rate_field.text.replace(",", ""))
        except ValueError:
            return None
        return rate if 0 < rate <= MOST_RATE else None

    def check(self) -> str:
        """Say at the fields what is wrong; returns it, empty = nothing."""
        count = "" if self.count else f"a whole number from 1 to {MOST_MESSAGES:,}"
        has_rate = bool(self.rate_field.text.strip())
        rate = "a number above 0, or empty" if has_rate and self.rate is None else ""
        self.count_field.set_trouble(count)
        self.rate_field.set_trouble(rate)
        return f"number of messages: {count}" if count else f"messages a second: {rate}" if rate else ""

    def show_amount(self, count: int, rate: float | None, fill: bool) -> None:
        self.count_field.set_text(str(count))
        self.rate_field.set_text("" if rate is None else f"{rate:g}")
        self.fill.setChecked(fill)

    # ---- rows ----------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Rows for {{csv:column}}", str(Path.home()), "CSV (*.csv *.txt);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.fileSelected.connect(self.read_path)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def read_path(self, path: str) -> None:
        """Read a CSV file with a header line."""
        self._asked += 1
        asked = self._asked
        self._jobs.run("Read rows", lambda _pulse: read_rows(Path(path)), lambda outcome: self._hear(asked, outcome))

    def _hear(self, asked: int, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        if isinstance(outcome, Err):
            self.rows = Rows()
            self._show_rows(sentences(outcome.error.what, outcome.error.why))
        else:
            self.rows = outcome.value
            self._show_rows()
        self.changed.emit()

    def _drop(self) -> None:
        self._asked += 1
        self.rows = Rows()
        self._show_rows()
        self.changed.emit()

    def _show_rows(self, trouble: str = "") -> None:
        rows = self.rows
        told = f"{len(rows.rows):,} rows: {visible(shorten(', '.join(rows.columns), 80))}" if rows.rows else trouble
        self.rows_words.setText(told)
        self.rows_words.set_tone("crit" if trouble else "muted")
        self.drop_button.setVisible(bool(rows.rows) or bool(trouble))
