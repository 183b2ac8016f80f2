"""What watching costs the broker: Warren on 1,000 queues against the management web UI's own Queues page.

A private broker with 1,000 queues, 25 of them with live traffic, RabbitMQ's default statistics interval of 5 s. In
turn, for the same time: nobody watches (the broker's own CPU, to be taken off); the UI's requests, replayed byte for
byte as a browser sends them (every 5 s, gzip accepted); the real window on its Queues page, with everything it asks:
the management API, the depth of the visible queues three times a second, Celery. All go through the same recording
proxy. Bytes are counted in both directions above TCP; *unpacked* is the answers' size after gzip, which is what the
broker has to write.

The UI shows at most 500 queues at a time: *all 1,000* is two of its windows, one for each half, and that is what
Warren is measured by. What one window costs that shows the first 100, as they come or sorted by depth, stands beside
without a target, and so do the bytes on the wire: gzip shrinks the UI's tables sixtyfold, while a depth that is asked
three times a second is a small frame that nothing shrinks. The first load of each is not counted. Not measured: TLS, a
cluster, detailed pages of a queue.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import NamedTuple
from urllib.parse import urlsplit

from broker_client.lab.sandbox import Sandbox
from tests.bench.browser_requests import BY_DEPTH, DEFAULT_ROWS, MOST_ROWS, BrowserOnQueuesPage
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


class View(NamedTuple):
    """What one window of the UI shows."""

    page: int = 1
    rows: int = DEFAULT_ROWS
    order: str = ""


ALL = "the web UI, all 1,000"
BROWSERS = {
    ALL: (View(1, MOST_ROWS), View(2, MOST_ROWS)),
    "the web UI, first 100": (View(),),
    "the web UI, 100 by depth": (View(order=BY_DEPTH),),
}


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
            browsers = {who: _browsers(sandbox, doors, seconds, views) for who, views in BROWSERS.items()}
            window = _window(sandbox, doors, seconds)
            idle.append(_watch(sandbox, doors, seconds / 2))
    return _compare(sum(each.cpu_s for each in idle) / 2, browsers, window)


def _compare(idle_cpu_s: float, browsers: dict[str, Watch], window: Watch) -> Result:
    figures = []
    for who, browser in browsers.items():
        target = THIRD if who == ALL else None
        spent, theirs = (max(0.0, watch.cpu_s - idle_cpu_s) for watch in (window, browser))
        ours, plain = one(window.plain_bytes / 1000), one(browser.plain_bytes / 1000)
        figures += [
            Figure("bytes a minute, unpacked", ours, "kB", target, plain, who),
            Figure("broker CPU a minute", one(spent), "s", target, one(theirs), who),
            Figure(
                "bytes a minute, on the wire",
                one(window.wire_bytes / 1000),
                "kB",
                None,
                one(browser.wire_bytes / 1000),
                who,
            ),
        ]
    idle = f"The broker's CPU a minute with nobody watching, taken off all figures: {idle_cpu_s:.2f} s."
    watches = {"Warren": window, **browsers}
    asked = [f"{who} asked: {line}" for who, watch in watches.items() for line in watch.asked]
    return Result(tuple(figures), (idle, *asked))


def _browsers(sandbox: Sandbox, doors: Doors, seconds: float, views: Sequence[View]) -> Watch:
    with ExitStack() as open_windows:
        for view in views:
            open_windows.enter_context(
                BrowserOnQueuesPage(doors.management.port, sandbox.profile.username, sandbox.secrets, **view._asdict())
            )
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
