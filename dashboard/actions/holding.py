"""Asks who holds what, on a job's thread: consumers and channels of the broker, and the workers' own word.

Qt-free; raises BrokerError.
"""

from __future__ import annotations

from contextlib import closing

import msgspec

from broker_client.errors import BrokerError
from broker_client.rabbit.amqp import vhost_of
from broker_client.rabbit.management import ManagementClient
from broker_client.tasks.holders import Holder, holders
from broker_client.tasks.inspection import ACTIVE, RESERVED, SCHEDULED, HeldTask
from broker_client.tasks.origin_queue import QUEUES, held_with_queues
from dashboard.actions.controlling import ask_workers
from dashboard.actions.orders import Clients

_PHASES = (ACTIVE, RESERVED, SCHEDULED)
_DEADLINE_S = 1.5


class Holding(msgspec.Struct, frozen=True):
    """``trouble`` says which part is missing; empty = nothing is."""

    holders: tuple[Holder, ...]
    held: tuple[HeldTask, ...]
    trouble: str = ""


def who_holds(workers: tuple[str, ...], clients: Clients) -> Holding:
    """Every consumer of the profile's vhost, with its worker and how many tasks that has. ``workers`` are asked."""
    with closing(ManagementClient(clients.profile, clients.secrets)) as client:
        consumers = client.consumers(vhost_of(clients.profile))
        unacked = client.unacked_by_channel()
    trouble, told = "", frozenset[str]()
    held: tuple[HeldTask, ...] = ()
    if workers:
        try:
            answers = ask_workers({method: {} for method in (*_PHASES, QUEUES)}, workers, clients, _DEADLINE_S)
        except BrokerError as problem:
            trouble = str(problem)
        else:
            held = held_with_queues(answers)
            told = frozenset.intersection(*(frozenset(answers[phase]) for phase in _PHASES))
            silent = len(workers) - len(told)
            trouble = f"{silent} of {len(workers)} workers did not say what they hold" if silent else ""
    return Holding(holders(consumers, unacked, held, told), held, trouble)
