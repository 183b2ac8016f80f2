"""Cold start: process start to first paint, Warren against the barest PySide6 window.

Both are started by the same command in turn, off-screen, with the file cache warm; the paint is caught by the same
event filter on the top-level window, and the time counts from just before the process is made. The bare window is one
empty `QMainWindow`. Warren opens on addresses where nobody listens, so that no broker's pace is in the figure. `slow
modules` counts how many of pyqtgraph, celery and requests are imported at the first paint. The first paint shows the
frame; the first page is read and painted after it, at the time in the last line. Not measured: a cold file cache, a
graphics card, a real display.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.bench.figures import Figure, Result, Spread, Target, one
from tests.bench.watched_window import WatchedWindow

NOBODY = ("--temp-home", "--theme", "dark", "--amqp", "amqp://guest:guest@127.0.0.1:9/%2F")
BARE = "bare window"
RUNS, QUICK_RUNS = 9, 3


def run(quick: bool) -> Result:
    bare, warren = [], []
    _start("bare")
    _start("warren", *NOBODY)
    for _ in range(QUICK_RUNS if quick else RUNS):
        bare.append(_start("bare"))
        warren.append(_start("warren", *NOBODY))
    peer = Spread.of(start.painted_ms for start in bare)
    ours = Spread.of(start.painted_ms for start in warren)
    slow = {name for start in warren for name in start.slow_modules}
    names = ", ".join(sorted(slow))
    return Result(
        (
            Figure("process start to first paint", ours, "ms", Target("share", 2.0), peer, BARE),
            Figure("slow modules at first paint", one(len(slow)), "", Target("value", 0), note=names),
            Figure("process start to painted page", Spread.of(s.page_ms for s in warren), "ms", None, peer, BARE),
        )
    )


class Start(NamedTuple):
    """One start. ``page_ms`` is when the first page inside the frame was painted."""

    painted_ms: float
    page_ms: float
    slow_modules: tuple[str, ...]


def _start(which: str, *arguments: str) -> Start:
    with WatchedWindow("first_paint", [which, *arguments]) as window:
        fact = window.next_fact(30)
        painted_at = fact["painted_at"]
        page_at = painted_at if which == "bare" else window.next_fact(30)["page_at"]
        started_at = window.started_at
    return Start((painted_at - started_at) * 1000, (page_at - started_at) * 1000, tuple(fact["slow_modules"]))
