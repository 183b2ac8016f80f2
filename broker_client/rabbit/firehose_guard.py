"""``python -m broker_client.rabbit.firehose_guard``: turn a vhost's tracing on, and off again whatever happens.

The first line of standard input is JSON with the profile, the password, the vhost and the seconds. Says ``on`` when it
is on; turns it off at the end of standard input or of the time, trying for a minute. Exit code 0 = it is off.
"""

from __future__ import annotations

import json
import select
import signal
import sys
import time
from contextlib import closing

import msgspec

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.management_writes import ManagementWrites

_TRY_FOR_S = 60.0
_PAUSE_S = 1.0


def guard(profile: Profile, secrets: Secrets, vhost: str, seconds: float) -> int:
    """The exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends with its parent, after it has cleaned up
    if not _set(profile, secrets, vhost, on=True):
        return 1
    sys.stdout.write("on\n")
    sys.stdout.flush()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([sys.stdin], [], [], left)[0] and not sys.stdin.readline():
            break
    end = time.monotonic() + _TRY_FOR_S
    while not _set(profile, secrets, vhost, on=False):
        if time.monotonic() > end:
            return 1
        time.sleep(_PAUSE_S)
    return 0


def _set(profile: Profile, secrets: Secrets, vhost: str, *, on: bool) -> bool:
    try:
        with closing(ManagementWrites(profile, secrets)) as client:
            client.set_tracing(vhost, on)
    except BrokerError as problem:
        sys.stdout.write(f"{problem}\n")
        return False
    return True


if __name__ == "__main__":
    orders = json.loads(sys.stdin.readline())
    place = msgspec.convert(orders["profile"], Profile)
    sys.exit(guard(place, Secrets(orders["password"]), orders["vhost"], orders["seconds"]))
