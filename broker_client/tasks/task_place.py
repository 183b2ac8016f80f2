"""PURE: the broker to which copied code sends a task: RabbitMQ, or Redis where that is Celery's broker."""

from __future__ import annotations

import msgspec

from broker_client.profile import Profile, celery_redis
from broker_client.rabbit.code_place import CodePlace

REDIS_PASSWORD_VARIABLE = "REDIS_PASSWORD"


class RedisPlace(msgspec.Struct, frozen=True):
    """One database: ``redis://host:port/db`` without login."""

    url: str
    user: str = ""


TaskPlace = CodePlace | RedisPlace


def redis_place(profile: Profile) -> RedisPlace:
    """Where the profile's Celery has its broker in Redis."""
    return RedisPlace(celery_redis(profile).redis_url, profile.redis_username)
