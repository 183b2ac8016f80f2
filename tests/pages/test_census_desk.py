"""Counting the keys of Redis: one walk at a time, and no wish to count is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from broker_client.profile import Profile, Secrets
from broker_client.redis_keys import Census
from dashboard.pages.census_desk import CensusDesk
from tests.hands import SOON_MS
from tests.page_stage import Stage


def test_what_is_wanted_while_a_walk_goes_on_is_counted_after_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    taken: list[int] = []
    let_go = threading.Event()

    def walk(profile: Profile, secrets: Secrets, go_on: Callable[[], bool], note: Callable[[Census], None]) -> Census:
        let_go.wait()
        taken.append(1)
        return Census(1_700_000_000.0, 0.1, len(taken), len(taken), True)

    monkeypatch.setattr("dashboard.pages.census_desk.take_census", walk)
    stage.connect(Profile("p"), Secrets())
    desk = CensusDesk(stage.desk, stage.jobs)
    for _ in range(3):
        desk.begin()
    let_go.set()
    qtbot.waitUntil(lambda: not desk.running and len(taken) == 2, timeout=SOON_MS)
    assert desk.census is not None and desk.census.counted == 2
