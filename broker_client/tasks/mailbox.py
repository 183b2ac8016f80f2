"""Workers' mailbox, whatever carries it: RabbitMQ where the profile has one, else Redis."""

from __future__ import annotations

from broker_client.profile import Profile, Secrets, celery_redis
from broker_client.tasks.asking import Mailbox
from broker_client.tasks.rabbit_mailbox import RabbitMailbox
from broker_client.tasks.redis_mailbox import RedisMailbox


def open_mailbox(profile: Profile, secrets: Secrets, name: str) -> Mailbox:
    """``name`` is shown by the broker for the connection."""
    if profile.has_rabbitmq:
        return RabbitMailbox(profile, secrets, name)
    return RedisMailbox(celery_redis(profile), secrets)
