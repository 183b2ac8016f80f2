"""What the management client makes of every answer a broker, a proxy or a wrong port can give."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from broker_client.errors import (
    AccessRefused,
    BadAnswer,
    BadInput,
    BrokerError,
    ConnectionLost,
    LoginRefused,
    NoAnswer,
    NotFound,
    NotReady,
    Unreachable,
    WrongService,
)
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.management import ManagementClient
from tests.fakes.http_server import (
    HttpServer,
    Speech,
    answer,
    drip,
    half,
    http_server,
    json_answer,
    packed,
    raw,
    silence,
)

OVERVIEW = '{"rabbitmq_version": "3.10.8", "queue_totals": {"messages_ready": 3}}'


def client_of(server: HttpServer, *, deadline_s: float = 20.0, max_bytes: int = 1 << 20) -> ManagementClient:
    profile = Profile("test", username="ops", management_url=server.url)
    return ManagementClient(profile, Secrets("s3cret"), deadline_s=deadline_s, max_bytes=max_bytes)


def overview_error(speech: Speech, *, deadline_s: float = 20.0, max_bytes: int = 1 << 20) -> BrokerError:
    with http_server({"/api/overview": speech}) as server:
        client = client_of(server, deadline_s=deadline_s, max_bytes=max_bytes)
        with pytest.raises(BrokerError) as caught:
            client.overview()
        client.close()
    assert "s3cret" not in f"{caught.value} {caught.value.remedy}"
    return caught.value


@pytest.mark.parametrize(
    ("body", "kind", "missing"),
    [
        ('{"error":"not_authorized","reason":"Login failed"}', LoginRefused, ""),
        ('{"error":"Not_Authorized","reason":"Login failed"}', LoginRefused, ""),
        ("", LoginRefused, ""),
        ('{"error":"not_authorised","reason":"User can only log in via localhost"}', LoginRefused, ""),
        ('{"error":"not_authorised","reason":"Not management user"}', AccessRefused, "management"),
        ('{"error":"not_authorised","reason":"Not monitor user"}', AccessRefused, "monitoring"),
        ('{"error":"not_authorised","reason":"Not administrator user"}', AccessRefused, "administrator"),
        (
            '{"error":"not_authorised","reason":"User not authorised to access virtual host"}',
            AccessRefused,
            "permission in the vhost",
        ),
    ],
)
def test_a_401_tells_a_wrong_password_from_a_missing_right(body: str, kind: type[BrokerError], missing: str) -> None:
    error = overview_error(json_answer(body, "401 Unauthorized"))
    assert type(error) is kind
    assert getattr(error, "missing", "") == missing
    assert not error.retryable


@pytest.mark.parametrize(
    ("speech", "kind", "word"),
    [
        (json_answer('{"error":"Object Not Found","reason":"Not Found"}', "404 Not Found"), NotFound, "does not exist"),
        (json_answer('{"error":"bad_request","reason":"no"}', "400 Bad Request"), BadInput, "bad_request"),
        (json_answer('{"status":"failed","reason":"alarms in effect"}', "503 Nope"), NotReady, "alarms in effect"),
        (answer("502 Bad Gateway", b"<html>proxy</html>"), NotReady, "502"),
        (answer("405 Method Not Allowed", b""), BadAnswer, "405"),
        (answer("302 Found", b"", {"Location": "http://elsewhere/"}), WrongService, "elsewhere"),
        (answer("200 OK", b"<!doctype html><p>Hello"), BadAnswer, "web page"),
        (answer("200 OK", b"[1, 2]"), BadAnswer, "not the JSON"),
        (answer("200 OK", b"{" * 100_000), BadAnswer, "not the JSON"),
        (half(OVERVIEW), BadAnswer, "in the middle"),
        (raw(b"AMQP\x00\x00\x09\x01"), WrongService, "AMQP port"),
        (raw(b"\x15\x03\x03\x00\x02\x02\x46"), WrongService, "TLS"),
        (raw(b"-ERR unknown command 'GET'\r\n"), WrongService, "does not speak HTTP"),
        (raw(b""), ConnectionLost, "closed"),
    ],
)
def test_a_strange_answer_is_named(speech: Speech, kind: type[BrokerError], word: str) -> None:
    error = overview_error(speech)
    assert type(error) is kind
    assert word in str(error)


@pytest.mark.parametrize(
    "speech", [silence, drip(), drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")], ids=["silent", "body", "head"]
)
def test_a_slow_answer_ends_at_the_deadline(speech: Speech) -> None:
    started = time.monotonic()
    assert type(overview_error(speech, deadline_s=0.4)) is NoAnswer
    assert time.monotonic() - started < 20.0, "these go on for longer"


@pytest.mark.parametrize("wrap", [lambda text: answer("200 OK", text.encode()), packed], ids=["plain", "packed"])
def test_a_huge_answer_is_refused_before_it_fills_the_memory(wrap: Callable[[str], Speech]) -> None:
    error = overview_error(wrap('{"a": "' + "x" * 3_000_000 + '"}'))
    assert type(error) is BadAnswer
    assert "too large" in str(error)


def test_nothing_listening_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="nothing listens there"):
        ManagementClient(Profile("test", management_url="http://127.0.0.1:1"), Secrets()).overview()


def test_https_against_a_plain_port_is_named() -> None:
    with http_server({}) as server:
        profile = Profile("test", management_url=server.url.replace("http:", "https:"))
        with pytest.raises(BrokerError) as caught:
            ManagementClient(profile, Secrets(), deadline_s=1.0).overview()
    assert type(caught.value) in (WrongService, NoAnswer)


def test_no_address_is_bad_input() -> None:
    with pytest.raises(BadInput):
        ManagementClient(Profile("test"), Secrets())


def test_one_connection_serves_many_questions_and_a_closed_one_is_replaced() -> None:
    closing = answer("200 OK", OVERVIEW.encode(), {"Connection": "close"})
    with http_server({"/api/overview": json_answer(OVERVIEW), "/api/whoami": closing}) as server:
        client = client_of(server)
        for _ in range(3):
            assert client.overview()[0].ready == 3
        client.whoami()
        assert client.overview()[0].rabbitmq_version == "3.10.8"
        assert client.last_ms is not None
        client.close()
        assert all("Authorization: Basic" in head and "s3cret" not in head for head in server.requests)
        assert all("Accept-Encoding: gzip" in head for head in server.requests)


def test_a_path_before_the_api_and_odd_names_are_kept() -> None:
    name = 'a/b%?#&<b>\x00\u202e"é'
    with http_server({"/rabbit/api": json_answer("[]")}) as server:
        profile = Profile("test", management_url=f"{server.url}/rabbit/")
        client = ManagementClient(profile, Secrets())
        with pytest.raises(BadAnswer):
            client.queue_detail(QueueKey("/", name), 60)
        client.close()
        paths = [head.split(" ")[1] for head in server.requests]
    assert paths[0] == "/rabbit/api/queues/%2F/a%2Fb%25%3F%23%26%3Cb%3E%00%E2%80%AE%22%C3%A9/bindings"


def pages(texts: dict[int, Speech]) -> dict[str, Speech]:
    return {f"/api/queues?page={number}&": speech for number, speech in texts.items()}


def test_pages_are_joined_and_a_queue_that_moved_is_counted_once() -> None:
    first = json_answer('{"page_count": 2, "items": [{"name": "a", "vhost": "/"}, {"name": "b", "vhost": "/"}]}')
    second = json_answer('{"page_count": 2, "items": [{"name": "b", "vhost": "/", "messages": 7}]}')
    with http_server(pages({1: first, 2: second})) as server:
        client = client_of(server)
        found = client.queues(detail=True)
        client.close()
    assert [(queue.name, queue.total) for queue in found] == [("a", None), ("b", 7)]


def test_a_list_that_shrinks_between_pages_is_no_error() -> None:
    first = json_answer('{"page_count": 2, "items": [{"name": "a", "vhost": "/"}]}')
    gone = json_answer('{"error":"page_out_of_range","reason":"Page out of range"}', "400 Bad Request")
    with http_server(pages({1: first, 2: gone})) as server:
        client = client_of(server)
        assert [queue.name for queue in client.queues(detail=False)] == ["a"]
        client.close()


def test_names_with_broken_text_become_visible_escapes() -> None:
    text = '{"items": [{"name": "lone \\ud800 <b>", "vhost": "/"}]}'
    with http_server({"/api/queues": json_answer(text)}) as server:
        client = client_of(server)
        assert client.queues(detail=True)[0].name == "lone \\ud800 <b>"
        client.close()
