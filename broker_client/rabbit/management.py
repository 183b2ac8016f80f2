"""RabbitMQ's management API: reads. Frozen entities come back, or a BrokerError is raised; nothing is retried here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from broker_client.errors import (
    AccessRefused,
    BadAnswer,
    BadInput,
    BrokerError,
    LoginRefused,
    NotFound,
    NotReady,
    WrongService,
)
from broker_client.profile import Profile, Secrets
from broker_client.rabbit import management_json as wire
from broker_client.rabbit.entities import (
    Binding,
    Consumer,
    Exchange,
    ExchangeKey,
    Node,
    Overview,
    Policy,
    Queue,
    QueueDetail,
    QueueKey,
    SampleSeries,
    Whoami,
)
from broker_client.rabbit.http_door import Answer, HttpDoor

T = TypeVar("T")

PAGE_SIZE = 500
"""The largest page the API grants, and small enough that decoding one holds Python's lock for a few milliseconds."""

_MAX_PAGES = 400
_RETENTION = ((600, 5), (3_600, 60), (28_800, 600), (86_400, 1_800))
"""Age and step (seconds) of the samples that a broker keeps by default."""

_TOTALS = f"disable_stats=true&enable_queue_totals=true&columns={wire.TOTALS_COLUMNS}"
_NAMES = "name,user_provided_name"
_UNACKED = "name,messages_unacknowledged"
_TAGS = {
    "Not management user": "management",
    "Not monitor user": "monitoring",
    "Not policymaker user": "policymaker",
    "Not administrator user": "administrator",
}


