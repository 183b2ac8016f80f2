"""Templates, and what was published through this profile before: a table to take a message from again."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from dashboard.actions.draft_book import MOST_BODY_CHARS, MOST_HISTORY, DraftBook, Drafts, Kept
from dashboard.look.theme import font
from dashboard.look.wording import clock, full_count, moment, visible
from dashboard.models.keyed_table import Column, KeyedTable
from dashboard.pages.confirm_bar import ConfirmBar
from dashboard.widgets.button import Button
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.wrapping_row import WrappingRow

_DEFAULT = "(default exchange)"
_NOTHING = (
    "What you publish is listed here, with what became of it. Save a message under a name to keep it as a template."
)


class PublishShelf(QWidget):
    """``taken`` carries the :class:`Kept` to put into the form; ``save_requested`` a template's name."""

    taken = Signal(object)
    save_requested = Signal(str)

    def __init__(self, book: DraftBook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._book = book
        self.model = KeyedTable(_columns(), key_of)
        self.table = DataTable(self.model, "Templates and history")
        self.empty = EmptyState("No templates and no history", _NOTHING, icon="schedule")
        self.name = QLineEdit()
        self.name.setFont(font("body"))
        self.name.setPlaceholderText("name of a template")
        self.name.setAccessibleName("Name of a template")
        self.name.setMaxLength(120)
        self.save_button = Button("Save", "plus", help="Keep what stands in the form as a template of this name.")
        self.take_button = Button("Use", "retry", help="Put it into the form (Enter).")
        self.drop_button = Button("Forget", "trash")
        self.keep_box = QCheckBox("Keep a history of what is published")
        self.keep_box.setFont(font("body"))
        self.clear_button = Button("Clear history…", "trash")
        self.confirm = ConfirmBar()
        self.where = PlainLabel("", "small", "muted", wrap=True, selectable=True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        row = WrappingRow()
        row.addWidget(self.name, 1)
        row.addWidget(self.save_button)
        row.addWidget(self.take_button)
        row.addWidget(self.drop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.stack, 1)
        column.addLayout(row)
        history = WrappingRow()
        history.addWidget(self.keep_box, 1)
        history.addWidget(self.clear_button)
        column.addLayout(history)
        column.addWidget(self.confirm)
        column.addWidget(self.where)
        self.keep_box.toggled.connect(book.keep_history)
        self.clear_button.clicked.connect(self._ask_to_clear)
        self.confirm.confirmed.connect(self._clear)
        book.changed.connect(self._show)
        self.name.textChanged.connect(self._allow)
        self.name.returnPressed.connect(self._save)
        self.save_button.clicked.connect(self._save)
        self.take_button.clicked.connect(self._take)
        self.drop_button.clicked.connect(self._drop)
        self.table.row_activated.connect(self.taken)
        self.table.current_key_changed.connect(self._allow)
        self._show()

    def _show(self) -> None:
        drafts = self._book.drafts
        rows = (*drafts.templates, *drafts.history)
        self.model.apply(rows)
        self.stack.setCurrentWidget(self.table if rows else self.empty)
        self.keep_box.blockSignals(True)
        self.keep_box.setChecked(drafts.keeps_history)
        self.keep_box.blockSignals(False)
        for control in (self.keep_box, self.clear_button, self.where):
            control.setVisible(self._book.file is not None)
        self.where.setText(where_words(drafts, str(self._book.file)))
        self._allow()

    def _allow(self, _what: object = None) -> None:
        chosen = self._chosen() is not None
        self.take_button.setEnabled(chosen)
        self.drop_button.setEnabled(chosen)
        self.save_button.setEnabled(bool(self.name.text().strip()))
        self.clear_button.setEnabled(bool(self._book.drafts.history))

    def _ask_to_clear(self) -> None:
        count = len(self._book.drafts.history)
        self.confirm.ask(f"Forget {_lines(count)} of the history? Templates stay. There is no way back.", "Clear")

    def _clear(self) -> None:
        self.confirm.hide()
        self._book.clear_history()

    def _chosen(self) -> Kept | None:
        key = self.table.current_key()
        return None if key is None else self.model.row_of(key)

    def _save(self) -> None:
        name = self.name.text().strip()
        if name:
            self.save_requested.emit(name)
            self.name.clear()

    def _take(self) -> None:
        kept = self._chosen()
        if kept is not None:
            self.taken.emit(kept)

    def _drop(self) -> None:
        kept = self._chosen()
        if kept is not None:
            self._book.drop(kept)


def where_words(drafts: Drafts, file: str) -> str:
    """What is kept of what one publishes, where, and who can read it."""
    where = f"in {visible(file)} on this computer; only you can read it, and no password is in it"
    if drafts.keeps_history:
        size = f"{MOST_BODY_CHARS >> 10} KiB"
        return (
            f"Kept for this profile: the last {MOST_HISTORY} publishes with their properties, headers and bodies up to "
            f"{size}, and your templates, {where}."
        )
    left = len(drafts.history)
    stays = f" What was kept before ({_lines(left)}) stays until you clear it." if left else ""
    return f"Nothing that you publish with this profile is kept.{stays} Templates are kept {where}."


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{full_count(count)} lines"


def key_of(kept: Kept) -> tuple[str, float]:
    """A template by its name, a line of the history by its time."""
    return kept.name, kept.at


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            id="name",
            title="Template or time",
            kind="strong",
            text=lambda kept: kept.name or clock(kept.at),
            value=lambda kept: (not kept.name, kept.name.casefold(), -kept.at),
            width_hint=110,
            tip=lambda kept: "A template" if kept.name else moment(kept.at),
            help="Templates first, then what was published, the newest first.",
        ),
        Column(
            id="to",
            title="To",
            text=_target,
            width_hint=100,
            help="The exchange, or the queue.",
        ),
        Column(
            id="key",
            title="Routing key",
            kind="mono",
            text=lambda kept: "" if kept.draft.to_queue else kept.draft.routing_key,
            width_hint=96,
            help="The routing key as it was typed.",
        ),
        Column(
            id="outcome",
            title="Outcome",
            text=_outcome,
            tone=lambda kept: kept.tone if kept.tone in ("crit", "warn") else "quiet",
            width_hint=110,
            stretch=True,
            help="What became of it.",
        ),
    )


def _target(kept: Kept) -> str:
    draft = kept.draft
    return draft.routing_key if draft.to_queue else draft.exchange or _DEFAULT


def _outcome(kept: Kept) -> str:
    many = f"{full_count(kept.draft.count)} messages" if kept.name and kept.draft.count > 1 else ""
    cut = "without its body, which was too long" if kept.cut else ""
    return " · ".join(part for part in (kept.outcome, many, cut) if part)
