"""A call of a task as the message that Celery's workers read, and as code; what could not run is refused."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from celery import Celery

from broker_client.errors import BadInput
from broker_client.profile import Profile
from broker_client.rabbit.code_place import CodePlace
from broker_client.tasks.events import decode_events
from broker_client.tasks.task_code import TASK_LANGUAGES, task_code
from broker_client.tasks.task_message import TaskCall, call_troubles, sent_event, task_message
from broker_client.tasks.task_place import redis_place

NOW = 1_790_000_000.5
CALL = TaskCall("shop.mail.send", "tasks.mail", "1d6f", '[1, "two"]', '{"size": 3}')


def replaced(**changes: Any) -> TaskCall:
    return msgspec.structs.replace(CALL, **changes)


def test_the_message_has_what_celery_itself_would_send() -> None:
    own = Celery(set_as_current=False).amqp.as_task_v2(
        "1d6f",
        CALL.name,
        [1, "two"],
        {"size": 3},
        eta=datetime.fromtimestamp(NOW + 60, UTC),
        expires=datetime.fromtimestamp(NOW + 90, UTC),
    )
    made = task_message(replaced(countdown_s=60.0, expires_s=90.0), NOW)
    headers = made.properties.headers or {}
    assert headers.keys() == own.headers.keys()
    differing = {name for name in headers if headers[name] != own.headers[name]}
    assert differing <= {"origin", "argsrepr"}
    assert json.loads(made.body) == json.loads(json.dumps(own.body))
    assert (made.exchange, made.routing_key) == ("", "tasks.mail")
    assert made.properties.correlation_id == own.properties["correlation_id"]
    assert made.properties.expiration == "90000"
    assert made.properties.delivery_mode == 2


def test_numbers_and_texts_are_sent_as_they_were_typed() -> None:
    exact = replaced(args="[12345678901234567890123, 0.1000, 1e2]", kwargs='{"name": "Zo\\u00eb ✓"}')
    body = task_message(exact, NOW).body.decode()
    assert "[12345678901234567890123, 0.1000, 1e2]" in body
    assert '"Zo\\u00eb ✓"' in body


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"args": "[1,"}, "args", "line 1, column 4"),
        ({"args": '{"a": 1}'}, "args", "a list in brackets"),
        ({"args": "[NaN]"}, "args", "NaN is not JSON"),
        ({"args": '["\ud800"]'}, "args", "half a character"),
        ({"args": "[" * 20_000}, "args", "nested too deep"),
        ({"kwargs": "[]"}, "kwargs", "an object in braces"),
        ({"kwargs": '{"a": 1, "a": 2}'}, "kwargs", "“a” stands there twice"),
        ({"name": ""}, "name", "empty"),
        ({"name": "a\nb"}, "name", "control character"),
        ({"queue": "q" * 256}, "queue", "256 bytes"),
        ({"task_id": "x\0"}, "task_id", "control character"),
        ({"priority": 256}, "priority", "0 to 255"),
        ({"countdown_s": -1.0}, "eta", "more than nothing"),
        ({"eta": 1e18}, "eta", "calendar"),
        ({"expires_s": 0.0}, "expires", "more than nothing"),
    ],
)
def test_what_no_worker_could_take_is_refused_before_it_is_sent(
    changes: dict[str, Any], field: str, words: str
) -> None:
    troubles = call_troubles(replaced(**changes))
    assert list(troubles) == [field] and words in troubles[field]
    with pytest.raises(BadInput, match=r"the task cannot be sent"):
        task_message(replaced(**changes), NOW)


def test_the_event_of_the_sending_is_one_that_celery_would_send() -> None:
    message = sent_event(replaced(eta=NOW + 5), NOW, "warren@here")
    (event,) = decode_events(message.body).events
    assert (event.type, event.uuid, event.name, event.queue) == ("task-sent", "1d6f", CALL.name, "tasks.mail")
    assert event.args == "(1, 'two')"
    assert event.eta is not None and event.eta.startswith("2026-09-21T14:13:25.5")
    assert (message.exchange, message.routing_key) == ("celeryev", "task.sent")


@pytest.mark.parametrize("language", TASK_LANGUAGES)
def test_the_code_is_python_and_names_no_password(language: str) -> None:
    call = replaced(
        args='[1, null, {"a": [true]}]', kwargs='{"size": 3, "class": "é"}', eta=NOW, priority=4, expires_s=9.5
    )
    code = task_code(call, language, CodePlace(vhost="a/b", user="me@x"), NOW)
    ast.parse(code.text)
    assert "None" in code.text or language == "pika"
    assert ("os.environ['RABBITMQ_PASSWORD']" in code.text) == (language in ("send_task", "pika"))


def test_each_way_says_what_it_cannot_do() -> None:
    call = replaced(countdown_s=30.0, priority=4)
    plain = task_code(call, ".delay", CodePlace(), NOW)
    assert plain.text == "from shop.mail import send\n\nsend.delay(1, 'two', size=3)\n"
    assert any("countdown, priority are left out" in note for note in plain.notes)
    asynchronous = task_code(call, "apply_async", CodePlace(), NOW)
    assert "    countdown=30,\n    priority=4,\n" in asynchronous.text
    assert "task_id" not in asynchronous.text, "a new one each time"
    by_name = task_code(replaced(id_given=True), "send_task", CodePlace(vhost="a/b"), NOW)
    assert "task_id='1d6f'" in by_name.text and "5672/a%2Fb" in by_name.text
    assert "queue=Queue('tasks.mail', no_declare=True)" in by_name.text and "mandatory=True" in by_name.text
    odd = task_code(replaced(name="no module", kwargs='{"a-b": 1}'), ".delay", CodePlace(), NOW)
    assert "task.delay(1, 'two', **{'a-b': 1})" in odd.text


def test_over_redis_the_code_names_the_brokers_database_and_no_password() -> None:
    profile = Profile("r", redis_url="redis://h:1/0", redis_username="me@x", broker_redis_url="redis://h:2/5")
    code = task_code(CALL, "send_task", redis_place(profile), NOW)
    ast.parse(code.text)
    assert "broker='redis://me%40x:' + password + '@h:2/5'" in code.text
    assert "os.environ.get('REDIS_PASSWORD', '')" in code.text and "mandatory" not in code.text
    assert not any("RabbitMQ" in note for note in task_code(CALL, "apply_async", redis_place(profile), NOW).notes)
    assert any("RabbitMQ" in note for note in task_code(CALL, "apply_async", CodePlace(), NOW).notes)
    with pytest.raises(ValueError, match="nothing over Redis"):
        task_code(CALL, "pika", redis_place(profile), NOW)
