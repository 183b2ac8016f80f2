"""Notices are shown, kept and logged, without secrets."""

from __future__ import annotations

import logging

import pytest
from pytestqt.qtbot import QtBot

from broker_client.errors import Unreachable
from dashboard.actions.notices import Notices


def test_an_error_says_what_failed_why_and_what_to_do(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    notices = Notices()
    with caplog.at_level(logging.INFO), qtbot.waitSignal(notices.notice_arrived) as heard:
        notices.say_error(Unreachable("connect to amqp://me:secret@host/", "refused", "Start the broker"))
    (notice,) = heard.args or []
    assert notice.title == "connect to amqp://***@host/"
    assert notice.words == "refused. Start the broker"
    assert notice.tone == "crit"
    assert "secret" not in caplog.text


def test_only_the_last_two_hundred_are_kept(qtbot: QtBot) -> None:
    notices = Notices()
    for number in range(300):
        notices.say(f"notice {number}")
    assert len(notices.recent) == 200
    assert notices.recent[-1].title == "notice 299"
