"""PURE: how to send the same task from code: with Celery, from inside or outside the application, and by hand."""

from __future__ import annotations

import json
import keyword
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from broker_client.rabbit.action_code import ActionCode, action_code
from broker_client.rabbit.changes import Publish
from broker_client.rabbit.code_place import PASSWORD_VARIABLE
from broker_client.rabbit.python_code import literal
from broker_client.tasks.task_message import TaskCall, call_troubles, task_message
from broker_client.tasks.task_place import REDIS_PASSWORD_VARIABLE, RedisPlace, TaskPlace

CELERY_LANGUAGES = (".delay", "apply_async", "send_task")
"""Those that work with each of Celery's brokers."""
TASK_LANGUAGES = (*CELERY_LANGUAGES, "pika")
_GUESSED = "The module is guessed from the task's name: import the task from where it is defined."
_ROUTED = ".delay takes no options: the application's own routes choose the queue{more}."
_NO_CONFIRM = "Celery waits for the broker's confirm only with confirm_publish in broker_transport_options."
_DECLARES = "Celery declares the queue as the application knows it: RabbitMQ refuses one that it has as another kind."
_NO_QUEUE = "It declares no queue: {what}."
_RETURNED = "one that is not there is an error"
_LEFT = "in one that nobody consumes the task waits"
_SAME_ID = "It sends this very id: take another one for each task."
_THIS_MOMENT = "Its times are reckoned from this moment."


def task_code(call: TaskCall, language: str, place: TaskPlace, now: float) -> ActionCode:
    """The code for ``call`` in one of :data:`TASK_LANGUAGES`, written at ``now``. No code holds a password."""
    match language:
        case ".delay":
            return _delay(call)
        case "apply_async":
            return _apply_async(call, isinstance(place, RedisPlace))
        case "send_task":
            return _send_task(call, place)
        case _:
            if isinstance(place, RedisPlace):
                raise ValueError(f"{language} sends nothing over Redis")
            code = action_code(Publish(place.vhost, task_message(call, now)), "pika", place)
            timed = call.countdown_s is not None or call.expires_s is not None
            return ActionCode(language, code.text, (*code.notes, _SAME_ID, *((_THIS_MOMENT,) if timed else ())))


def can_be_shown(call: TaskCall) -> bool:
    """Whether the call is complete enough to write it down."""
    return not call_troubles(call)


def _delay(call: TaskCall) -> ActionCode:
    function, line = _import(call.name)
    args, kwargs = _given(call)
    options = [name for name, _value in _options(call) if name != "queue"]
    more = f", and {', '.join(options)} {'is' if len(options) == 1 else 'are'} left out" if options else ""
    text = f"{line}\n\n{function}.delay({', '.join([*map(literal, args), *_keywords(kwargs)])})\n"
    return ActionCode(".delay", text, (_GUESSED, _ROUTED.format(more=more)))


def _apply_async(call: TaskCall, over_redis: bool) -> ActionCode:
    function, line = _import(call.name)
    lines = _arguments(call)
    text = f"{_with_datetime(call)}{line}\n\n{function}.apply_async(\n{lines})\n"
    return ActionCode("apply_async", text, (_GUESSED,) if over_redis else (_GUESSED, _NO_CONFIRM, _DECLARES))


def _send_task(call: TaskCall, place: TaskPlace) -> ActionCode:
    """The queue is not declared: it may be of any kind, and Celery would declare it as a plain one."""
    over_redis = isinstance(place, RedisPlace)
    returned = "" if over_redis else "    mandatory=True,\n"
    text = (
        f"{_with_datetime(call)}import os\nfrom urllib.parse import quote\n\nfrom celery import Celery\n"
        f"from kombu import Queue\n\n{_application(place)}"
        f"app.send_task(\n    {call.name!a},\n{_arguments(call, f'Queue({call.queue!a}, no_declare=True)')}"
        f"{returned})\n"
    )
    return ActionCode("send_task", text, (_NO_QUEUE.format(what=_LEFT if over_redis else _RETURNED),))


def _application(place: TaskPlace) -> str:
    """``app``, which knows its broker; the password comes from the environment."""
    if isinstance(place, RedisPlace):
        scheme, _, rest = place.url.partition("://")
        before, after = f"{scheme}://{quote(place.user, safe='')}:", f"@{rest}"
        password = f"os.environ.get({REDIS_PASSWORD_VARIABLE!r}, '')"
        confirm = ""
    else:
        scheme, vhost = "amqps" if place.tls else "amqp", quote(place.vhost, safe="")
        host = f"[{place.host}]" if ":" in place.host else place.host
        before, after = f"{scheme}://{quote(place.user, safe='')}:", f"@{host}:{place.port}/{vhost}"
        password = f"os.environ[{PASSWORD_VARIABLE!r}]"
        confirm = "app.conf.broker_transport_options = {'confirm_publish': True}\n"
    app = f"app = Celery(broker={before!a} + password + {after!a})\n"
    return f"password = quote({password}, safe='')\n{app}{confirm}"


def _arguments(call: TaskCall, queue: str = "") -> str:
    args, kwargs = _given(call)
    given = [("args", literal(args)), ("kwargs", literal(kwargs)), *_options(call, queue)]
    return "".join(f"    {name}={value},\n" for name, value in given)


def _options(call: TaskCall, queue: str = "") -> list[tuple[str, str]]:
    """``queue`` is an expression in the place of the queue's name."""
    found = [("queue", queue or ascii(call.queue))]
    if call.countdown_s is not None:
        found.append(("countdown", _number(call.countdown_s)))
    elif call.eta is not None:
        found.append(("eta", f"datetime.datetime.fromtimestamp({_number(call.eta)}, datetime.timezone.utc)"))
    if call.expires_s is not None:
        found.append(("expires", _number(call.expires_s)))
    if call.priority is not None:
        found.append(("priority", str(call.priority)))
    if call.id_given:
        found.append(("task_id", ascii(call.task_id)))
    return found


def _given(call: TaskCall) -> tuple[list[Any], Mapping[str, Any]]:
    return json.loads(call.args), json.loads(call.kwargs)


def _keywords(kwargs: Mapping[str, Any]) -> list[str]:
    """``size=3`` where the name can be written so; the others in one ``**{...}``."""
    plain = {name: value for name, value in kwargs.items() if _is_name(name)}
    odd = {name: value for name, value in kwargs.items() if name not in plain}
    return [*(f"{name}={literal(value)}" for name, value in plain.items()), *([f"**{literal(odd)}"] if odd else [])]


def _import(name: str) -> tuple[str, str]:
    """What the function is called, and the line that may import it."""
    module, _dot, function = name.rpartition(".")
    function = function if _is_name(function) else "task"
    parts = module.split(".")
    if not module or not all(map(_is_name, parts)):
        return function, f"from your_application.tasks import {function}  # the task named {name!a}"
    return function, f"from {module} import {function}"


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier() and not keyword.iskeyword(text)


def _with_datetime(call: TaskCall) -> str:
    return "import datetime\n" if call.eta is not None and call.countdown_s is None else ""


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
