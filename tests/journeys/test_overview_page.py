"""A person at the overview of a running shop: every panel fills, and its jumps lead where they say."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from broker_client.lab.sandbox import Sandbox
from broker_client.lab.shop_topology import EMAIL
from broker_client.rabbit.entities import QueueKey
from broker_client.tasks.records import TaskQuery
from dashboard.pages.overview import OverviewPage
from dashboard.pages.queues import QueuesPage
from tests.hands import SOON_MS
from tests.page_stage import Stage

pytestmark = pytest.mark.live


@pytest.fixture
def page(stage: Stage, demo: Sandbox) -> OverviewPage:
    page = stage.show(OverviewPage)
    stage.connect(demo.profile, demo.secrets)
    return page


def test_the_cards_the_charts_and_the_table_fill_with_live_figures(page: OverviewPage, qtbot: QtBot) -> None:
    cards = (page.ready, page.unacked, page.published, page.failed, page.workers)
    qtbot.waitUntil(lambda: not any("unknown" in card.accessibleName() for card in cards), timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.rate_chart.drawn and page.depth_chart.drawn, timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.queues.model.shown > 8, timeout=SOON_MS)
    qtbot.waitUntil(lambda: "Workers online: 2 of 2" in page.workers.accessibleName(), timeout=SOON_MS)
    qtbot.waitUntil(lambda: page.queues.stale_reason is None, timeout=SOON_MS)


def test_the_queue_without_a_consumer_leads_to_its_details(stage: Stage, page: OverviewPage, qtbot: QtBot) -> None:
    listed = page.attention.list

    def found() -> bool:
        return any(finding.queue == QueueKey("/", EMAIL) for finding in listed.findings.rows())

    qtbot.waitUntil(found, timeout=SOON_MS)
    place = next(at for at, finding in enumerate(listed.findings.rows()) if finding.queue == QueueKey("/", EMAIL))
    listed.activated.emit(listed.findings.index(place, 0))
    (target,) = stage.went
    assert target == ("queues", QueueKey("/", EMAIL))
    page.deactivate()
    queues = stage.show(QueuesPage)
    queues.reveal(target[1])
    qtbot.waitUntil(lambda: queues.panel.status.text() == "No consumer", timeout=SOON_MS)
    qtbot.waitUntil(lambda: queues.panel.bindings.count.text() == "1", timeout=SOON_MS)


def test_what_fails_most_is_named_after_a_while(stage: Stage, page: OverviewPage, qtbot: QtBot) -> None:
    rows = page.attention.failing.rows
    qtbot.waitUntil(lambda: rows[0].isVisible() and rows[0].task_name.startswith("shop."), timeout=2 * SOON_MS)
    rows[0].click()
    assert stage.went[-1] == ("tasks", TaskQuery(rows[0].task_name, ("FAILURE",)))
