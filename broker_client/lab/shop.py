"""The demo shop: which processes make the traffic a newcomer looks at. All of them run under the sandbox's guard."""

from __future__ import annotations

from pathlib import Path

import msgspec

from broker_client.lab.guard import Guard
from broker_client.lab.shop_desk import ShopDesk

_TILL, _ROOMS, _CUSTOMERS, _WORKER = (
    f"broker_client.lab.{module}" for module in ("producer", "consumer", "customers", "celery_app")
)
WORKERS = {
    "mail@shop": ("tasks.mail", "tasks.default"),
    "media@shop": ("tasks.media", "tasks.default"),
}


class Shop:
    """The shop's processes on one pair of brokers. They end with the guard."""

    def __init__(self, guard: Guard, folder: Path, desk: ShopDesk) -> None:
        self._guard = guard
        self._folder = folder
        self._desk = desk
        self.pids: dict[str, int] = {}

    def open(self) -> None:
        """Start all of them and return at once: the first messages flow within a second, the first tasks in three."""
        self._start("till", _TILL, self._desk)
        self._start("rooms", _ROOMS, self._desk)
        for hostname, queues in WORKERS.items():
            self._start(hostname, _WORKER, msgspec.structs.replace(self._desk, hostname=hostname, queues=queues))
        self._start("customers", _CUSTOMERS, self._desk)

    def _start(self, name: str, module: str, desk: ShopDesk) -> None:
        log = self._folder / f"{name.replace('@', '-')}.log"
        self.pids[name] = self._guard.start_python(name, module, cwd=self._folder, log=log, stdin=desk.line())
