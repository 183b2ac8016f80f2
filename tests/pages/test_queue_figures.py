"""The figures and the line of facts of one queue."""

from __future__ import annotations

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue, QueueKey
from dashboard.look.wording import DASH
from dashboard.pages.queue_figures import identity_words, queue_figures
from tests.models.queue_examples import make_queue, make_row


def test_what_waits_takes_the_colour_of_the_trouble() -> None:
    figures = {figure.name: figure for figure in queue_figures(make_row(status="no_consumer", ready=9, consumers=0))}
    assert (figures["Ready"].value, figures["Ready"].tone) == ("9", "crit")
    assert figures["Consumers"].tone == "crit"
    assert figures["Drains in"].value == "2 m 8 s"


def test_unknown_figures_are_dashes() -> None:
    figures = queue_figures(QueueRow(Queue("/", "bare"), "unknown", "unknown"))
    assert {figure.value for figure in figures} == {DASH}


def test_the_line_of_facts_holds_what_is_known_and_nothing_else() -> None:
    key = QueueKey("/", "orders")
    assert identity_words(key, None) == "virtual host /"
    assert identity_words(key, make_queue()) == "classic · durable · virtual host /"
    quorum = make_queue(type="quorum", leader="rabbit@b", members=("a", "b", "c"), online=("a", "b"))
    assert identity_words(key, quorum) == "quorum · durable · virtual host / · rabbit@b · 2 of 3 members online"
