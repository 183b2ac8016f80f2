"""What is complained about before a declaration is sent, and how a conflict is told."""

from __future__ import annotations

from typing import Any

import pytest

from broker_client.rabbit.argument_catalogue import EXCHANGE_ARGUMENTS, QUEUE_ARGUMENTS, queue_arguments
from broker_client.rabbit.argument_checks import check_binding, check_exchange, check_queue
from broker_client.rabbit.declare_conflict import Difference, difference_told, differences
from broker_client.rabbit.entities import Binding


def fields(complaints: Any, *, refused: bool) -> set[str]:
    return {one.field for one in complaints if one.refused is refused}


def test_each_type_offers_only_its_own_arguments() -> None:
    names = {kind: {argument.name for argument in queue_arguments(kind)} for kind in ("classic", "quorum", "stream")}
    assert "x-delivery-limit" in names["quorum"] and "x-delivery-limit" not in names["classic"]
    assert "x-max-priority" in names["classic"] and "x-max-priority" not in names["quorum"]
    assert "x-max-age" in names["stream"] and "x-message-ttl" not in names["stream"]


def test_each_argument_has_a_help_text() -> None:
    for argument in (*QUEUE_ARGUMENTS, *EXCHANGE_ARGUMENTS):
        assert argument.title and argument.help.endswith((".", "7D, 12h, 30m."))
        assert bool(argument.choices) is (argument.kind == "choice")


def test_arguments_follow_the_version_of_the_broker() -> None:
    def offered(version: str) -> set[str]:
        return {argument.name for kind in ("classic", "quorum") for argument in queue_arguments(kind, version)}

    assert "x-queue-mode" in offered("3.10.8") and "x-queue-mode" not in offered("4.3.0")
    assert "x-quorum-target-group-size" not in offered("3.10.8")
    assert "x-quorum-target-group-size" in offered("")


@pytest.mark.parametrize("name", ["x" * 256, "ü" * 128, "a\nb", "a\rb", "a\0b", "\ud800", "amq.mine"])
def test_a_name_that_cannot_be_used_is_refused(name: str) -> None:
    assert fields(check_queue(name, "classic", {}), refused=True) == {"name"}
    assert fields(check_exchange(name, "topic", {}), refused=True) == {"name"}


def test_a_name_of_255_bytes_is_fine() -> None:
    assert not check_queue("ü" * 127 + "x", "classic", {})


def test_flags_that_a_type_cannot_have_are_refused() -> None:
    found = check_queue("q", "quorum", {}, durable=False, exclusive=True, auto_delete=True)
    assert fields(found, refused=True) == {"durable", "exclusive", "auto_delete"}


def test_a_transient_queue_is_warned_of_and_refused_on_new_brokers() -> None:
    assert fields(check_queue("q", "classic", {}, durable=False, version="4.0.5"), refused=False) == {"durable"}
    assert fields(check_queue("q", "classic", {}, durable=False, version="4.3.1"), refused=True) == {"durable"}
    assert not check_queue("q", "classic", {}, durable=True)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"x-message-ttl": "60"}, "x-message-ttl"),
        ({"x-message-ttl": True}, "x-message-ttl"),
        ({"x-expires": 0}, "x-expires"),
        ({"x-overflow": "explode"}, "x-overflow"),
        ({"x-single-active-consumer": 1}, "x-single-active-consumer"),
        ({"x-max-age": "7D"}, "x-max-age"),
        ({"x-dead-letter-exchange": 5}, "x-dead-letter-exchange"),
        ({"x-dead-letter-routing-key": "k"}, "x-dead-letter-routing-key"),
        ({"x-dead-letter-exchange": "e\n"}, "x-dead-letter-exchange"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(arguments: dict[str, Any], field: str) -> None:
    assert field in fields(check_queue("q", "classic", arguments), refused=True)


def test_deprecated_and_unknown_arguments_are_warned_of() -> None:
    found = check_queue("q", "classic", {"x-queue-mode": "lazy", "x-own": 1})
    assert fields(found, refused=False) == {"x-queue-mode", "x-own"} and not fields(found, refused=True)


def test_an_exchange_type_that_the_broker_lacks_is_refused() -> None:
    assert fields(check_exchange("e", "x-random", {}, ("direct", "topic")), refused=True) == {"type"}
    assert fields(check_exchange("", "topic", {}), refused=True) == {"name"}
    assert fields(check_exchange("e", "x-delayed-message", {}), refused=True) == {"x-delayed-type"}
    assert fields(check_exchange("e", "topic", {"alternate-exchange": "e"}), refused=False) == {"alternate-exchange"}


@pytest.mark.parametrize(
    ("kind", "key", "arguments", "refused", "warned"),
    [
        ("topic", "a..b", {}, set(), {"routing key"}),
        ("topic", "a.*.#", {}, set(), set()),
        ("direct", "a.*", {}, set(), {"routing key"}),
        ("fanout", "a", {}, set(), {"routing key"}),
        ("headers", "", {"x-match": "some"}, {"x-match"}, set()),
        ("headers", "", {"x-match": "any"}, set(), {"arguments"}),
        ("headers", "", {"x-match": "all", "x-a": 1}, set(), {"arguments"}),
        ("headers", "", {"x-match": "all-with-x", "x-a": 1}, set(), set()),
        ("topic", "a", {"k": 1}, set(), {"arguments"}),
        ("x-consistent-hash", "a", {}, {"routing key"}, set()),
        ("topic", "a\nb", {}, {"routing key"}, set()),
        ("topic", "a" * 256, {}, {"routing key"}, set()),
    ],
)
def test_a_binding_is_checked_by_the_type_of_its_exchange(
    kind: str, key: str, arguments: dict[str, Any], refused: set[str], warned: set[str]
) -> None:
    found = check_binding(Binding("/", "e", "q", "queue", key, arguments), kind)
    assert fields(found, refused=True) == refused and fields(found, refused=False) == warned


def test_the_default_exchange_cannot_be_bound() -> None:
    assert fields(check_binding(Binding("/", "", "q", "queue", "k"), "direct"), refused=True) == {"source"}


def test_the_refusal_of_a_broker_is_taken_apart() -> None:
    text = (
        "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost '/': "
        "received the value '10' of type 'signedint' but current is the value '5' of type 'signedint'"
    )
    assert difference_told(text) == (Difference("x-max-length", "10", "5"),)
    text = "inequivalent arg 'durable' for exchange 'it's' in vhost 'a b': received 'false' but current is 'true'"
    assert difference_told(text) == (Difference("durable", "false", "true"),)
    text = "inequivalent arg 'x-expires' for queue 'q' in vhost 'v': received none but current is '5'"
    assert difference_told(text) == (Difference("x-expires", "not set", "5"),)
    assert difference_told("something else") == ()


def test_only_what_differs_is_shown() -> None:
    found = differences({"durable": True, "n": 1}, {"durable": True, "n": 1, "x-queue-type": "classic"})
    assert found == ()
    assert differences({"n": 1}, {"n": True}) == (Difference("n", "1", "true"),)
