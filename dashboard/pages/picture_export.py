"""Asks where the picture of the topology is to go, and has it written on a job's thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from dashboard.actions.jobs import Ok, Outcome
from dashboard.look.theme import theme
from dashboard.pages.context import PageContext
from dashboard.topology.canvas import Canvas
from dashboard.topology.export import write_picture
from dashboard.topology.scene_painter import Look

_KINDS = {".svg": "Vector file (*.svg)", ".png": "Picture (*.png)"}


class PictureExport(QObject):
    """``dialog`` is the one that is open, if any."""

    def __init__(self, context: PageContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._widget = parent
        self.dialog: QFileDialog | None = None

    def ask(self, canvas: Canvas, ending: str) -> None:
        """Let a person choose the file; the picture is the one of this moment."""
        scene, look, active = canvas.scene, Look(canvas.emphasis), theme()
        dialog = QFileDialog(self._widget, "Export the topology", _folder(), _KINDS[ending])
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending.removeprefix("."))
        dialog.selectFile(f"topology{ending}")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.fileSelected.connect(
            lambda name: self._context.jobs.run(
                "Export the topology", lambda _pulse: write_picture(scene, look, active, Path(name)), self._hear
            )
        )
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def _hear(self, outcome: Outcome) -> None:
        if isinstance(outcome, Ok):
            self._context.notices.say("Picture written", str(outcome.value), "ok")
        else:
            self._context.notices.say_error(outcome.error)


def _folder() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation) or str(Path.home())
