"""RabbitMQ's definitions export of one vhost, as the management API hands it out."""

from __future__ import annotations

from urllib.parse import quote

import requests

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.amqp import vhost_of


def exported_definitions(profile: Profile, secrets: Secrets) -> bytes:
    with requests.Session() as session:
        session.trust_env = False
        url = f"{profile.management_url}/api/definitions/{quote(vhost_of(profile), safe='')}"
        answer = session.get(url, auth=(profile.username, secrets.rabbitmq), timeout=20)
        answer.raise_for_status()
        return answer.content
