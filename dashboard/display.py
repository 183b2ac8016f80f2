"""Is there a screen? Asked before Qt is, because Qt aborts the process when there is none."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PROBE_S = 2.0


@dataclass(frozen=True)
class Display:
    """``usable``: a window can be shown. Else ``words`` say what is missing and ``remedy`` what to do."""

    usable: bool
    words: str
    remedy: str = ""
    offscreen: bool = False


def find_display(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Display:
    """Look at the environment and knock at the display's door; never starts Qt."""
    chosen = environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    if chosen in ("offscreen", "minimal", "vnc"):
        return Display(True, f"Qt draws {chosen}", offscreen=chosen != "vnc")
    if not platform.startswith("linux"):
        return Display(True, "the desktop of this machine")
    if environ.get("WAYLAND_DISPLAY") and chosen in ("", "wayland") and _wayland_answers(environ):
        return Display(True, f"Wayland display {environ['WAYLAND_DISPLAY']}")
    if environ.get("DISPLAY"):
        return _x11(environ["DISPLAY"])
    if environ.get("WAYLAND_DISPLAY"):
        return Display(False, "the Wayland display does not answer", "Log in to a desktop, or unset WAYLAND_DISPLAY.")
    return Display(
        False, "there is no display", "Run it on a desktop, or set QT_QPA_PLATFORM=offscreen for pictures only."
    )


def _x11(name: str) -> Display:
    if not _x11_answers(name):
        return Display(False, f"the X display {name} does not answer", "Check DISPLAY, or the ssh -X connection.")
    from ctypes.util import find_library  # starts a compiler's worth of modules; needed on X11 alone

    if find_library("xcb-cursor") is None:
        return Display(False, "the library libxcb-cursor is missing", "Install libxcb-cursor0 (Debian, Ubuntu).")
    return Display(True, f"X display {name}")


def _x11_answers(name: str) -> bool:
    """Connect to the X server's socket: ``:0`` is a Unix socket, ``host:10.0`` is TCP port 6010."""
    host, _, rest = name.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdecimal():
        return False
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _unix_answers(path) or _unix_answers("\0" + path)
    try:
        socket.create_connection((host, 6000 + int(number)), _PROBE_S).close()
    except OSError:
        return False
    return True


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    return _unix_answers(str(Path(environ.get("XDG_RUNTIME_DIR", "/")) / environ["WAYLAND_DISPLAY"]))


def _unix_answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(_PROBE_S)
        try:
            door.connect(path)
        except OSError:
            return False
    return True
