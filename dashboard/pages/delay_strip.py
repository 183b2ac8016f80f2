"""The queues with which Celery delays tasks, as one line above the table: how many tasks wait in them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from broker_client.insight.delayed_queues import DelayGroup
from dashboard.look.wording import count, full_count, span, tip, visible
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.plain_label import PlainLabel

_HELP = (
    "On quorum queues Celery keeps tasks with an ETA or a countdown here: each waits 2ⁿ seconds in number n, the "
    "longest first, then goes to its own queue. Purging, deleting or moving them loses tasks, or runs them too early."
)
_FEW = 3


class DelayStrip(Card):
    """Hidden while there are none. ``one_by_one``: whether a person wants them in the table."""

    one_by_one = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Delayed by Celery", parent=parent)
        self.groups: tuple[DelayGroup, ...] = ()
        self.words = PlainLabel("", "small", "quiet", elide="right")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.apart = Button("Show one by one", kind="link")
        self.apart.setCheckable(True)
        self.apart.toggled.connect(self._toggled)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.words, 1)
        line.addWidget(self.apart)
        column = QVBoxLayout()
        column.addLayout(line)
        self.header.insertLayout(1, column, 200)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setToolTip(tip(_HELP))
        self.hide()

    def show_groups(self, groups: Sequence[DelayGroup]) -> None:
        self.groups = tuple(groups)
        self.words.setText(" · ".join(group_words(group, len(groups) > 1) for group in groups[:_FEW]))
        self.setVisible(bool(groups))

    def _toggled(self, apart: bool) -> None:
        self.apart.set_text("Show as one" if apart else "Show one by one")
        self.one_by_one.emit(apart)


def group_words(group: DelayGroup, with_vhost: bool) -> str:
    """``12 tasks wait for their time in celery_delayed_0…27, the last of them within 9 h``."""
    where = f"{group.name}{f' of {visible(group.vhost)}' if with_vhost else ''}"
    tasks, latest_s = group.tasks, group.latest_s
    if tasks is None:
        return f"{where}: nothing told yet"
    if not tasks or latest_s is None:
        return f"No task waits in {where} ({count(len(group.levels))} queues)"
    many = f"{full_count(tasks)} tasks wait for their" if tasks != 1 else "1 task waits for its"
    last = ", the last of them" if tasks != 1 else ""
    return f"{many} time in {where}{last} within {span(latest_s)}"
