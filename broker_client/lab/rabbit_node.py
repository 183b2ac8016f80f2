"""A private RabbitMQ node: its settings, its start, its end.

It has a name, an Erlang port mapper, ports, a cookie and a data folder of its own, so that it neither meets nor
disturbs another RabbitMQ on this machine. Passwords and the cookie are only in files of mode 0600 inside its folder.
"""

from __future__ import annotations

import base64
import http.client
import os
import re
import secrets
import signal
import socket
import threading
import time
from pathlib import Path

from broker_client.errors import BrokerError, NoAnswer
from broker_client.lab import programs
from broker_client.lab.free_ports import LOOPBACK, MANAGEMENT_OFFSET, free_ports
from broker_client.lab.guard import Guard
from broker_client.lab.node_home import make_home

READY_DEADLINE_S = 60.0
STOP_DEADLINE_S = 20.0
_NODE, _MAPPER = "rabbitmq", "epmd"

_CONFIG = """\
listeners.tcp.1 = {host}:{port}
management.tcp.ip = {host}
management.tcp.port = {management_port}
default_user = {username}
default_pass = {password}
default_user_tags.administrator = true
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
loopback_users = none
collect_statistics_interval = {statistics_interval_ms}
vm_memory_calculation_strategy = allocated
log.console = true
log.console.level = warning
log.file = false
"""
_INETRC = '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n'
"""Not every machine has ``localhost`` in a hosts file, and some put ``::1`` first."""
_ERROR_LINE = re.compile(r"\[error\] <[\d.]+> *(\w.*)")
_ERL_ARGUMENTS = "+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}"


class RabbitNode:
    """One node under a guard. ``start`` returns at once; ``wait_ready`` when AMQP and the management API answer."""

    username = "warren"

    def __init__(self, guard: Guard, folder: Path, statistics_interval_ms: int) -> None:
        """Raises :class:`~broker_client.errors.MissingProgram`."""
        self._server, self._epmd = programs.find_rabbitmq(), programs.find_epmd()
        self._guard = guard
        self._folder = folder
        self._log = folder / "rabbitmq.log"
        self.password = secrets.token_urlsafe(18)
        self.port, self._dist_port, self._epmd_port = free_ports(3)
        self.management_port = self.port + MANAGEMENT_OFFSET
        self.name = f"warren-{secrets.token_hex(3)}@localhost"
        self.pid = 0
        self._log_seen_bytes = 0
        self._write_files(statistics_interval_ms)
        self._home = make_home(self._server, folder / "home")

    def start(self) -> None:
        if self._guard_has_no_mapper():
            self._start_mapper()
        self._log_seen_bytes = self._log.stat().st_size if self._log.exists() else 0
        # "Running under systemd" makes the start script turn into the node instead of staying as its parent.
        environment = {**self._environment(), **self._home, "RUNNING_UNDER_SYSTEMD": "true"}
        self.pid = self._guard.start(_NODE, [str(self._server)], env=environment, cwd=self._folder, log=self._log)

    def wait_ready(self, deadline_s: float = READY_DEADLINE_S) -> None:
        """Raises :class:`BrokerError` with the log's last lines when it ends instead, :class:`NoAnswer` when late."""
        end = time.monotonic() + deadline_s
        pause = threading.Event()
        while not (_speaks_amqp(self.port) and self._management_answers()):
            if self._guard.code(_NODE) is not None:
                raise BrokerError("start RabbitMQ", self._last_words(), "Run the sandbox again")
            if time.monotonic() > end:
                raise NoAnswer(
                    "start RabbitMQ", f"it did not answer within {deadline_s:.0f} s", "Is this machine busy?"
                )
            pause.wait(0.1)

    def stop(self) -> None:
        """An orderly stop, as ``rabbitmqctl stop`` does; -9 when that takes too long."""
        self._guard.signal(_NODE, signal.SIGTERM)
        if self._guard.wait(_NODE, STOP_DEADLINE_S) is None:
            self.kill()

    def kill(self) -> None:
        """``kill -9``: what a power cut or the kernel's memory killer does."""
        self._guard.signal(_NODE, signal.SIGKILL)
        self._guard.wait(_NODE, STOP_DEADLINE_S)

    def _guard_has_no_mapper(self) -> bool:
        try:
            return self._guard.code(_MAPPER) is not None
        except BrokerError:  # never started
            return True

    def _start_mapper(self) -> None:
        argv = [str(self._epmd), "-address", LOOPBACK, "-port", str(self._epmd_port)]
        self._guard.start(_MAPPER, argv, env=self._environment(), cwd=self._folder, log=self._folder / "epmd.log")
        end = time.monotonic() + 5.0
        while not _accepts(self._epmd_port) and time.monotonic() < end:
            threading.Event().wait(0.01)

    def _write_files(self, statistics_interval_ms: int) -> None:
        config = _CONFIG.format(
            host=LOOPBACK,
            port=self.port,
            management_port=self.management_port,
            username=self.username,
            password=self.password,
            statistics_interval_ms=statistics_interval_ms,
        )
        write_private(self._folder / "rabbitmq.conf", config)
        write_private(self._folder / "enabled_plugins", "[rabbitmq_management].\n")
        write_private(self._folder / "inetrc", _INETRC)
        write_private(self._folder / "rabbitmq-env.conf", "")
        write_private(self._folder / ".erlang.cookie", secrets.token_hex(16))
        (self._folder / ".erlang.cookie").chmod(0o400)

    def _environment(self) -> dict[str, str]:
        """Nothing of the caller's environment but where programs and languages are: it may name another RabbitMQ."""
        path = os.pathsep.join(
            (os.environ.get("PATH", ""), str(self._epmd.parent), "/usr/local/bin:/usr/bin:/bin:/sbin")
        )
        folder = str(self._folder)
        return {
            "PATH": path,
            "LANG": "C.UTF-8",
            "HOME": folder,
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_INETRC": f"{folder}/inetrc",
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_BASE": folder,
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": f"{folder}/rabbitmq.pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_CONFIG_FILES": f"{folder}/conf.d",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/rabbitmq-env.conf",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERL_ARGUMENTS,
        }

    def _management_answers(self) -> bool:
        token = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        connection = http.client.HTTPConnection(LOOPBACK, self.management_port, timeout=2.0)
        try:
            connection.request("GET", "/api/overview", headers={"Authorization": f"Basic {token}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _last_words(self) -> str:
        """The first errors of this start, which name the cause; the log's end where there are none."""
        try:
            lines = self._log.read_bytes()[self._log_seen_bytes :].decode(errors="replace").splitlines()
        except OSError:
            lines = []
        errors = [found[1] for line in lines if (found := _ERROR_LINE.search(line))]
        return " · ".join(errors[:3] or [line.strip() for line in lines[-3:]]) or "it ended at once"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1.0).close()
    except OSError:
        return False
    return True


def _speaks_amqp(port: int) -> bool:
    """True when a broker answers AMQP 0-9-1's greeting with its first frame."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False
