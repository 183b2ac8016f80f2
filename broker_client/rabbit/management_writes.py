"""RabbitMQ's management API: the few requests that change something. Nothing is ever sent twice."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from broker_client.errors import BadAnswer
from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.management import ManagementClient, _part


class ManagementWrites(ManagementClient):
    """The reading client with what writes. After NoAnswer or ConnectionLost a request may have been carried out."""

    def peek(self, key: QueueKey, count: int, truncate_bytes: int | None) -> list[dict[str, Any]]:
        """Take messages and put them back at once: this counts as a delivery. Rows as the API tells them, bodies as
        base64 cut at ``truncate_bytes``."""
        wanted: dict[str, Any] = {"count": count, "ackmode": "ack_requeue_true", "encoding": "base64"}
        if truncate_bytes is not None:
            wanted["truncate"] = truncate_bytes
        body = self._write("POST", f"/api/queues/{_part(key.vhost)}/{_part(key.name)}/get", wanted)
        try:
            return msgspec.json.decode(body, type=list[dict[str, Any]])
        except msgspec.MsgspecError as problem:
            raise BadAnswer(f"{self._door.what} gave a strange answer", str(problem)) from None

    def tracing(self, vhost: str) -> bool:
        """Whether the vhost's firehose is on."""
        row = self._read(f"/api/vhosts/{_part(vhost)}?columns=tracing", dict[str, Any])
        return row.get("tracing") is True

    def set_tracing(self, vhost: str, on: bool) -> None:
        """Turn the vhost's firehose on or off; needs the tag ``administrator``."""
        self._write("PUT", f"/api/vhosts/{_part(vhost)}", {"tracing": on})

    def _write(self, method: str, path: str, wanted: Any) -> bytes:
        started = time.monotonic()
        answer = self._door.send(method, path, msgspec.json.encode(wanted), started + self._deadline_s)
        self.last_ms = (time.monotonic() - started) * 1000
        if not 200 <= answer.status < 300:
            raise self._refusal(answer, path)
        return answer.body
