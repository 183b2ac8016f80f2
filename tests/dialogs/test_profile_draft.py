"""A draft says what is wrong with it in words, and loses nothing that was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.profile import Profile, Secrets
from dashboard.dialogs.profile_draft import Draft, derived_url, draft_of, profile_of, split_url, troubles

GOOD = Draft(name="shop", amqp_url="amqp://rabbit:5672/%2F", username="u", password="p")


def test_user_and_password_of_a_pasted_url_are_split_off_and_decoded() -> None:
    split = split_url(" amqp://me:s%40crt@rabbit:5672/shop ")
    assert (split.url, split.username, split.password) == ("amqp://rabbit:5672/shop", "me", "s@crt")


@pytest.mark.parametrize("text", ["", "rabbit", "amqp://rabbit:5672/", "http://[::1", "me@home"])
def test_a_text_without_a_login_is_left_alone(text: str) -> None:
    assert split_url(text).username is None


def test_the_management_url_is_derived_until_one_is_written() -> None:
    assert derived_url("amqp://rabbit:5672/%2F") == "http://rabbit:15672"
    profile, _ = profile_of(GOOD)
    assert profile.management_url == "http://rabbit:15672"
    assert draft_of(profile, Secrets()).management_url == ""


def test_a_good_draft_becomes_a_profile_and_its_passwords_stay_apart() -> None:
    profile, secrets = profile_of(GOOD)
    assert profile == Profile("shop", "amqp://rabbit:5672/%2F", "u", "http://rabbit:15672")
    assert secrets == Secrets("p", "")
    assert not troubles(GOOD)


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("name", "", "name"),
        ("name", "shop-prod", "Another profile"),
        ("name", "a\u202eb", "cannot be seen"),
        ("name", "x" * 61, "61"),
        ("amqp_url", "http://rabbit:5672", "amqp"),
        ("amqp_url", "amqp://rabbit:port/", "port"),
        ("amqp_url", "amqp:///", "host"),
        ("amqp_url", "", "RabbitMQ"),
        ("management_url", "ftp://rabbit", "http"),
        ("redis_url", "rabbit:6379", "redis"),
        ("username", "", "user name"),
        ("password", "a\0b", "zero byte"),
        ("environment", "prod", "production"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, value: str, word: str) -> None:
    values = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__} | {field: value}
    found = troubles(Draft(**values), taken=("shop-prod",))
    assert word in found[field]


def test_celerys_own_redis_is_kept_and_judged() -> None:
    good = Draft(name="shop", redis_url="redis://r:6379/1", broker_redis_url=" redis://r/0 ")
    assert not troubles(good)
    profile, secrets = profile_of(good)
    assert profile.broker_redis_url == "redis://r:6379/0"
    assert draft_of(profile, secrets).broker_redis_url == "redis://r:6379/0"
    for url, word in (("http://r", "redis://"), ("redis://:pw@r/0", "user and password")):
        told = troubles(Draft(name="shop", redis_url="redis://r/1", broker_redis_url=url))
        assert word in told["broker_redis_url"]
    both = Draft("s", "amqp://r", "u", broker_redis_url="redis://r/0")
    assert "RabbitMQ is the broker" in troubles(both)["broker_redis_url"]


def test_passwords_are_in_no_representation() -> None:
    assert "p4ss" not in repr(Draft(name="x", password="p4ss"))
    assert "p4ss" not in repr(split_url("amqp://u:p4ss@h/"))


@given(st.text(max_size=60))
def test_any_text_in_any_url_is_judged_without_a_crash(text: str) -> None:
    split_url(text)
    troubles(Draft(name="x", amqp_url=text, management_url=text, redis_url=text))
