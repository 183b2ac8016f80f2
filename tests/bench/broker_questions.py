"""Plain questions to the management API, as any script asks them: for set-up and for the API's own age."""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit

from broker_client.lab.sandbox import Sandbox
from broker_client.rabbit.entities import QueueKey


class ManagementQuestions:
    """One kept connection to a sandbox's management API."""

    def __init__(self, sandbox: Sandbox) -> None:
        token = base64.b64encode(f"{sandbox.profile.username}:{sandbox.secrets.rabbitmq}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection(urlsplit(sandbox.profile.management_url).netloc, timeout=300)

    def __enter__(self) -> ManagementQuestions:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, path: str, body: object = None, method: str = "") -> Any:
        """GET, or POST when there is a body, or ``method``; the decoded answer, ``None`` when it is empty."""
        text = None if body is None else json.dumps(body)
        self._connection.request(method or ("GET" if body is None else "POST"), path, text, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"{path} answered {answer.status} {answer.reason}")
        return json.loads(content) if content else None

    def depth(self, key: QueueKey) -> int | None:
        """The messages of one queue as the API's statistics tell them; ``None`` while they tell nothing."""
        queue = self.ask(f"/api/queues/{quote(key.vhost, safe='')}/{quote(key.name, safe='')}")
        depth: int | None = queue.get("messages")
        return depth

    def bindings_of(self, exchange: str) -> int:
        """How many queues and exchanges are bound to an exchange of the vhost ``/``."""
        return len(self.ask(f"/api/exchanges/%2F/{quote(exchange, safe='')}/bindings/source"))
