"""Everything of one task beside the table: its life, what it was given, what became of it, and who says so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from broker_client.tasks.family import TaskFamily
from broker_client.tasks.records import KNOWN_STATES, TERMINAL_STATES, TaskDetail, TaskRow
from dashboard.actions.task_log import TaskNote
from dashboard.models.task_wording import state_tone, state_word
from dashboard.pages.family_section import FamilySection
from dashboard.pages.link_list import LinkList
from dashboard.pages.progress_line import ProgressLine
from dashboard.pages.sourced_section import SectionHeading, SourcedSection, source_words
from dashboard.pages.task_facts import detail_json, log_fields, task_fields, task_links
from dashboard.pages.task_timeline import TaskTimeline
from dashboard.pages.traceback_panel import TracebackPanel
from dashboard.pages.whereabouts_view import WhereaboutsView
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.field_list import FieldList
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.state_mark import StateMark

LEAST_WIDTH = 380
_WRONG, _AGAIN = "What went wrong", "Why it was tried again"
_WAITING = "Asking for the details …"
_GONE = "Nothing is known of this task: it is older than what is kept, or its id is mistyped."


class TaskPanel(Card):
    """Open a task with :meth:`open`, then feed it. ``copy_requested`` carries what it is and the text."""

    close_requested = Signal()
    copy_requested = Signal(str, str)
    task_requested = Signal(str)
    worker_requested = Signal(str)
    end_requested = Signal()
    family_requested = Signal()
    like_requested = Signal()
    """A task like this one is to be sent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Task", parent=parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self._id: str | None = None
        self._detail: TaskDetail | None = None
        self._build_header()
        self._build_body()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        self.end_button = Button("End…", "stop", help="Revoke, terminate or abort it")
        self.end_button.clicked.connect(self.end_requested)
        self.header.addWidget(self.end_button)
        self.like_button = IconButton("plus", "Send a task like this one")
        self.like_button.clicked.connect(self.like_requested)
        self.header.addWidget(self.like_button)
        self.json_button = IconButton("download", "Copy everything as JSON")
        self.close_button = IconButton("close", "Close the details (Esc)")
        self.json_button.clicked.connect(self._copy_everything)
        self.close_button.clicked.connect(self.close_requested)
        self.header.addWidget(self.json_button)
        self.header.addWidget(self.close_button)

    def _build_body(self) -> None:
        self.mark = StateMark("idle")
        self.state = PlainLabel("", "label")
        self.name = PlainLabel("", "title", elide="middle", selectable=True)
        self.id_label = PlainLabel("", "mono", "quiet", elide="middle", selectable=True)
        self.id_button = IconButton("copy", "Copy the id", side=24)
        self.id_button.clicked.connect(lambda: self.copy_requested.emit("Id", self._id or ""))
        self.notes = PlainLabel("", "small", "warn", wrap=True, selectable=True)
        heading, id_line = QHBoxLayout(), QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(self.name, 1)
        heading.addWidget(self.mark)
        heading.addWidget(self.state)
        id_line.setSpacing(2)
        id_line.addWidget(self.id_label, 1)
        id_line.addWidget(self.id_button)
        self.body.addLayout(heading)
        self.progress = ProgressLine()
        self.body.addLayout(id_line)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.notes)
        self.body.addWidget(self._scrolled(), 1)

    def _scrolled(self) -> QScrollArea:
        self.failure_heading = SectionHeading(_WRONG)
        self.failure_heading.add_copy("the traceback").clicked.connect(self._copy_traceback)
        self.failure = TracebackPanel()
        self.whereabouts = WhereaboutsView()
        self.timeline = TaskTimeline()
        self.args = SourcedSection("Arguments")
        self.kwargs = SourcedSection("Keyword arguments")
        self.result = SourcedSection("Result")
        self.fields = FieldList(120)
        self.links = LinkList()
        self.links_heading = PlainLabel("Related tasks", "strong")
        self.family = FamilySection()
        self.family.task_requested.connect(self.task_requested)
        self.family.large_requested.connect(self.family_requested)
        self.log_heading = PlainLabel("Done to it from here", "strong")
        self.log = FieldList(140)
        for section in (self.args, self.kwargs, self.result):
            section.copy_requested.connect(self.copy_requested)
        self.links.chosen.connect(self.task_requested)
        content = QWidget()
        content.setProperty("kind", "scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 6, 8, 0)
        column.setSpacing(12)
        told = (self.failure_heading, self.failure, self.whereabouts, Rule())
        life = (PlainLabel("Timeline", "strong"), self.timeline, self.family, self.links_heading, self.links, Rule())
        texts = (self.args, self.kwargs, self.result, Rule())
        for part in (*told, *life, *texts, self.fields, self.log_heading, self.log):
            column.addWidget(part)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(content)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.area.setAccessibleName("Details of the task")
        return self.area

    # ---- what is shown -------------------------------------------------------------------------------------------

    @property
    def task_id(self) -> str | None:
        """The task that is shown."""
        return self._id

    @property
    def detail(self) -> TaskDetail | None:
        return self._detail

    def open(self, task_id: str, row: TaskRow | None) -> None:
        """Show another task: what the table knows of it at once, the rest when it arrives."""
        self._id, self._detail = task_id, None
        self.setAccessibleName(f"Task {task_id}")
        self.id_label.setText(task_id)
        self.area.verticalScrollBar().setValue(0)
        self.family.show_family(None)
        self.progress.show_detail(None)
        self._show_texts(None)
        self._say(_WAITING, "quiet")
        self.timeline.show_moments(())
        self.whereabouts.begin()
        self.show_row(row or TaskRow(task_id, ""))

    def show_row(self, row: TaskRow | None) -> None:
        """The newest line of the task, when the table has one."""
        if row is None or row.id != self._id:
            return
        self.name.setText(row.name or "Name unknown")
        self.name.set_tone(None if row.name else "muted")
        word, tone = (state_word(row.state), state_tone(row.state)) if row.state else ("", "idle")
        self.end_button.setHidden(row.state in TERMINAL_STATES)
        self.mark.set_tone(tone, word)
        self.mark.setVisible(bool(word))
        self.state.setText(word)
        self.state.set_tone(tone)
        self.fields.show_fields(task_fields(row, self._detail))

    def show_detail(self, detail: TaskDetail | None) -> None:
        """The collector's answer; ``None`` = it knows no such task."""
        self._detail = detail
        if detail is None:
            self._say(_GONE, "warn")
            return
        self._say("\n".join(detail.notes), "warn")
        self.show_row(detail.row)
        self.timeline.show_moments(detail.timeline)
        self.progress.show_detail(detail)
        self.result.set_title("Result" if detail.row.state in KNOWN_STATES else "What it reports")
        self._show_texts(detail)

    def show_family(self, family: TaskFamily | None) -> None:
        """Those that belong to it; ``None`` = nobody was asked yet. The picture takes the place of the links."""
        self.family.show_family(family)
        self._show_links(self._detail)

    def show_log(self, notes: Sequence[TaskNote]) -> None:
        """What was done to the task with Warren."""
        self.log.show_fields(log_fields(notes))
        self.log_heading.setVisible(bool(notes))
        self.log.setVisible(bool(notes))

    def tick(self, subtitle: str, stale: str | None) -> None:
        self.set_subtitle(subtitle)
        self.set_stale(stale)
        self.whereabouts.tick()

    def _say(self, words: str, tone: str) -> None:
        self.notes.setText(words)
        self.notes.set_tone(tone)
        self.notes.setVisible(bool(words))

    def _show_texts(self, detail: TaskDetail | None) -> None:
        failed = detail is not None and (detail.traceback is not None or detail.exception is not None)
        self.failure_heading.setVisible(failed)
        self.failure.setVisible(failed)
        if detail is not None and failed:
            self.failure.show_failure(detail.exception, detail.traceback)
            self.failure_heading.title.setText(_AGAIN if detail.row.state in ("SUCCESS", "RETRY") else _WRONG)
            told = detail.traceback or detail.exception
            self.failure_heading.source.setText(source_words(told) if told else "")
        self.args.show_text(detail.args if detail else None)
        self.kwargs.show_text(detail.kwargs if detail else None)
        self.result.show_text(detail.result if detail else None)
        self._show_links(detail)

    def _show_links(self, detail: TaskDetail | None) -> None:
        links = task_links(detail) if detail and self.family.isHidden() else ()
        self.links.show_links(links)
        self.links_heading.setVisible(bool(links))
        self.links.setVisible(bool(links))

    # ---- copying -------------------------------------------------------------------------------------------------

    def _copy_everything(self) -> None:
        if self._detail is not None:
            self.copy_requested.emit("Everything", detail_json(self._detail))

    def _copy_traceback(self) -> None:
        detail = self._detail
        told = (detail.traceback or detail.exception) if detail else None
        if told is not None:
            self.copy_requested.emit("Traceback", told.text)
