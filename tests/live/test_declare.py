"""Changes of the topology on a real broker: what is done, and how each refusal is told."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from broker_client.errors import AccessRefused, BadInput, Conflict, LoginRefused, NotFound, NotReady
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.amqp_table import Timestamp
from broker_client.rabbit.argument_catalogue import QUEUE_TYPES, Argument, queue_arguments, version_number
from broker_client.rabbit.argument_checks import check_queue
from broker_client.rabbit.changes import (
    Bind,
    DeclareExchange,
    DeclareQueue,
    DeleteExchange,
    DeleteQueue,
    PurgeQueue,
    Unbind,
)
from broker_client.rabbit.declare import Declarer
from broker_client.rabbit.declare_conflict import DeclareConflict
from broker_client.rabbit.entities import Binding, ExchangeKey, QueueKey
from broker_client.rabbit.management import ManagementClient
from tests.brokers import LentBrokers
from tests.patient_connection import patient_connection

pytestmark = pytest.mark.live
HOSTILE = ("a b", "100%", "<b>&amp;", "\u202eevil", "ü" * 127, "a/b?c#d", "'; --", "$(x)`y`", "-rf")


@pytest.fixture
def declarer(vhost: Profile, sandbox: LentBrokers) -> Declarer:
    return Declarer(vhost, sandbox.secrets)


@pytest.fixture
def place(vhost: Profile) -> str:
    return vhost_of(vhost)


def bindings_of(profile: Profile, secrets: Secrets) -> list[Binding]:
    with closing(ManagementClient(profile, secrets)) as client:
        return [binding for binding in client.bindings(vhost_of(profile)) if binding.source]


def test_a_queue_is_declared_once_and_found_again_and_deleted(declarer: Declarer, place: str) -> None:
    wanted = DeclareQueue(QueueKey(place, "orders"), "quorum", arguments={"x-max-length": 10})
    assert not declarer.carry_out(wanted).existed
    assert declarer.carry_out(wanted).existed
    with pytest.raises(BadInput, match="no such condition"):
        declarer.carry_out(DeleteQueue(wanted.key, if_empty=True, if_unused=True))
    assert declarer.carry_out(DeleteQueue(wanted.key)).messages == 0
    assert not declarer.carry_out(wanted).existed


def test_a_queue_without_a_name_is_named_by_the_broker(declarer: Declarer, place: str) -> None:
    assert declarer.carry_out(DeclareQueue(QueueKey(place, ""))).name.startswith("amq.gen-")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_declared_bound_and_deleted(
    declarer: Declarer, vhost: Profile, sandbox: LentBrokers, place: str, name: str
) -> None:
    queue, exchange = QueueKey(place, name), ExchangeKey(place, name)
    declarer.carry_out(DeclareQueue(queue))
    declarer.carry_out(DeclareExchange(exchange, "direct"))
    binding = Binding(place, name, name, "queue", name)
    declarer.carry_out(Bind(binding))
    assert [(one.source, one.destination, one.routing_key) for one in bindings_of(vhost, sandbox.secrets)] == [
        (name, name, name)
    ]
    declarer.carry_out(Unbind(binding))
    assert not bindings_of(vhost, sandbox.secrets)
    declarer.carry_out(DeleteExchange(exchange, if_unused=True))
    declarer.carry_out(DeleteQueue(queue))


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\0b", "x" * 256, "ü" * 128, "\ud800"])
def test_names_the_broker_would_change_are_refused_before_it_is_asked(name: str) -> None:
    declarer, place = Declarer(Profile("nobody listens there", "amqp://127.0.0.1:1/"), Secrets()), "/"
    for change in (
        DeclareQueue(QueueKey(place, name)),
        DeclareExchange(ExchangeKey(place, name)),
        Bind(Binding(place, "amq.topic", name, "queue", "k")),
        Bind(Binding(place, "amq.topic", "amq.direct", "exchange", name)),
        DeleteQueue(QueueKey(place, name)),
    ):
        with pytest.raises(BadInput):
            declarer.carry_out(change)


def test_a_conflict_shows_asked_and_existing_side_by_side(declarer: Declarer, place: str) -> None:
    key = QueueKey(place, "orders")
    declarer.carry_out(DeclareQueue(key, arguments={"x-max-length": 5, "x-message-ttl": 1000}))
    with pytest.raises(DeclareConflict) as refused:
        declarer.carry_out(DeclareQueue(key, "quorum", arguments={"x-max-length": 10}))
    shown = {one.name: (one.asked, one.existing) for one in refused.value.differences}
    assert shown == {
        "x-queue-type": ("quorum", "classic"),
        "x-max-length": ("10", "5"),
        "x-message-ttl": ("not set", "1000"),
    }
    assert "asked 10, it has 5" in refused.value.why


def test_without_the_management_api_a_conflict_still_names_what_the_broker_named(
    vhost: Profile, sandbox: LentBrokers, place: str
) -> None:
    declarer = Declarer(msgspec.structs.replace(vhost, management_url=""), sandbox.secrets)
    key = QueueKey(place, "orders")
    declarer.carry_out(DeclareQueue(key, arguments={"x-max-length": 5}))
    with pytest.raises(DeclareConflict) as refused:
        declarer.carry_out(DeclareQueue(key, arguments={"x-max-length": 10}))
    (only,) = refused.value.differences
    assert (only.name, only.asked, only.existing) == ("x-max-length", "10", "5")


def test_an_exchange_of_another_type_is_a_conflict(declarer: Declarer, place: str) -> None:
    key = ExchangeKey(place, "shop")
    assert not declarer.carry_out(DeclareExchange(key, "topic", arguments={"alternate-exchange": "amq.fanout"})).existed
    with pytest.raises(DeclareConflict) as refused:
        declarer.carry_out(DeclareExchange(key, "direct", durable=False))
    assert {one.name for one in refused.value.differences} == {"type", "durable", "alternate-exchange"}


def test_what_the_broker_reserves_is_refused_in_words(declarer: Declarer, place: str) -> None:
    for change in (
        DeclareQueue(QueueKey(place, "amq.mine")),
        DeclareExchange(ExchangeKey(place, "amq.mine")),
        DeleteExchange(ExchangeKey(place, "amq.topic")),
        Bind(Binding(place, "", "amq.topic", "exchange", "k")),
    ):
        with pytest.raises(AccessRefused) as refused:
            declarer.carry_out(change)
        assert "belong to the broker" in refused.value.remedy


def test_an_unknown_exchange_type_is_told_as_such(declarer: Declarer, place: str) -> None:
    with pytest.raises(BadInput, match="no such exchange type"):
        declarer.carry_out(DeclareExchange(ExchangeKey(place, "odd"), "x-nonsense"))


def test_binding_what_is_not_there_is_not_found(declarer: Declarer, place: str) -> None:
    with pytest.raises(NotFound, match="no queue 'gone'"):
        declarer.carry_out(Bind(Binding(place, "amq.topic", "gone", "queue", "k")))
    with pytest.raises(NotFound, match="no exchange 'gone'"):
        declarer.carry_out(Bind(Binding(place, "gone", "amq.topic", "exchange", "k")))


def test_a_queue_of_another_connection_is_locked(declarer: Declarer, vhost: Profile, sandbox: LentBrokers) -> None:
    key = QueueKey(vhost_of(vhost), "mine")
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        connection.channel().queue_declare("mine", exclusive=True)
        for change in (DeclareQueue(key), DeleteQueue(key), PurgeQueue(key)):
            with pytest.raises(Conflict, match="another connection"):
                declarer.carry_out(change)


def test_a_delete_that_must_not_lose_messages_keeps_them(
    declarer: Declarer, vhost: Profile, sandbox: LentBrokers, place: str
) -> None:
    key = QueueKey(place, "full")
    declarer.carry_out(DeclareQueue(key))
    with closing(patient_connection(vhost, sandbox.secrets)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", "full", b"x", mandatory=True)
    with pytest.raises(Conflict) as refused:
        declarer.carry_out(DeleteQueue(key, if_empty=True))
    assert "holds messages" in refused.value.remedy
    assert declarer.carry_out(PurgeQueue(key)).messages == 1
    assert declarer.carry_out(DeleteQueue(key, if_empty=True)).messages == 0
    assert declarer.carry_out(DeleteQueue(key)).messages == 0


def test_binding_arguments_of_every_type_are_kept(
    declarer: Declarer, vhost: Profile, sandbox: LentBrokers, place: str
) -> None:
    declarer.carry_out(DeclareQueue(QueueKey(place, "q")))
    arguments: dict[str, Any] = {"x-match": "any", "price": 1.25, "n": 3, "on": True, "at": Timestamp(1_700_000_000)}
    arguments |= {"sum": Decimal("1.50"), "list": [1, "two", None], "deep": {"a": {"b": [1.5]}}, "nothing": None}
    binding = Binding(place, "amq.headers", "q", "queue", "", arguments)
    declarer.carry_out(Bind(binding))
    (kept,) = bindings_of(vhost, sandbox.secrets)
    assert kept.arguments["price"] == 1.25 and kept.arguments["deep"] == {"a": {"b": [1.5]}}
    declarer.carry_out(Unbind(binding))
    assert not bindings_of(vhost, sandbox.secrets)


def test_an_exclusive_queue_is_refused_because_it_would_be_gone(declarer: Declarer, place: str) -> None:
    with pytest.raises(BadInput, match="gone with the connection"):
        declarer.carry_out(DeclareQueue(QueueKey(place, "mine"), exclusive=True))


def test_a_wrong_password_is_told(vhost: Profile, place: str) -> None:
    with pytest.raises(LoginRefused):
        Declarer(vhost, Secrets("wrong")).carry_out(DeclareQueue(QueueKey(place, "q")))


def example_of(argument: Argument) -> Any:
    examples = {"ms": 60_000, "bytes": 100, "flag": True, "age": "7D", "name": "amq.fanout"}
    if argument.kind == "choice":
        return argument.choices[0]
    return examples.get(argument.kind, max(1, argument.least))


@pytest.mark.parametrize("queue_type", QUEUE_TYPES)
def test_every_argument_of_the_catalogue_is_taken_by_the_broker(
    declarer: Declarer, vhost: Profile, sandbox: LentBrokers, place: str, queue_type: str
) -> None:
    with closing(ManagementClient(vhost, sandbox.secrets)) as client:
        version = client.overview()[0].rabbitmq_version
    assert version_number(version) is not None
    for argument in queue_arguments(queue_type, version):
        arguments = {argument.name: example_of(argument)}
        if argument.name == "x-dead-letter-routing-key":
            arguments["x-dead-letter-exchange"] = "amq.fanout"
        key = QueueKey(place, f"{queue_type} {argument.name}")
        refused = [one for one in check_queue(key.name, queue_type, arguments, version=version) if one.refused]
        assert not refused
        declarer.carry_out(DeclareQueue(key, queue_type, arguments=arguments))
        declarer.carry_out(DeleteQueue(key))


@pytest.mark.parametrize(
    ("queue_type", "arguments"),
    [
        ("classic", {"x-delivery-limit": 3}),
        ("quorum", {"x-max-priority": 3}),
        ("stream", {"x-message-ttl": 3}),
        ("classic", {"x-message-ttl": "abc"}),
        ("classic", {"x-max-priority": 256}),
        ("classic", {"x-max-length": -1}),
        ("stream", {"x-max-age": "soon"}),
        ("classic", {"x-overflow": "explode"}),
        ("classic", {"x-dead-letter-routing-key": "k"}),
    ],
)
def test_what_the_catalogue_refuses_the_broker_refuses_too(
    declarer: Declarer, place: str, queue_type: str, arguments: dict[str, Any]
) -> None:
    assert any(one.refused for one in check_queue("q", queue_type, arguments))
    with pytest.raises((Conflict, NotReady)):
        declarer.carry_out(DeclareQueue(QueueKey(place, "q"), queue_type, arguments=arguments))
