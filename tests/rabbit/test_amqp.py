"""Names, parameters and what is said when the wrong service answers at the AMQP port. No broker is needed here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.errors import BadInput, BrokerError, NoAnswer, Unreachable, WrongService
from broker_client.profile import Profile, Secrets, from_urls
from broker_client.rabbit.amqp import DepthProbe, check_name, connection_parameters, open_connection, vhost_of
from broker_client.rabbit.entities import Depth, QueueKey
from tests.fakes.http_server import Speech, answer, http_server, raw, silence
from tests.waiting import until


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "nul\0", "x" * 256, "ü" * 128, "lone \ud800"])
def test_a_name_that_would_hang_or_be_cut_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="queue name"):
        check_name(name, "queue name")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=60))
def test_any_other_name_is_taken(name: str) -> None:
    assert check_name(name, "queue name") == name


@pytest.mark.parametrize(
    ("url", "vhost"), [("amqp://h", "/"), ("amqp://h/", "/"), ("amqp://h/%2F", "/"), ("amqp://h/shop%2Feu", "shop/eu")]
)
def test_the_vhost_is_read_from_the_address(url: str, vhost: str) -> None:
    assert vhost_of(from_urls(url)[0]) == vhost


def test_every_limit_of_a_connection_is_set() -> None:
    parameters = connection_parameters(*from_urls("amqp://u:hunter2@h:5/v"), socket_s=2)
    assert (parameters.host, parameters.port, parameters.virtual_host) == ("h", 5, "v")
    assert (parameters.connection_attempts, parameters.socket_timeout, parameters.stack_timeout) == (1, 2, 3)
    assert parameters.heartbeat == 10
    assert "hunter2" not in repr(parameters)


def refusal(speech: Speech) -> BrokerError:
    with http_server({"": speech}) as server:
        profile, secrets = from_urls(server.url.replace("http:", "amqp:"))
        with pytest.raises(BrokerError) as caught:
            open_connection(profile, secrets, socket_s=0.3)
    return caught.value


def test_a_web_server_at_the_amqp_port_is_named() -> None:
    def named() -> bool:
        error = refusal(answer("400 Bad Request", b"no"))
        return type(error) is WrongService and "web server" in str(error)

    until(named, words="it answers in time")


def test_silence_at_the_amqp_port_ends() -> None:
    assert type(refusal(silence)) is NoAnswer


def test_an_address_that_hangs_up_is_named() -> None:
    assert isinstance(refusal(raw(b"")), Unreachable)


def test_nothing_listening_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="nothing listens there"):
        open_connection(*from_urls("amqp://127.0.0.1:1"))


def test_a_web_address_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(BadInput, match="amqp://"):
        open_connection(Profile("test", "http://h:80"), Secrets())


def test_names_that_would_hang_are_answered_without_asking() -> None:
    keys = [QueueKey("/", "a\nb"), QueueKey("/", "x" * 300)]
    probe = DepthProbe(Profile("test", "amqp://127.0.0.1:1"), Secrets())
    assert probe.probe(keys) == tuple(Depth(key, None, None, "unprobable name") for key in keys)
    probe.close()
