"""The exchanges of the profile's own vhost, asked on a job's thread. Qt-free; raises BrokerError."""

from __future__ import annotations

from contextlib import closing

from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import Exchange, ExchangeKey
from broker_client.rabbit.management import ManagementClient
from dashboard.actions.orders import Clients


def home_exchanges(clients: Clients) -> dict[ExchangeKey, Exchange]:
    """Empty where nobody can tell: without RabbitMQ, or without its management API."""
    profile = clients.profile
    if not profile.has_rabbitmq or not profile.management_url:
        return {}
    with closing(ManagementClient(profile, clients.secrets)) as client:
        return {exchange.key: exchange for exchange in client.exchanges(vhost_of(profile))}
