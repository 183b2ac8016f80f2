"""Memory of the running window and its collector together, with the demo's traffic.

The demo's sandbox is running with its shop and its Celery workers; the real window, off-screen, watches all of it on
its Overview. PSS counts a page that several processes share once, in shares; RSS counts it for each of them. Beside
it, for scale: a bare PySide6 window that shows nothing. Not measured: many hours, a real display.
"""

from __future__ import annotations

import threading

from broker_client.lab.sandbox import Sandbox
from tests.bench.figures import Figure, Result, Target, one
from tests.bench.process_meter import Memory, memory, process_tree
from tests.bench.watched_window import WatchedWindow, main_arguments

WATCH_S, QUICK_WATCH_S = 60.0, 15.0
MB = 1e6


def run(quick: bool) -> Result:
    watch_s = QUICK_WATCH_S if quick else WATCH_S
    with WatchedWindow("bare_window", ()) as bare:
        bare.next_fact(30)
        peer = memory(process_tree(bare.pid))
    with (
        Sandbox.start(demo=True) as sandbox,
        WatchedWindow("store_watch", main_arguments(sandbox, "overview", redis=True)) as window,
    ):
        while not window.next_fact(30)["tasks"]:
            pass
        threading.Event().wait(watch_s)
        each = [memory([pid]) for pid in process_tree(window.pid)]
    ours = Memory(sum(part.pss_bytes for part in each), sum(part.rss_bytes for part in each))
    name = "bare window"
    parts = " and ".join(f"{part.pss_bytes / MB:.0f} MB" for part in each)
    figures = (
        Figure("PSS", one(ours.pss_bytes / MB), "MB", Target("value", 300), one(peer.pss_bytes / MB), name),
        Figure("RSS", one(ours.rss_bytes / MB), "MB", Target("value", 300), one(peer.rss_bytes / MB), name),
    )
    return Result(figures, (f"{len(each)} processes, the window first: {parts} (PSS), after {watch_s:.0f} s.",))
