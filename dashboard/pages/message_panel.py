"""Everything of one message: where it came from, its properties, typed headers, deaths, the body and the task in it.

The message is read by a job; until it is, the panel shows what the table knows.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from broker_client.rabbit.amqp_message import Message
from dashboard.actions.jobs import Err, Outcome
from dashboard.look.wording import full_count, size
from dashboard.models.message_parts import death_table, header_table
from dashboard.models.message_table import MessageRow
from dashboard.pages.body_view import BodyView
from dashboard.pages.context import PageContext
from dashboard.pages.detail_table import DetailTable
from dashboard.pages.file_writing import write_bytes
from dashboard.pages.message_reading import Reading, read_message
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.field_list import FieldList
from dashboard.widgets.plain_label import PlainLabel

LEAST_WIDTH = 400
_NO_HEADERS = "It has no headers."
_READING = "Reading the message …"
_NO_TYPES = "HTTP does not tell the types of headers apart: get the whole message to see them."


class MessagePanel(Card):
    """Show a message with :meth:`show_row`. ``whole_requested``: somebody wants the body that is cut off here."""

    close_requested = Signal()
    whole_requested = Signal()
    shown = Signal()
    """The message has been read and stands there."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__("Message", parent=parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self._context = context
        self._asked = 0
        self.message: Message | None = None
        self.reading: Reading | None = None
        self.dialog: QFileDialog | None = None
        self._build_header()
        self._build_body()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        self.save_button = IconButton("download", "Save the body to a file")
        self.close_button = IconButton("close", "Close the message (Esc)")
        self.save_button.clicked.connect(self.ask_file)
        self.close_button.clicked.connect(self.close_requested)
        self.header.addWidget(self.save_button)
        self.header.addWidget(self.close_button)

    def _build_body(self) -> None:
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.death = PlainLabel("", "small", "warn", wrap=True, selectable=True)
        self.whole_button = Button("Get it whole", "download", help=_WHOLE_HELP)
        self.whole_button.clicked.connect(self.whole_requested)
        self.whole_button.hide()
        self.body.addWidget(self.name)
        self.body.addWidget(self.death)
        self.body.addWidget(self._scrolled(), 1)

    def _scrolled(self) -> QScrollArea:
        self.task_title = PlainLabel("Celery task", "strong")
        self.task = FieldList(118)
        self.task_rule = Rule()
        self.content = BodyView()
        self.content.head.addWidget(self.whole_button)
        self.properties = FieldList(118)
        self.headers = DetailTable("Headers", header_table(), _NO_HEADERS, _READING)
        self.types = PlainLabel(_NO_TYPES, "small", "quiet", wrap=True)
        self.deaths = DetailTable("Deaths", death_table(), "")
        content = QWidget()
        content.setProperty("kind", "scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 4, 8, 0)
        column.setSpacing(12)
        for part in (self.task_title, self.task, self.task_rule, self.content, Rule(), self.deaths):
            column.addWidget(part)
        for part in (PlainLabel("Properties", "strong"), self.properties, Rule(), self.headers, self.types):
            column.addWidget(part)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(content)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setAccessibleName("Details of the message")
        return self.area

    # ---- what is shown -------------------------------------------------------------------------------------------

    def show_row(self, row: MessageRow, *, typed: bool = True) -> None:
        """Read and show a message; one whose types are not told can be asked for again, whole."""
        self._asked += 1
        asked, message = self._asked, row.message
        self.message = message
        self.name.setText(row.kind or "(no key)")
        self.set_subtitle(f"{full_count(row.number)} · {size(row.size)}")
        self.setAccessibleName(f"Message {row.number}, {row.kind}")
        self.whole_button.setHidden(typed)
        self._context.jobs.run(
            "Read a message",
            lambda _pulse: read_message(message, typed=typed),
            lambda outcome: self._take(asked, outcome),
        )

    def _take(self, asked: int, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        if isinstance(outcome, Err):
            self._context.notices.say_error(outcome.error)
            return
        reading: Reading = outcome.value
        self.reading = reading
        self.death.setText(reading.death_words)
        self.death.setVisible(bool(reading.death_words))
        for part in (self.task_title, self.task, self.task_rule):
            part.setVisible(bool(reading.task))
        self.task.show_fields(reading.task)
        self.properties.show_fields(reading.properties)
        self.headers.show_rows(reading.headers)
        self.types.setHidden(reading.typed or not reading.headers)
        self.deaths.show_rows(reading.deaths)
        self.deaths.setVisible(bool(reading.deaths))
        self.content.show_reading(reading)
        self.shown.emit()

    # ---- the body as a file --------------------------------------------------------------------------------------

    def ask_file(self) -> None:
        """Let a person choose where the body goes, as it came."""
        message = self.message
        if message is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation) or str(Path.home())
        dialog = QFileDialog(self, "Save the body", folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.selectFile("message.bin" if self.reading is None or self.reading.body.kind != "json" else "message.json")
        dialog.fileSelected.connect(lambda name: self._save(message, Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _save(self, message: Message, path: Path) -> None:
        self._context.jobs.run("Save the body", lambda _pulse: write_bytes(path, message.body), self._told_saved)

    def _told_saved(self, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self._context.notices.say_error(outcome.error)
        else:
            self._context.notices.say("Body saved", str(outcome.value), "ok")


_WHOLE_HELP = "Looks once more, over AMQP, and brings whole bodies and the types of all headers."
