"""Dialogs without a window and without a broker: a desk with facts that were told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from PySide6.QtWidgets import QApplication

from broker_client.profile import Profile
from broker_client.rabbit.entities import Binding, Exchange, Overview
from dashboard.store.app_state import OverviewArrived, QueuesArrived, Session, SessionChanged, TopologyArrived
from tests.models.queue_examples import make_row
from tests.page_stage import Stage, stamp

TYPES = ("direct", "fanout", "headers", "topic", "x-delayed-message")
BINDINGS = (Binding("/", "orders", "fulfil", "queue", "order.#"),)


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """Nothing is connected; the broker is RabbitMQ 3.10.8 with a few exchanges and queues."""
    stage = Stage(qapp, tmp_path)
    tell(stage)
    yield stage
    stage.close()


def tell(
    stage: Stage,
    version: str = "3.10.8",
    environment: str = "development",
    read_only: bool = False,
    vhost: str = "/",
) -> None:
    """Open a profile and say what its broker holds."""
    amqp_url = f"amqp://127.0.0.1:1/{quote(vhost, safe='')}"
    profile = Profile("shop", amqp_url, management_url="http://127.0.0.1:1", read_only=read_only)
    stage.session._profile = profile
    stage.receive(SessionChanged(Session("shop", environment, read_only)))
    stage.receive(OverviewArrived(stamp(), Overview(version, exchange_types=TYPES), (), ("/",)))
    stage.receive(QueuesArrived(stamp(), (make_row("fulfil"), make_row("log", type="stream"))))
    exchanges = (Exchange("/", "", "direct"), Exchange("/", "orders", "topic"), Exchange("/", "media", "headers"))
    stage.receive(TopologyArrived(stamp(), None, exchanges, BINDINGS))
