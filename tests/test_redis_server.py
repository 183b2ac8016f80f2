"""INFO in our terms, and every way in which Redis, or what is not Redis, refuses."""

from __future__ import annotations

import pytest
from redis import exceptions

from broker_client.errors import (
    AccessRefused,
    BadInput,
    BrokerError,
    ConnectionLost,
    LoginRefused,
    NoAnswer,
    NotReady,
    Unreachable,
    WrongService,
)
from broker_client.profile import Profile, Secrets, from_urls
from broker_client.redis_server import facts_of, open_redis, read_facts, redis_error
from tests.fakes.http_server import Speech, http_server, json_answer, raw


def facts_error(url: str) -> BrokerError:
    client = open_redis(*from_urls("", "", url), deadline_s=0.5)
    try:
        with pytest.raises(BrokerError) as caught:
            read_facts(client)
    finally:
        client.close()
    return caught.value


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (exceptions.AuthenticationError("invalid username-password pair"), LoginRefused),
        (exceptions.BusyLoadingError("Redis is loading the dataset in memory"), NotReady),
        (exceptions.NoPermissionError("this user has no permissions to run info"), AccessRefused),
        (exceptions.ReadOnlyError("You can't write against a read only replica."), NotReady),
        (exceptions.TimeoutError("Timeout reading from socket"), NoAnswer),
        (exceptions.ConnectionError("max number of clients reached"), NotReady),
        (exceptions.ConnectionError("Connection closed by server."), ConnectionLost),
        (exceptions.ConnectionError("Error 111 connecting to h:1. Connection refused."), Unreachable),
        (exceptions.ResponseError("DB index is out of range"), BadInput),
        (exceptions.ResponseError("NOAUTH Authentication required."), LoginRefused),
        (exceptions.ResponseError("BUSY Redis is busy running a script."), NotReady),
        (exceptions.InvalidResponse("Protocol Error: b'HTTP/1.1 400'"), WrongService),
    ],
)
def test_every_refusal_has_its_kind(problem: Exception, kind: type[BrokerError]) -> None:
    assert type(redis_error(problem, "Redis at h:6379")) is kind


def test_nothing_listening_is_unreachable() -> None:
    assert type(facts_error("redis://127.0.0.1:1")) is Unreachable


@pytest.mark.parametrize("speech", [json_answer("{}"), raw(b"AMQP\x00\x00\x09\x01")], ids=["http", "amqp"])
def test_another_service_is_not_taken_for_redis(speech: Speech) -> None:
    with http_server({"": speech}) as server:
        assert type(facts_error(server.url.replace("http:", "redis:"))) in (WrongService, NoAnswer, ConnectionLost)


def test_tls_against_a_plain_port_is_no_crash() -> None:
    with http_server({}) as server:
        assert isinstance(facts_error(server.url.replace("http:", "rediss:")), Unreachable)


@pytest.mark.parametrize("url", ["redis://h:6379/one", "http://h"])
def test_a_bad_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(BadInput):
        open_redis(Profile("test", redis_url=url), Secrets())


def test_what_info_leaves_out_is_unknown() -> None:
    facts = facts_of({"redis_version": "7.0.15", "maxmemory": 0, "keyspace_hits": 3, "keyspace_misses": 1}, 0)
    assert (facts.max_bytes, facts.used_bytes, facts.hit_share, facts.keys) == (None, None, 0.75, 0)
    assert facts_of({"redis_version": "7", "db2": {"keys": 9}}, 2).keys == 9
