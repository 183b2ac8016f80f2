"""Brokers behind TLS: every client goes through, and a certificate that is not trusted is said in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import pytest
from redis.exceptions import RedisError

from broker_client.errors import WrongService
from broker_client.ledger import Ledger
from broker_client.legs import LEGS, check_legs
from broker_client.profile import Profile
from broker_client.rabbit.amqp import open_connection, vhost_of
from broker_client.rabbit.amqp_message import Message, Properties
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.peek import Peeker
from broker_client.rabbit.publisher import Publisher
from broker_client.rabbit.tcp_door import address_of
from broker_client.rabbit.transfer import transfer
from broker_client.rabbit.transfer_plan import to_queue
from broker_client.redis_server import open_redis, read_facts, redis_error, redis_label
from broker_client.tasks.collector import CollectorClient
from broker_client.tasks.records import TaskQuery
from tests.brokers import LentBrokers
from tests.fakes.certificates import Certificates, certificates
from tests.fakes.tls_wire import tls_wire
from tests.live.message_store import MessageStore
from tests.waiting import until

pytestmark = pytest.mark.live


class ThroughTls:
    """Puts TLS with one certificate in front of the brokers of a profile."""

    def __init__(self, made: Certificates, stack: ExitStack) -> None:
        self._made, self._stack = made, stack

    def profile(self, plain: Profile) -> Profile:
        """Names the authority, so that all of it is trusted."""
        return msgspec.structs.replace(
            plain,
            amqp_url=self._url(plain.amqp_url),
            management_url=self._url(plain.management_url),
            redis_url=self._url(plain.redis_url),
            ca_file=str(self._made.authority),
        )

    def _url(self, plain: str) -> str:
        address = address_of(plain)
        port = self._stack.enter_context(tls_wire(address.port, self._made.server))
        return f"{address.scheme}s://127.0.0.1:{port}{address.path}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def behind(vhost: Profile, made: Certificates) -> Iterator[Profile]:
    with ExitStack() as stack:
        yield ThroughTls(made, stack).profile(vhost)


def states(profile: Profile, sandbox: LentBrokers) -> dict[str, str]:
    """Celery may have left nothing yet, which is a warning and as good here."""
    found = {leg.name: leg.state for leg in check_legs(profile, sandbox.secrets, 30.0)}
    return {**found, "celery": "ok"} if found["celery"] == "warn" else found


def test_every_light_is_green_and_an_unverified_certificate_is_a_warning(behind: Profile, sandbox: LentBrokers) -> None:
    green = dict.fromkeys(LEGS, "ok")
    blind = msgspec.structs.replace(behind, ca_file="", verify_tls=False)
    until(lambda: states(behind, sandbox) == green, words="every light is green")
    until(lambda: states(blind, sandbox) == {**green, "tls": "warn"}, words="only the light of TLS is not")


def test_messages_are_published_looked_at_and_moved(behind: Profile, sandbox: LentBrokers, tmp_path: Path) -> None:
    store = MessageStore(behind, sandbox.secrets)
    store.declare("from", "to")
    with Publisher(behind, sandbox.secrets) as publisher:
        assert publisher.publish(Message("", "from", Properties(message_id="1"), b"x" * 300_000)).kind == "confirmed"
    key = QueueKey(vhost_of(behind), "from")
    assert [seen.properties.message_id for seen in Peeker(behind, sandbox.secrets).look(key).messages] == ["1"]
    assert store.holds("from", 1)
    moved = transfer(behind, sandbox.secrets, Ledger(tmp_path), to_queue(key, "to"))
    assert (moved.ended, moved.confirmed) == ("done", 1)
    assert store.bodies("to", 1) == [b"x" * 300_000]
    store.close()


def test_tasks_are_watched(behind: Profile, sandbox: LentBrokers) -> None:
    with open_redis(behind, sandbox.secrets) as redis:
        redis.set("celery-task-meta-behind-tls", b'{"task_id": "behind-tls", "status": "SUCCESS", "result": 1}', ex=600)
    client = CollectorClient.start(behind, sandbox.secrets)
    try:

        def seen() -> bool:
            found = client.snapshot(TaskQuery("behind-tls"), -1, deadline_s=20.0)
            return found is not None and [row.id for row in found.window.rows] == ["behind-tls"]

        until(seen)
    finally:
        client.close()


def ask_amqp(profile: Profile, sandbox: LentBrokers) -> None:
    open_connection(profile, sandbox.secrets).close()


def ask_management(profile: Profile, sandbox: LentBrokers) -> None:
    with closing(ManagementClient(profile, sandbox.secrets)) as client:
        client.whoami()


def ask_redis(profile: Profile, sandbox: LentBrokers) -> None:
    with open_redis(profile, sandbox.secrets) as client:
        try:
            read_facts(client)
        except RedisError as problem:
            raise redis_error(problem, redis_label(profile)) from None


@pytest.mark.parametrize("ask", [ask_amqp, ask_management, ask_redis])
def test_a_certificate_that_is_not_trusted_is_said_with_the_remedy(
    ask: Callable[[Profile, LentBrokers], None], behind: Profile, sandbox: LentBrokers, tmp_path: Path
) -> None:
    for untrusted in ("", str(certificates(tmp_path).authority)):
        with pytest.raises(WrongService) as refused:
            ask(msgspec.structs.replace(behind, ca_file=untrusted), sandbox)
        assert "certificate" in refused.value.what and "CA file" in refused.value.remedy


@pytest.mark.parametrize("ask", [ask_amqp, ask_management, ask_redis])
def test_a_certificate_of_another_host_is_refused(
    ask: Callable[[Profile, LentBrokers], None], vhost: Profile, sandbox: LentBrokers, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        strange = ThroughTls(certificates(tmp_path, host="127.0.0.9"), stack).profile(vhost)
        with pytest.raises(WrongService) as refused:
            ask(strange, sandbox)
    assert "certificate" in refused.value.what and "host name" in refused.value.remedy
