"""One line on the machine that was measured. It names no host and no user."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("PySide6-Essentials", "pika", "redis", "celery")


def machine_line() -> str:
    """When, on what processor and system, and with which versions."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured {datetime.now(UTC):%d %B %Y} on {os.cpu_count()} cores ({processor()}), {memory_gb:.0f} GB, "
        f"{system()}, Python {platform.python_version()}, {packages}, Qt platform `offscreen`. "
        f"Load average at the start: {os.getloadavg()[0]:.1f}."
    )


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
