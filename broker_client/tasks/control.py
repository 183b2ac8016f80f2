"""Asks all workers what they do, round after round, on one connection.

"No answer" is not death: a busy worker of the ``solo`` pool answers when its task has ended.
"""

from __future__ import annotations

import time

from broker_client.profile import Profile, Secrets
from broker_client.tasks.inspection import Inspection, read_replies
from broker_client.tasks.mailbox import open_mailbox
from broker_client.tasks.pidbox import Answers, Questions

QUESTIONS = ("active", "reserved", "scheduled", "stats", "active_queues")


class Inspector:
    """Asks all workers on one connection of its own. Used by the thread that made it; every call raises BrokerError."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._mailbox = open_mailbox(profile, secrets, "warren inspection")

    def inspect_all(self, expected: frozenset[str] = frozenset(), deadline_s: float = 2.0) -> Inspection:
        """Ask every worker what it does. Returns early once all ``expected`` workers have answered everything."""
        asked_at = time.time()
        return read_replies(self.ask({method: {} for method in QUESTIONS}, expected, deadline_s), asked_at)

    def ping(self, deadline_s: float = 1.0) -> tuple[str, ...]:
        """Names of the workers that answered within the deadline."""
        return tuple(sorted(self.ask({"ping": {}}, frozenset(), deadline_s)["ping"]))

    def ask(self, questions: Questions, expected: frozenset[str], deadline_s: float) -> Answers:
        """Send ``questions`` (method to arguments) to all workers and collect answers until the deadline."""
        return self._mailbox.ask(questions, expected, deadline_s)

    def keep_alive(self, span_s: float) -> None:
        """Serve the connection's heartbeats for ``span_s``."""
        self._mailbox.keep_alive(span_s)

    def close(self) -> None:
        self._mailbox.close()
