"""What watching costs the broker: Warren on 1,000 queues against the management web UI's own Queues page.

A private broker with 1,000 queues, 25 of them with live traffic, RabbitMQ's default statistics interval of 5 s. In
turn, for the same time: nobody watches (the broker's own CPU, to be taken off); the UI's requests, replayed byte for
byte as a browser sends them (every 5 s a page of 100 unsorted queues and the vhosts, gzip accepted); the real window
on its Queues page, with everything it asks: the management API, the depth of the visible queues three times a second,
Celery. Both go through the same recording proxy. Bytes are counted in both directions above TCP; *unpacked* is the
answers' size after gzip. The UI shows 100 of the 1,000 queues, Warren all. The first load of either is not counted.
For the reader, the UI sorted by depth, which is how one looks for trouble with it, stands beside. Not measured: TLS,
a cluster, detailed pages of a queue.
"""

from __future__ import annotations

import threading
from typing import NamedTuple
from urllib.parse import urlsplit

from broker_client.lab.sandbox import Sandbox
from tests.bench.browser_requests import BrowserOnQueuesPage
from tests.bench.crowded_broker import DEFAULT_INTERVAL_MS, Traffic, fill
from tests.bench.figures import Figure, Result, Target, one
from tests.bench.process_meter import CpuMeter
from tests.bench.recording_proxy import RecordingProxy, tally
from tests.bench.watched_window import WatchedWindow, main_arguments

QUEUES = 1000
BUSY_QUEUES = 25
WATCH_S, QUICK_WATCH_S = 60.0, 20.0
SETTLE_S = 15.0
THIRD = Target("share", 1 / 3)


class Watch(NamedTuple):
    """What one way of watching took, for a minute. ``cpu_s`` is all the broker's CPU, ``asked`` one line a request."""

    wire_bytes: float
    plain_bytes: float
    cpu_s: float
    asked: tuple[str, ...] = ()


class Doors(NamedTuple):
    """The proxies before the broker."""

    management: RecordingProxy
    amqp: RecordingProxy


def run(quick: bool) -> Result:
    seconds = QUICK_WATCH_S if quick else WATCH_S
    with Sandbox.start(statistics_interval_ms=DEFAULT_INTERVAL_MS) as sandbox:
        keys = fill(sandbox, QUEUES)
        with (
            Traffic(sandbox, keys[:: QUEUES // BUSY_QUEUES]),
            RecordingProxy(_port(sandbox.profile.management_url)) as management,
            RecordingProxy(_port(sandbox.profile.amqp_url)) as amqp,
        ):
            doors = Doors(management, amqp)
            _pass(SETTLE_S)
            idle = [_watch(sandbox, doors, seconds / 2)]
            browser = _browser(sandbox, doors, seconds, by_depth=False)
            window = _window(sandbox, doors, seconds)
            idle.append(_watch(sandbox, doors, seconds / 2))
            sorted_browser = _browser(sandbox, doors, seconds / 2, by_depth=True)
    return _compare(sum(each.cpu_s for each in idle) / 2, browser, window, sorted_browser)


def _compare(idle_cpu_s: float, browser: Watch, window: Watch, sorted_browser: Watch) -> Result:
    ui, by_depth = "the web UI", "the web UI by depth"
    spent = [max(0.0, watch.cpu_s - idle_cpu_s) for watch in (window, browser, sorted_browser)]
    wire = [one(watch.wire_bytes / 1000) for watch in (window, browser, sorted_browser)]
    plain = [one(watch.plain_bytes / 1000) for watch in (window, browser, sorted_browser)]
    figures = (
        Figure("bytes a minute, on the wire", wire[0], "kB", THIRD, wire[1], ui),
        Figure("bytes a minute, unpacked", plain[0], "kB", THIRD, plain[1], ui),
        Figure("broker CPU a minute", one(spent[0]), "s", THIRD, one(spent[1]), ui),
        Figure("bytes a minute, on the wire", wire[0], "kB", None, wire[2], by_depth),
        Figure("broker CPU a minute", one(spent[0]), "s", None, one(spent[2]), by_depth),
    )
    idle = f"The broker's CPU a minute with nobody watching, taken off all figures: {idle_cpu_s:.2f} s."
    asked = [f"{who} asked: {line}" for who, watch in (("Warren", window), (ui, browser)) for line in watch.asked]
    return Result(figures, (idle, *asked))


def _browser(sandbox: Sandbox, doors: Doors, seconds: float, *, by_depth: bool) -> Watch:
    profile, secrets = sandbox.profile, sandbox.secrets
    with BrowserOnQueuesPage(doors.management.port, profile.username, secrets, by_depth=by_depth):
        _pass(SETTLE_S / 3)
        return _watch(sandbox, doors, seconds)


def _window(sandbox: Sandbox, doors: Doors, seconds: float) -> Watch:
    arguments = main_arguments(sandbox, "queues", amqp_port=doors.amqp.port, management_port=doors.management.port)
    with WatchedWindow("store_watch", arguments):
        _pass(SETTLE_S)
        return _watch(sandbox, doors, seconds)


def _watch(sandbox: Sandbox, doors: Doors, seconds: float) -> Watch:
    http_before, amqp_before = doors.management.mark(), doors.amqp.mark()
    with CpuMeter(sandbox.beam_pid) as broker:
        _pass(seconds)
    amqp_bytes = doors.amqp.bytes_since(amqp_before)
    exchanges = doors.management.exchanges_since(http_before)
    wire = doors.management.bytes_since(http_before) + amqp_bytes
    plain = sum(exchange.plain_bytes for exchange in exchanges) + amqp_bytes
    a_minute = 60 / broker.wall_s
    asked = (*tally(exchanges), f"AMQP: {amqp_bytes / 1000:.0f} kB")
    return Watch(wire * a_minute, plain * a_minute, broker.spent_s * a_minute, asked if wire else ())


def _pass(seconds: float) -> None:
    threading.Event().wait(seconds)


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
