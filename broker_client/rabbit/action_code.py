"""PURE: the code that does what an action does, to read, to learn from and to run: pika, kombu, curl, rabbitmqadmin.

No code holds a password: it is taken from the environment variable ``RABBITMQ_PASSWORD``. Names and values that come
from a broker are quoted so that they stay data in Python and in a shell.
"""

from __future__ import annotations

import msgspec

from broker_client.rabbit.changes import Change, Publish
from broker_client.rabbit.code_place import CodePlace
from broker_client.rabbit.python_code import kombu_code, pika_code
from broker_client.rabbit.shell_code import curl_code, rabbitmqadmin_code

LANGUAGES = ("pika", "kombu", "curl", "rabbitmqadmin")


class ActionCode(msgspec.Struct, frozen=True):
    """A program or a command. ``notes`` say what it cannot do as we do it."""

    language: str
    text: str
    notes: tuple[str, ...] = ()


def action_code(action: Change | Publish, language: str, place: CodePlace) -> ActionCode:
    """The code for ``action`` in one of :data:`LANGUAGES`."""
    writer = {"pika": pika_code, "kombu": kombu_code, "curl": curl_code, "rabbitmqadmin": rabbitmqadmin_code}[language]
    text, notes = writer(action, place)
    return ActionCode(language, text, notes)
