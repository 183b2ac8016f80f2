"""One light per leg: which one is red for which mistake, and what to do about it."""

from __future__ import annotations

import msgspec
import pytest

from broker_client.legs import LEGS, Leg, check_legs
from broker_client.profile import Profile, Secrets, from_urls, with_vhost
from tests.brokers import LentBrokers
from tests.fakes.http_server import Speech, answer, http_server, raw, silence
from tests.waiting import until

Brokers = LentBrokers


def legs_of(profile: Profile, secrets: Secrets, timeout_s: float = 20.0) -> dict[str, Leg]:
    found = list(check_legs(profile, secrets, timeout_s))
    assert tuple(leg.name for leg in found) == LEGS
    assert all(leg.words for leg in found)
    for leg in found:
        for password in (secrets.rabbitmq, secrets.redis):
            assert len(password) < 8 or password not in f"{leg.words} {leg.remedy}"
    return {leg.name: leg for leg in found}


def states(legs: dict[str, Leg], *names: str) -> list[str]:
    return [legs[name].state for name in names or LEGS]


def until_legs(profile: Profile, secrets: Secrets, **wanted: str) -> dict[str, Leg]:
    """The legs, once these have these states: who answers late is silent for us."""
    seen: dict[str, Leg] = {}

    def as_wanted() -> bool:
        seen.update(legs_of(profile, secrets))
        return states(seen, *wanted) == list(wanted.values())

    until(as_wanted, words=f"{wanted}, {seen}")
    return seen


def test_an_empty_profile_has_every_light_off() -> None:
    assert set(states(legs_of(Profile("empty"), Secrets()))) == {"off"}


def test_an_unknown_host_is_red_at_dns() -> None:
    legs = legs_of(*from_urls("amqp://no-such-host.invalid"), timeout_s=1)
    assert states(legs, "dns", "tcp", "login") == ["crit", "off", "off"]


@pytest.mark.parametrize(
    ("speech", "words"),
    [
        (answer("400 Bad Request", b""), "web server"),
        (raw(b"-ERR unknown command\r\n"), "Redis"),
        (raw(b"\x15\x03\x01\x00\x02\x02\x46"), "TLS"),
        (raw(b"AMQP\x00\x01\x00\x00"), "another AMQP"),
        (silence, "silent"),
    ],
    ids=["http", "redis", "tls", "amqp-1.0", "silence"],
)
def test_another_service_at_the_amqp_port_is_red_at_tcp(speech: Speech, words: str) -> None:
    with http_server({"": speech}) as server:
        url = server.url.replace("http:", "amqp:")
        profile, secrets = msgspec.structs.replace(from_urls(url)[0], management_url=""), Secrets()
        # What answers late is silent for us.
        legs = until(lambda: found if words in (found := legs_of(profile, secrets))["tcp"].words else {})
    assert states(legs, "dns", "tcp", "tls", "login", "vhost") == ["ok", "crit", "off", "off", "off"]


@pytest.mark.live
def test_a_running_broker_is_green(sandbox: Brokers) -> None:
    needed = ("dns", "tcp", "login", "vhost", "rights", "management")
    legs = until_legs(sandbox.profile, sandbox.secrets, **dict.fromkeys(needed, "ok"))
    assert legs["redis"].state in ("ok", "off")
    assert legs["celery"].state in ("ok", "warn")
    assert legs["login"].took_ms is not None


@pytest.mark.live
def test_a_wrong_password_is_red_at_login(sandbox: Brokers) -> None:
    wrong = Secrets("a wrong password", "another wrong one")
    legs = until_legs(sandbox.profile, wrong, tcp="ok", login="crit", vhost="off", management="crit")
    assert "password" in legs["login"].remedy


@pytest.mark.live
def test_a_missing_vhost_is_red_at_vhost(sandbox: Brokers) -> None:
    legs = until_legs(with_vhost(sandbox.profile, "no/such"), sandbox.secrets, login="ok", vhost="crit")
    assert "not found" in legs["vhost"].words


@pytest.mark.live
def test_tls_against_a_plain_port_is_red_at_tls(sandbox: Brokers) -> None:
    url = sandbox.profile.amqp_url.replace("amqp://", "amqps://")
    profile = msgspec.structs.replace(sandbox.profile, amqp_url=url, management_url="")
    legs = until_legs(profile, sandbox.secrets, tcp="ok", tls="crit", login="off")
    assert "without TLS" in legs["tls"].remedy


@pytest.mark.live
def test_swapped_ports_are_named_on_both_sides(sandbox: Brokers) -> None:
    amqp = sandbox.profile.amqp_url.partition("://")[2].partition("/")[0]
    web = sandbox.profile.management_url.partition("://")[2]
    swapped = msgspec.structs.replace(
        sandbox.profile, amqp_url=f"amqp://{web}/", management_url=f"http://{amqp}", redis_url=f"redis://{web}/0"
    )
    until(lambda: "web server" in legs_of(swapped, sandbox.secrets)["tcp"].words)
    until_legs(swapped, sandbox.secrets, tcp="crit", management="crit", redis="crit")
