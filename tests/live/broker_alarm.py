"""Raise and clear the memory alarm of a private broker, by a call to its node from a short-lived Erlang node."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker_client.lab.sandbox import Sandbox


@contextmanager
def memory_alarm(sandbox: Sandbox) -> Iterator[None]:
    """While this lasts, the broker takes no messages from anybody."""
    _set_watermark(sandbox, 0.000001)
    try:
        yield
    finally:
        _set_watermark(sandbox, 0.6)


def _set_watermark(sandbox: Sandbox, share: float) -> None:
    environ = Path(f"/proc/{sandbox.beam_pid}/environ").read_text().split("\0")
    node = dict(line.split("=", 1) for line in environ if "=" in line)
    cookie = (Path(node["HOME"]) / ".erlang.cookie").read_text()
    call = f"ok = rpc:call('{node['RABBITMQ_NODENAME']}', vm_memory_monitor, set_vm_memory_high_watermark, [{share:f}])"
    passed_on = ("HOME", "LANG", "ERL_EPMD_ADDRESS", "ERL_EPMD_PORT", "ERL_INETRC")
    name = f"alarm{os.getpid()}@localhost"
    command = ["erl", "-noshell", "-sname", name, "-setcookie", cookie, "-eval", f"{call}, halt()."]
    settings = {"PATH": os.environ["PATH"], **{word: node[word] for word in passed_on if word in node}}
    loopback = ["-kernel", "inet_dist_use_interface", "{127,0,0,1}"]
    subprocess.run([*command, *loopback], env=settings, check=True, capture_output=True, timeout=30)
