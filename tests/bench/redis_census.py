"""What the walk over all keys costs Redis, beside the same walk with KEYS and one answer per key.

A private Redis with results of Celery's and other keys. *The walk*: what the page does, at its own pace; Redis'
processor time is taken from INFO before and after. *Longest command*: by Redis' own slow log; while it runs nobody else
is served. The peer asks KEYS once and then TYPE, MEMORY USAGE and PTTL of every key.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from broker_client.lab.free_ports import LOOPBACK
from broker_client.lab.guard import Guard
from broker_client.lab.redis_node import RedisNode
from broker_client.profile import Profile, Secrets, from_urls
from broker_client.redis_keys import take_census
from broker_client.redis_server import open_redis
from tests.bench.figures import Figure, Result, Spread, Target, one

KEYS, QUICK_KEYS = 500_000, 50_000
ROUNDS, QUICK_ROUNDS = 3, 1
RESULT_SHARE = 5
"""One key of so many is a result."""
CPU_SHARE_TARGET = 0.1
LONGEST_TARGET_MS = 5.0
_NOTED_US = 100
_PAGE = 5_000
_PEER = "KEYS and every key"


def run(quick: bool) -> Result:
    total = QUICK_KEYS if quick else KEYS
    with tempfile.TemporaryDirectory(prefix="warren-bench-") as folder, Guard() as guard:
        node = RedisNode(guard, Path(folder))
        node.start()
        node.wait_ready()
        profile, secrets = from_urls("", "", f"redis://:{node.password}@{LOOPBACK}:{node.port}/0")
        client: Any = open_redis(profile, secrets, deadline_s=30.0)
        _fill(client, total)
        client.config_set("slowlog-max-len", 1_000)
        client.config_set("slowlog-log-slower-than", _NOTED_US)
        walks = [_walk(client, profile, secrets) for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
        peer_cpu_s, peer_longest_ms = _ask_everything(client)
        client.close()
    shares = Spread.of(100 * cpu_s / took_s for took_s, cpu_s, _longest in walks)
    longest = Spread.of(longest_ms for _took, _cpu, longest_ms in walks)
    figures = (
        Figure("Share of Redis' time that the walk takes", shares, "%", Target("value", 100 * CPU_SHARE_TARGET)),
        Figure("Longest command", longest, "ms", Target("value", LONGEST_TARGET_MS), one(peer_longest_ms), _PEER),
        Figure("Redis' processor time", Spread.of(cpu for _, cpu, _ in walks), "s", None, one(peer_cpu_s), _PEER),
        Figure("The walk", Spread.of(took_s for took_s, _, _ in walks), "s"),
    )
    return Result(figures, (f"{total:,} keys, one of {RESULT_SHARE} a result.",))


def _fill(client: Any, total: int) -> None:
    value = json.dumps({"status": "SUCCESS", "result": 5, "name": "shop.mail", "date_done": "2026-11-23T10:00:00"})
    for start in range(0, total, _PAGE):
        pipeline = client.pipeline(transaction=False)
        for number in range(start, start + _PAGE):
            if number % RESULT_SHARE:
                pipeline.set(f"session:{number}", "x" * 100, ex=3_600)
            else:
                pipeline.set(f"celery-task-meta-{number:036d}", value, ex=86_400)
        pipeline.execute()


def _walk(client: Any, profile: Profile, secrets: Secrets) -> tuple[float, float, float]:
    """Seconds, processor seconds of Redis, and milliseconds of its longest command."""
    client.slowlog_reset()
    cpu_s, began = _cpu_s(client), time.perf_counter()
    take_census(profile, secrets)
    return time.perf_counter() - began, _cpu_s(client) - cpu_s, _longest_ms(client)


def _ask_everything(client: Any) -> tuple[float, float]:
    client.slowlog_reset()
    cpu_s = _cpu_s(client)
    keys = client.keys("*")
    for start in range(0, len(keys), _PAGE):
        pipeline = client.pipeline(transaction=False)
        for key in keys[start : start + _PAGE]:
            pipeline.type(key)
            pipeline.memory_usage(key)
            pipeline.pttl(key)
        pipeline.execute()
    return _cpu_s(client) - cpu_s, _longest_ms(client)


def _longest_ms(client: Any) -> float:
    """Commands under a tenth of a millisecond are not noted."""
    return max((entry["duration"] for entry in client.slowlog_get(1_000)), default=_NOTED_US) / 1_000


def _cpu_s(client: Any) -> float:
    told = client.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])
