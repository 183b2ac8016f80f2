"""The topology page: who is bound to whom, live; where a message would go, and why."""

from __future__ import annotations

import time

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from broker_client.rabbit.entities import ExchangeKey, QueueKey
from dashboard.models.live_queues import LiveQueues
from dashboard.pages import freshness
from dashboard.pages.binding_twin import BindingTwin
from dashboard.pages.context import PageContext
from dashboard.pages.family_folds import FamilyFolds
from dashboard.pages.node_panel import NodePanel
from dashboard.pages.page import Page
from dashboard.pages.picture_export import PictureExport
from dashboard.pages.scene_maker import SceneMaker
from dashboard.pages.topology_bar import TopologyBar
from dashboard.pages.topology_edits import TopologyEdits
from dashboard.pages.trace_bar import TraceBar
from dashboard.pages.trace_desk import TraceDesk
from dashboard.pages.trace_panel import TracePanel
from dashboard.topology.canvas import Canvas
from dashboard.topology.emphasis import NOTHING, found_nodes
from dashboard.topology.graph import FOLD, QUEUE, NodeId, exchange_id, queue_id
from dashboard.topology.legend import Legend
from dashboard.topology.minimap import Minimap
from dashboard.topology.node_facts import facts_of
from dashboard.topology.picture import Choice, Facts, Picture, queue_node
from dashboard.topology.plan import NO_PLAN
from dashboard.topology.scene import Scene
from dashboard.topology.viewpoint import room_of
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.filters import Filter
from dashboard.widgets.list_and_panel import ListAndPanel

_TICK_MS = 500
_LAYOUT = "topology/splitter"
_FIRST_SIZES = (860, 340)
_MOST_WATCHED = 80
_SETTLING_S = 6.0
"""So long after the first picture everything may still move, until somebody touches it: not all facts come at once."""

_NOTHING_HERE = (
    "Exchanges, queues and bindings appear here as soon as an application declares them. With pika: "
    'channel.exchange_declare("orders", "topic").'
)


