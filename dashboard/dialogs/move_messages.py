"""Move or copy messages from a queue: where to, which, what would be done before it is done, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QSpinBox, QWidget

from broker_client.errors import BadInput
from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.transfer_plan import Progress, Receipt, TransferPlan
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Jobs, Outcome, Pulse
from dashboard.actions.looking import Looker
from dashboard.actions.moving import Dry, dry_run, move, unfinished_words
from dashboard.actions.orders import Clients
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import known_of
from dashboard.dialogs.long_work import Latest, LongWorkDialog
from dashboard.dialogs.move_words import dry_words, far_of, receipt_tone, receipt_words, verb_words
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.look.theme import font
from dashboard.look.wording import sentences, visible
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

SIZE = (580, 540)
_PAUSE_MS = 300
_TARGETS = (("queue", "A queue"), ("exchange", "An exchange"))
_MATCH_HINT = "key:order  header.x-kind=refund*  body.id=7  !urgent"
_ASKING = "Asking the broker what would be done …"
_FILL = "Say where the messages are to go."


class MoveMessages(LongWorkDialog):
    """``chosen`` are identities of messages of this queue: those and no others are meant by "chosen"."""

    def __init__(
        self,
        desk: ChangeDesk,
        jobs: Jobs,
        looker: Looker,
        source: QueueKey,
        chosen: Sequence[str],
        parent: QWidget | None,
    ) -> None:
        super().__init__(desk, jobs, f"Move messages from {visible(source.name)}", "Move", parent)
        self._source = source
        self._chosen = tuple(chosen)
        self._looker = looker
        self._known = known_of(desk.state)
        self._asked = 0
        self._latest: Latest[Progress] = Latest()
        self.dry: Dry | None = None
        self.receipt: Receipt | None = None
        self.target = Segmented(_TARGETS, "queue", name="Move to")
        self.name = FormField("Queue", "", "")
        self.key = FormField("New routing key", "", "Empty: each message keeps its own.")
        which = [("all", "All"), ("first", "The first"), ("match", "Those that match")]
        which += [("chosen", "Those chosen")] if chosen else []
        self.which = Segmented(which, "chosen" if chosen else "all", name="Which messages")
        self.first = QSpinBox()
        self.first.setRange(1, 10_000_000)
        self.first.setValue(100)
        self.first.setFont(font("body"))
        self.first.setGroupSeparatorShown(True)
        self.first.setAccessibleName("How many messages")
        self.match = FormField("Terms", "", _MATCH_HINT)
        self.copy = QCheckBox("Copy them: the originals stay, marked as redelivered")
        self.expiration = QCheckBox("Let their own expiration run again")
        self.told = PlainLabel(_FILL, "body", wrap=True)
        self.typed = FormField("Type the queue's name to confirm", "", "This is a production broker.")
        self._completer = NameCompleter(self.name.input)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._arrange()
        self.resize(*SIZE)

    def _arrange(self) -> None:
        self.add_to_form((PlainLabel("To", "label"), self.target, self.name, self.key))
        self.add_to_form((PlainLabel("Which", "label"), self.which, self.first, self.match))
        self.add_to_form((self.copy, self.expiration, Rule(), self.told, self.typed))
        self.form.addStretch(1)
        for box in (self.copy, self.expiration):
            box.setFont(font("body"))
            box.toggled.connect(self._edited)
        for field in (self.name, self.key, self.match):
            field.input.textChanged.connect(self._edited)
            field.input.returnPressed.connect(self.press)
        self.typed.input.textChanged.connect(lambda _text: self.refresh())
        self.typed.input.setPlaceholderText(visible(self._source.name))
        self.typed.input.returnPressed.connect(self.press)
        self.target.chosen.connect(self._edited)
        self.which.chosen.connect(self._edited)
        self.first.valueChanged.connect(self._edited)
        self.typed.setHidden(not self.desk.production)
        self._edited()

    def first_field(self) -> QWidget:
        return self.name.input

    # ---- what is meant -------------------------------------------------------------------------------------------

    def plan(self) -> TransferPlan | None:
        """What the form says; ``None`` = it is not complete, or what is wrong is said at its field."""
        self.match.set_trouble("")
        if not self.name.text or self.name.trouble:
            return None
        match = self.match.text.strip() if self.which.current == "match" else ""
        if self.which.current == "match" and not match:
            return None
        try:
            MessageFilter(match)
        except BadInput as problem:
            self.match.set_trouble(sentences(problem.what, problem.why, problem.remedy))
            return None
        to_queue = self.target.current == "queue"
        return TransferPlan(
            self._source,
            "" if to_queue else self.name.text,
            self.name.text if to_queue else self.key.text or None,
            first=self.first.value() if self.which.current == "first" else None,
            copy=self.copy.isChecked(),
            keep_expiration=self.expiration.isChecked(),
            chosen=self._chosen if self.which.current == "chosen" else None,
            match=match,
        )

    def ready(self) -> bool:
        if self.dry is None or self.dry.harm or self.dry.earlier is not None or not self.dry.ready:
            return False
        return self.typed.isHidden() or self.typed.text == self._source.name

    def _edited(self, _value: object = None) -> None:
        to_queue = self.target.current == "queue"
        self.name.setAccessibleName("Target")
        self.name.input.setPlaceholderText("Name of the queue" if to_queue else "Name of the exchange")
        keys: Sequence[QueueKey | ExchangeKey] = [*(self._known.queues if to_queue else self._known.exchanges)]
        self._completer.offer([key.name for key in keys if key.vhost == self._source.vhost and key.name])
        same = to_queue and self.name.text == self._source.name
        self.name.set_trouble("That is the queue they are in." if same else "")
        self.key.setHidden(to_queue)
        self.first.setHidden(self.which.current != "first")
        self.match.setHidden(self.which.current != "match")
        self.dry = None
        self._asked += 1
        plan = self.plan()
        self._tell(_FILL if plan is None else _ASKING, "quiet")
        self.go.set_text("Copy" if self.copy.isChecked() else "Move")
        self.refresh()
        if plan is not None:
            self._pause.start()
        else:
            self._pause.stop()

    # ---- the dry run ---------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        plan, asked, looker = self.plan(), self._asked, self._looker
        if plan is not None:
            self.desk.ask(
                "Say what would be moved",
                lambda clients: dry_run(plan, looker, clients),
                lambda outcome: self._take_dry(asked, plan, outcome),
            )

    def _take_dry(self, asked: int, plan: TransferPlan, outcome: Outcome) -> None:
        if asked != self._asked or self.finished_work:
            return
        if isinstance(outcome, Err):
            error = outcome.error
            self._tell(sentences(error.what, error.why, error.remedy), "crit")
            return
        self.dry = outcome.value
        assert self.dry is not None
        if self.dry.earlier is not None:
            words = f"An earlier move from this queue was cut short: {unfinished_words(self.dry.earlier)}"
            self._tell(sentences(words, "Go on with that one first, or forget it"), "crit")
        elif self.dry.harm:
            remedy = "Move all of them, without copying" if not plan.copy else "Move them instead of copying"
            self._tell(sentences("The messages that stay would be harmed", self.dry.harm, remedy), "crit")
        else:
            self._tell(dry_words(plan, self.dry.ready), "plain")
            self.go.set_text(verb_words(plan, self.dry.ready))
        self.refresh()

    def _tell(self, words: str, tone: str) -> None:
        self.told.setText(words)
        self.told.set_tone(tone)

    # ---- doing ---------------------------------------------------------------------------------------------------

    def press(self) -> None:
        plan, looker = self.plan(), self._looker
        if plan is None or not self.go.isEnabled():
            return
        self._latest = latest = Latest[Progress]()

        def work(clients: Clients, pulse: Pulse) -> Receipt:
            return move(plan, looker, clients, pulse, latest.note)

        self.begin("Copy messages" if plan.copy else "Move messages", work)

    def say_progress(self) -> None:
        progress = self._latest.value
        if progress is not None:
            self.progress.show_far(*far_of(progress))

    def take(self, outcome: Outcome) -> None:
        assert not isinstance(outcome, Err)
        self.receipt = outcome.value
        assert self.receipt is not None
        self.told.hide()
        self.say_result(receipt_words(self.receipt, copied=self.copy.isChecked()), receipt_tone(self.receipt))
