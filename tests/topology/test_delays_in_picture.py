"""The queues with which Celery delays tasks in the picture of the topology: not there, or one node."""

from __future__ import annotations

import msgspec

from dashboard.topology.graph import DEAD_LETTER, EXCHANGE, FOLD, QUEUE
from dashboard.topology.picture import Choice, Facts, picture_of
from tests.topology.topology_examples import binding, exchange, row

NAMES = [f"celery_delayed_{number}" for number in range(28)]


def facts() -> Facts:
    """What Celery declares: each number leads to its queue and to the next lower number, the last to the delivery."""
    below = ["celery_delayed_delivery", *NAMES]
    delaying = [
        msgspec.structs.replace(row(name, type="quorum", x_dead_letter_exchange=next_one), system=True)
        for name, next_one in zip(NAMES, below, strict=False)
    ]
    steps = [binding(name, name, "*.1.#") for name in NAMES]
    steps += [binding(name, next_one, "*.0.#", "exchange") for name, next_one in zip(NAMES, below, strict=False)]
    return Facts(
        (exchange("work"), exchange("celery_delayed_delivery"), *map(exchange, NAMES)),
        (*steps, binding("celery_delayed_delivery", "celery", "#.celery"), binding("work", "celery", "celery")),
        (),
        (row("celery"), *delaying),
    )


def test_they_are_left_out_with_all_their_exchanges() -> None:
    graph = picture_of(facts(), Choice()).graph
    assert {(node.id.kind, node.id.name) for node in graph.nodes} == {(EXCHANGE, "work"), (QUEUE, "celery")}


def test_with_system_queues_they_are_one_node_that_leads_to_their_delivery() -> None:
    picture = picture_of(facts(), Choice(system=True))
    kinds = [node.id.kind for node in picture.graph.nodes]
    assert kinds.count(FOLD) == 1 and kinds.count(QUEUE) == 1 and kinds.count(EXCHANGE) == 2
    (fold,) = picture.families
    leaving = [edge for edge in picture.graph.edges if edge.source == fold]
    assert {(edge.kind, edge.target.name) for edge in leaving} == {(DEAD_LETTER, "celery_delayed_delivery")}
    assert not picture.folded


def test_they_can_be_taken_apart() -> None:
    (family,) = picture_of(facts(), Choice(system=True)).families.values()
    picture = picture_of(facts(), Choice(system=True, opened=frozenset({family})))
    assert sum(node.id.kind == QUEUE for node in picture.graph.nodes) == 29
