"""A home for a RabbitMQ node, made of links, that holds only the plugins a sandbox runs.

Erlang looks for each of a thousand modules in one folder after the other. Without the thirty plugins that are shipped
but not used, a node is ready in about two thirds of the time.
"""

from __future__ import annotations

import re
from pathlib import Path

_WANTED = ("rabbitmq_management", "rabbitmq_prelaunch", "rabbit")
_OPTIONAL = "rabbitmq_"
"""Only plugins are left out; every library stays, whoever may need it."""
_NEEDS = re.compile(r"\{\s*applications\s*,\s*\[([^\]]*)\]")


def make_home(server: Path, folder: Path) -> dict[str, str]:
    """Make the home in ``folder`` and return the environment that points at it.

    Empty when this machine's RabbitMQ is not laid out as its own release is: then the node runs from where it is.
    """
    release = server.resolve().parents[1]
    plugins = {path.name.rpartition("-")[0]: path for path in (release / "plugins").glob("*-*") if path.is_dir()}
    needed = _needed(plugins)
    if not needed.issuperset(_WANTED):
        return {}
    for place in ("plugins", "sbin"):
        (folder / place).mkdir(parents=True)
    for name, path in plugins.items():
        if name in needed or not name.startswith(_OPTIONAL):
            (folder / "plugins" / path.name).symlink_to(path)
    for script in (release / "sbin").iterdir():
        (folder / "sbin" / script.name).symlink_to(script)
    (folder / "escript").symlink_to(release / "escript")
    return {"RABBITMQ_SCRIPTS_DIR": f"{folder}/sbin", "RABBITMQ_PLUGINS_DIR": f"{folder}/plugins"}


def _needed(plugins: dict[str, Path]) -> set[str]:
    """The wanted plugins and all that they say they need, as far as they are there."""
    found, waiting = set[str](), list(_WANTED)
    while waiting:
        name = waiting.pop()
        if name in found or name not in plugins:
            continue
        found.add(name)
        description = (plugins[name] / "ebin" / f"{name}.app").read_text(encoding="utf-8", errors="replace")
        if needs := _NEEDS.search(description):
            waiting += [word.strip(" \n\t'") for word in needs[1].split(",")]
    return found
