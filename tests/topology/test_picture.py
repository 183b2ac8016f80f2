"""What the picture of a topology holds: what is shown, folded, left out, and what its lines mean."""

from __future__ import annotations

import msgspec

from dashboard.topology.graph import (
    ALTERNATE,
    CONSUME,
    CONSUMERS,
    DEAD_LETTER,
    DEFAULT,
    FOLD,
    QUEUE,
    GraphEdge,
    NodeId,
)
from dashboard.topology.picture import Choice, Facts, Picture, picture_of
from tests.topology.topology_examples import binding, consumers, crowd, exchange, row, shop


def edges_of(picture: Picture, kind: str) -> set[tuple[str, str, str]]:
    by_id = picture.graph.by_id
    return {(by_id[e.source].title, by_id[e.target].title, e.label) for e in picture.graph.edges if e.kind == kind}


def titles(picture: Picture, kind: str) -> set[str]:
    return {node.title for node in picture.graph.nodes if node.id.kind == kind}


def test_the_shop_has_a_node_for_each_exchange_queue_and_audience() -> None:
    picture = picture_of(shop(), Choice())
    assert (picture.exchanges, picture.queues, picture.bindings) == (7, 11, 12)
    assert len(picture.graph.nodes) == 26
    assert titles(picture, CONSUMERS) >= {"celery@app-1…4", "celery@orders-1,2", "celery@img-1,2", "indexer"}


def test_dead_letters_are_lines_of_their_own() -> None:
    assert edges_of(picture_of(shop(), Choice()), DEAD_LETTER) == {
        ("orders.fulfil", "dlx", ""),
        ("media.transcode", "dlx", ""),
    }


def test_the_default_exchange_is_drawn_where_nothing_else_leads() -> None:
    assert edges_of(picture_of(shop(), Choice()), DEFAULT) == {("(default)", "celery", "celery")}


def test_headers_bindings_say_what_they_match_and_fanout_says_nothing() -> None:
    graph = picture_of(shop(), Choice()).graph
    labels = {graph.by_id[e.target].title: e.label for e in graph.edges if e.bindings}
    assert labels["media.transcode"] == "all kind=video"
    assert labels["notify.push"] == ""


def test_several_bindings_between_two_nodes_become_one_line_with_their_number() -> None:
    keys = ("a", "b", "c", "d")
    many = Facts((exchange("x"),), tuple(binding("x", "q", key) for key in keys), (), (row("q"),))
    (edge,) = picture_of(many, Choice()).graph.edges
    assert (edge.label, len(edge.bindings)) == ("4 bindings", 4)
    two = msgspec.structs.replace(many, bindings=many.bindings[:2])
    assert {edge.label for edge in picture_of(two, Choice()).graph.edges} == {"a", "b"}


def test_a_dead_letter_exchange_that_is_not_there_is_shown_as_missing() -> None:
    facts = Facts((exchange("x"),), (binding("x", "q", "k"),), (), (row("q", x_dead_letter_exchange="gone"),))
    graph = picture_of(facts, Choice()).graph
    (missing,) = [node for node in graph.nodes if node.missing]
    assert (missing.title, missing.tone, missing.detail) == ("gone", "crit", "does not exist")


def test_alternate_exchanges_by_argument_and_by_policy_are_drawn() -> None:
    facts = Facts(
        (
            exchange("a", arguments={"alternate-exchange": "lost"}),
            exchange("b", effective_policy={"alternate-exchange": "lost"}),
            exchange("lost", "fanout"),
        ),
        (binding("a", "q", "k"), binding("lost", "q")),
        (),
        (row("q"),),
    )
    assert {found[:2] for found in edges_of(picture_of(facts, Choice()), ALTERNATE)} == {("a", "lost"), ("b", "lost")}


