"""Test on the connections page, against real brokers: one light per leg, with the reason and what to do."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from broker_client.lab.free_ports import free_ports
from broker_client.lab.sandbox import Sandbox
from broker_client.profile import Profile
from dashboard.dialogs.profile_draft import Draft, draft_of
from dashboard.pages.connect import ConnectPage
from tests.brokers import LentBrokers
from tests.hands import SOON_MS
from tests.page_stage import Stage

LEGS = ("dns", "tcp", "tls", "login", "vhost", "rights", "management", "redis", "celery")


@pytest.fixture
def good(sandbox: Sandbox | LentBrokers) -> Draft:
    """A draft that works."""
    draft = draft_of(sandbox.profile, sandbox.secrets)
    return msgspec.structs.replace(draft, name="mine", management_url=sandbox.profile.management_url)


def lights(stage: Stage, qtbot: QtBot, draft: Draft) -> ConnectPage:
    """The page after a whole test of ``draft``."""
    page = stage.show(ConnectPage)
    page.start_new(draft)
    with qtbot.waitSignal(page.shelf.test_ended, timeout=SOON_MS):
        page.test_button.click()
    assert tuple(page.lights.legs) == LEGS
    return page


def changed(draft: Draft, **fields: str) -> Draft:
    return msgspec.structs.replace(draft, **fields)


def at_port(url: str, port: int | None) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{port}").geturl()


def test_everything_right_lights_no_red(stage: Stage, qtbot: QtBot, good: Draft) -> None:
    page = lights(stage, qtbot, good)
    states = {name: leg.state for name, leg in page.lights.legs.items()}
    assert "crit" not in states.values()
    assert [states[name] for name in ("tcp", "login", "vhost", "management", "redis")] == ["ok"] * 5
    assert page.test_button.isEnabled()


def test_a_wrong_password_is_red_at_the_login_with_a_remedy(stage: Stage, qtbot: QtBot, good: Draft) -> None:
    page = lights(stage, qtbot, changed(good, password="wrong"))
    login = page.lights.legs["login"]
    assert (login.state, bool(login.remedy)) == ("crit", True)
    assert page.lights.legs["tcp"].state == "ok"
    assert "failed" in page.lights.summary.text()


def test_a_wrong_virtual_host_is_red_there_and_not_at_the_login(stage: Stage, qtbot: QtBot, good: Draft) -> None:
    url = good.amqp_url.rpartition("/")[0] + "/nowhere"
    page = lights(stage, qtbot, changed(good, amqp_url=url))
    assert page.lights.legs["login"].state == "ok"
    assert page.lights.legs["vhost"].state == "crit"
    assert "nowhere" in page.lights.legs["vhost"].words


def test_http_on_the_amqp_port_is_recognised(stage: Stage, qtbot: QtBot, good: Draft, vhost: Profile) -> None:
    port = urlsplit(vhost.management_url).port
    page = lights(stage, qtbot, changed(good, amqp_url=at_port(good.amqp_url, port)))
    tcp = page.lights.legs["tcp"]
    assert tcp.state == "crit"
    assert "AMQP" in tcp.words + tcp.remedy


def test_amqp_on_the_management_port_is_recognised(stage: Stage, qtbot: QtBot, good: Draft) -> None:
    port = urlsplit(good.amqp_url).port
    page = lights(stage, qtbot, changed(good, management_url=at_port("http://h", port).replace("//h:", "//127.0.0.1:")))
    assert page.lights.legs["login"].state == "ok"
    assert page.lights.legs["management"].state == "crit"


def test_a_dead_port_is_red_at_the_connection_and_the_rest_is_not_tried(
    stage: Stage, qtbot: QtBot, good: Draft
) -> None:
    (port,) = free_ports(1)
    page = lights(stage, qtbot, changed(good, amqp_url=at_port(good.amqp_url, port)))
    assert page.lights.legs["tcp"].state == "crit"
    assert page.lights.legs["login"].state == "off"
    assert "not tried" in page.lights.legs["login"].words
    assert page.lights.legs["redis"].state == "ok"


def test_a_wrong_redis_password_is_red_at_redis_alone(stage: Stage, qtbot: QtBot, good: Draft) -> None:
    page = lights(stage, qtbot, changed(good, redis_password="wrong"))
    assert [name for name, leg in page.lights.legs.items() if leg.state == "crit"] == ["redis"]
    assert "password" in (page.lights.legs["redis"].words + page.lights.legs["redis"].remedy)


def test_another_profile_gives_a_running_test_up(stage: Stage, qtbot: QtBot, good: Draft) -> None:
    page = stage.show(ConnectPage)
    page.start_new(good)
    page.test_button.click()
    page.start_new(changed(good, name="other"))
    assert not page.lights.legs
    assert page.test_button.isEnabled()
