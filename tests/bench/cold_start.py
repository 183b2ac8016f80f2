"""Cold start: process start to first paint, Warren against the barest PySide6 window.

Both are started by the same command in turn, off-screen, with the file cache warm; the paint is caught by the same
event filter on the top-level window, and the time counts from just before the process is made. The bare window is one
empty `QMainWindow`. Warren opens on addresses where nobody listens, so that no broker's pace is in the figure.
`slow modules` counts how many of pyqtgraph, celery and requests are imported at the first paint. Not measured: a cold
file cache, a graphics card, a real display.
"""

from __future__ import annotations

from tests.bench.figures import Figure, Result, Spread, Target, one
from tests.bench.watched_window import WatchedWindow

NOBODY = ("--temp-home", "--theme", "dark", "--amqp", "amqp://guest:guest@127.0.0.1:9/%2F")
RUNS, QUICK_RUNS = 9, 3


def run(quick: bool) -> Result:
    bare_ms, warren_ms, slow = [], [], set()
    _first_paint("bare")
    _first_paint("warren", *NOBODY)
    for _ in range(QUICK_RUNS if quick else RUNS):
        bare_ms.append(_first_paint("bare")[0])
        took_ms, modules = _first_paint("warren", *NOBODY)
        warren_ms.append(took_ms)
        slow |= set(modules)
    ours, bare = Spread.of(warren_ms), Spread.of(bare_ms)
    paint = Figure("process start to first paint", ours, "ms", Target("share", 2.0), bare, "bare window")
    names = ", ".join(sorted(slow))
    imported = Figure("slow modules at first paint", one(len(slow)), "", Target("value", 0), note=names)
    return Result((paint, imported))


def _first_paint(*arguments: str) -> tuple[float, list[str]]:
    with WatchedWindow("first_paint", arguments) as window:
        fact = window.next_fact(30)
        return (fact["painted_at"] - window.started_at) * 1000, fact["slow_modules"]
