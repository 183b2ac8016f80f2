"""The picture on the screen: pan, zoom, choose with the mouse, walk along the lines with the keyboard.

What stands still is drawn once into a picture of the view's size; a frame copies that and draws the moving dots.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from dashboard.look.theme import theme, themes
from dashboard.look.wording import tip
from dashboard.topology import spoken, walking
from dashboard.topology.dots import Dots
from dashboard.topology.emphasis import NOTHING, Emphasis, around_node
from dashboard.topology.graph import GraphEdge, NodeId
from dashboard.topology.inks import Inks
from dashboard.topology.picture import Picture
from dashboard.topology.plan import NO_PLAN
from dashboard.topology.scene import Scene
from dashboard.topology.scene_painter import Look
from dashboard.topology.still import Still
from dashboard.topology.viewpoint import Viewpoint, fitting, opening
from dashboard.topology.walking import DIRECTIONS

FRAME_MS = 33
_DRAG_FROM = 4
_ZOOM_STEP = 1.25
_WHEEL = 1.0015
_PAN_STEP = 60.0
_ZOOM_KEYS = {Qt.Key.Key_Plus: _ZOOM_STEP, Qt.Key.Key_Equal: _ZOOM_STEP, Qt.Key.Key_Minus: 1 / _ZOOM_STEP}


class Canvas(QWidget):
    """``node_chosen`` carries a :class:`NodeId` or ``None``; ``node_opened`` one that was double-clicked or Entered."""

    node_chosen = Signal(object)
    node_opened = Signal(object)
    edge_chosen = Signal(object)
    """A :class:`GraphEdge` that was clicked."""
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 200)
        self.setAccessibleName("Topology")
        self.scene = Scene(Picture(), NO_PLAN, {}, {})
        self.view = Viewpoint()
        self.touched = False
        """Whether a person moved the view: then it is theirs, and no resize fits it again."""
        self._emphasis = NOTHING
        self._selected: NodeId | None = None
        self._partner: NodeId | None = None
        self._hovered: NodeId | None = None
        self._hovered_edge: GraphEdge | None = None
        self._pressed: QPointF | None = None
        self._dragging = False
        self._still: QPixmap | None = None
        self._hand = Still(Inks(theme()))
        self._dots = Dots()
        self._paused = False
        self._clock = QTimer(self)
        self._clock.setInterval(FRAME_MS)
        self._clock.timeout.connect(lambda: self.advance(FRAME_MS / 1000))
        themes.changed.connect(self._change_theme)

    # ---- what is shown ------------------------------------------------------------------------------------------

    def show_scene(self, scene: Scene, *, anew: bool = False) -> None:
        """``anew``: nothing of the scene before is left, so the view opens on it afresh."""
        self.scene = scene
        for name in ("_selected", "_partner", "_hovered"):
            if getattr(self, name) not in scene.graph.by_id:
                setattr(self, name, None)
        self._hovered_edge = None
        self._dots.show(scene)
        if anew:
            self.touched = False
        if not self.touched:
            self.view = opening(scene.bounds, self.width(), self.height()) if anew else self.view
        self.redraw()
        self._mind_clock()
        self.view_changed.emit()

    def emphasize(self, emphasis: Emphasis) -> None:
        """Bring something out; :data:`NOTHING` ends it."""
        if emphasis != self._emphasis:
            self._emphasis = emphasis
            self.redraw()

    @property
    def emphasis(self) -> Emphasis:
        return self._emphasis

    @property
    def selected(self) -> NodeId | None:
        return self._selected

    @property
    def partner(self) -> NodeId | None:
        """Of two nodes that are chosen the one that was chosen before."""
        return self._partner

    def pair(self, partner: NodeId | None) -> None:
        """Keep ``partner`` chosen beside the node that is, or will be; ``None`` = one alone is."""
        self._partner = partner
        self.redraw()

    def select(self, node: NodeId | None, *, show: bool = False) -> None:
        """Choose a node; ``show`` moves the view so that it is seen. Tells nobody."""
        if node is not None and node not in self.scene.graph.by_id:
            return
        self._selected = node
        if node is not None:
            if show:
                self.look_at(node)
            self._speak(node)
        self.redraw()

    @property
    def is_moving(self) -> bool:
        """Whether dots move now."""
        return self._clock.isActive()

    def set_paused(self, paused: bool) -> None:
        self._paused = paused
        self._mind_clock()

    @property
    def is_fitted(self) -> bool:
        """Whether everything is in sight as :meth:`fit` would show it."""
        return self.view == fitting(self.scene.bounds, self.width(), self.height())

    # ---- the view -----------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Everything in sight."""
        self.touched = False
        self._look(fitting(self.scene.bounds, self.width(), self.height()))

    def open_view(self) -> None:
        """As it is seen first: all of it if that can be read."""
        self.touched = False
        self._look(opening(self.scene.bounds, self.width(), self.height()))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Around ``at``, else around the middle."""
        point = at or QPointF(self.width() / 2, self.height() / 2)
        self._look(self.view.zoomed(factor, point.x(), point.y()), touched=True)

    def look_at(self, node: NodeId) -> None:
        """Move the view just so far that the node is seen."""
        spot = self.scene.plan.spots.get(node)
        if spot is not None:
            self._look(self.view.showing(spot, self.width(), self.height()))

    def centre_on(self, x: float, y: float) -> None:
        """A point of the picture in the middle."""
        self._look(self.view.centred(x, y, self.width(), self.height()), touched=True)

    def _look(self, view: Viewpoint, *, touched: bool = False) -> None:
        self.touched = self.touched or touched
        if view != self.view:
            self.view = view
            self.redraw()
            self.view_changed.emit()

    # ---- painting -----------------------------------------------------------------------------------------------

    def redraw(self) -> None:
        """Draw everything anew at the next paint."""
        self._still = None
        self.update()

    def _look_now(self) -> Look:
        full = set[object]()
        for node in (self._selected, self._hovered):
            if node is not None:
                full |= around_node(self.scene.graph, node)
        if self._hovered_edge is not None:
            full.add(self._hovered_edge.id)
        focused = self._selected if self.hasFocus() else None
        return Look(self._emphasis, self._selected, focused, self._hovered, full, self._partner)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._still is None:
            size, ratio = self.size(), self.devicePixelRatioF()
            self._still = self._hand.drawn(self.scene, self._look_now(), self.view, size, ratio)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        painter.translate(self.view.dx, self.view.dy)
        painter.scale(self.view.scale, self.view.scale)
        self._dots.paint(painter, Inks(theme()), self._emphasis)
        painter.end()

    def advance(self, seconds: float) -> None:
        """Move the dots on."""
        self._dots.advance(seconds)
        self.update()

    def _mind_clock(self) -> None:
        """Dots move only while somebody can see them."""
        moving = self.isVisible() and not self._paused and self._dots.any
        if moving != self._clock.isActive():
            (self._clock.start if moving else self._clock.stop)()

    def _change_theme(self) -> None:
        self._hand = Still(Inks(theme()))
        self.redraw()

    # ---- the mouse ----------------------------------------------------------------------------------------------

    def node_under(self, point: QPointF) -> NodeId | None:
        return self.scene.node_at(*self.view.to_picture(point.x(), point.y()))

    def edge_under(self, point: QPointF) -> GraphEdge | None:
        return self.scene.edge_at(*self.view.to_picture(point.x(), point.y()), self.view.scale)

    def _hover(self, point: QPointF) -> None:
        node = self.node_under(point)
        edge = None if node is not None else self.edge_under(point)
        if (node, edge and edge.id) != (self._hovered, self._hovered_edge and self._hovered_edge.id):
            self._hovered, self._hovered_edge = node, edge
            self.setCursor(Qt.CursorShape.PointingHandCursor if node or edge else Qt.CursorShape.ArrowCursor)
            self.redraw()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is None:
            self._hover(at)
            return
        step = at - self._pressed
        if self._dragging or step.manhattanLength() > _DRAG_FROM:
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pressed = at
            self._look(self.view.panned(step.x(), step.y()), touched=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if self._dragging:
            self.setCursor(Qt.CursorShape.ArrowCursor)
        elif pressed is not None:
            node = self.node_under(event.position())
            edge = None if node is not None else self.edge_under(event.position())
            # What was clicked stays under the mouse when the panel takes its room.
            self.touched = self.touched or node is not None
            joined = event.modifiers() & Qt.KeyboardModifier.ControlModifier and node != self._selected
            self.pair(self._selected if joined and node is not None else None)
            self.select(node)
            self.node_chosen.emit(node)
            if edge is not None:
                self.edge_chosen.emit(edge)
        self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        node = self.node_under(event.position())
        if node is not None:
            self.node_opened.emit(node)

    def wheelEvent(self, event: QWheelEvent) -> None:
        pixels = event.pixelDelta()
        if not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._look(self.view.panned(pixels.x(), pixels.y()), touched=True)
        else:
            self.zoom(_WHEEL ** event.angleDelta().y(), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._hovered or self._hovered_edge:
            self._hovered = self._hovered_edge = None
            self.redraw()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(event.key() == Qt.Key.Key_Space and self._selected is not None)
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.globalPos(), QPointF(event.pos()))
            return True
        return super().event(event)

    def _show_tip(self, place: QPoint, point: QPointF) -> None:
        node = self.node_under(point)
        edge = None if node is not None else self.edge_under(point)
        words = ""
        if node is not None:
            words = spoken.node_sentence(self.scene.graph, node)
        elif edge is not None:
            words = spoken.edge_sentence(self.scene.graph, edge, self._emphasis.why.get(edge.id, ""))
        QToolTip.showText(place, tip(words) if words else "", self)

    # ---- the keyboard -------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in DIRECTIONS:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                across, down = DIRECTIONS[key]
                self._look(self.view.panned(-across * _PAN_STEP, -down * _PAN_STEP), touched=True)
            else:
                self._walk(key)
        elif key in _ZOOM_KEYS:
            self.zoom(_ZOOM_KEYS[key])
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._selected is not None:
            self.node_opened.emit(self._selected)
        elif key == Qt.Key.Key_Space and self._selected is not None:
            self.pair(None if self._partner == self._selected else self._selected)
        else:
            super().keyPressEvent(event)

    def _walk(self, key: Qt.Key) -> None:
        node = walking.step(self.scene.graph, self.scene.plan, self._selected, DIRECTIONS[key])
        if node is not None and node != self._selected:
            self.select(node, show=True)
            self.node_chosen.emit(node)

    def _speak(self, node: NodeId) -> None:
        """What a screen reader says of the chosen node."""
        self.setAccessibleDescription(spoken.node_sentence(self.scene.graph, node))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    # ---- Qt overrides

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._selected is None and event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        ):
            self.select(walking.step(self.scene.graph, self.scene.plan, None, (1, 0)))
        self.redraw()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.touched:
            self.redraw()
            if self._selected is not None:
                self.look_at(self._selected)
        else:
            self.view = opening(self.scene.bounds, self.width(), self.height())
            self.redraw()
            self.view_changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._mind_clock()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()
