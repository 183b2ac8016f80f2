"""URLs and environment variables into a profile, its passwords beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.errors import BadInput
from broker_client.profile import (
    Profile,
    Secrets,
    celery_redis,
    derive_management_url,
    from_environment,
    from_urls,
    with_vhost,
)


def test_user_and_password_are_split_off_every_url() -> None:
    profile, secrets = from_urls(
        "amqp://ops:p%40ss%2Fw@rabbit.example:5673/shop%2Feu",
        "https://ops:p%40ss%2Fw@rabbit.example:443/mq/",
        "rediss://cache:s3cret@redis.example:6380/2",
    )
    assert profile == Profile(
        name="rabbit.example",
        amqp_url="amqp://rabbit.example:5673/shop%2Feu",
        username="ops",
        management_url="https://rabbit.example:443/mq",
        redis_url="rediss://redis.example:6380/2",
        redis_username="cache",
    )
    assert secrets == Secrets("p@ss/w", "s3cret")
    assert "s3cret" not in repr((profile, secrets))


def test_a_url_without_login_means_the_guest_of_a_fresh_broker() -> None:
    profile, secrets = from_urls("amqp://localhost")
    assert (profile.amqp_url, profile.username, secrets.rabbitmq) == ("amqp://localhost:5672", "guest", "guest")
    assert profile.redis_url == ""


@pytest.mark.parametrize(
    ("amqp_url", "expected"),
    [
        ("amqp://h:5672/%2F", "http://h:15672"),
        ("amqps://h", "https://h:15671"),
        ("amqp://h:35672/v", "http://h:45672"),
        ("amqp://[::1]:5672/", "http://[::1]:15672"),
        ("amqp://h:60000/", ""),
        ("redis://h:6379", ""),
        ("nonsense", ""),
        ("amqp://h:port/", ""),
    ],
)
def test_the_management_address_is_derived(amqp_url: str, expected: str) -> None:
    assert derive_management_url(amqp_url) == expected


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        (("http://h:5672",), "starts with 'http'"),
        (("h:5672",), "starts with something else instead of amqp://"),
        (("amqp://",), "host is missing"),
        (("amqp://:5672/",), "host is missing"),
        (("amqp://h:port/",), "the port 'port' is not a number"),
        (("amqp://h:99999/",), "the port '99999' is not a number"),
        (("amqp://h:0/",), "the port '0'"),
        (("amqp://u:p%zz@h/",), "% at character 11"),
        (("amqp://u:100%@h/",), "% at character"),
        (("amqp://h /",), "character 9 is a space"),
        (("amqp://h\n/",), "character 9 is a space or a control"),
        (("amqp://[::1/",), "not an IPv6 address"),
        (("", "ftp://h"), "the management address"),
        (("", "", "http://h"), "the Redis address"),
    ],
)
def test_a_bad_url_is_refused_with_words(urls: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_urls(*urls)
    assert words in str(caught.value)


def test_a_refusal_never_shows_the_password() -> None:
    urls = ("u:hunter2@h", "amqp://u:hunter2@h:port/", "http://u:hunter2@h/", "amqp://u:hunter2%@h/", "x:hunter2@ h")
    for url in urls:
        with pytest.raises(BadInput) as caught:
            from_urls(url)
        assert "hunter2" not in f"{caught.value} {caught.value.remedy}"


@given(st.text(max_size=40))
def test_any_text_is_taken_or_refused_in_words(text: str) -> None:
    for urls in ((text,), ("amqp://" + text,), ("", "", "redis://" + text)):
        try:
            profile, _ = from_urls(*urls)
        except BadInput as problem:
            assert problem.why or problem.remedy
        else:
            assert "@" not in profile.amqp_url.partition("/")[0]


@pytest.mark.parametrize("vhost", ["/", "shop/eu", "a b", "ü%"])
def test_another_vhost_is_quoted(vhost: str) -> None:
    profile, _ = from_urls("amqp://h:5672/old")
    assert "/" not in with_vhost(profile, vhost).amqp_url.removeprefix("amqp://h:5672/")


@pytest.mark.parametrize(
    ("environ", "amqp_url", "redis_url"),
    [
        ({"CELERY_BROKER_URL": "pyamqp://u:p@mq:5672//"}, "amqp://mq:5672//", ""),
        ({"CELERY_BROKER_URL": "redis://r:6379/1"}, "", "redis://r:6379/1"),
        ({"CLOUDAMQP_URL": "amqps://u:p@mq/v", "REDIS_URL": "redis://r"}, "amqps://mq:5671/v", "redis://r:6379"),
        (
            {"CELERY_BROKER_URL": "amqp://mq", "CELERY_RESULT_BACKEND": "rpc://", "REDIS_URL": ""},
            "amqp://mq:5672",
            "",
        ),
        ({"CELERY_RESULT_BACKEND": "redis://:pw@r:6379/3"}, "", "redis://r:6379/3"),
    ],
)
def test_celery_style_variables_make_a_profile(environ: dict[str, str], amqp_url: str, redis_url: str) -> None:
    profile, _ = from_environment(environ)
    assert (profile.amqp_url, profile.redis_url) == (amqp_url, redis_url)


def test_a_redis_broker_beside_another_backend_is_kept_apart_and_without_its_login() -> None:
    environ = {"CELERY_BROKER_URL": "redis://:pw@b:6379/0", "CELERY_RESULT_BACKEND": "redis://:pw@b:6379/1"}
    profile, secrets = from_environment(environ)
    assert (profile.redis_url, profile.broker_redis_url) == ("redis://b:6379/1", "redis://b:6379/0")
    assert secrets.redis == "pw"
    assert celery_redis(profile).redis_url == "redis://b:6379/0"
    same, _ = from_environment({"CELERY_BROKER_URL": "redis://b/0"})
    assert same.broker_redis_url == "" and celery_redis(same) is same


@pytest.mark.parametrize("environ", [{}, {"CELERY_BROKER_URL": "sqs://key:secret@"}, {"PATH": "/bin"}])
def test_an_environment_without_services_says_which_variables_count(environ: dict[str, str]) -> None:
    with pytest.raises(BadInput) as caught:
        from_environment(environ)
    assert "CELERY_BROKER_URL" in caught.value.remedy
    assert "secret" not in str(caught.value)
