"""Which queues some message that is published to an exchange can come to, found out on a job's thread."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from broker_client.rabbit.routing import Router
from dashboard.actions.jobs import Jobs
from dashboard.actions.newest_job import NewestJob
from dashboard.look.wording import full_count
from dashboard.models.exchange_table import ExchangeRow
from dashboard.pages.exchange_lines import unrouted_words
from dashboard.pages.link_list import LinkList
from dashboard.widgets.plain_label import PlainLabel

MOST_REACHED = 12


class ReachedQueues(QWidget):
    """``chosen`` carries the :class:`QueueKey` that was clicked."""

    chosen = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._following = NewestJob(jobs, "Follow the bindings", self)
        self._told: tuple[ExchangeKey | None, Router | None] = (None, None)
        self._unrouted = ""
        self._found: tuple[QueueKey, ...] = ()
        self._left = 0
        self.title = PlainLabel("Reaches", "strong")
        self.words = PlainLabel("", "small", wrap=True)
        self.links = LinkList()
        self.links.chosen.connect(lambda place: self.chosen.emit(self._found[int(place)]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self.title, self.words, self.links):
            column.addWidget(widget)

    def show_exchange(self, key: ExchangeKey, row: ExchangeRow | None, router: Router | None) -> None:
        """Follow the bindings of ``key``; what was found before stays until that is known."""
        self._unrouted = unrouted_words(row)
        told, (key_before, router_before) = (key, router), self._told
        if key != key_before:
            self._show(None)
        if key != key_before or router is not router_before:
            self._told = told
            if router is None or not key.name:
                self._following.drop()
                self._show(None)
            else:
                self._following.ask(lambda: sorted(router.topology.reached_from(key)), self._show)
        self.title.setVisible(bool(key.name))
        self._say()

    def _show(self, reached: Sequence[QueueKey] | None) -> None:
        """``None`` = not known yet."""
        count = full_count(None if reached is None else len(reached))
        self._found = tuple(reached or ())[:MOST_REACHED]
        self._left = len(reached or ()) - len(self._found)
        self.links.show_links([("Queue", queue.name, str(place)) for place, queue in enumerate(self._found)])
        self.title.setText(f"Reaches {count} {'queue' if count == '1' else 'queues'}")
        self._say()

    def _say(self) -> None:
        more = f"and {full_count(self._left)} more" if self._left else ""
        self.words.setText(" · ".join(filter(None, (self._unrouted, more))))
        self.words.setVisible(bool(self.words.text()))
