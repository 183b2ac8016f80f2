"""What moves is asked each time, what rests every third time, what is gone rarely; nothing known is dropped."""

from __future__ import annotations

from broker_client.rabbit.entities import Depth, QueueKey
from dashboard.feeds.probe_rota import MISSING_EVERY, RESTING_AFTER_S, RESTING_EVERY, ProbeRota

BUSY, STILL, LOCKED = (QueueKey("/", name) for name in ("busy", "still", "locked"))
KEYS = (BUSY, STILL, LOCKED)


def asked(rota: ProbeRota, passes: int, now: float) -> dict[str, int]:
    """How often each queue is asked in so many passes, while only one of them moves."""
    counts = {key.name: 0 for key in KEYS}
    for number in range(passes):
        due = rota.due(KEYS, now)
        found = Depth(BUSY, number, 1), Depth(STILL, 4, 1), Depth(LOCKED, None, None, "locked")
        rota.hear([depth for depth in found if depth.key in due], now)
        for key in due:
            counts[key.name] += 1
    return counts


def test_everything_is_asked_at_first() -> None:
    assert ProbeRota().due(KEYS, 0.0) == KEYS


def test_a_queue_at_rest_is_asked_less_and_a_missing_one_rarely() -> None:
    rota = ProbeRota()
    asked(rota, 1, 0.0)
    rota.hear([Depth(BUSY, 99, 1)], RESTING_AFTER_S)
    passes = MISSING_EVERY * 2
    assert asked(rota, passes, RESTING_AFTER_S + 1) == {
        "busy": passes,
        "still": passes // RESTING_EVERY,
        "locked": passes // MISSING_EVERY,
    }


def test_a_change_wakes_a_resting_queue() -> None:
    rota = ProbeRota()
    asked(rota, 1, 0.0)
    later = RESTING_AFTER_S + 1
    rota.hear([Depth(STILL, 5, 1)], later)
    assert all(STILL in rota.due(KEYS, later) for _ in range(5))


def test_the_latest_depth_of_every_queue_stays_known_until_nobody_watches_it() -> None:
    rota = ProbeRota()
    asked(rota, 1, 0.0)
    assert [depth.key for depth in rota.latest(KEYS)] == list(KEYS)
    rota.due((BUSY,), 1.0)
    assert [depth.key for depth in rota.latest(KEYS)] == [BUSY]