def test_workers_with_the_same_queues_are_one_node() -> None:
    facts = Facts(
        (exchange(""),),
        (),
        (),
        (row("mail", consumers=2), row("slow", consumers=2)),
        (("w1@h", ("mail", "slow")), ("w2@h", ("mail", "slow"))),
    )
    picture = picture_of(facts, Choice())
    assert len(edges_of(picture, CONSUME)) == 2
    (audience,) = [node for node in picture.graph.nodes if node.id.kind == CONSUMERS]
    assert (audience.title, audience.detail) == ("w1@h +1", "4 consumers")


def test_consumers_of_the_same_program_are_one_name() -> None:
    facts = Facts((exchange(""),), (), consumers("q", "app-1", "app-2", "app-3"), (row("q", consumers=3),))
    assert titles(picture_of(facts, Choice()), CONSUMERS) == {"app-1…3"}


def test_five_hundred_nodes_fold_to_a_screenful_and_trouble_never_folds() -> None:
    facts = crowd(500)
    picture = picture_of(facts, Choice())
    assert picture.folded
    assert len(picture.graph.nodes) <= 60
    troubled = {r.queue.name for r in facts.rows if r.status in ("no_consumer", "backlog")}
    assert titles(picture, QUEUE) >= troubled
    assert all(picture.place_of[r.key].kind == QUEUE for r in facts.rows if r.queue.name in troubled)
    assert set(picture.place_of) == {r.key for r in facts.rows}


def test_a_folded_family_can_be_opened() -> None:
    picture = picture_of(crowd(500), Choice())
    node, family = next(iter(picture.families.items()))
    opened = picture_of(crowd(500), Choice(opened=frozenset({family}), folded=True))
    assert node not in opened.graph.by_id
    assert len(opened.graph.nodes) == len(picture.graph.nodes) - 1 + len(picture.graph.by_id[node].members)


def test_folding_does_not_flutter_around_its_limit() -> None:
    facts = crowd(52)
    assert not picture_of(facts, Choice(folded=False)).folded
    assert picture_of(facts, Choice(folded=True)).folded


def test_only_problems_keeps_trouble_and_what_leads_to_it() -> None:
    graph = picture_of(shop(), Choice(only_problems=True)).graph
    assert {node.title for node in graph.nodes if node.id.kind == QUEUE} == {
        "orders.fulfil",
        "media.transcode",
        "email.transactional",
    }
    assert NodeId("exchange", "/", "payments") not in graph.by_id
    assert NodeId("exchange", "/", "orders.events") in graph.by_id


def test_only_one_virtual_host_is_shown_when_one_is_chosen() -> None:
    facts = Facts(
        (exchange("x"), exchange("x", vhost="other")),
        (binding("x", "q", "k"), binding("x", "q", "k", vhost="other")),
        (),
        (row("q"), row("q", vhost="other")),
    )
    assert len(picture_of(facts, Choice()).graph.nodes) == 4
    assert {node.id.vhost for node in picture_of(facts, Choice(vhost="other")).graph.nodes} == {"other"}


def test_hostile_names_are_shown_plainly_and_do_not_break_the_picture() -> None:
    name = "<img src=x>\u202e\n" + "n" * 240
    facts = Facts((exchange(name),), (binding(name, name, name),), (), (row(name),))
    graph = picture_of(facts, Choice()).graph
    assert all("\u202e" not in node.title and "\n" not in node.title for node in graph.nodes)
    edge: GraphEdge = graph.edges[0]
    assert len(edge.label) <= 40 and "\u202e" not in edge.label


def test_figures_change_without_changing_the_shape() -> None:
    before = picture_of(shop(), Choice()).graph
    rows = tuple(msgspec.structs.replace(r, queue=msgspec.structs.replace(r.queue, ready=7)) for r in shop().rows)
    after = picture_of(msgspec.structs.replace(shop(), rows=rows), Choice()).graph
    assert after.shape == before.shape
    assert after.nodes != before.nodes
    assert FOLD not in {node.id.kind for node in after.nodes}
