"""``python -m tests.bench.bare_window``: show the bare window, say so, and stay until standard input ends."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from tests.bench.window_in_sight import PaintWatch, Watcher, run_bare, say


class Shown(Watcher):
    """Says ``painted`` at every paint."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        PaintWatch(window, lambda: say(painted=True))


if __name__ == "__main__":
    run_bare(Shown)
