"""Celery's remote control over Redis, as kombu does it: a question is published, replies come into a list of our own.

Without a listener nothing is waited for. What was bound for the replies is taken away again after each question.
"""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from uuid import uuid4

from broker_client.profile import Profile, Secrets
from broker_client.redis_server import open_redis, redis_address, redis_error, redis_label
from broker_client.tasks.asking import Mailbox, Round
from broker_client.tasks.event_stream import kombu_body
from broker_client.tasks.pidbox import EXCHANGE, REPLY_EXCHANGE, mailbox_queue, reply_queue
from broker_client.tasks.redis_listener import redis_failures

_BINDINGS = "_kombu.binding."
_SEPARATOR = "\x06\x16"
_TURN_S = 1
_SPARE_S = 60
"""How long a list of replies outlives us when this process dies while it waits."""


class RedisMailbox(Mailbox):
    """One client."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._what = f"the workers' mailbox on {redis_label(profile)}"
        self._database = redis_address(profile)[1]
        self._client: Any = open_redis(profile, secrets)

    def listens(self, worker: str) -> bool:
        """Whether ``worker`` holds its mailbox; one that was killed may seem to for a while."""
        suffix = f"{_SEPARATOR}{mailbox_queue(worker)}".encode()
        try:
            members = self._client.smembers(_BINDINGS + EXCHANGE)
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None
        return any(member.endswith(suffix) for member in members)

    def keep_alive(self, span_s: float) -> None:
        """Wait; a connection to Redis needs nothing meanwhile."""
        time.sleep(span_s)

    def close(self) -> None:
        self._client.close()

    def _carry(self, asked: Round) -> None:
        queue = reply_queue(asked.address)
        member = _SEPARATOR.join((asked.address, "", queue))
        try:
            self._client.sadd(_BINDINGS + REPLY_EXCHANGE, member)
            try:
                heard = [self._publish(body, asked.deadline_s) for body in asked.bodies()]
                if any(heard):
                    self._collect(queue, asked)
            finally:
                self._client.srem(_BINDINGS + REPLY_EXCHANGE, member)
                self._client.delete(queue)
        except redis_failures() as problem:
            raise redis_error(problem, self._what) from None

    def _publish(self, body: bytes, deadline_s: float) -> int:
        """Publish as kombu's fanout exchange does; returns how many listen."""
        message = {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"clock": 1, "expires": time.time() + deadline_s + 1},
            "properties": {
                "delivery_mode": 1,
                "delivery_info": {"exchange": EXCHANGE, "routing_key": ""},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": uuid4().hex,
            },
        }
        return int(self._client.publish(f"/{self._database}.{EXCHANGE}", json.dumps(message)))

    def _collect(self, queue: str, asked: Round) -> None:
        for left_s in asked.turns():
            popped = self._client.brpop([queue], timeout=max(0.01, min(left_s, _TURN_S)))
            if popped is None:
                continue
            self._client.expire(queue, _SPARE_S)
            body = kombu_body(popped[1])
            if body is not None:
                asked.take(_ticket_of(popped[1]), body)


def _ticket_of(payload: bytes) -> str:
    try:
        headers = json.loads(payload).get("headers")
    except (ValueError, RecursionError, AttributeError):
        return ""
    return str(headers.get("ticket")) if isinstance(headers, dict) else ""
