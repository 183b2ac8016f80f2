"""What breaks is said in words, with the next try a few seconds off, and the window is right again by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.wire import Wire
from broker_client.profile import Profile
from dashboard.actions.jobs import Outcome
from dashboard.feeds.backoff import Backoff
from tests.conftest import Brokers
from tests.fakes.http_server import Speech, answer, drip, half, http_server
from tests.hands import SOON_MS
from tests.open_window import OpenWindow

pytestmark = pytest.mark.live
FOR_EVER_S = 3_600.0
LONGEST_S = 5.0
"""What comes back is tried again within this time, so that on any machine it is seen soon."""


def went_down(opened: OpenWindow, service: str, qtbot: QtBot) -> None:
    """It is said in words, with a short countdown, and the figures stay."""
    qtbot.waitUntil(lambda: opened.health(service).state == "down", timeout=SOON_MS)
    health = opened.health(service)
    assert health.what and health.next_try is not None and health.last_ok is not None
    assert health.next_try - time.monotonic() <= LONGEST_S


def is_right_again(opened: OpenWindow, service: str, qtbot: QtBot) -> None:
    """Live again without anybody's help."""
    qtbot.waitUntil(lambda: opened.health(service).state == "live", timeout=SOON_MS)


def wait_on_thread(opened: OpenWindow, work: Callable[[], object], qtbot: QtBot) -> None:
    """Do slow work beside the event loop."""
    ended: list[Outcome] = []
    opened.workings.jobs.run("test", lambda _pulse: work(), ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=60_000)


def is_well(opened: OpenWindow, name: str, qtbot: QtBot) -> None:
    """What the status bar says of a service that has no trouble."""
    qtbot.waitUntil(lambda: opened.line(name).tone == "ok", timeout=SOON_MS)


def test_a_broker_that_is_killed_and_started_again(opened: OpenWindow, own_sandbox: Sandbox, qtbot: QtBot) -> None:
    opened.connect(own_sandbox.profile, own_sandbox.secrets)
    qtbot.waitUntil(lambda: opened.health("amqp").state == "live", timeout=SOON_MS)
    before = opened.state.overview
    own_sandbox.kill_rabbitmq()
    went_down(opened, "management", qtbot)
    went_down(opened, "amqp", qtbot)
    qtbot.waitUntil(lambda: "retry in" in opened.line("RabbitMQ").words)
    assert opened.line("RabbitMQ").tone == "crit"
    assert opened.line("RabbitMQ").service
    assert opened.state.overview is not None and before is not None, "the last figures stay on the screen"
    is_well(opened, "Redis", qtbot)
    wait_on_thread(opened, own_sandbox.start_rabbitmq, qtbot)
    is_right_again(opened, "management", qtbot)
    is_right_again(opened, "amqp", qtbot)


def test_a_redis_that_is_restarted(opened: OpenWindow, own_sandbox: Sandbox, qtbot: QtBot) -> None:
    opened.connect(own_sandbox.profile, own_sandbox.secrets)
    is_well(opened, "RabbitMQ", qtbot)
    wait_on_thread(opened, own_sandbox.stop_redis, qtbot)
    went_down(opened, "redis", qtbot)
    is_well(opened, "RabbitMQ", qtbot)
    wait_on_thread(opened, own_sandbox.start_redis, qtbot)
    is_right_again(opened, "redis", qtbot)


def test_a_network_that_is_cut_and_mended(opened: OpenWindow, sandbox: Brokers, qtbot: QtBot) -> None:
    with wired(sandbox.profile) as (profile, wires):
        opened.connect(profile, sandbox.secrets)
        qtbot.waitUntil(lambda: opened.health("amqp").state == "live", timeout=SOON_MS)
        for wire in wires:
            wire.cut()
        for service in ("management", "amqp", "redis"):
            went_down(opened, service, qtbot)
        for wire in wires:
            wire.mend()
        for service in ("management", "amqp", "redis"):
            is_right_again(opened, service, qtbot)
        opened.workings.session.close()


def test_try_now_ends_the_countdown(
    opened: OpenWindow, sandbox: Brokers, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "fail", lambda *_: FOR_EVER_S)
    with wired(sandbox.profile) as (profile, wires):
        opened.connect(profile, sandbox.secrets)
        for wire in wires:
            wire.cut()
        qtbot.waitUntil(lambda: opened.health("redis").state == "down", timeout=SOON_MS)
        for wire in wires:
            wire.mend()
        opened.app.window.status_bar.retry_requested.emit("redis")
        qtbot.waitUntil(lambda: opened.health("redis").state == "live", timeout=SOON_MS)
        opened.workings.session.close()


@pytest.mark.parametrize(
    ("speech", "state", "words"),
    [
        (answer("401 Unauthorized", b'{"error":"not_authorised"}'), "refused", ""),
        (answer("503 Service Unavailable", b"busy"), "down", "503"),
        (answer("200 OK", b"<html>proxy</html>", {"Content-Type": "text/html"}), "down", ""),
        (half('{"management_version": "3.10.8", "rates_mode": "basic"}'), "down", ""),
        (drip(), "down", ""),
    ],
    ids=["401", "503", "html", "half a body", "a slow drip"],
)
def test_a_management_api_that_answers_wrongly(
    opened: OpenWindow, sandbox: Brokers, qtbot: QtBot, speech: Speech, state: str, words: str
) -> None:
    with http_server({"/": speech}) as server:
        profile = msgspec.structs.replace(sandbox.profile, management_url=server.url)
        opened.workings.session.open(profile, sandbox.secrets)
        opened.app.window.show_page("overview")
        qtbot.waitUntil(lambda: opened.health("management").state == state, timeout=SOON_MS)
        health = opened.health("management")
        assert health.what or health.why
        assert words in f"{health.what} {health.why}"
        assert opened.state.overview is None
        qtbot.waitUntil(lambda: opened.health("amqp").state == "live", timeout=SOON_MS)
        opened.workings.session.close()


@contextmanager
def wired(profile: Profile) -> Iterator[tuple[Profile, list[Wire]]]:
    """``profile`` with a wire in every leg."""
    wires: list[Wire] = []

    def through(url: str) -> str:
        parts = urlsplit(url)
        wires.append(Wire(parts.port or 0))
        return parts._replace(netloc=f"127.0.0.1:{wires[-1].port}").geturl()

    urls = {name: through(getattr(profile, name)) for name in ("amqp_url", "management_url", "redis_url")}
    try:
        yield msgspec.structs.replace(profile, **urls), wires
    finally:
        for wire in wires:
            wire.close()
