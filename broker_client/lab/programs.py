"""Where the brokers' programs are on this machine, and what to install when they are missing."""

from __future__ import annotations

import glob
import os
import shutil
from pathlib import Path

from broker_client.errors import MissingProgram

_RABBITMQ_PLACES = (
    # The wrapper that Debian and Fedora put on the PATH changes to another user when run as root: take what it wraps.
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server",
    "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
    "/usr/local/opt/rabbitmq/sbin/rabbitmq-server",
)
_REDIS_PLACES = ("/opt/homebrew/bin/redis-server", "/usr/local/bin/redis-server")
_ERLANG_PLACES = (
    "/usr/lib/erlang/erts-*/bin/epmd",
    "/usr/lib64/erlang/erts-*/bin/epmd",
    "/opt/homebrew/opt/erlang/lib/erlang/erts-*/bin/epmd",
    "/usr/local/opt/erlang/lib/erlang/erts-*/bin/epmd",
)
_INSTALL_COMMANDS = {
    "apt-get": "sudo apt-get install --no-install-recommends",
    "brew": "brew install",
    "dnf": "sudo dnf install",
    "pacman": "sudo pacman -S",
}
_PACKAGES = {
    "rabbitmq-server": {"brew": "rabbitmq", "pacman": "rabbitmq"},
    "redis-server": {"brew": "redis", "dnf": "valkey", "pacman": "valkey"},
}


def find_rabbitmq() -> Path:
    """The program that starts a RabbitMQ node. Raises :class:`MissingProgram`."""
    return _first(_RABBITMQ_PLACES) or _on_path("rabbitmq-server") or _refuse("rabbitmq-server")


def find_redis() -> Path:
    """redis-server, or Valkey's, which speaks the same language. Raises :class:`MissingProgram`."""
    return _on_path("redis-server", "valkey-server") or _first(_REDIS_PLACES) or _refuse("redis-server")


def find_epmd() -> Path:
    """Erlang's port mapper, which comes with RabbitMQ. Raises :class:`MissingProgram`."""
    return _on_path("epmd") or _first(_ERLANG_PLACES) or _refuse("rabbitmq-server")


def install_command(program: str) -> str:
    """The command that installs ``program`` here, with this system's own package manager."""
    for installer, command in _INSTALL_COMMANDS.items():
        if shutil.which(installer):
            return f"{command} {_PACKAGES[program].get(installer, program)}"
    return f"install the package {program} of this system"


def _on_path(*names: str) -> Path | None:
    found = (shutil.which(name) for name in names)
    return next((Path(path) for path in found if path), None)


def _first(patterns: tuple[str, ...]) -> Path | None:
    candidates = (path for pattern in patterns for path in sorted(glob.glob(pattern), reverse=True))
    return next((Path(path) for path in candidates if os.access(path, os.X_OK)), None)


def _refuse(program: str) -> Path:
    raise MissingProgram(
        "start a sandbox",
        f"{program} is not installed on this machine",
        f"Run scripts/setup, or: {install_command(program)}",
    )
