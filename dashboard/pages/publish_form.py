"""The form of a message that is to be published: where to, body, headers, properties, how many."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from broker_client.errors import BrokerError
from broker_client.rabbit.amqp_message import Message
from broker_client.rabbit.header_text import from_json, to_json
from dashboard.actions.jobs import Jobs
from dashboard.actions.publish_draft import Draft, message_of
from dashboard.actions.publishing import Wish, maker_of
from dashboard.dialogs.typed_rows import TypedRows
from dashboard.look.wording import sentences
from dashboard.pages.body_editor import BodyEditor
from dashboard.pages.property_form import PropertyForm
from dashboard.pages.publish_amount import PublishAmount
from dashboard.pages.publish_target import PublishTarget
from dashboard.widgets.card import Card, Rule
from dashboard.widgets.plain_label import PlainLabel

LEAST_WIDTH = 436
_BAD_HEADER = "a header cannot be read"
_NO_QUEUE = "say which queue it goes to"


class Reading(msgspec.Struct, frozen=True):
    """What stands in the form. ``aim`` is the first message as far as routing is concerned, ``None`` when its key or
    its headers cannot be read; ``wish`` is what would be published, ``None`` with ``trouble`` in words."""

    draft: Draft
    aim: Message | None = None
    first: Message | None = None
    """The first message with its placeholders filled in."""
    wish: Wish | None = None
    trouble: str = ""


class PublishForm(Card):
    """``changed`` while one types; :meth:`read` says what is typed and marks what is wrong."""

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__("Message", parent=parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self.target = PublishTarget()
        self.body_editor = BodyEditor(jobs)
        self.headers = TypedRows("header")
        self.properties = PropertyForm()
        self.amount = PublishAmount(jobs)
        content = QWidget()
        content.setProperty("kind", "scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(10)
        column.addWidget(self.target)
        column.addWidget(Rule())
        column.addWidget(self.body_editor, 1)
        column.addWidget(Rule())
        column.addWidget(PlainLabel("Headers", "strong"))
        column.addWidget(self.headers)
        column.addWidget(Rule())
        column.addWidget(PlainLabel("Properties", "strong"))
        column.addWidget(self.properties)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(area, 1)
        self.body.addSpacing(4)
        self.body.addWidget(Rule())
        self.body.addSpacing(4)
        self.body.addWidget(self.amount)
        for part in (self.target, self.body_editor, self.headers, self.properties, self.amount):
            part.changed.connect(self.changed)

    def read(self) -> Reading:
        """What is typed, checked."""
        draft, trouble = self._draft()
        if not draft.routing_key and draft.to_queue:
            trouble = trouble or _NO_QUEUE
        amount_trouble = self.amount.check()
        trouble = trouble or self.target.trouble or self.properties.trouble or amount_trouble
        rows = self.amount.rows
        wish = first = aim = None
        try:
            body_trouble = self.body_editor.check(draft.fill, rows.columns)
            message = message_of(draft, self.body_editor.file)
            bare = Wish(draft.vhost, msgspec.structs.replace(message, body=b""), fill=draft.fill, rows=rows)
            aim = maker_of(bare)(1)
            if not trouble and not body_trouble:
                wish = Wish(draft.vhost, message, draft.count, draft.rate, draft.fill, rows)
                first = maker_of(wish)(1)
            trouble = trouble or body_trouble.partition(":")[0]
        except BrokerError as problem:
            wish, trouble = None, trouble or str(problem)
            aim = aim or self._bare_aim(draft)
        return Reading(draft, aim, first, wish if first is not None else None, trouble)

    def show_draft(self, draft: Draft) -> None:
        """Put ``draft`` into the form. Raises BrokerError when its headers cannot be read."""
        headers = from_json(draft.headers)
        self.target.choose_vhost(draft.vhost)
        self.target.choose(draft.to_queue, draft.exchange, draft.routing_key)
        self.headers.show_values(headers if isinstance(headers, dict) else {})
        self.properties.show_texts(draft.properties)
        self.body_editor.show_body(draft.body_kind, draft.body)
        self.amount.show_amount(draft.count, draft.rate, draft.fill)

    def _draft(self) -> tuple[Draft, str]:
        """What is typed; headers that cannot be read are left out, and said."""
        words, headers = "", {}
        try:
            headers = to_json(self.headers.values)
        except (ValueError, BrokerError) as problem:
            words = str(problem)
        self.headers.say(sentences(words))
        target, editor, amount = self.target, self.body_editor, self.amount
        draft = Draft(
            target.current_vhost,
            target.to_queue,
            target.exchange_name,
            target.routing_key,
            self.properties.texts,
            headers,
            editor.current_kind,
            editor.text,
            amount.count or 1,
            amount.rate,
            amount.fill.isChecked(),
        )
        return draft, _BAD_HEADER if words else ""

    def _bare_aim(self, draft: Draft) -> Message | None:
        """Where it would go, although its body cannot be read."""
        try:
            bare = message_of(msgspec.structs.replace(draft, body_kind="text", body=""))
            return maker_of(Wish(draft.vhost, bare, fill=draft.fill, rows=self.amount.rows))(1)
        except BrokerError:
            return None
