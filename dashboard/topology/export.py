"""The whole picture as a file: SVG or PNG. Runs on a job's thread; it draws what the screen would show, all of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QImageWriter, QPaintDevice, QPainter
from PySide6.QtSvg import QSvgGenerator

from broker_client.errors import BadInput
from dashboard.look.theme import Theme
from dashboard.topology.inks import Inks
from dashboard.topology.scene import Scene
from dashboard.topology.scene_painter import Look, ScenePainter

FORMATS = (".svg", ".png")
_MARGIN = 24.0
_PNG_RATIO = 2.0
_LARGEST_SIDE = 12_000
"""Pixels; a larger picture is drawn at a smaller ratio."""


def write_picture(scene: Scene, look: Look, theme: Theme, file: Path) -> Path:
    """Write the scene as ``file``'s ending says; returns where it is. Raises BadInput when that is not possible."""
    ending = file.suffix.lower()
    if ending not in FORMATS:
        raise BadInput(
            f"cannot write a picture as {file.suffix or 'a file without ending'}", "", "end it in .svg or .png"
        )
    data = svg_bytes(scene, look, theme) if ending == ".svg" else png_bytes(scene, look, theme)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise BadInput(
            f"{file.name} cannot be written", error.strerror or str(error), "choose another folder"
        ) from None
    return file


def svg_bytes(scene: Scene, look: Look, theme: Theme) -> bytes:
    """A vector file; its text stays text."""
    page = _page(scene)
    buffer = _Buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer.device)
    generator.setSize(QSize(round(page.width()), round(page.height())))
    generator.setViewBox(QRectF(0, 0, page.width(), page.height()))
    generator.setTitle("Topology")
    _draw(generator, scene, look, theme, page, 1.0)
    return buffer.bytes()


def png_bytes(scene: Scene, look: Look, theme: Theme) -> bytes:
    """Twice as fine as the screen, as far as the size allows."""
    page = _page(scene)
    ratio = min(_PNG_RATIO, _LARGEST_SIDE / max(page.width(), page.height()))
    image = QImage(round(page.width() * ratio), round(page.height() * ratio), QImage.Format.Format_RGB32)
    image.fill(theme.canvas)
    _draw(image, scene, look, theme, page, ratio)
    buffer = _Buffer()
    QImageWriter(buffer.device, QByteArray(b"png")).write(image)
    return buffer.bytes()


class _Buffer:
    """Bytes that Qt writes into."""

    def __init__(self) -> None:
        self._bytes = QByteArray()
        self.device = QBuffer(self._bytes)
        self.device.open(QIODevice.OpenModeFlag.WriteOnly)

    def bytes(self) -> bytes:
        self.device.close()
        return bytes(self._bytes.data())


def _page(scene: Scene) -> QRectF:
    bounds = scene.bounds
    return QRectF(bounds.x - _MARGIN, bounds.y - _MARGIN, bounds.width + 2 * _MARGIN, bounds.height + 2 * _MARGIN)


def _draw(device: QPaintDevice, scene: Scene, look: Look, theme: Theme, page: QRectF, ratio: float) -> None:
    painter = QPainter(device)
    painter.scale(ratio, ratio)
    painter.fillRect(QRectF(0, 0, page.width(), page.height()), theme.canvas)
    painter.translate(-page.left(), -page.top())
    ScenePainter(Inks(theme)).paint(painter, scene, look, 1.0, page)
    painter.end()
