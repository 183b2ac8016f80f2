"""The live actions: each line of the table becomes a QAction, bound to what it does, enabled by what it needs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from dashboard.actions.action_table import ACTIONS, NEEDS, ActionSpec
from dashboard.look.assets import icon


class ActionSet(QObject):
    """``perform(id)`` is the one way to trigger an action from anywhere; a disabled one does nothing."""

    def __init__(self, host: QWidget, specs: tuple[ActionSpec, ...] = ACTIONS) -> None:
        super().__init__(host)
        self._specs = {spec.id: spec for spec in specs}
        self._lacking: set[str] = set()
        self._actions = {spec.id: self._made(spec, host) for spec in specs}

    @property
    def specs(self) -> tuple[ActionSpec, ...]:
        return tuple(self._specs.values())

    def action(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def bind(self, action_id: str, perform: Callable[[], object]) -> None:
        """What the action does. Each action is bound once."""
        self._actions[action_id].triggered.connect(lambda _checked=False: perform())

    def perform(self, action_id: str) -> None:
        self._actions[action_id].trigger()

    def set_need(self, need: str, met: bool) -> None:
        """Tell whether a condition of :data:`NEEDS` holds."""
        (self._lacking.discard if met else self._lacking.add)(need)
        for spec in self._specs.values():
            if need in spec.needs:
                self._actions[spec.id].setEnabled(not self.why_not(spec.id))

    def why_not(self, action_id: str) -> str:
        """Why the action is off, in one sentence; empty when it is on."""
        missing = [need for need in self._specs[action_id].needs if need in self._lacking]
        return NEEDS[missing[0]] if missing else ""

    @staticmethod
    def _made(spec: ActionSpec, host: QWidget) -> QAction:
        action = QAction(icon(spec.icon), spec.text, host)
        if spec.keys:
            action.setShortcut(QKeySequence(spec.keys))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(f"{spec.text} ({spec.keys})" if spec.keys else spec.text)
        host.addAction(action)
        return action