class TopologyPage(Page):
    """A click chooses a node and opens its panel; Esc closes what is open, the trace last."""

    page_id = "topology"
    title = "Topology"
    icon_name = "topology"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._active = False
        self._facts = Facts()
        self._live = LiveQueues()
        self._choice = Choice()
        self._seen: tuple[object, ...] = ()
        self._found = Filter()
        self._awaited: NodeId | None = None
        self._first_at: float | None = None
        self.maker = SceneMaker(context.jobs, self)
        self._build()
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.bar = TopologyBar()
        self.trace = TraceBar()
        self.desk = TraceDesk(self.trace, self._context.jobs, self)
        self.canvas = Canvas()
        self.minimap = Minimap(self.canvas)
        self.legend = Legend(self.canvas)
        self.twin = BindingTwin()
        self.empty = EmptyState("", "", icon="topology")
        self.stack = QStackedWidget()
        for view in (self.canvas, self.twin, self.empty):
            self.stack.addWidget(view)
        self.panel = NodePanel()
        self.why = TracePanel()
        self.side = QStackedWidget()
        self.side.addWidget(self.panel)
        self.side.addWidget(self.why)
        self.folds = FamilyFolds(self.canvas, self)
        self.edits = TopologyEdits(self._context, self)
        self.edits.attach(self.bar, self.panel, self.canvas, self.folds)
        kept = self._context.settings.layout(_LAYOUT)
        self.splitter = ListAndPanel(self.stack, self.side, _FIRST_SIZES, kept)
        self.export = PictureExport(self._context, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(10)
        column.addWidget(self.bar)
        column.addWidget(self.trace)
        column.addWidget(self.splitter, 1)

    def _connect(self) -> None:
        store, view = self._context.store, self._context.view
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        store.topology_changed.connect(self._take_facts)
        store.queues_changed.connect(self._take_facts)
        store.tasks_changed.connect(self._take_workers)
        store.depths_changed.connect(self._take_depths)
        store.session_changed.connect(self._start_over)
        store.health_changed.connect(self._show_what_fits)
        view.vhost_changed.connect(self._choose_anew)
        view.paused_changed.connect(self.canvas.set_paused)
        self._context.settings.changed.connect(self._setting_changed)
        self.maker.made.connect(self._show_scene)
        self.bar.search.pattern_changed.connect(self._find)
        self.bar.search.down_pressed.connect(self._enter_canvas)
        self.bar.problems.toggled.connect(self._choose_anew)
        self.bar.fit.clicked.connect(self._tidy)
        self.bar.shape.chosen.connect(self._show_what_fits)
        self.bar.export_requested.connect(lambda ending: self.export.ask(self.canvas, ending))
        self.trace.changed.connect(self._trace)
        self.desk.answered.connect(self._show_trace)
        self.canvas.node_chosen.connect(self._choose)
        self.canvas.node_opened.connect(self._open)
        self.twin.node_requested.connect(self._go_to)
        self.panel.close_requested.connect(lambda: self._choose(None))
        self.panel.queue_requested.connect(lambda key: self._context.go("queues", key))
        self.panel.trace_requested.connect(self._trace_from)
        self.panel.unfold_requested.connect(self.folds.unfold)
        self.panel.fold_requested.connect(self.folds.fold)
        self.folds.changed.connect(self._refold)
        self.edits.declared.connect(self.reveal)
        self.why.close_requested.connect(self.trace.clear)
        self.why.node_requested.connect(self._go_to)

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._active = True
        self._context.watch_topology(self.page_id, True)
        self._clock.start()
        self._take_facts()
        self._tick()

    def deactivate(self) -> None:
        self._active = False
        self._clock.stop()
        self._context.watch_topology(self.page_id, False)
        self._context.watch_depths(())
        self._context.settings.keep_layout(_LAYOUT, self.splitter.saveState())

    def reveal(self, subject: object) -> None:
        """Choose an exchange or a queue (:class:`ExchangeKey`, :class:`QueueKey`), now or when it arrives."""
        if isinstance(subject, QueueKey):
            self._go_to(self.canvas.scene.picture.place_of.get(subject, queue_id(subject)))
        elif isinstance(subject, ExchangeKey):
            self._go_to(exchange_id(subject))

    def focus_filter(self) -> None:
        self.bar.search.take_focus()

    def step_back(self) -> bool:
        if self.canvas.selected is not None:
            self._choose(None)
        elif self.trace.active:
            self.trace.clear()
        else:
            return False
        return True

    def prepare_for_picture(self) -> None:
        self.canvas.open_view()

    # ---- what comes in -------------------------------------------------------------------------------------------

    def _take_facts(self) -> None:
        state = self._context.store.state
        arrived, queues = state.topology, state.queues
        if not self._active:
            return
        if arrived is not None and queues is not None and arrived.vhost == self._context.view.vhost:
            rows = self._live.take_rows(queues.rows, None, queues.stamp.at).rows
            self._facts = Facts(arrived.exchanges, arrived.bindings, arrived.consumers, tuple(rows), self._workers())
            overview = state.overview
            self.desk.learn(arrived, queues.rows, overview.overview.rabbitmq_version if overview else "")
            self._want()
        self._show_what_fits()

    def _take_workers(self) -> None:
        if self._active and self._facts.exchanges and self._workers() != self._facts.workers:
            self._take_facts()

    def _workers(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        tasks = self._context.store.state.tasks
        workers = tasks.snapshot.workers if tasks is not None else ()
        return tuple((worker.name, worker.queues) for worker in workers if worker.queues and worker.status != "offline")

    def _take_depths(self) -> None:
        arrived = self._context.store.state.depths
        if not self._active or arrived is None or not self._facts.rows:
            return
        shown = self.canvas.scene.graph.by_id
        changed = self._live.take_depths(arrived.depths, arrived.stamp.at)
        nodes = [queue_node(row) for row in changed if queue_id(row.key) in shown and row.status != "deleted"]
        if nodes:
            self.maker.scene = self.canvas.scene.renewed(nodes)
            self.canvas.show_scene(self.maker.scene)

    def _start_over(self) -> None:
        self._facts, self._live = Facts(), LiveQueues()
        self.desk.forget()
        self._choice, self._first_at = Choice(), None
        self.folds.forget()
        self.maker.forget()
        self.canvas.show_scene(Scene(Picture(), NO_PLAN, {}, {}), anew=True)
        self._choose(None)
        self._show_what_fits()

    # ---- the picture ---------------------------------------------------------------------------------------------

    def _want(self) -> None:
        if not self._facts.exchanges:
            return
        self._choice = msgspec.structs.replace(
            self._choice,
            vhost=self._context.view.vhost,
            system=self._context.settings.flag("queues.show_system"),
            only_problems=self.bar.problems.isChecked(),
        )
        settling = self._first_at is None or time.monotonic() - self._first_at < _SETTLING_S
        if settling and not self.canvas.touched and self.canvas.selected is None and self._is_reshaped():
            self.maker.start_over()
        self.maker.want(self._facts, self._choice, room_of(self.stack.width(), self.stack.height()))

    def _is_reshaped(self) -> bool:
        """Whether there is more or less to show than in the picture on the screen."""
        picture, facts = self.canvas.scene.picture, self._facts
        seen = (len(facts.bindings), len(facts.consumers), len(facts.rows), facts.workers)
        same, self._seen = seen == self._seen, seen
        return not same or not picture.graph.nodes

    def _show_scene(self, scene: Scene, anew: bool) -> None:
        if self._first_at is None:
            self._first_at = time.monotonic()
        self._choice = msgspec.structs.replace(self._choice, folded=scene.picture.folded)
        self.canvas.show_scene(scene, anew=anew)
        picture = scene.picture
        self.bar.show_counts(picture.exchanges, picture.queues, picture.bindings)
        self.desk.offer(picture, self._choice.vhost)
        keys = [QueueKey(n.id.vhost, n.id.name) for n in picture.graph.nodes if n.id.kind == QUEUE]
        self._context.watch_depths(keys[:_MOST_WATCHED] if self._active else ())
        if self._awaited is not None and self._awaited in picture.graph.by_id:
            self._go_to(self._awaited)
        self._trace()
        self._show_panel()
        self._show_what_fits()

    def _choose_anew(self) -> None:
        """Another part of the topology: laid out from nothing."""
        self.maker.start_over()
        self._take_facts()

    def _setting_changed(self, key: str) -> None:
        if key == "queues.show_system":
            self._choose_anew()

    def _tidy(self) -> None:
        """Fit; a second time lays everything out anew, without the holes of what has gone."""
        if not self.canvas.touched and self.canvas.is_fitted:
            self._choose_anew()
        self.canvas.fit()

    def _refold(self, then: NodeId) -> None:
        """A family was folded or unfolded: everything else keeps its place, and ``then`` is chosen."""
        self._choice = msgspec.structs.replace(self._choice, opened=self.folds.opened)
        self._choose(None)
        self._awaited = then
        self._want()

    # ---- what is chosen ------------------------------------------------------------------------------------------

    def _choose(self, node: NodeId | None) -> None:
        self._awaited = None
        self.canvas.select(node)
        self._show_panel()

    def _open(self, node: NodeId) -> None:
        if node.kind == FOLD:
            self.folds.unfold(node)
        elif node.kind == QUEUE:
            self._context.go("queues", QueueKey(node.vhost, node.name))
        else:
            self._choose(node)

    def _go_to(self, node: NodeId | None) -> None:
        if node is None:
            return
        self._awaited = None if node in self.canvas.scene.graph.by_id else node
        if self._awaited is None:
            self.canvas.select(node, show=True)
            self._show_panel()

    def _show_panel(self) -> None:
        node = self.canvas.selected
        if node is not None:
            facts = facts_of(node, self._facts, self.canvas.scene.picture)
            self.panel.show_facts(node, facts, self.folds.words_of(node))
            self.side.setCurrentWidget(self.panel)
        elif self.desk.traced is not None:
            self.side.setCurrentWidget(self.why)
        self.side.setVisible(node is not None or self.desk.traced is not None)

    # ---- search and trace ----------------------------------------------------------------------------------------

    def _find(self, chosen: Filter) -> None:
        self._found = chosen
        matches = self._matches()
        if matches and not chosen.empty:
            self.canvas.look_at(matches[0])
        self._emphasize()

    def _matches(self) -> list[NodeId]:
        """The nodes that the search finds; a fold also by the names of its queues."""
        found = self._found
        return [
            node.id
            for node in self.canvas.scene.graph.nodes
            if found.matches(node.title) or any(found.matches(key.name) for key in node.members)
        ]

    def _enter_canvas(self) -> None:
        self.canvas.setFocus(Qt.FocusReason.TabFocusReason)
        matches = self._matches()
        if matches:
            self._go_to(matches[0])

    def _trace_from(self, key: ExchangeKey) -> None:
        self.trace.choose(key)
        self.trace.take_focus()

    def _trace(self) -> None:
        """While typing: light up the way and say why the rest is missed."""
        self.desk.follow(self.canvas.scene.picture)
        self._show_trace()

    def _show_trace(self) -> None:
        if self.desk.traced is not None:
            self.why.show_traced(self.desk.traced)
        self._emphasize()
        self._show_panel()

    def _emphasize(self) -> None:
        if self.desk.traced is not None:
            self.canvas.emphasize(self.desk.traced.emphasis)
        elif not self._found.empty:
            self.canvas.emphasize(found_nodes(self.canvas.scene.graph, frozenset(self._matches())))
        else:
            self.canvas.emphasize(NOTHING)
        self.twin.show_bindings(self._facts, self.canvas.scene.picture, self.desk.traced, self._found)

    # ---- what fits -----------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        state, now = self._context.store.state, time.monotonic()
        stamp = state.topology.stamp if state.topology else None
        reason = freshness.stale_reason(state.health_of("topology"), stamp, now)
        self.bar.show_age(reason or freshness.source_words(stamp, now), stale=reason is not None)
        if self.stack.currentWidget() is self.empty:
            self._show_what_fits()

    def _show_what_fits(self) -> None:
        """The picture, the list, or why there is nothing."""
        if self.canvas.scene.graph.nodes:
            self.stack.setCurrentWidget(self.twin if self.bar.shape.current == "list" else self.canvas)
            return
        state = self._context.store.state
        if state.topology is None or state.queues is None:
            leg = "topology" if state.queues is not None else "management"
            said = freshness.waiting(state.health_of(leg), time.monotonic())
        elif self.bar.problems.isChecked():
            said = freshness.Waiting("No problems", "Every queue here is healthy, and no dead letters are lost.")
        else:
            said = freshness.Waiting("No exchange of yours here yet", _NOTHING_HERE)
        self.empty.say(*said)
        self.stack.setCurrentWidget(self.empty)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.set_narrow(self.width() < 1_000)
