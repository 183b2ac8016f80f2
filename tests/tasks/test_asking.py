"""A round of questions: how long it waits, and what it still takes at its end."""

from __future__ import annotations

import json

import pytest

from broker_client.tasks.asking import Round
from broker_client.tasks.pidbox import Questions

PING: Questions = {"ping": {}}


def ask(*expected: str, deadline_s: float = 2.0) -> Round:
    return Round(PING, frozenset(expected), deadline_s, (), None)


def answer(asked: Round, worker: str) -> None:
    (ticket,) = (json.loads(body)["ticket"] for body in asked.bodies())
    asked.take(ticket, json.dumps({worker: {"ok": "pong"}}).encode())


def test_what_came_while_this_process_was_busy_is_taken_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("broker_client.tasks.asking.time.monotonic", lambda: now[0])
    asked = ask("w1@h", deadline_s=2.0)
    turns = asked.turns()
    assert next(turns) == 2.0
    now[0] += 5.0
    assert next(turns) == 0.0, "one more turn, without waiting"
    answer(asked, "w1@h")
    assert next(turns, None) is None
    assert asked.answers == {"ping": {"w1@h": {"ok": "pong"}}}


def test_a_round_ends_at_once_when_all_who_are_expected_have_answered() -> None:
    asked = ask("w1@h", deadline_s=60.0)
    turns = asked.turns()
    assert next(turns) > 50.0
    answer(asked, "w1@h")
    assert next(turns, None) is None
