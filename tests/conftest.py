"""What all tests share: a home of their own, Qt without a display, and brokers that start when a test first asks."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import requests
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

from broker_client.lab.free_ports import LOOPBACK
from broker_client.lab.guard import Guard
from broker_client.lab.redis_node import RedisNode
from broker_client.lab.sandbox import Sandbox
from broker_client.profile import Profile, Secrets
from dashboard.garbage_rounds import collect_what_is_due
from tests.brokers import REDIS, LentBrokers, lent_brokers
from tests.live.running_worker import RunningWorker, start_worker

TEST_HOME = Path(tempfile.mkdtemp(prefix="warren-tests-"))
"""Nothing a test does touches a file of the person who runs it."""
PATIENCE_MS = 30_000
"""What a test waits for in vain; a machine that does much else at a time is no failure."""


def pytest_configure() -> None:
    gc.disable()
    for wait in (QtBot.waitUntil, QtBot.waitSignal, QtBot.waitActive):
        (wait.__kwdefaults__ or {}).update(timeout=PATIENCE_MS)
    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")
    os.environ["HOME"] = str(TEST_HOME)
    for variable, folder in (("CONFIG", "config"), ("STATE", "state"), ("DATA", "data"), ("CACHE", "cache")):
        os.environ[f"XDG_{variable}_HOME"] = str(TEST_HOME / folder)
    runtime = TEST_HOME / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_runtest_teardown() -> None:
    """As in the program itself, only the main thread collects garbage that may hold widgets."""
    collect_what_is_due()


Brokers = Sandbox | LentBrokers


def pytest_unconfigure() -> None:
    shutil.rmtree(TEST_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    """Starts processes that end with the tests, even when the tests are killed."""
    with Guard() as guard:
        yield guard


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """Brokers without traffic, for all tests: ours, or the ones named in the environment. Leave them running."""
    if not lent_brokers(os.environ, ("", "")):
        with Sandbox.start() as sandbox:
            yield sandbox
        return
    with Guard() as guard:
        redis = ("", "") if REDIS in os.environ else _private_redis(guard, tmp_path_factory.mktemp("redis"))
        lent = lent_brokers(os.environ, redis)
        assert lent is not None
        yield lent


def _private_redis(guard: Guard, folder: Path) -> tuple[str, str]:
    redis = RedisNode(guard, folder)
    redis.start()
    redis.wait_ready()
    return f"redis://{LOOPBACK}:{redis.port}/0", redis.password


@pytest.fixture(scope="module")
def own_sandbox() -> Iterator[Sandbox]:
    """A private sandbox for one module of tests, which may stop, restart and kill its servers."""
    with Sandbox.start() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def demo() -> Iterator[Sandbox]:
    """A sandbox with the demo shop's traffic, for all tests that look at live data. Leave it running."""
    with Sandbox.start(demo=True) as sandbox:
        yield sandbox


@pytest.fixture
def vhost(sandbox: Brokers, request: pytest.FixtureRequest) -> Iterator[Profile]:
    """A profile that points at a virtual host made for this test and deleted after it. Secrets: ``sandbox.secrets``."""
    with _own_vhost(sandbox, request.node.name) as profile:
        yield profile


@pytest.fixture(scope="module")
def module_vhost(sandbox: Brokers, request: pytest.FixtureRequest) -> Iterator[Profile]:
    """As ``vhost``, for all tests of one module, which may share one worker there."""
    with _own_vhost(sandbox, request.module.__name__.rpartition(".")[2]) as profile:
        yield profile


@contextmanager
def _own_vhost(sandbox: Brokers, title: str) -> Iterator[Profile]:
    name = f"test/{title[:60]}-{os.urandom(3).hex()}"
    profile = msgspec.structs.replace(sandbox.profile, amqp_url=_at_vhost(sandbox.profile.amqp_url, name))
    _admin("PUT", f"vhosts/{quote(name, safe='')}", profile, sandbox.secrets)
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    _admin("PUT", f"permissions/{quote(name, safe='')}/{profile.username}", profile, sandbox.secrets, rights)
    yield profile
    _admin("DELETE", f"vhosts/{quote(name, safe='')}", profile, sandbox.secrets)


def _at_vhost(amqp_url: str, name: str) -> str:
    scheme, _, rest = amqp_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{quote(name, safe='')}"


def _admin(method: str, path: str, profile: Profile, secrets: Secrets, body: Any = None) -> None:
    with requests.Session() as session:
        session.trust_env = False
        url = f"{profile.management_url}/api/{path}"
        answer = session.request(method, url, json=body, auth=(profile.username, secrets.rabbitmq), timeout=60)
        answer.raise_for_status()


@pytest.fixture
def celery_worker(sandbox: Brokers, guard: Guard, tmp_path: Path) -> Iterator[Callable[..., RunningWorker]]:
    """``celery_worker(profile, name="w1", **options)``: a real worker process, see ``start_worker`` for the options."""
    workers: list[RunningWorker] = []

    def start(profile: Profile, name: str = "w1", **options: Any) -> RunningWorker:
        secrets = options.pop("secrets", sandbox.secrets)
        workers.append(start_worker(guard, tmp_path, profile, secrets, name, **options))
        return workers[-1]

    yield start
    for worker in workers:
        worker.close()
