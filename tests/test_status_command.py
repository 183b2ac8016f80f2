"""One look from the command line: what is said, what is unknown, and the exit codes."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from broker_client.__main__ import main
from broker_client.errors import BadInput
from broker_client.insight.findings import Finding
from broker_client.insight.queue_rows import QueueRow
from broker_client.profile import Profile, Secrets
from broker_client.profile_store import ProfileStore
from broker_client.rabbit.entities import Overview, Queue, Rates
from broker_client.status_command import Report, Trouble, chosen_profile, lines, profiles_path
from tests.brokers import LentBrokers

ROOT = Path(__file__).parent.parent


def options(**given: str) -> argparse.Namespace:
    return argparse.Namespace(**{"amqp": "", "management": "", "redis": "", "profile": "", "json": False, **given})


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    assert lines(Report("none")) == ["RabbitMQ  unknown", "queues    unknown", "Redis     unknown", "tasks     unknown"]


def test_a_report_shows_queues_findings_and_troubles() -> None:
    queue = Queue("/", "orders\x1b[31m", ready=12_000, unacked=3, total=12_003, consumers=0, rates=Rates(publish=2.5))
    hidden = QueueRow(Queue("/", "amq.gen-x"), "idle", "empty", system=True)
    report = Report(
        "shop",
        Overview("4.0.5", ready=12_000),
        queues=(QueueRow(queue, "no_consumer", "never"), hidden),
        findings=(Finding("no-consumer", "crit", "orders has no consumer", "12.0k ready"),),
        troubles=(Trouble("redis", "cannot connect", "refused", "is it running?"),),
    )
    text = "\n".join(lines(report))
    assert "\x1b" not in text and "orders\\x1b[31m" in text
    assert "no_consumer" in text and "12.0k" in text and "2.5" in text
    assert "amq.gen" not in text
    assert "crit  orders has no consumer: 12.0k ready" in text
    assert "FAILED redis: cannot connect: refused: is it running?" in text


def test_passwords_may_come_by_the_environment() -> None:
    environ = {"WARREN_AMQP_PASSWORD": "from env", "WARREN_REDIS_PASSWORD": "too"}
    profile, secrets = chosen_profile(options(amqp="amqp://ops@h", redis="redis://h"), environ)
    assert (profile.username, secrets) == ("ops", Secrets("from env", "too"))


def test_without_options_the_environment_of_celery_is_used() -> None:
    profile, _ = chosen_profile(options(), {"CELERY_BROKER_URL": "amqp://mq:5672//"})
    assert profile.amqp_url == "amqp://mq:5672//"


def test_a_saved_profile_is_found_by_its_name(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    ProfileStore(profiles_path(environ)).save(Profile("shop", "amqp://mq:5672/"))
    assert chosen_profile(options(profile="shop"), environ)[0].name == "shop"
    with pytest.raises(BadInput, match="shop"):
        chosen_profile(options(profile="other"), environ)


@pytest.mark.parametrize("arguments", [["status", "--amqp", "nonsense"], ["status", "--redis", "redis://h:x"]])
def test_bad_usage_ends_with_two_and_words(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["status", "--nonsense"]])
def test_a_wrong_command_line_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_nothing_reachable_ends_with_one_and_names_it() -> None:
    done = status("--management", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "FAILED management" in done.stdout
    assert done.stderr == ""


@pytest.mark.live
def test_a_running_broker_is_told_as_json(sandbox: LentBrokers) -> None:
    profile = sandbox.profile
    done = status(
        *("--json", "--amqp", profile.amqp_url.replace("://", f"://{profile.username}@")),
        *("--management", profile.management_url, "--redis", profile.redis_url),
        WARREN_AMQP_PASSWORD=sandbox.secrets.rabbitmq,
        WARREN_REDIS_PASSWORD=sandbox.secrets.redis,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = msgspec.json.decode(done.stdout)
    assert report["overview"]["rabbitmq_version"]
    assert report["redis"]["version"]
    assert report["troubles"] == []
    assert {"queues", "tasks", "workers", "findings"} <= report.keys()
    assert sandbox.secrets.rabbitmq not in done.stdout


def status(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "broker_client", "status", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={"PATH": "/bin", **environ}, capture_output=True, text=True, timeout=60, check=False
    )
