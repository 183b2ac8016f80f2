"""What is said of a publish: never a failure where nobody knows, always why prediction and proof differ."""

from __future__ import annotations

import pytest

from broker_client.rabbit.entities import Binding, Exchange, ExchangeKey, Queue
from broker_client.rabbit.proof import Proof
from broker_client.rabbit.publisher import Outcome, StreamCounts
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from dashboard.actions.publish_draft import Draft
from dashboard.pages.publish_prediction import certain_names, prediction_of
from dashboard.pages.publish_words import (
    QueueLine,
    aim_words,
    history_of_counts,
    history_of_proof,
    told_of_counts,
    told_of_proof,
)

QUEUES = (Queue("/", "mail"), Queue("/", "audit"))
EXCHANGES = (Exchange("/", "", "direct"), Exchange("/", "shop", "topic"), Exchange("/", "odd", "x-own"))
BINDINGS = (
    Binding("/", "shop", "mail", "queue", "order.*"),
    Binding("/", "shop", "audit", "queue", "#"),
    Binding("/", "shop", "odd", "exchange", "odd"),
    Binding("/", "odd", "mail", "queue", "x"),
)
ROUTER = Router(Topology(QUEUES, EXCHANGES, BINDINGS), "3.10.8")


def proof(kind: str = "confirmed", predicted: object = (), actual: object = (), by: str = "tracing") -> Proof:
    return Proof(Outcome(kind, f"{kind} words", None), predicted, actual, by, "this is a prediction: no right")  # type: ignore[arg-type]


def test_a_prediction_names_the_queues_and_says_why() -> None:
    trace = ROUTER.route(ExchangeKey("/", "shop"), "order.created")
    told = prediction_of(trace)
    assert told.words == "Would go to 2 queues: audit, mail."
    assert told.tone == "ok"
    assert [line.title for line in told.lines[:2]] == ["shop → mail", "shop → audit"]
    assert told.lines[-1].matched is False
    assert certain_names(trace) == ("mail", "audit")


def test_nowhere_and_not_certain_are_said() -> None:
    nowhere = prediction_of(ROUTER.route(ExchangeKey("/", ""), "no such queue"))
    assert (nowhere.words, nowhere.tone) == ("Would go to no queue: the broker would return it.", "warn")
    trace = ROUTER.route(ExchangeKey("/", "shop"), "odd")
    doubt = prediction_of(trace)
    assert "Not certain" in doubt.words and doubt.tone == "warn"
    assert certain_names(trace) is None
    refused = prediction_of(ROUTER.route(ExchangeKey("/", "missing"), "a"))
    assert refused.words.startswith("The broker would refuse it") and refused.tone == "crit"


def test_predicted_and_proved_stand_beside_each_other() -> None:
    told = told_of_proof(proof(predicted=("audit", "mail"), actual=("audit", "mail")))
    assert told.title == "Confirmed" and told.tone == "ok"
    assert "Proved by the broker's tracing" in told.words
    assert told.queues == (QueueLine("audit", True, True), QueueLine("mail", True, True))


def test_a_difference_comes_first_and_is_explained() -> None:
    told = told_of_proof(proof(predicted=("audit", "mail"), actual=("audit", "new")))
    assert {line.queue for line in told.queues[:2]} == {"mail", "new"}
    assert "not reached: mail" in told.words.lower() and "not foreseen: new" in told.words.lower()


def test_without_rights_it_is_called_a_prediction() -> None:
    told = told_of_proof(proof(predicted=("mail",), actual=None, by="nothing"))
    assert told.queues == (QueueLine("mail", True, None),)
    assert "this is a prediction" in told.words.lower()


@pytest.mark.parametrize("kind", ["unknown", "nacked", "refused", "returned"])
def test_each_outcome_has_its_own_word(kind: str) -> None:
    told = told_of_proof(proof(kind, None, None, "nothing"))
    assert told.title == kind.capitalize()
    assert "fail" not in f"{told.title} {told.words}".lower()
    assert told.tone == ("warn" if kind == "unknown" else "crit")


def test_many_are_counted_and_unknown_is_no_failure() -> None:
    running = told_of_counts(StreamCounts(1_000, sent=400, confirmed=390, elapsed_s=2.0))
    assert (running.title, running.tone, running.share) == ("400 of 1,000 sent", "accent", 0.4)
    assert ("Waiting", "10") in [(figure.name, figure.value) for figure in running.figures]
    lost = StreamCounts(1_000, sent=400, confirmed=390, unknown=10, elapsed_s=2.0, finished=True, words="gone")
    assert told_of_counts(lost).tone == "warn"
    assert history_of_counts(lost) == ("390 of 1,000 confirmed, 10 unknown", "warn")
    stopped = told_of_counts(StreamCounts(1_000, sent=400, confirmed=400, finished=True, words="stopped"))
    assert (stopped.title, stopped.tone) == ("400 of 1,000 confirmed", "idle")
    done = told_of_counts(StreamCounts(5, sent=5, confirmed=4, returned=1, finished=True))
    assert done.tone == "crit"


def test_an_outcome_says_what_it_is_of() -> None:
    assert aim_words(Draft(to_queue=True, routing_key="mail")) == "To queue mail"
    assert aim_words(Draft(exchange="shop", routing_key="a.b")) == "To exchange shop, key a.b"
    assert aim_words(Draft()) == "To the default exchange, key (empty)"


def test_the_history_names_a_few_queues() -> None:
    words, tone = history_of_proof(proof(actual=("a", "b", "c", "d")))
    assert (words, tone) == ("confirmed: a, b, c …", "ok")
