"""A private redis-server on a loopback port of its own, with a random password, holding nothing on disk."""

from __future__ import annotations

import secrets
import signal
import socket
import threading
import time
from pathlib import Path

from broker_client.errors import BrokerError, NoAnswer
from broker_client.lab import programs
from broker_client.lab.free_ports import LOOPBACK, free_ports
from broker_client.lab.guard import Guard
from broker_client.lab.rabbit_node import write_private

_NAME = "redis"
_CONFIG = """\
port {port}
bind {host}
requirepass {password}
dir {folder}
daemonize no
save ""
appendonly no
"""


class RedisNode:
    """One server under a guard. ``start`` returns at once; ``wait_ready`` when it answers. A restart finds it empty."""

    def __init__(self, guard: Guard, folder: Path) -> None:
        """Raises :class:`~broker_client.errors.MissingProgram`."""
        self._server = programs.find_redis()
        self._guard = guard
        self._folder = folder
        self._log = folder / "redis.log"
        self.password = secrets.token_urlsafe(18)
        (self.port,) = free_ports(1)
        self.pid = 0
        config = _CONFIG.format(port=self.port, host=LOOPBACK, password=self.password, folder=folder)
        write_private(folder / "redis.conf", config)

    def start(self) -> None:
        argv = [str(self._server), str(self._folder / "redis.conf")]
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(self._folder)}
        self.pid = self._guard.start(_NAME, argv, env=environment, cwd=self._folder, log=self._log)

    def wait_ready(self, deadline_s: float = 30.0) -> None:
        """Raises :class:`BrokerError` when it ends instead, :class:`NoAnswer` when it is late."""
        end = time.monotonic() + deadline_s
        while not self._answers():
            if self._guard.code(_NAME) is not None:
                raise BrokerError("start Redis", self._log.read_text(errors="replace")[-400:].strip())
            if time.monotonic() > end:
                raise NoAnswer("start Redis", f"it did not answer within {deadline_s:.0f} s", "Is this machine busy?")
            threading.Event().wait(0.02)

    def stop(self) -> None:
        self._guard.signal(_NAME, signal.SIGTERM)
        if self._guard.wait(_NAME, 5.0) is None:
            self._guard.signal(_NAME, signal.SIGKILL)
            self._guard.wait(_NAME, 5.0)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                connection.settimeout(1.0)
                return b"+OK" in connection.recv(64)
        except OSError:
            return False
