"""A private RabbitMQ and a private Redis on loopback, started with this machine's programs.

Owns the folder of one sandbox, the guard that ends everything in it, and the two servers. It stops only what it
started.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from broker_client.lab import programs
from broker_client.lab.free_ports import LOOPBACK
from broker_client.lab.guard import Guard, sweep_folders
from broker_client.lab.rabbit_node import RabbitNode
from broker_client.lab.redis_node import RedisNode
from broker_client.lab.shop import Shop
from broker_client.lab.shop_desk import ShopDesk
from broker_client.profile import Profile, Secrets

_FOLDER_PREFIX = "sandbox-"
STATISTICS_INTERVAL_MS = 1000
"""How often the node gathers statistics; RabbitMQ's own default is 5000."""


def default_state_dir() -> Path:
    """Where sandboxes keep their folders: below the state directory of the XDG convention."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "warren"


class Sandbox:
    """Both servers, running. Make one with :meth:`start`; use it as a context manager or call :meth:`stop`.

    Everything ends with this process, in whatever way it ends.
    """

    owned = True
    """Ours to restart and kill, unlike a broker that somebody lends."""

    def __init__(self, guard: Guard, rabbitmq: RabbitNode, redis: RedisNode) -> None:
        self._guard = guard
        self._rabbitmq = rabbitmq
        self._redis = redis
        self.shop: Shop | None = None
        self.profile = Profile(
            name="Sandbox",
            amqp_url=f"amqp://{LOOPBACK}:{rabbitmq.port}/%2F",
            username=rabbitmq.username,
            management_url=f"http://{LOOPBACK}:{rabbitmq.management_port}",
            redis_url=f"redis://{LOOPBACK}:{redis.port}/0",
        )
        self.secrets = Secrets(rabbitmq=rabbitmq.password, redis=redis.password)

    @classmethod
    def start(
        cls,
        demo: bool = False,
        state_dir: Path | None = None,
        rate: float = 1.0,
        report_progress: Callable[[str], None] = lambda _words: None,
        statistics_interval_ms: int = STATISTICS_INTERVAL_MS,
    ) -> Sandbox:
        """Start both servers and wait until they answer; ``demo`` adds the shop's traffic, ``rate`` times as much.

        Raises :class:`~broker_client.errors.MissingProgram`, or another :class:`~broker_client.errors.BrokerError`
        when a server does not come up. ``report_progress`` is called with a few words at each step.
        """
        programs.find_rabbitmq(), programs.find_redis()
        guard = Guard(_make_folder(state_dir or default_state_dir()))
        try:
            sandbox = cls._start_servers(guard, report_progress, statistics_interval_ms)
            if demo:
                report_progress("Opening the shop…")
                sandbox.open_shop(rate)
        except BaseException:
            guard.end()
            raise
        report_progress("Ready")
        return sandbox

    @classmethod
    def _start_servers(
        cls, guard: Guard, report_progress: Callable[[str], None], statistics_interval_ms: int
    ) -> Sandbox:
        assert guard.folder is not None
        rabbitmq = RabbitNode(guard, guard.folder, statistics_interval_ms)
        redis = RedisNode(guard, guard.folder)
        report_progress("Starting RabbitMQ…")
        rabbitmq.start()
        redis.start()
        redis.wait_ready()
        rabbitmq.wait_ready()
        return cls(guard, rabbitmq, redis)

    def open_shop(self, rate: float = 1.0) -> None:
        """Start the demo traffic: producers, consumers and Celery workers."""
        facts = self.facts()
        desk = ShopDesk(amqp_url=str(facts["amqp_url"]), redis_url=str(facts["redis_url"]), rate=rate)
        self.shop = Shop(self._guard, self.folder, desk)
        self.shop.open()

    @property
    def folder(self) -> Path:
        """Everything this sandbox writes; deleted at its end."""
        assert self._guard.folder is not None
        return self._guard.folder

    @property
    def guard(self) -> Guard:
        """Starts further processes that end with the sandbox."""
        return self._guard

    @property
    def beam_pid(self) -> int:
        """Process id of the RabbitMQ node."""
        return self._rabbitmq.pid

    @property
    def redis_pid(self) -> int:
        return self._redis.pid

    def facts(self) -> dict[str, str | int]:
        """What a program needs to connect; the only place that joins a password to a URL."""
        username, password = quote(self.profile.username, safe=""), quote(self.secrets.rabbitmq, safe="")
        return {
            "amqp_url": self.profile.amqp_url.replace("://", f"://{username}:{password}@"),
            "management_url": self.profile.management_url,
            "username": self.profile.username,
            "password": self.secrets.rabbitmq,
            "redis_url": self.profile.redis_url.replace("://", f"://:{quote(self.secrets.redis, safe='')}@"),
            "pid": self._guard.pid,
        }

    def stop(self) -> None:
        """End everything and delete the folder. A second call does nothing."""
        self._guard.end()

    def start_rabbitmq(self) -> None:
        self._rabbitmq.start()
        self._rabbitmq.wait_ready()

    def stop_rabbitmq(self) -> None:
        self._rabbitmq.stop()

    def kill_rabbitmq(self) -> None:
        self._rabbitmq.kill()

    def restart_rabbitmq(self) -> None:
        self.stop_rabbitmq()
        self.start_rabbitmq()

    def start_redis(self) -> None:
        self._redis.start()
        self._redis.wait_ready()

    def stop_redis(self) -> None:
        self._redis.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _make_folder(state_dir: Path) -> Path:
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep_folders(state_dir, _FOLDER_PREFIX)
    return Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX, dir=state_dir)).resolve()
