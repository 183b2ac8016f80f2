"""How the picture is looked at: its scale and where it lies under the view. PURE."""

from __future__ import annotations

from typing import NamedTuple

from dashboard.topology.plan import Room, Spot

SMALLEST, LARGEST = 0.08, 3.0
COMFORTABLE = 1.15
"""A small picture is not blown up beyond this."""

READABLE, READING = 0.5, 0.72
"""Below the first nobody can read the boxes: then the picture opens at the second, on its upper left."""

MARGIN = 36.0
FOOT = 56.0
"""Room below the picture, where the legend stands."""


class Viewpoint(NamedTuple):
    """A point of the picture is drawn at ``x * scale + dx``, ``y * scale + dy``."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def seen(self, width: float, height: float) -> Spot:
        """The part of the picture that a view of that size shows."""
        return Spot(-self.dx / self.scale, -self.dy / self.scale, width / self.scale, height / self.scale)

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.dx) / self.scale, (y - self.dy) / self.scale

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.dx, y * self.scale + self.dy

    def panned(self, dx: float, dy: float) -> Viewpoint:
        return self._replace(dx=self.dx + dx, dy=self.dy + dy)

    def zoomed(self, factor: float, x: float, y: float) -> Viewpoint:
        """Larger or smaller; what is at ``x``, ``y`` of the view stays there."""
        scale = min(LARGEST, max(SMALLEST, self.scale * factor))
        at_x, at_y = self.to_picture(x, y)
        return Viewpoint(scale, x - at_x * scale, y - at_y * scale)

    def centred(self, x: float, y: float, width: float, height: float) -> Viewpoint:
        """The point of the picture in the middle of a view of that size."""
        return self._replace(dx=width / 2 - x * self.scale, dy=height / 2 - y * self.scale)

    def showing(self, spot: Spot, width: float, height: float) -> Viewpoint:
        """Moved just so far that ``spot`` is inside the view."""
        left, top = self.to_view(spot.x, spot.y)
        right, bottom = self.to_view(spot.right, spot.bottom)
        return self.panned(_inward(left, right, width), _inward(top, bottom, height))


def room_of(width: float, height: float) -> Room:
    """What a view of that size has free for the picture."""
    return Room(max(1.0, width - 2 * MARGIN), max(1.0, height - MARGIN - FOOT))


def fitting(bounds: Spot, width: float, height: float) -> Viewpoint:
    """All of ``bounds`` in the middle of a view of that size."""
    room = room_of(width, height)
    scale = min(COMFORTABLE, room.width / max(1.0, bounds.width), room.height / max(1.0, bounds.height))
    view = Viewpoint(max(SMALLEST, scale))
    return view.centred(bounds.x + bounds.width / 2, bounds.middle, width, height - FOOT + MARGIN)


def opening(bounds: Spot, width: float, height: float) -> Viewpoint:
    """All of it when it can be read like that, else its upper left part."""
    view = fitting(bounds, width, height)
    if view.scale >= READABLE:
        return view
    return Viewpoint(READING, MARGIN - bounds.x * READING, MARGIN - bounds.y * READING)


def _inward(low: float, high: float, room: float) -> float:
    if high - low > room - 2 * MARGIN or low < MARGIN:
        return MARGIN - low
    return min(0.0, room - MARGIN - high)
