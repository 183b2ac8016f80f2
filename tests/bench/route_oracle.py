"""Routing held to a real RabbitMQ: 50,000 messages, and how many of them went elsewhere than foretold.

A private broker; random topologies of nine exchanges and ten queues each, made through AMQP, with bindings between
exchanges (circles too), alternate exchanges, all four types, all kinds of `x-match`, header values of every AMQP type,
CC and BCC, the default exchange, and keys and patterns with empty words. 500 messages to each; then every queue is
emptied and the exact set of queues of each message is compared with the router's, which knows the topology through the
management API. Where the router says that something cannot be known (the width of an integer inside an array is not
shown by that API), the queues it calls sure and possible must enclose the truth; how many those were stands beside.
"""

from __future__ import annotations

import random
from contextlib import closing

from broker_client.lab.sandbox import Sandbox
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.entities import ExchangeKey
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.routing import Router
from broker_client.rabbit.topology import Topology
from tests.bench.figures import Figure, Result, Target, one
from tests.live.routing_oracle import Maze, Sent, differences, publisher

MESSAGES, QUICK_MESSAGES = 50_000, 5_000
EACH = 500


def run(quick: bool) -> Result:
    count = QUICK_MESSAGES if quick else MESSAGES
    with Sandbox.start() as sandbox:
        sent = _sent(sandbox, count, random.Random(50))
        router = _router(sandbox)
    found = differences(sent, router, sandbox.profile)
    vhost = vhost_of(sandbox.profile)
    unknown = sum(
        bool(router.route(ExchangeKey(vhost, message.exchange), message.key, message.headers).unknown)
        for message in sent
    )
    copies = sum(len(message.queues) for message in sent)
    figures = (
        Figure("messages that went elsewhere", one(len(found)), "", Target("value", 0)),
        Figure("messages with something unknown", one(unknown / len(sent) * 100), "%"),
    )
    remarks = (f"{len(sent):,} messages were routed by RabbitMQ {router.version}, {copies:,} copies were counted.",)
    return Result(figures, (*remarks, *(str(difference) for difference in found[:3])))


def _sent(sandbox: Sandbox, count: int, rng: random.Random) -> list[Sent]:
    with closing(publisher(sandbox.profile, sandbox.secrets)) as connection:
        channel = connection.channel()
        sent: list[Sent] = []
        while len(sent) < count:
            sent += Maze(channel, rng, f"maze{len(sent)}").publish(EACH)
    return sent


def _router(sandbox: Sandbox) -> Router:
    with closing(ManagementClient(sandbox.profile, sandbox.secrets, deadline_s=60)) as client:
        vhost = vhost_of(sandbox.profile)
        version = client.overview()[0].rabbitmq_version
        queues, exchanges = client.queues(vhost, detail=False), client.exchanges(vhost)
        return Router(Topology(queues, exchanges, client.bindings(vhost)), version)
