"""The tap on a thread of its own: opened when asked, served without pause, told of five times a second."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack, closing

from broker_client.errors import BrokerError
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.firehose import Firehose
from broker_client.rabbit.management import ManagementClient
from broker_client.rabbit.message_filter import MessageFilter
from broker_client.rabbit.tap import Tap
from broker_client.rabbit.tap_order import TapOrder, plan_for
from broker_client.rabbit.tap_ring import TapRing
from dashboard.feeds.feed import Feed
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, TapArrived

SOURCE = "AMQP"
TELL_S = 0.2
BODY_BYTES = 256 << 10
RING_MESSAGES, RING_BYTES = 20_000, 128 << 20
_SERVE_S = 0.05
_NEVER_S = 3600.0
_log = logging.getLogger(__name__)


class TapSource(Source):
    """``tap`` and ``guide`` may be called from any thread. A tap that fails has ended: what it missed cannot be got."""

    service = "tap"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._wish: TapOrder | None = None
        self._serving: TapOrder | None = None
        self._guidance = (False, "")
        self._guided = (False, "")
        self._tap: Tap | None = None
        self._open = ExitStack()
        self._ring = TapRing()
        self._until: float | None = None
        self._told_at = 0.0

    def tap(self, order: TapOrder | None) -> None:
        self._wish = order
        self.wake.set()

    def guide(self, paused: bool, match: str) -> None:
        self._guidance = (paused, match)

    def turn(self) -> float:
        wish = self._wish
        if wish is not self._serving:
            self._end(None)
            if wish is not None:
                self._begin(wish)
        if self._tap is None:
            return _NEVER_S
        try:
            self._serve(self._tap)
        except BrokerError as trouble:
            self._end(trouble)
        return 0.0

    def health(self) -> Health:
        return Health(self.service, "live" if self._tap is not None else "off", last_ok=time.monotonic())

    def hang_up(self) -> None:
        self._end(None)

    # ---- inside --------------------------------------------------------------------------------------------------

    def _begin(self, order: TapOrder) -> None:
        self._serving = order
        self._ring = TapRing(RING_MESSAGES, RING_BYTES)
        self._until = None
        self.deliver(TapArrived(stamp(SOURCE, TELL_S), order, "opening", self._ring))
        try:
            with closing(ManagementClient(self._profile, self._secrets)) as client:
                plan = plan_for(client, order)
            if order.kind == "firehose":
                hose = Firehose(self._profile, self._secrets, order.vhost, order.seconds)
                self._open.callback(hose.close)
                self._until = time.monotonic() + hose.seconds
            tap = Tap(self._profile, self._secrets, plan, self._ring, body_bytes=BODY_BYTES)
            self._open.callback(tap.close)
        except BrokerError as trouble:
            self._end(trouble)
            return
        self._tap = tap
        self._guided = (False, "")
        self._tell("running")

    def _serve(self, tap: Tap) -> None:
        guidance = self._guidance
        if guidance != self._guided:
            self._guided = guidance
            tap.paused = guidance[0]
            tap.wanted = MessageFilter(guidance[1]) if guidance[1] else None
        tap.serve(_SERVE_S)
        now = time.monotonic()
        if self._until is not None and now >= self._until:
            self._wish = None if self._wish is self._serving else self._wish
            self._end(None)
        elif now - self._told_at >= TELL_S:
            self._tell("running")

    def _end(self, trouble: BrokerError | None) -> None:
        """Close what is open and say how it ended; what is still on although it should not be is said too."""
        order = self._serving
        if order is None:
            return
        counts = self._tap.counts if self._tap is not None else None
        notes = self._tap.plan.notes if self._tap is not None else ()
        try:
            self._open.close()
        except BrokerError as left_behind:
            _log.warning("the tap left something behind: %s", left_behind)
            trouble = trouble or left_behind
        if self._wish is order:
            self._wish = None
        self._tap, self._serving = None, None
        arrival = TapArrived(stamp(SOURCE, TELL_S), order, "ended", self._ring, counts, notes, None, trouble)
        self.deliver(arrival)

    def _tell(self, state: str) -> None:
        assert self._tap is not None and self._serving is not None
        self._told_at = time.monotonic()
        self.deliver(
            TapArrived(
                stamp(SOURCE, TELL_S),
                self._serving,
                state,
                self._ring,
                self._tap.counts,
                self._tap.plan.notes,
                self._until,
            )
        )


class TapFeed(Feed):
    """Health leg ``tap``: the view's own; the status bar leaves it out."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._tapping = TapSource(profile, secrets)
        super().__init__(self._tapping)

    def tap(self, order: TapOrder | None) -> None:
        """Copy messages from now on; ``None`` = stop."""
        self._tapping.tap(order)

    def guide(self, paused: bool, match: str) -> None:
        """``match`` is a line of terms that can be read."""
        self._tapping.guide(paused, match)
