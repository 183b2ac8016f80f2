"""What the picture of the topology costs the GUI thread.

A canvas of 1232 x 780 points, drawn off-screen by Qt's raster engine. *Frame* is what a moving picture costs 30 times a
second: the still part copied, the dots drawn. *Pan* is a whole new picture moved by a pixel, *zoom* one at another
scale, where nothing of the one before can be used; *figures* a picture in which a fifth of the boxes have new figures.
*Layout* runs on a job's thread, only when nodes or lines come or go. 50 nodes (4 exchanges,
23 queues, their consumers) are shown one by one; 500 exchanges and queues are folded to a screenful.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import count, cycle

import msgspec
from PySide6.QtWidgets import QApplication

from dashboard.look.theme import apply_theme
from dashboard.topology.canvas import FRAME_MS, Canvas
from dashboard.topology.picture import Choice, Facts, picture_of
from dashboard.topology.scene import scene_of
from dashboard.topology.viewpoint import room_of
from tests.bench.figures import Figure, Result, Spread, Target
from tests.topology.topology_examples import crowd, shop

SIZE = (1232, 780)
TARGET_50_MS, TARGET_500_MS = 12.0, 16.0


def run(quick: bool) -> Result:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    apply_theme(application, "dark")
    times = 20 if quick else 100
    figures: list[Figure] = []
    for name, facts, target in (
        ("shop, 26 nodes", shop(), TARGET_50_MS),
        ("50 nodes", crowd(27), TARGET_50_MS),
        ("500 nodes, folded", crowd(500), TARGET_500_MS),
    ):
        figures += _figures(application, name, facts, target, times)
    return Result(tuple(figures))


def _figures(application: QApplication, name: str, facts: Facts, target_ms: float, times: int) -> list[Figure]:
    picture = picture_of(facts, Choice())
    drawn = f"{len(picture.graph.nodes)} nodes and {len(picture.graph.edges)} lines drawn"
    canvas = Canvas()
    canvas.resize(*SIZE)
    canvas.show()
    canvas.show_scene(scene_of(picture, room_of(*SIZE)), anew=True)
    application.processEvents()

    def frame() -> None:
        canvas.advance(FRAME_MS / 1000)
        canvas.repaint()

    there_and_back = cycle((1.0, -1.0))
    in_and_out = cycle((*(1.003,) * 20, *(1 / 1.003,) * 20))
    number = count()

    def pan() -> None:
        x, y = canvas.view.to_picture(canvas.width() / 2 + next(there_and_back), canvas.height() / 2)
        canvas.centre_on(x, y)
        canvas.repaint()

    def zoom() -> None:
        canvas.zoom(next(in_and_out))
        canvas.repaint()

    def figures_come() -> None:
        told = f"{next(number)} ready"
        newer = [msgspec.structs.replace(node, detail=told) for node in canvas.scene.graph.nodes[::5]]
        canvas.show_scene(canvas.scene.renewed(newer))
        canvas.repaint()

    figures = [
        Figure(f"frame, {name}", _spread(frame, times), "ms", Target("value", target_ms), note=drawn),
        Figure(f"figures, {name}", _spread(figures_come, times), "ms", Target("value", target_ms)),
        Figure(f"pan, {name}", _spread(pan, times), "ms", Target("value", target_ms)),
        Figure(f"zoom, {name}", _spread(zoom, times), "ms", Target("value", target_ms)),
        Figure(f"picture and layout, {name}", _spread(lambda: _laid_out(facts), max(5, times // 10)), "ms"),
    ]
    canvas.close()
    canvas.deleteLater()
    return figures


def _laid_out(facts: Facts) -> None:
    scene_of(picture_of(facts, Choice()), room_of(*SIZE))


def _spread(work: Callable[[], None], times: int) -> Spread:
    taken = []
    work()
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return Spread.of(taken)
