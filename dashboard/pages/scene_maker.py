"""Turns facts into scenes on a job's thread: one at a time, always of the newest facts."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from dashboard.actions.jobs import Jobs, Ok, Outcome
from dashboard.topology.picture import Choice, Facts, picture_of
from dashboard.topology.plan import NO_PLAN, Room
from dashboard.topology.scene import Scene, scene_of


class SceneMaker(QObject):
    """``made(scene, anew)``: ``anew`` means that everything was laid out from nothing."""

    made = Signal(object, bool)

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._running = False
        self._wanted: tuple[Facts, Choice, Room] | None = None
        self._anew = True
        self._turn = 0
        self.scene: Scene | None = None

    def start_over(self) -> None:
        """The next scene is laid out from nothing; one that is being made is thrown away."""
        self._anew = True
        self._turn += 1

    def forget(self) -> None:
        """There is nothing to show any more."""
        self.start_over()
        self.scene = None
        self._wanted = None

    def want(self, facts: Facts, choice: Choice, room: Room) -> None:
        """A scene of these facts for a view with that room, as soon as may be."""
        self._wanted = (facts, choice, room)
        if not self._running:
            self._begin()

    def _begin(self) -> None:
        if self._wanted is None:
            return
        facts, choice, room = self._wanted
        self._wanted = None
        self._running = True
        before = None if self._anew else self.scene
        turn = self._turn
        self._jobs.run(
            "Lay out the topology",
            lambda _pulse: _made(facts, choice, room, before),
            lambda outcome: self._hear(turn, before is None, outcome),
        )

    def _hear(self, turn: int, anew: bool, outcome: Outcome) -> None:
        self._running = False
        if isinstance(outcome, Ok) and turn == self._turn:
            self.scene = outcome.value
            self._anew = False
            self.made.emit(outcome.value, anew)
        self._begin()


def _made(facts: Facts, choice: Choice, room: Room, before: Scene | None) -> Scene:
    picture = picture_of(facts, choice)
    if before is not None and picture.graph.shape == before.graph.shape:
        scene = before.refreshed(picture)
        scene.prepare()
        return scene
    return scene_of(picture, room, before.plan if before is not None else NO_PLAN)
