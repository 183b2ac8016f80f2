"""The frame of the dialogs that send a command to workers: what it does, the code, and each worker's outcome as it
comes. Subclasses fill ``form`` and say what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from broker_client.tasks.control_effect import Outcome
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.controlling import Aborting, Controlling, control
from dashboard.actions.jobs import Err, Jobs, Pulse
from dashboard.actions.jobs import Outcome as JobOutcome
from dashboard.actions.orders import Clients
from dashboard.dialogs.control_code_box import ControlCodeBox
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.long_work import LongWorkDialog
from dashboard.look.wording import visible
from dashboard.models.control_wording import outcome_table, report_words
from dashboard.widgets.data_table import ROW_HEIGHT, DataTable

if TYPE_CHECKING:
    from broker_client.tasks.control_effect import Report

SIZE = (720, 560)
_MOST_ROWS = 6


class _Heard:
    """Outcomes as the job's thread hears them, for the window to look at. The work holds this, never the dialog."""

    def __init__(self) -> None:
        self.newest: dict[str, Outcome] = {}

    def note(self, outcome: Outcome) -> None:
        self.newest = {**self.newest, outcome.worker: outcome}


class ControlRunDialog(LongWorkDialog):
    """``reported`` carries the wish and the report, when all is known."""

    reported = Signal(object, object)
    column_title = "Worker"

    def __init__(
        self, desk: ChangeDesk, jobs: Jobs, title: str, verb: str, parent: QWidget | None, *, kind: str = "primary"
    ) -> None:
        super().__init__(desk, jobs, title, verb, parent, kind=kind)
        self._heard = _Heard()
        self._wish: Controlling | Aborting | None = None
        self.noun = "worker"
        self.code = ControlCodeBox()
        self.typed = FormField("Type it to confirm", "", "This is a production broker.")
        self.outcomes = outcome_table(self.column_title)
        self.table = DataTable(self.outcomes, "Outcomes")
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.hide()
        self.foot.addWidget(self.table)
        self.typed.input.textChanged.connect(lambda _text: self.refresh())
        self.resize(*SIZE)

    # ---- what a subclass says ------------------------------------------------------------------------------------

    def wish(self) -> Controlling | Aborting | None:
        """What the button does; ``None`` = the form cannot be read."""
        raise AssertionError("every dialog says what it does")

    def word_to_type(self) -> str:
        """What is typed on production before it may be sent; empty = nothing is lost by it."""
        return ""

    def report_result(self, report: Report) -> tuple[str, str]:
        """What the dialog says at the end, and its tone."""
        return report_words(report, self.noun)

    # ---- its life ------------------------------------------------------------------------------------------------

    def ready(self) -> bool:
        if self.wish() is None:
            return False
        wanted = self.word_to_type()
        return not (self.desk.production and wanted) or self.typed.text in (wanted, visible(wanted))

    def refresh(self) -> None:
        super().refresh()
        wanted = self.word_to_type()
        self.typed.setHidden(not (self.desk.production and wanted))
        self.typed.input.setPlaceholderText(visible(wanted))
        wish = self.wish()
        if isinstance(wish, Controlling):
            self.code.show_command(wish.command, wish.workers)
        else:
            self.code.show_command(None, ())

    def press(self) -> None:
        wish = self.wish()
        if wish is None or not self.go.isEnabled():
            return
        self._wish = wish
        self._heard = heard = _Heard()
        self.outcomes.apply(())
        self.table.hide()

        def work(clients: Clients, _pulse: Pulse) -> object:
            return control(wish, clients, heard.note)

        self.begin("Control workers", work)

    def say_progress(self) -> None:
        self._show(tuple(self._heard.newest.values()))
        self.far.setText("Asking; what answers is looked at a second time …")

    def take(self, outcome: JobOutcome) -> None:
        assert not isinstance(outcome, Err)
        report: Report = outcome.value
        self._show(report.outcomes)
        self.say_result(*self.report_result(report))
        self.reported.emit(self._wish, report)

    def _show(self, outcomes: tuple[Outcome, ...]) -> None:
        self.outcomes.apply(outcomes)
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + ROW_HEIGHT * min(_MOST_ROWS, max(1, len(outcomes))) + 2)
        self.table.setVisible(bool(outcomes))
