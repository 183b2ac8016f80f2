"""Workers' mailbox, whatever carries it: RabbitMQ where the profile has one, else Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from broker_client.profile import Profile, Secrets, celery_redis
from broker_client.tasks.pidbox import Answers, OnReply, Questions
from broker_client.tasks.rabbit_mailbox import RabbitMailbox
from broker_client.tasks.redis_mailbox import RedisMailbox


class Mailbox(Protocol):
    """Used by the thread that made it; every call raises BrokerError."""

    def ask(
        self,
        questions: Questions,
        expected: frozenset[str],
        deadline_s: float,
        workers: Sequence[str] = (),
        on_reply: OnReply | None = None,
    ) -> Answers:
        """Send ``questions`` to ``workers`` (none = all); early back once all ``expected`` have answered all."""
        ...

    def listens(self, worker: str) -> bool:
        """Whether ``worker`` holds its mailbox now."""
        ...

    def keep_alive(self, span_s: float) -> None:
        """Wait, and keep the connection."""
        ...

    def close(self) -> None: ...


def open_mailbox(profile: Profile, secrets: Secrets, name: str) -> Mailbox:
    """``name`` is shown by the broker for the connection."""
    if profile.has_rabbitmq:
        return RabbitMailbox(profile, secrets, name)
    return RedisMailbox(celery_redis(profile), secrets)
