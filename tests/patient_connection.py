"""A test's own connection to the broker: it has time, and may be left alone while the test looks elsewhere."""

from __future__ import annotations

import pika

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import open_connection


def patient_connection(profile: Profile, secrets: Secrets) -> pika.BlockingConnection:
    """Without heartbeats: nobody serves them while a command runs or a page is waited for, and the broker would hang
    up after some twenty seconds."""
    return open_connection(profile, secrets, heartbeat=0, socket_s=30.0, name="test")
