"""A move that was cut short, by a crash or by the broker: told when its broker is opened, gone on with or forgotten."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from broker_client.ledger import Unfinished
from broker_client.rabbit.transfer_plan import Doubt, Progress
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.moving import forget, go_on, source_of, target_words_of, unfinished, unfinished_words
from dashboard.actions.notices import Notices
from dashboard.dialogs.long_work import Latest, LongWorkDialog
from dashboard.dialogs.move_words import doubt_lines, far_of, receipt_tone, receipt_words
from dashboard.look.wording import moment, sentences, visible
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

MOST_TOLD = 3
SIZE = (560, 460)
_WAYS = (("keep", "Keep them at the source"), ("send", "Send them again"), ("drop", "Drop them there"))
_MEANS = {
    "keep": "They stay where they are, and stay named here: look whether they have arrived.",
    "send": "Those that have arrived are there twice then.",
    "drop": "Those that have not arrived are lost then.",
}


class UnfinishedMoves(QObject):
    """``ask`` when a broker was opened."""

    def __init__(self, desk: ChangeDesk, jobs: Jobs, notices: Notices, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._jobs = jobs
        self._notices = notices
        self._window = window
        self.dialog: UnfinishedMove | None = None

    def ask(self) -> None:
        """Say what an earlier run has left on the broker that is open now."""
        self._desk.ask("Look for moves that were cut short", unfinished, self._tell)

    def _tell(self, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self._notices.say_error(outcome.error)
            return
        left: tuple[Unfinished, ...] = tuple(one for one in outcome.value if not one.running)
        for one in left[:MOST_TOLD]:
            source = source_of(one)
            title = f"A move from “{visible(source.name if source else '?')}” was cut short"
            self._notices.say(title, unfinished_words(one), "warn", "See…", self._opener(one))

    def _opener(self, left: Unfinished) -> Callable[[], None]:
        return lambda: self.open(left)

    def open(self, left: Unfinished) -> None:
        """Show one of them."""
        self.dialog = UnfinishedMove(self._desk, self._jobs, left, self._window)
        self.dialog.open()


class UnfinishedMove(LongWorkDialog):
    """One operation: what it has sent, which messages are in doubt, and what becomes of them."""

    def __init__(self, desk: ChangeDesk, jobs: Jobs, left: Unfinished, parent: QWidget | None) -> None:
        super().__init__(desk, jobs, "A move was cut short", "Go on", parent)
        self._left = left
        self._latest = Latest[Progress]()
        source = source_of(left)
        place = f"From queue “{visible(source.name if source else '?')}” to {target_words_of(left)}"
        self.told = PlainLabel(sentences(f"{place}, begun {moment(left.started)}", unfinished_words(left)), wrap=True)
        doubts = tuple(Doubt(item.identity.hex(), item.label, "") for item in left.in_doubt)
        self.doubts = PlainLabel("\n".join(doubt_lines(doubts)), "small", wrap=True, selectable=True)
        self.doubts.setVisible(bool(doubts))
        self.way = Segmented(_WAYS, "keep", name="Messages in doubt:")
        self.means = PlainLabel(_MEANS["keep"], "small", "quiet", wrap=True)
        self.forget_button = Button("Forget it", "trash", help="Remove what is known of it; no message is touched")
        self.add_to_form((self.told, self.doubts))
        if doubts:
            self.add_to_form((PlainLabel("Those in doubt", "label"), self.way, self.means))
        self.form.addStretch(1)
        self.foot.addWidget(self.forget_button)
        self.way.chosen.connect(lambda way: self.means.setText(_MEANS[way]))
        self.forget_button.clicked.connect(self._forget)
        self.resize(*SIZE)

    def press(self) -> None:
        left, way, latest = self._left, self.way.current, self._latest
        if self.go.isEnabled():
            self.begin("Go on with a move", lambda clients, pulse: go_on(left, way, clients, pulse, latest.note))

    def refresh(self) -> None:
        super().refresh()
        self.forget_button.setVisible(not self.busy and not self.finished_work)

    def say_progress(self) -> None:
        progress = self._latest.value
        if progress is not None:
            self.progress.show_far(*far_of(progress))

    def take(self, outcome: Outcome) -> None:
        assert not isinstance(outcome, Err)
        self.say_result(receipt_words(outcome.value), receipt_tone(outcome.value))

    def _forget(self) -> None:
        left = self._left
        self.desk.ask("Forget a move", lambda clients: forget(left, clients), self._hear_forgotten)

    def _hear_forgotten(self, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self.say_result(sentences(outcome.error.what, outcome.error.why, outcome.error.remedy), "crit")
        else:
            self.accept()
