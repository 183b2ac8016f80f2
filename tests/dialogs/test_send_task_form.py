"""The form that sends a task: what is wrong is said where it is, what cannot be known is said to be unknown."""

from __future__ import annotations

import msgspec
from pytestqt.qtbot import QtBot

from broker_client.errors import NoAnswer
from broker_client.profile import Profile
from broker_client.tasks.like_this import Likeness
from broker_client.tasks.records import Snapshot, TaskQuery, TaskSummary, TaskWindow, WorkerRow
from dashboard.actions.jobs import Err
from dashboard.actions.orders import SendTask
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.json_field import JsonField
from dashboard.dialogs.send_task import SendTaskDialog
from dashboard.store.app_state import Session, SessionChanged, TasksArrived
from tests.dialogs.conftest import tell
from tests.page_stage import Stage, stamp


def opened(stage: Stage, like: Likeness | None = None) -> SendTaskDialog:
    dialog = SendTaskDialog(stage.desk, ("shop.mail.send", "shop.stock"), None, like)
    dialog.show()
    return dialog


def scolded(dialog: SendTaskDialog) -> list[str]:
    """The fields that say what is wrong with them."""
    fields: dict[str, FormField | JsonField] = {"name": dialog.name, "args": dialog.args, "queue": dialog.queue}
    return [name for name, field in fields.items() if field.trouble]


def test_a_filled_form_is_an_order_and_its_code(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage)
    dialog.name.input.setText("shop.mail.send")
    dialog.args.set_text('[1, "zwei"]')
    dialog.queue.input.setText("celery")
    order = dialog.order()
    assert isinstance(order, SendTask)
    assert (order.call.name, order.call.args, order.call.queue) == ("shop.mail.send", '[1, "zwei"]', "celery")
    assert "args=[1, 'zwei']" in dialog.code.text
    dialog.code.language.set_current(".delay")
    dialog.code.language.chosen.emit(".delay")
    assert dialog.code.text == "from shop.mail import send\n\nsend.delay(1, 'zwei')"
    dialog.reject()


def test_what_is_wrong_is_said_where_it_is(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage)
    assert scolded(dialog) == [], "an empty form is not scolded"
    dialog.args.set_text("[1,")
    assert "Line 1, column 4" in dialog.args.trouble
    assert dialog.order() is None
    assert dialog.code.text == ""
    dialog.press()
    assert scolded(dialog) == ["name", "args", "queue"]
    assert dialog.isVisible()
    dialog.reject()


def test_a_time_is_asked_for_only_when_it_is_meant(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage, Likeness("shop.stock", "celery"))
    assert dialog.when_text.input.isHidden()
    dialog.when.set_current("in")
    dialog.when.chosen.emit("in")
    dialog.when_text.input.setText("5m")
    order = dialog.order()
    assert order is not None and order.call.countdown_s == 300.0
    assert "countdown=300" in dialog.code.text
    dialog.when_text.input.setText("whenever")
    assert dialog.when_text.trouble
    dialog.reject()


def test_one_like_another_is_filled_in_and_says_what_is_missing(stage: Stage, qtbot: QtBot) -> None:
    like = Likeness("shop.mail.send", "tasks.mail", '["a"]', "{}", ("Its arguments are cut short.",))
    dialog = opened(stage, like)
    assert (dialog.name.text, dialog.args.text, dialog.queue.text) == ("shop.mail.send", '["a"]', "tasks.mail")
    assert dialog.notes.text() == "Its arguments are cut short." and dialog.notes.isVisible()
    order = dialog.order()
    assert order is not None and not order.call.id_given, "a new id"
    dialog.reject()


def test_a_queue_that_was_never_seen_is_warned_of(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage, Likeness("shop.stock", "nowhere"))
    assert "would return the task" in dialog.queue.words.text()
    assert dialog.go.isEnabled(), "the broker has the last word"
    dialog.reject()


def test_without_an_answer_of_a_worker_the_name_cannot_be_checked(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage, Likeness("shop.stock", "celery"))
    qtbot.waitUntil(lambda: "cannot be checked" in dialog.name.words.text())
    dialog.reject()


