"""The firehose: the broker's own tracing of a vhost, turned on for a while and always turned off again.

Tracing is a setting of the vhost that would stay on if we were killed. A process of its own therefore turns it off:
when it is told to, when the time is over, or when the pipe to us closes for whatever reason. Needs an administrator.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from broker_client.errors import MissingProgram, NoAnswer, NotReady
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.management_writes import ManagementWrites

DEFAULT_S = 60.0
LONGEST_S = 3_600.0
_OFF_S = 15.0


class Firehose:
    """Tracing is on from the start until :meth:`close` or for ``seconds``. If it was on before, it is left on.

    Raises AccessRefused for all but administrators, and other BrokerErrors.
    """

    def __init__(self, profile: Profile, secrets: Secrets, vhost: str, seconds: float = DEFAULT_S) -> None:
        self.vhost = vhost
        self.seconds = min(max(1.0, seconds), LONGEST_S)
        with closing(ManagementWrites(profile, secrets)) as client:
            self.was_on = client.tracing(vhost)
        if self.was_on:
            self._guard = None
            return
        self._guard = self._start_guard(profile, secrets)

    def __enter__(self) -> Firehose:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Turn it off, and wait until that is done. Raises NotReady when it could not be turned off."""
        guard, self._guard = self._guard, None
        if guard is None:
            return
        assert guard.stdin is not None
        with suppress(OSError):
            guard.stdin.close()
        try:
            words = guard.stdout.read() if guard.stdout is not None else ""
            failed = guard.wait(_OFF_S) != 0
        except subprocess.TimeoutExpired:
            failed, words = True, "it takes long"
        finally:
            if guard.stdout is not None:
                guard.stdout.close()
        if failed:
            remedy = f"rabbitmqctl trace_off -p {self.vhost}"
            raise NotReady(f"the firehose of {self.vhost!r} may still be on", words.strip(), remedy)

    def _start_guard(self, profile: Profile, secrets: Secrets) -> subprocess.Popen[str]:
        """Start it, hand it what it needs over its standard input, and wait until it has turned tracing on."""
        command = [sys.executable, "-m", "broker_client.rabbit.firehose_guard"]
        path = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", ""))))
        try:
            guard = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path},
            )
        except OSError as problem:
            raise MissingProgram("the guard of the firehose could not be started", str(problem)) from None
        assert guard.stdin is not None and guard.stdout is not None
        orders = {"profile": msgspec.to_builtins(profile), "password": secrets.rabbitmq}
        guard.stdin.write(json.dumps({**orders, "vhost": self.vhost, "seconds": self.seconds}) + "\n")
        guard.stdin.flush()
        line = guard.stdout.readline()
        if line.strip() != "on":
            guard.stdin.close()
            guard.wait(_OFF_S)
            guard.stdout.close()
            with closing(ManagementWrites(profile, secrets)) as client:
                client.set_tracing(self.vhost, False)  # raises why it could not be turned on either
            raise NoAnswer("the firehose could not be turned on", line.strip())
        return guard
