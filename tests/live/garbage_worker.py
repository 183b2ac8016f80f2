"""A worker that answers remote control with whatever it is told to, as a broken or hostile one would."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pika

from broker_client.profile import Profile, Secrets
from tests.patient_connection import patient_connection

EXCHANGE = "celery.pidbox"
MakeReplies = Callable[[Mapping[str, Any]], list[bytes]]


@contextmanager
def garbage_worker(profile: Profile, secrets: Secrets, replies: MakeReplies) -> Iterator[None]:
    """While inside, each question is answered with the bodies that ``replies`` makes of it."""
    connection = patient_connection(profile, secrets)
    channel = connection.channel()
    channel.exchange_declare(EXCHANGE, exchange_type="fanout", durable=False)
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, EXCHANGE)
    over = threading.Event()

    def on_question(_channel: object, _method: object, _properties: object, body: bytes) -> None:
        question = json.loads(body)
        place = question["reply_to"]
        for reply in replies(question):
            properties = pika.BasicProperties(headers={"ticket": question["ticket"]})
            channel.basic_publish(place["exchange"], place["routing_key"], reply, properties)

    def serve() -> None:
        channel.basic_consume(queue, on_question, auto_ack=True)
        while not over.is_set():
            connection.process_data_events(time_limit=0.05)
        connection.close()

    thread = threading.Thread(target=serve, name="garbage worker")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(5.0)
