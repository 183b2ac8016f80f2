"""The view Look: messages at the head of one queue, looked at when a person says so, searched, grouped, read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from broker_client.rabbit.entities import QueueKey
from dashboard.actions.jobs import Err, Ok, Outcome
from dashboard.actions.looking import Found, Looked, Looker, search
from dashboard.dialogs.delete_messages import DeleteChosen
from dashboard.dialogs.known_broker import known_of
from dashboard.dialogs.move_messages import MoveMessages
from dashboard.look.wording import age, clock, full_count, sentences, visible
from dashboard.models.message_table import MessageRow, looked_table
from dashboard.pages.context import PageContext
from dashboard.pages.look_bar import LookBar
from dashboard.pages.message_line import FILTER_HELP, as_line
from dashboard.pages.message_panel import MessagePanel
from dashboard.pages.messages_view import TAP, MessagesAt, MessagesView, MoveFrom
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.chips import ChipRow
from dashboard.widgets.data_table import DataTable
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.list_and_panel import ListAndPanel
from dashboard.widgets.plain_label import PlainLabel

if TYPE_CHECKING:
    from broker_client.rabbit.peek_warning import PeekWarning

_SIZES, _LAYOUT, _LEAST_WIDTH = (620, 480), "messages/look", 420
_CHIPS = 6
_TICK_MS = 1_000


class LookView(MessagesView):
    """A click or Enter on a line opens the message beside the table."""

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self._looker = Looker()
        self.looked: Looked | None = None
        self._asked = self._begun = self._searched = 0
        self._found: frozenset[int] | None = None
        self.dialog: MoveMessages | DeleteChosen | None = None
        self._build()
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.bar = LookBar()
        self.model = looked_table()
        self.table = DataTable(self.model, "Messages of the queue")
        self.filter_box = FilterBox("Search in these messages", slash=False, parse=as_line, help=FILTER_HELP)
        self.groups = ChipRow("Kinds of messages")
        self.told = PlainLabel("", "small", elide="right")
        self.move_button = Button("Move…", help="Move or copy the chosen messages")
        self.delete_button = Button("Delete…", "trash", help="Take the chosen messages off the queue")
        self.empty = EmptyState("", "", icon="eye")
        self.panel = MessagePanel(self._context)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.table)
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self._list_card(), self.panel, _SIZES, kept)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.bar)
        column.addWidget(self.splitter, 1)

    def _list_card(self) -> QWidget:
        card = Card()
        card.setAccessibleName("Messages")
        card.setMinimumWidth(_LEAST_WIDTH)
        self.controls = QWidget()
        controls = QHBoxLayout(self.controls)
        controls.setContentsMargins(0, 0, 0, 0)
        controls.setSpacing(8)
        controls.addWidget(self.filter_box, 1)
        controls.addWidget(self.move_button)
        controls.addWidget(self.delete_button)
        card.body.addWidget(self.controls)
        card.body.addSpacing(4)
        card.body.addWidget(self.groups)
        card.body.addWidget(self.told)
        card.body.addWidget(self.stack, 1)
        return card

    def _connect(self) -> None:
        self.bar.key_settled.connect(self._ask_warning)
        self.bar.look_requested.connect(self.look)
        self.bar.more_requested.connect(self._go_on)
        self.filter_box.pattern_changed.connect(lambda _pattern: self._search())
        self.filter_box.down_pressed.connect(self.table.setFocus)
        self.groups.chosen_changed.connect(lambda _chosen: self._filter())
        self.table.row_activated.connect(self._open)
        self.table.clicked.connect(lambda index: self._open(self.model.key_at(index.row())))
        self.table.current_key_changed.connect(self._follow)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._name_actions())
        self.panel.close_requested.connect(self.step_back)
        self.panel.whole_requested.connect(self._look_whole)
        self.move_button.clicked.connect(lambda: self._choose_exactly("move"))
        self.delete_button.clicked.connect(lambda: self._choose_exactly("delete"))
        self._clock.timeout.connect(self._say_what_is_shown)
        store = self._context.store
        store.session_changed.connect(self._start_over)
        store.overview_changed.connect(lambda: self._offer(unseen=False))
        self._start_over()

    # ---- the view's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._clock.start()
        self._offer()
        self.bar.lock(self._context.desk.why_not())

    def deactivate(self) -> None:
        self._clock.stop()
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())

    def reveal(self, subject: object) -> None:
        """Name a queue; it is not looked into by that. :class:`MoveFrom` opens the dialog that moves its messages."""
        key = subject.key if isinstance(subject, MoveFrom) else subject
        if isinstance(key, QueueKey):
            self._offer()
            self.bar.place.put(key.vhost, key.name)
            self.bar.look.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(subject, MoveFrom):
            self._act("move", subject.key, ())

    def focus_filter(self) -> None:
        (self.filter_box.take_focus if self.looked else self.bar.place.line.setFocus)()

    def step_back(self) -> bool:
        if self.panel.isHidden():
            return False
        self.panel.hide()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def prepare_for_picture(self) -> None:
        queues = [key for key, queue in known_of(self._context.store.state).queues.items() if queue.ready]
        if queues and self.bar.key is None:
            self.reveal(queues[0])

    def _start_over(self) -> None:
        self.looked, self._found = None, None
        self._asked += 1
        self._begun += 1
        self._looker = Looker()
        self.bar.set_busy(False)
        self.bar.lock(self._context.desk.why_not())
        self.bar.place.start_over()
        self.model.apply(())
        self.panel.hide()
        self._show()

    def _offer(self, unseen: bool = True) -> None:
        if not unseen and not self.isVisible():
            return
        known = known_of(self._context.store.state)
        self.bar.place.offer_vhosts(known.vhosts, self._context.view.vhost or self._context.desk.home_vhost)
        self.bar.place.offer_names([key.name for key in known.queues])

    # ---- asking --------------------------------------------------------------------------------------------------

    def _ask_warning(self, key: QueueKey | None) -> None:
        self._asked += 1
        asked = self._asked
        if key is None:
            return
        looker = self._looker
        self._context.desk.ask(
            "Ask what a look would do",
            lambda clients: looker.warning(key, clients),
            lambda outcome: self._take_warning(asked, outcome),
        )

    def _take_warning(self, asked: int, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        if isinstance(outcome, Err):
            error = outcome.error
            self.bar.show_trouble(sentences(error.what, error.why, error.remedy))
        else:
            warning: PeekWarning = outcome.value
            self.bar.show_warning(warning)

    def look(self, key: QueueKey, count: int) -> None:
        """Look once, bodies cut."""
        looker = self._looker
        self._start("Look into a queue", lambda clients: looker.look(key, count, clients), self._take)

    def _look_whole(self) -> None:
        """The same messages again, whole."""
        if self.looked is not None:
            looker, key, count = self._looker, self.looked.key, max(1, len(self.looked.rows))
            self._start("Look at whole messages", lambda clients: looker.look_whole(key, count, clients), self._take)

    def _choose_exactly(self, what: str) -> None:
        """Move or delete exactly those that are chosen: they are told apart by what they are, byte for byte."""
        rows = self.chosen_rows()
        if not rows or self.looked is None:
            return
        if all(row.identity for row in rows):
            self._act(what, self.looked.key, rows)
            return
        looker, key = self._looker, self.looked.key
        self._start(
            "Look at the chosen messages",
            lambda clients: looker.find(key, rows, clients),
            lambda outcome: self._take_found(what, outcome),
        )

    def _start(self, name: str, question: object, done: object) -> None:
        """Another queue may be named meanwhile: what was begun is heard to its end all the same."""
        self._begun += 1
        begun = self._begun
        self.bar.set_busy(True)

        def settled(outcome: Outcome) -> None:
            if begun == self._begun:
                self.bar.set_busy(False)
                done(outcome)  # type: ignore[operator]

        self._context.desk.ask(name, question, settled)  # type: ignore[arg-type]

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self._context.notices.say_error(outcome.error)
            self._ask_warning(self.bar.key)
            return
        looked: Looked = outcome.value
        before = self.table.current_key() if not self.panel.isHidden() else None
        same = self.looked is not None and self.looked.key == looked.key
        self.looked, self._found = looked, None
        self.model.apply(looked.rows)
        if looked.key == self.bar.key:
            self.bar.show_warning(looked.next)
        self.groups.set_counts(_chips(looked))
        self._search()
        self._show()
        if same and before is not None and self.model.row_of(before) is not None:
            self._open(before)
        else:
            self.panel.hide()
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_found(self, what: str, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self._take(outcome)
            return
        found: Found = outcome.value
        self._take(Ok(found.looked))
        if found.missing:
            words = "They were taken meanwhile, or others came before them."
            self._context.notices.say(f"{full_count(found.missing)} of the chosen are not there", words, "warn")
        if found.rows:
            self._act(what, found.looked.key, found.rows)

    # ---- what is shown -------------------------------------------------------------------------------------------

    def chosen_rows(self) -> tuple[MessageRow, ...]:
        """The lines that are selected, in the order of the queue."""
        rows = [row for key in self.table.selected_keys() if (row := self.model.row_of(key)) is not None]
        return tuple(sorted(rows, key=lambda row: row.number))

    def _show(self) -> None:
        looked = self.looked
        self.controls.setVisible(looked is not None and bool(looked.rows))
        self.groups.setVisible(looked is not None and len(looked.groups) > 1)
        self.told.setVisible(looked is not None)
        self.stack.setCurrentWidget(self.table if looked is not None and looked.rows else self.empty)
        if looked is None:
            self.empty.say(
                "Nothing was looked at yet", "Name a queue above, read what a look does to it, then press Look."
            )
        elif not looked.rows:
            self.empty.say("The queue is empty", "No message was ready. Those with a consumer cannot be looked at.")
        self._say_what_is_shown()
        self._name_actions()

    def _say_what_is_shown(self) -> None:
        looked = self.looked
        if looked is None:
            return
        shown = f"{full_count(self.model.shown)} of " if self.model.shown != self.model.total else ""
        ready = f" of {full_count(looked.ready)} ready" if looked.ready is not None and looked.rows else ""
        cut = any(not row.message.is_whole for row in looked.rows)
        parts = (
            f"{shown}{full_count(len(looked.rows))} looked at{ready} in “{visible(looked.key.name)}”",
            f"at {clock(looked.at)}, {age(time.time() - looked.at)}",
            "bodies are cut: the search sees their beginning" if cut else "",
        )
        self.told.setText(" · ".join(part for part in parts if part))

    def _name_actions(self) -> None:
        count = len(self.table.selected_keys())
        reason = self._context.desk.why_not()
        for button, verb in ((self.move_button, "Move"), (self.delete_button, "Delete")):
            button.set_text(f"{verb} {full_count(count)}…" if count else f"{verb}…")
            button.setEnabled(bool(count) and not reason)
            button.setToolTip(reason)

    def _search(self) -> None:
        """Search off the GUI thread: bodies are read for it."""
        self._searched += 1
        searched, looked, line = self._searched, self.looked, self.filter_box.pattern.text
        if looked is None or self.filter_box.pattern.error or not line:
            self._found = None
            self._filter()
            return
        self._context.jobs.run(
            "Search in messages",
            lambda _pulse: search(looked.rows, line),
            lambda outcome: self._take_search(searched, outcome),
        )

    def _take_search(self, searched: int, outcome: Outcome) -> None:
        if searched == self._searched and not isinstance(outcome, Err):
            self._found = outcome.value
            self._filter()

    def _filter(self) -> None:
        found, kinds = self._found, frozenset(self.groups.chosen)
        if found is None and not kinds:
            self.model.set_filter(None)
        else:
            self.model.set_filter(
                lambda row: (found is None or row.number in found) and (not kinds or _kind_key(row) in kinds)
            )
        self._say_what_is_shown()

    def _follow(self, key: object) -> None:
        if key is not None and not self.panel.isHidden():
            self._open(key)

    def _open(self, key: object) -> None:
        row = self.model.row_of(key) if isinstance(key, int) else None
        if row is not None and (self.panel.isHidden() or self.panel.message is not row.message):
            self.panel.show_row(row, typed=bool(row.identity))
            self.panel.show()
            self.table.select_key(row.number)

    # ---- going on ------------------------------------------------------------------------------------------------

    def _go_on(self, what: str) -> None:
        key = self.bar.key
        if key is None:
            return
        if what == "tap":
            self._context.go("messages", MessagesAt(TAP, key))
        else:
            self._act("move", key, ())

    def _act(self, what: str, key: QueueKey, rows: tuple[MessageRow, ...]) -> None:
        """Open the dialog that moves or deletes, unless taking messages out once more would harm those that stay."""
        context = self._context
        if rows and self.looked is not None and self.looked.next.refused:
            context.notices.say("The messages that stay would be harmed", self.looked.next.refused, "warn")
            return
        if what == "move":
            identities = tuple(row.identity for row in rows)
            self.dialog = MoveMessages(context.desk, context.jobs, self._looker, key, identities, self)
        else:
            self.dialog = DeleteChosen(context.desk, context.jobs, key, rows, self)
        self.dialog.open()


def _kind_key(row: MessageRow) -> str:
    return f"{row.kind}\n{row.died}"


def _chips(looked: Looked) -> list[tuple[str, str, str, int | None]]:
    shown = looked.groups[:_CHIPS]
    return [
        (
            f"{group.kind}\n{group.died_of}",
            f"{group.kind}{f' ({group.died_of})' if group.died_of else ''}"[:48],
            "warn" if group.died_of else "info",
            group.count,
        )
        for group in shown
    ]
