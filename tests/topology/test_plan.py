"""Where nodes stand: nothing overlaps, messages run from left to right, and what is there stays where it was."""

from __future__ import annotations

from itertools import combinations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.topology.clusters import clusters_of
from dashboard.topology.graph import CONSUME, DEAD_LETTER, Graph, NodeId
from dashboard.topology.picture import Choice, Facts, picture_of
from dashboard.topology.plan import NO_PLAN, Plan, Room, plan_of, stub_text
from dashboard.topology.routes import routes_of, texts_of
from tests.topology.topology_examples import binding, crowd, exchange, row, shop

ROOM = Room(1160.0, 680.0)


def widths_of(graph: Graph) -> dict[str, float]:
    words = [*(edge.label for edge in graph.edges), *(stub_text(edge, graph) for edge in graph.edges)]
    return {text: 7.0 * len(text) + 16 for text in words}


def planned(graph: Graph, before: Plan = NO_PLAN) -> Plan:
    return plan_of(graph, widths_of(graph), ROOM, before)


def graph_of(facts: Facts, choice: Choice | None = None) -> Graph:
    return picture_of(facts, choice or Choice()).graph


def overlaps(plan: Plan) -> list[tuple[NodeId, NodeId]]:
    return [(one, other) for (one, a), (other, b) in combinations(plan.spots.items(), 2) if a.touches(b, 0.0)]


@pytest.mark.parametrize("facts", [shop(), crowd(50), crowd(500)], ids=["shop", "50", "500"])
def test_no_two_nodes_touch(facts: Facts) -> None:
    assert overlaps(planned(graph_of(facts))) == []


@pytest.mark.parametrize("facts", [shop(), crowd(500)], ids=["shop", "500"])
def test_no_two_labels_touch(facts: Facts) -> None:
    graph = graph_of(facts)
    plan = planned(graph)
    routes = routes_of(graph, plan, texts_of(graph, plan), widths_of(graph))
    labels = [route.label for route in routes.values() if route.label is not None]
    assert not [pair for pair in combinations(labels, 2) if pair[0].touches(pair[1], 0.0)]


def test_no_label_lies_under_a_node() -> None:
    graph = graph_of(shop())
    plan = planned(graph)
    routes = routes_of(graph, plan, texts_of(graph, plan), widths_of(graph))
    labels = [route.label for route in routes.values() if route.label is not None]
    assert not [label for label in labels if any(label.touches(spot, 0.0) for spot in plan.spots.values())]


def test_every_line_that_is_drawn_in_full_runs_to_the_right() -> None:
    graph = graph_of(shop())
    plan = planned(graph)
    assert not plan.stubs
    assert all(plan.spots[edge.source].right < plan.spots[edge.target].x for edge in graph.edges)


def test_all_queues_of_a_part_stand_in_one_column() -> None:
    plan = planned(graph_of(shop()))
    names = ("orders.fulfil", "search.index", "audit.log", "payments.capture", "media.thumb")
    assert len({plan.spots[NodeId("queue", "/", name)].x for name in names}) == 1


def test_a_retry_loop_is_cut_where_it_leads_back() -> None:
    facts = Facts(
        (exchange("orders"), exchange("orders.retry")),
        (binding("orders", "work", "k"), binding("orders.retry", "wait", "k")),
        (),
        (row("work", x_dead_letter_exchange="orders.retry"), row("wait", x_dead_letter_exchange="orders")),
    )
    (cluster,) = clusters_of(graph_of(facts))
    (back,) = cluster.backward
    assert (back.kind, back.source.name, back.target.name) == (DEAD_LETTER, "wait", "orders")


def test_one_dead_letter_exchange_for_all_does_not_make_one_tall_part() -> None:
    services = range(20)
    facts = Facts(
        (*(exchange(f"s{n}") for n in services), exchange("dlx", "fanout")),
        (*(binding(f"s{n}", f"s{n}.q{m}", "k") for n in services for m in range(2)), binding("dlx", "dead")),
        (),
        (*(row(f"s{n}.q{m}", x_dead_letter_exchange="dlx") for n in services for m in range(2)), row("dead")),
    )
    plan = planned(graph_of(facts))
    assert plan.stubs
    bounds = plan.bounds
    assert 0.4 < bounds.width / bounds.height < 6


def test_a_queue_that_goes_moves_nothing() -> None:
    before = graph_of(shop())
    plan = planned(before)
    rows = tuple(r for r in shop().rows if r.queue.name != "search.index")
    after = graph_of(msgspec.structs.replace(shop(), rows=rows))
    assert len(after.nodes) == len(before.nodes) - 2
    new = planned(after, plan)
    assert all(new.spots[node.id] == plan.spots[node.id] for node in after.nodes)


def test_a_queue_that_comes_moves_nothing_and_stands_free_beside_its_like() -> None:
    plan = planned(graph_of(shop()))
    facts = msgspec.structs.replace(
        shop(),
        rows=(*shop().rows, row("orders.new")),
        bindings=(*shop().bindings, binding("orders.events", "orders.new", "n")),
    )
    after = graph_of(facts)
    new = planned(after, plan)
    assert all(new.spots[node] == spot for node, spot in plan.spots.items())
    assert overlaps(new) == []
    like = plan.spots[NodeId("queue", "/", "search.index")]
    assert new.spots[NodeId("queue", "/", "orders.new")].x == like.x


def test_a_new_part_stands_below_everything() -> None:
    plan = planned(graph_of(shop()))
    facts = msgspec.structs.replace(
        shop(),
        exchanges=(*shop().exchanges, exchange("fresh")),
        rows=(*shop().rows, row("fresh.q")),
        bindings=(*shop().bindings, binding("fresh", "fresh.q", "k")),
    )
    new = planned(graph_of(facts), plan)
    assert new.spots[NodeId("exchange", "/", "fresh")].y >= plan.bounds.bottom


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 11), st.booleans()), max_size=40), st.integers(0, 11))
def test_any_topology_can_be_laid_out_and_grow(links: list[tuple[int, int, bool]], late: int) -> None:
    def facts(numbers: range) -> Facts:
        rows = tuple(row(f"q{n}", consumers=n % 2, x_dead_letter_exchange=f"x{n % 8}") for n in numbers)
        bound = [
            binding(f"x{source}", f"x{target % 8}", "k", "exchange")
            if inner
            else binding(f"x{source}", f"q{target}", "k")
            for source, target, inner in dict.fromkeys(links)
        ]
        return Facts(tuple(exchange(f"x{n}") for n in range(8)), tuple(bound), (), rows)

    plan = planned(graph_of(facts(range(late))))
    assert overlaps(plan) == []
    graph = graph_of(facts(range(12)))
    grown = planned(graph, plan)
    assert set(grown.spots) == {node.id for node in graph.nodes}
    assert grown.lines | grown.stubs == {edge.id for edge in graph.edges}
    routes = routes_of(graph, grown, texts_of(graph, grown), widths_of(graph))
    assert set(routes) == {edge.id for edge in graph.edges}
    assert all(edge.kind != CONSUME for edge in graph.edges if edge.id in plan_of(graph, widths_of(graph), ROOM).stubs)
