"""Exchanges, bindings and who consumes: asked while somebody looks, as often as the broker can bear.

Rates of exchanges change all the time and the rest hardly ever: bindings and consumers that are as they were come as
the very same tuple, so that a page need not compare thousands of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from broker_client.errors import AccessRefused
from broker_client.profile import Profile, Secrets
from broker_client.rabbit.entities import Binding, Consumer, Exchange
from broker_client.rabbit.management import ManagementClient
from dashboard.feeds.exchange_rates import ExchangeRates
from dashboard.feeds.feed import Feed
from dashboard.feeds.pace import Pace
from dashboard.feeds.source import Source, stamp
from dashboard.store.app_state import Health, TopologyArrived

SOURCE = "Management API"
_NOBODY_LOOKS_S = 3600.0
_RATES_SHARE, _REST_SHARE = 0.002, 0.002

Policies = Mapping[tuple[str, str], Mapping[str, object]]


class Rest(NamedTuple):
    """What hardly ever changes."""

    bindings: tuple[Binding, ...]
    consumers: tuple[Consumer, ...]
    policies: Policies


class TopologySource(Source):
    """Owns one client. ``watch`` and ``choose_vhost`` may be called from any thread."""

    service = "topology"

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        super().__init__()
        self._profile = profile
        self._secrets = secrets
        self._client: ManagementClient | None = None
        self._wanted = False
        self._vhost: str | None = None
        self._asked_vhost: str | None = None
        self._rates_pace = Pace(_RATES_SHARE)
        self._rest_pace = Pace(_REST_SHARE)
        self._rest: Rest | None = None
        self._rates = ExchangeRates()

    def watch(self, wanted: bool) -> None:
        fresh = wanted and not self._wanted
        self._wanted = wanted
        if fresh:
            self.wake.set()

    def choose_vhost(self, vhost: str | None) -> None:
        self._vhost = vhost
        self.wake.set()

    def turn(self) -> float:
        if not self._wanted:
            return _NOBODY_LOOKS_S
        client = self._client or ManagementClient(self._profile, self._secrets)
        self._client = client
        vhost = self._vhost
        if vhost != self._asked_vhost:
            self._asked_vhost, self._rest = vhost, None
            self.hurry()
        began = time.monotonic()
        if self._rest is None or self._rest_pace.is_due(began):
            self._rest = self._asked_rest(client, vhost)
            now = time.monotonic()
            self._rest_pace.spent(now - began, now)
        if self._rates_pace.is_due(time.monotonic()):
            self._ask_exchanges(client, vhost, self._rest)
        now = time.monotonic()
        return max(0.05, min(self._rates_pace.wait_s(now), self._rest_pace.wait_s(now)))

    def health(self) -> Health:
        return Health(self.service, "live" if self._wanted else "off", last_ok=time.monotonic())

    def hurry(self) -> None:
        self._rates_pace.hurry()
        self._rest_pace.hurry()

    def abort(self) -> None:
        client = self._client
        if client is not None:
            client.abort()

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
        self.hurry()

    # ---- the questions ------------------------------------------------------------------------------------------

    def _asked_rest(self, client: ManagementClient, vhost: str | None) -> Rest:
        before = self._rest
        bindings = client.bindings(vhost)
        consumers = _named(client.consumers(vhost), _connection_names(client))
        policies = {(policy.vhost, policy.name): policy.definition for policy in client.policies(vhost)}
        if before is None:
            return Rest(bindings, consumers, policies)
        return Rest(
            before.bindings if bindings == before.bindings else bindings,
            before.consumers if consumers == before.consumers else consumers,
            policies,
        )

    def _ask_exchanges(self, client: ManagementClient, vhost: str | None, rest: Rest) -> None:
        began = time.monotonic()
        told = client.exchanges(vhost)
        now = time.monotonic()
        exchanges = tuple(_with_policy(exchange, rest.policies) for exchange in self._rates.measured(told, now))
        interval_s = self._rates_pace.spent(now - began, now)
        stamped = stamp(SOURCE, interval_s, (now - began) * 1000)
        self.deliver(TopologyArrived(stamped, vhost, exchanges, rest.bindings, rest.consumers))


class TopologyFeed(Feed):
    """Health leg ``topology``: of the pages that show exchanges; the status bar leaves it out."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._topology = TopologySource(profile, secrets)
        super().__init__(self._topology)

    def watch(self, wanted: bool) -> None:
        """Ask from now on, or rest."""
        self._topology.watch(wanted)

    def choose_vhost(self, vhost: str | None) -> None:
        """Limit everything to one vhost; ``None`` = all."""
        self._topology.choose_vhost(vhost)


def _connection_names(client: ManagementClient) -> Mapping[str, str]:
    """A user without the monitoring tag sees their own connections only: names are welcome, not needed."""
    try:
        return client.connection_names()
    except AccessRefused:
        return {}


def _named(consumers: Sequence[Consumer], names: Mapping[str, str]) -> tuple[Consumer, ...]:
    return tuple(
        msgspec.structs.replace(consumer, application=name)
        if (name := names.get(consumer.connection or ""))
        else consumer
        for consumer in consumers
    )


def _with_policy(exchange: Exchange, policies: Policies) -> Exchange:
    definition = policies.get((exchange.vhost, exchange.policy or ""))
    return msgspec.structs.replace(exchange, effective_policy=dict(definition)) if definition else exchange
