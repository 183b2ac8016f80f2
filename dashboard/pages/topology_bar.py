"""The upper line of the topology page: how much there is, search, and what is shown in which shape."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from dashboard.look.wording import full_count
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented
from dashboard.widgets.wrapping_row import WrappingRow

_FIND_WIDTH = 200


class TopologyBar(QWidget):
    """``export_requested`` carries ``.svg`` or ``.png``. ``controls`` is where a page adds more."""

    export_requested = Signal(str)
    declare_requested = Signal(str)
    """``exchange``, ``queue`` or ``binding``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = ("", "")
        self._narrow = False
        self.title = PlainLabel("Topology", "title")
        self.counts = PlainLabel("", "small", "quiet", elide="right")
        self.age = PlainLabel("", "small", "muted", elide="right")
        self.age.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.search = FilterBox(
            "Find a node", slash=False, help="Words in a name; !word leaves out; /regular expression/"
        )
        self.search.set_room(_FIND_WIDTH)
        self.problems = Button("Only problems", help="Queues in trouble, what leads to them and where dead letters go.")
        self.problems.setCheckable(True)
        self.fit = Button("Fit", help="Show everything (0). Once more: lay it out anew.")
        self.shape = Segmented([("picture", "Picture"), ("list", "List")], "picture", name="Show as")
        self.export_button = Button("Export", "download", help="Write the whole picture to a file.")
        self.export_button.setMenu(self._export_menu())
        self.add_button = Button(
            "Add", "plus", help="Declare an exchange or a queue, or bind; the code is shown first."
        )
        self.add_button.setMenu(self._add_menu())
        self.undo = IconButton("back", "Undo", side=32)
        self.undo.hide()
        self.controls = WrappingRow()
        self.setLayout(self.controls)
        for widget in (self.title, self.counts):
            self.controls.addWidget(widget)
        self.controls.addWidget(self.age, 1)
        for control in (
            self.undo,
            self.search,
            self.problems,
            self.fit,
            self.shape,
            self.add_button,
            self.export_button,
        ):
            self.controls.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_counts(self, exchanges: int, queues: int, bindings: int) -> None:
        """How much there is: of what is shown, folded queues counted one by one."""
        parts = ((exchanges, "exchange"), (queues, "queue"), (bindings, "binding"))
        words = [f"{full_count(count)} {name}{'' if count == 1 else 's'}" for count, name in parts]
        self._counts = ", ".join(words), words[1]
        self._say_counts()

    def show_age(self, words: str, *, stale: bool) -> None:
        self.age.setText(words)
        self.age.set_tone("warn" if stale else "muted")

    def set_narrow(self, narrow: bool) -> None:
        """Make do with less width."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.search.set_room(_FIND_WIDTH - 50 if narrow else _FIND_WIDTH)
            self._say_counts()

    def _say_counts(self) -> None:
        self.counts.setText(self._counts[1 if self._narrow else 0])

    def show_undo(self, words: str) -> None:
        """What can be taken back; empty = nothing."""
        self.undo.setVisible(bool(words))
        self.undo.set_name(f"Undo: {words}")

    def _add_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAccessibleName("Add")
        for words, kind in (("Exchange…", "exchange"), ("Queue…", "queue"), ("Binding…", "binding")):
            menu.addAction(words).triggered.connect(lambda _on=False, kind=kind: self.declare_requested.emit(kind))
        return menu

    def _export_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAccessibleName("Export")
        for words, ending in (("Vector file (SVG) …", ".svg"), ("Picture (PNG) …", ".png")):
            menu.addAction(words).triggered.connect(lambda _on=False, kind=ending: self.export_requested.emit(kind))
        return menu