class ManagementClient:
    """One thread uses one client. ``last_ms`` is how long the latest call took, connection included."""

    def __init__(
        self,
        profile: Profile,
        secrets: Secrets,
        *,
        connect_s: float = 2.0,
        deadline_s: float = 8.0,
        max_bytes: int = 64 << 20,
    ) -> None:
        if not profile.management_url:
            raise BadInput("no management address is set", "", "add it to the profile, like http://host:15672")
        self._door = HttpDoor(
            profile.management_url,
            profile.username,
            secrets.rabbitmq,
            profile,
            connect_s=connect_s,
            max_bytes=max_bytes,
        )
        self._user = profile.username
        self._deadline_s = deadline_s
        self.last_ms: float | None = None

    def overview(self, history_s: int | None = None) -> tuple[Overview, tuple[SampleSeries, ...]]:
        """Totals of the broker, and its own samples of the last ``history_s`` seconds (none unless asked for).

        Rates are averages where samples were asked for; else the broker's last slope, which is 0.0 now and then."""
        samples = f"&{_samples(history_s)}" if history_s else ""
        row = self._read(f"/api/overview?columns={wire.OVERVIEW_COLUMNS}{samples}", dict[str, Any])
        overview, history = wire.overview_of(row)
        return overview, history if history_s else ()

    def nodes(self) -> tuple[Node, ...]:
        """Needs the tag ``monitoring``."""
        return self._all(f"/api/nodes?columns={wire.NODE_COLUMNS}", wire.node_of)

    def vhosts(self) -> tuple[str, ...]:
        return self._all("/api/vhosts?columns=name", lambda row: str(row.get("name", "")))

    def totals(self, vhost: str | None = None) -> tuple[Queue, ...]:
        """Identity, type, state and live depths of all queues in one answer: the cheapest way up to some thousands,
        less than half of what pages cost the broker."""
        answer = self._read(f"/api/queues{_under(vhost)}?{_TOTALS}", list[wire.QueueWire])
        return tuple(wire.queue_of(row) for row in answer)

    def queues(self, vhost: str | None = None, *, detail: bool, rates_over_s: int | None = None) -> tuple[Queue, ...]:
        """All queues, of one vhost or of all. ``detail`` False: identity, type and live depths only, much cheaper.

        ``rates_over_s`` asks for rates averaged over so many seconds: dearer for the broker, but right at the first
        look, when there are no earlier counters to measure from.

        An empty answer may also mean that the user has no permission in any vhost: the API does not tell.
        """
        path = "/api/queues" if vhost is None else f"/api/queues/{_part(vhost)}"
        what = f"columns={wire.QUEUE_COLUMNS}" if detail else _TOTALS
        if detail and rates_over_s:
            what = f"{what}&{_samples(rates_over_s)}"
        found: dict[QueueKey, Queue] = {}
        started = time.monotonic()
        for number in range(1, _MAX_PAGES + 1):
            query = f"page={number}&page_size={PAGE_SIZE}&pagination=true&{what}"
            try:
                page = self._read(f"{path}?{query}", wire.QueuePage)
            except BadInput as refused:
                # The list has shrunk since the page before: what was read so far is all there is.
                if "page_out_of_range" in refused.why and number > 1:
                    break
                raise
            # A queue moves to another page when one before it vanishes; its newer answer counts.
            found.update((queue.key, queue) for queue in wire.queues_of(page))
            if number >= page.page_count:
                break
        self.last_ms = (time.monotonic() - started) * 1000
        return tuple(found.values())

    def queue_detail(self, key: QueueKey, history_s: int) -> QueueDetail:
        """One queue with its consumers, bindings and samples; raises :class:`NotFound` when it is gone."""
        path = f"/api/queues/{_part(key.vhost)}/{_part(key.name)}"
        bindings = self._all(f"{path}/bindings", wire.binding_of)
        return wire.queue_detail_of(self._read(f"{path}?{_samples(history_s)}", wire.QueueWire), bindings)

    def exchanges(self, vhost: str | None = None) -> tuple[Exchange, ...]:
        return self._all("/api/exchanges" + _under(vhost), wire.exchange_of)

    def bindings(self, vhost: str | None = None) -> tuple[Binding, ...]:
        return self._all("/api/bindings" + _under(vhost), wire.binding_of)

    def bindings_from(self, exchange: ExchangeKey) -> tuple[Binding, ...]:
        """The bindings whose source is the exchange; raises :class:`NotFound` when there is no such exchange."""
        path = f"/api/exchanges/{_part(exchange.vhost)}/{_part(exchange.name)}/bindings/source"
        return self._all(path, wire.binding_of)

    def consumers(self, vhost: str | None = None) -> tuple[Consumer, ...]:
        return self._all("/api/consumers" + _under(vhost), wire.consumer_of)

    def policies(self, vhost: str | None = None) -> tuple[Policy, ...]:
        return self._all("/api/policies" + _under(vhost), wire.policy_of)

    def connection_names(self) -> dict[str, str]:
        """The broker's name of each connection -> the name that its client gave it; without those that gave none."""
        return {
            key: name for key, name in self._all(f"/api/connections?columns={_NAMES}", wire.connection_name_of) if name
        }

    def unacked_by_channel(self) -> dict[str, int]:
        """The broker's name of each channel -> how many messages it was given and has not acknowledged."""
        told = self._all(f"/api/channels?columns={_UNACKED}", wire.channel_unacked_of)
        return {name: count for name, count in told if count is not None}

    def whoami(self) -> Whoami:
        return wire.whoami_of(self._read("/api/whoami", dict[str, Any]))

    def abort(self) -> None:
        """End a call that waits, from any thread: it raises ConnectionLost. The client is of no use afterwards."""
        self._door.abort()

    def close(self) -> None:
        self._door.close()

    def _all(self, path: str, of: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
        return tuple(of(row) for row in self._read(path, list[dict[str, Any]]))

    def _read(self, path: str, wanted: type[T]) -> T:
        started = time.monotonic()
        answer = self._door.get(path, started + self._deadline_s)
        self.last_ms = (time.monotonic() - started) * 1000
        if answer.status != 200:
            raise self._refusal(answer, path)
        try:
            return wire.decode(answer.body, wanted)
        except BadAnswer as problem:
            raise BadAnswer(f"{self._door.what} gave a strange answer", problem.args[0], problem.remedy) from None

    def _refusal(self, answer: Answer, path: str) -> BrokerError:
        error, reason = _words(answer)
        if answer.status == 401:
            return self._not_allowed(error, reason, path)
        if answer.status == 404:
            return NotFound(f"{path.partition('?')[0]} does not exist", reason)
        if answer.status == 400:
            return BadInput(f"{self._door.what} refused the request", f"{error}: {reason}" if error else reason)
        if 300 <= answer.status < 400:
            remedy = "set the management address to where it points"
            return WrongService(f"{self._door.what} points elsewhere", answer.location or str(answer.status), remedy)
        if answer.status >= 500:
            why = reason or error or f"it answers with status {answer.status}"
            return NotReady(f"{self._door.what} cannot serve now", why, "wait, or look into the broker's log")
        return BadAnswer(f"{self._door.what} answers with status {answer.status}", reason or error)

    def _not_allowed(self, error: str, reason: str, path: str) -> BrokerError:
        """Any permission problem is a 401, never a 403. A refused login is spelt ``not_authorized`` (4.0: with
        capitals), a missing tag or permission ``not_authorised``."""
        if error != "not_authorised" or "only log in via localhost" in reason:
            why = reason or "the user name or the password is wrong"
            return LoginRefused(f"the login of {self._user!r} was refused", why, "check user name and password")
        tag = next((tag for words, tag in _TAGS.items() if reason.lower().startswith(words.lower())), "")
        if tag:
            remedy = f"rabbitmqctl set_user_tags {self._user} {tag}"
            what = f"{self._user!r} may not read {path.partition('?')[0]}"
            return AccessRefused(what, f"the tag {tag!r} is missing", remedy, missing=tag)
        remedy = f"rabbitmqctl set_permissions -p VHOST {self._user} '^$' '^$' '.*'"
        return AccessRefused(f"{self._user!r} has no access", reason, remedy, missing="permission in the vhost")


def _words(answer: Answer) -> tuple[str, str]:
    """``error`` and ``reason`` of a refusal; both empty when the body is not the API's own."""
    try:
        row = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "", ""
    if not isinstance(row, dict):
        return "", ""
    return str(row.get("error", "")), str(row.get("reason", ""))


def _samples(history_s: int) -> str:
    age, step = next(
        ((history_s, step) for longest, step in _RETENTION if history_s <= longest),
        (_RETENTION[-1][0], _RETENTION[-1][1]),
    )
    return f"lengths_age={age}&lengths_incr={step}&msg_rates_age={age}&msg_rates_incr={step}"


def _under(vhost: str | None) -> str:
    return "" if vhost is None else f"/{_part(vhost)}"


def _part(name: str) -> str:
    return quote(name, safe="")
