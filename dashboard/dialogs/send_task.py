"""Send a task: a name that workers know, checked arguments, where and when it is to run, and the same as code."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import uuid4

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from broker_client.errors import BrokerError, ConnectionLost, NoAnswer
from broker_client.tasks.like_this import Likeness
from broker_client.tasks.registered_tasks import RegisteredTasks
from broker_client.tasks.task_code import CELERY_LANGUAGES, TASK_LANGUAGES, task_code
from broker_client.tasks.task_message import TaskCall
from broker_client.tasks.worker_questions import ask_registered
from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Ok, Outcome
from dashboard.actions.orders import Clients, SendTask
from dashboard.actions.task_draft import AT, IN, NOW, TaskDraft, read_draft
from dashboard.actions.task_queues import TaskQueues, queues_of_rabbitmq, queues_over_redis
from dashboard.dialogs.change_dialog import ChangeDialog
from dashboard.dialogs.copy_as import CopyAs, Placed
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.json_field import JsonField
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.look.wording import moment, sentences, shorten, span, visible
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

_ASKING = "Asking the workers for the tasks they know …"
_NOBODY = "No worker said which tasks it knows: the name cannot be checked."
_UNKNOWN = "None of {workers} knows a task of this name: the worker that takes it would drop it."
_WHEN_HINTS = {
    NOW: "As soon as a worker has a free slot.",
    IN: "A worker takes it at once and holds it until then.",
    AT: "By this machine's clock. A worker takes it at once and holds it until then.",
}


class SendTaskDialog(ChangeDialog):
    """``like`` fills the form in. After an unknown outcome the id stays, so that one can look for it."""

    size_at_first = (1040, 770)

    def __init__(
        self, desk: ChangeDesk, names: Sequence[str], parent: QWidget | None, like: Likeness | None = None
    ) -> None:
        self._new_id = str(uuid4())
        super().__init__(desk, "Send a task" if like is None else "Send a task like this one", _verb(desk), parent)
        self._registered: RegisteredTasks | None = None
        self._names = tuple(names)
        given, known = like or Likeness("", ""), self._queues()
        self.notes = PlainLabel("\n".join(given.notes), "small", "warn", wrap=True)
        self.name = FormField("Task", "shop.mail.send_receipt", _ASKING)
        self.args = JsonField("Arguments: a JSON list", given.args)
        self.kwargs = JsonField("Keyword arguments: a JSON object", given.kwargs)
        self.queue = FormField("Queue", "celery", " ")
        self.when = Segmented(((NOW, "Now"), (IN, "In …"), (AT, "At …")), NOW, name="When")
        self.when_text = FormField("When", "", _WHEN_HINTS[NOW])
        self.expires = FormField("Expires after", "never", "Dropped when older: 60, 5m")
        self.priority = FormField("Priority", "none", known.most_urgent)
        self.task_id = FormField("Id", self._new_id, "Empty: this new one. A used id runs again, and has one result.")
        self.name.set_text(given.name)
        self.queue.set_text(given.queue or known.usual)
        self._arrange()
        self._ask_workers()

    def make_code(self) -> CopyAs:
        languages = TASK_LANGUAGES if self._desk.has_rabbitmq else CELERY_LANGUAGES
        place = self._desk.task_place
        code = CopyAs(languages, lambda call, language, _: task_code(call, language, place, time.time()))
        code.language.set_current("apply_async")
        return code

    def _arrange(self) -> None:
        self.notes.setVisible(bool(self.notes.text()))
        times = QHBoxLayout()
        times.addWidget(self.when)
        times.addStretch(1)
        self.add_to_form((self.notes, self.name, self.args, self.kwargs, self.queue, PlainLabel("When", "label")))
        self.form.addLayout(times)
        self.when_text.input.setAccessibleName("Time")
        self.add_to_form((self.when_text,))
        rest = QGridLayout()
        rest.setSpacing(10)
        for column in (0, 1):
            rest.setColumnStretch(column, 1)
        rest.addWidget(self.expires, 0, 0, Qt.AlignmentFlag.AlignTop)
        rest.addWidget(self.priority, 0, 1, Qt.AlignmentFlag.AlignTop)
        self.form.addLayout(rest)
        self.add_to_form((self.task_id,))
        self.form.addStretch(1)
        self.name_completer = NameCompleter(self.name.input)
        self.name_completer.offer(self._names)
        NameCompleter(self.queue.input).offer(self._queues().names)
        for field in (self.name, self.queue, self.when_text, self.expires, self.priority, self.task_id):
            field.input.textChanged.connect(self._edited)
            field.input.returnPressed.connect(self.press)
        for lines in (self.args, self.kwargs):
            lines.changed.connect(self._edited)
        self.when.chosen.connect(self._show_when)
        self._show_when(NOW)

    def first_field(self) -> QWidget:
        return self.args.input if self.name.text else self.name.input

    # ---- what is typed -------------------------------------------------------------------------------------------

    def draft(self) -> TaskDraft:
        return TaskDraft(
            self.name.text,
            self.args.text,
            self.kwargs.text,
            self.queue.text,
            self.when.current,
            self.when_text.text,
            self.expires.text,
            self.priority.text,
            self.task_id.text,
        )

    def call(self) -> tuple[TaskCall, dict[str, str]]:
        return read_draft(self.draft(), self._new_id, time.time())

    def order(self) -> SendTask | None:
        call, troubles = self.call()
        return None if troubles else SendTask(call)

    def changes(self) -> tuple[()]:
        return ()

    def placed(self) -> list[Placed]:
        call, troubles = self.call()
        return [] if troubles else [(call, self._desk.place(self._desk.home_vhost))]

    def check(self) -> bool:
        troubles = self._show_troubles(all_of_them=True)
        for field in troubles:
            part = self._fields()[field]
            part.input.setFocus()
            self.area.ensureWidgetVisible(part)
            break
        return not troubles

    def _say_error(self, error: BrokerError) -> None:
        """After an unknown outcome the id is shown and kept, so that the task can be looked for."""
        super()._say_error(error)
        if isinstance(error, NoAnswer | ConnectionLost):
            self.task_id.set_text(self.call()[0].task_id)
            self.say_trouble(sentences(error.what, error.why, error.remedy))

    # ---- what follows --------------------------------------------------------------------------------------------

    def _fields(self) -> dict[str, FormField | JsonField]:
        return {
            "name": self.name,
            "args": self.args,
            "kwargs": self.kwargs,
            "queue": self.queue,
            "task_id": self.task_id,
            "eta": self.when_text,
            "expires": self.expires,
            "priority": self.priority,
        }

    def _edited(self) -> None:
        self._show_troubles()
        self.say_trouble("")
        self.refresh()

    def _show_troubles(self, all_of_them: bool = False) -> dict[str, str]:
        """Under each field; an empty one is not scolded before the button is pressed."""
        call, troubles = self.call()
        for name, field in self._fields().items():
            words = troubles.get(name, "")
            is_blank = isinstance(field, FormField) and not field.text.strip()
            field.set_trouble("" if is_blank and not all_of_them else sentences(words))
        self._say_known(call)
        self._say_queue(call)
        if call.eta is not None and "eta" not in troubles:
            self.when_text.set_hint(f"{moment(call.eta)}, in {span(call.eta - time.time())}. {_WHEN_HINTS[AT]}")
        return troubles

    def _show_when(self, when: str) -> None:
        self.when_text.input.setVisible(when != NOW)
        self.when_text.label.hide()
        self.when_text.input.setPlaceholderText("90, 5m, 1h 30m" if when == IN else "18:30, or 2026-11-24 06:00")
        self.when_text.set_hint(_WHEN_HINTS[when])
        self._edited()
        if when != NOW:
            self.when_text.input.setFocus()

    # ---- what the workers and the broker know --------------------------------------------------------------------

    def _ask_workers(self) -> None:
        tasks = self._desk.state.tasks
        expected = tuple(
            worker.name for worker in (tasks.snapshot.workers if tasks else ()) if worker.status == "online"
        )

        def question(clients: Clients) -> RegisteredTasks:
            return ask_registered(clients.profile, clients.secrets, expected)

        self._desk.ask("Ask for the tasks that workers know", question, self._hear_registered)

    def _hear_registered(self, outcome: Outcome) -> None:
        if self.is_over:
            return
        self._registered = outcome.value if isinstance(outcome, Ok) else RegisteredTasks()
        found = {name for names in self._registered.by_worker.values() for name in names}
        self.name_completer.offer([*self._names, *found])
        self._show_troubles()

    def _say_known(self, call: TaskCall) -> None:
        if self._registered is None:
            self.name.set_hint(_ASKING)
            return
        workers = self._registered.by_worker
        if not workers:
            self.name.set_hint(_NOBODY)
            return
        knowing = sorted(worker for worker, names in workers.items() if call.name in names)
        total = len({name for names in workers.values() for name in names})
        if not call.name:
            self.name.set_hint(f"{len(workers)} workers know {total:,} tasks: type a part of a name.")
        else:
            self.name.set_hint(f"Known to {_few(knowing)}.")
        unknown = bool(call.name) and not self._registered.knows(call.name)
        self.name.set_warning(_UNKNOWN.format(workers=_few(sorted(workers))) if unknown else "")

    def _queues(self) -> TaskQueues:
        state = self._desk.state
        return queues_of_rabbitmq(state, self._desk.home_vhost) if self._desk.has_rabbitmq else queues_over_redis(state)

    def _say_queue(self, call: TaskCall) -> None:
        hint, warning = self._queues().words(call.queue)
        self.queue.set_hint(hint)
        if warning:
            self.queue.set_warning(warning)


def _verb(desk: ChangeDesk) -> str:
    return "Send task to production" if desk.production else "Send task"


def _few(workers: Sequence[str]) -> str:
    named = ", ".join(visible(shorten(worker, 60)) for worker in workers[:3])
    return named if len(workers) <= 3 else f"{named} and {len(workers) - 3} more"