def test_a_read_only_profile_may_look_and_not_send(stage: Stage, qtbot: QtBot) -> None:
    tell(stage, read_only=True)
    dialog = opened(stage, Likeness("shop.stock", "celery"))
    assert not dialog.go.isEnabled()
    assert "read-only" in dialog.lock.text()
    assert "send_task" in dialog.code.text or "apply_async" in dialog.code.text
    dialog.reject()


def test_a_frozen_order_is_what_was_typed(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage, Likeness("shop.stock", "celery"))
    first = dialog.order()
    dialog.task_id.input.setText("my-id")
    second = dialog.order()
    assert first is not None and second is not None
    assert (second.call.task_id, second.call.id_given) == ("my-id", True)
    assert msgspec.structs.replace(second.call, task_id=first.call.task_id, id_given=False) == first.call
    dialog.reject()


def test_an_unknown_outcome_is_no_failure_and_keeps_the_id(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage, Likeness("shop.stock", "celery"))
    order = dialog.order()
    assert order is not None
    remedy = f"Look for the id {order.call.task_id} before you send it again"
    dialog._hear(Err(NoAnswer("nobody knows whether the task was sent", "no confirm came in time", remedy)))
    assert order.call.task_id in dialog.trouble.text()
    assert "failed" not in dialog.trouble.text()
    assert dialog.task_id.text == order.call.task_id
    dialog.reject()


def test_production_is_named_on_the_button(stage: Stage, qtbot: QtBot) -> None:
    tell(stage, environment="production")
    dialog = opened(stage)
    assert dialog.go.text() == "Send task to production"
    dialog.reject()


def over_redis(stage: Stage, *queues: tuple[str, ...] | None) -> SendTaskDialog:
    """The form where Redis is Celery's broker, with a worker for each of ``queues``."""
    stage.session._profile = Profile("shop", redis_url="redis://127.0.0.1:1/5")
    stage.receive(SessionChanged(Session("shop")))
    workers = tuple(WorkerRow(f"w{number}@h", "online", queues=names) for number, names in enumerate(queues))
    window = TaskWindow(TaskQuery())
    stage.receive(TasksArrived(stamp(), Snapshot(1, 0.0, TaskSummary(), window, workers, ())))
    dialog = SendTaskDialog(stage.desk, ("shop.mail.send",), None)
    dialog.show()
    return dialog


def test_over_redis_send_task_is_offered_as_code_for_that_redis(stage: Stage, qtbot: QtBot) -> None:
    dialog = over_redis(stage)
    dialog.name.input.setText("shop.mail.send")
    dialog.queue.input.setText("mail")
    dialog.code.language.set_current("send_task")
    dialog.code.language.chosen.emit("send_task")
    assert "'redis://:' + password + '@127.0.0.1:1/5'" in dialog.code.text
    dialog.reject()


def test_over_redis_the_queues_are_those_that_workers_consume(stage: Stage, qtbot: QtBot) -> None:
    dialog = over_redis(stage, ("celery", "mail"), ("mail",))
    assert dialog.queue.text == "celery"
    dialog.queue.input.setText("mail")
    assert dialog.queue.words.text() == "2 workers consume it"
    dialog.queue.input.setText("nowhere")
    assert "No worker consumes a queue of this name" in dialog.queue.words.text()
    assert "0 is the most urgent" in dialog.priority.words.text()
    dialog.reject()


def test_over_redis_nothing_is_warned_of_before_every_worker_has_told(stage: Stage, qtbot: QtBot) -> None:
    dialog = over_redis(stage, ("mail",), None)
    assert dialog.queue.text == "mail", "the only one there is"
    dialog.queue.input.setText("nowhere")
    assert "cannot be checked" in dialog.queue.words.text()
    dialog.reject()
    empty = over_redis(stage)
    assert empty.queue.text == ""
    empty.reject()


def test_with_rabbitmq_the_highest_priority_is_the_most_urgent(stage: Stage, qtbot: QtBot) -> None:
    dialog = opened(stage)
    assert "highest number is the most urgent" in dialog.priority.words.text()
    dialog.reject()
