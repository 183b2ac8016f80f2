"""PURE: why each attempt of a task was not the last one; the record itself keeps only the newest exception."""

from __future__ import annotations

from broker_client.tasks.kept_texts import KeptTexts
from broker_client.tasks.plain_text import cut
from broker_client.tasks.task_record import TaskRecord

_MOST_ATTEMPTS = 24
_WHY_CHARS = 160
_KEPT_CHARS = 4 << 20
_SAME_ATTEMPT_S = 0.5

Attempt = tuple[float, str]
"""When it was given up for a retry (epoch seconds), and its exception."""


class AttemptBook:
    """The newest attempts of the tasks that were retried last."""

    def __init__(self) -> None:
        self._texts = KeptTexts(_KEPT_CHARS)

    def note(self, record: TaskRecord) -> None:
        """``record`` waits for its next attempt."""
        if record.exception:
            known = self.of(record.id)
            if known and abs(known[-1][0] - record.state_at) <= _SAME_ATTEMPT_S:
                known = known[:-1]
            attempts = (*known, (record.state_at, cut(record.exception, _WHY_CHARS)))[-_MOST_ATTEMPTS:]
            self._texts.put(record.id, "\0".join(f"{at:.3f} {why}" for at, why in attempts))

    def of(self, task_id: str) -> tuple[Attempt, ...]:
        """Oldest first."""
        text = self._texts.get(task_id)
        lines = text.split("\0") if text else ()
        return tuple((float(at), why) for at, _, why in (line.partition(" ") for line in lines if line[:1].isdigit()))

    def drop(self, task_id: str) -> None:
        self._texts.drop(task_id)
