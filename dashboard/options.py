"""The command line of the window."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from broker_client import __version__

PAGES = (
    "overview",
    "queues",
    "exchanges",
    "topology",
    "messages",
    "tasks",
    "task_types",
    "workers",
    "schedules",
    "redis",
    "connect",
)
THEMES = ("system", "dark", "light")


@dataclass(frozen=True)
class Options:
    """What was asked for. ``seconds`` is ``None`` to run until closed."""

    demo: bool = False
    profile: str = ""
    amqp: str = ""
    management: str = ""
    redis: str = ""
    theme: str = ""
    page: str = ""
    seconds: float | None = None
    shots: Path | None = None
    report: Path | None = None
    temp_home: bool = False
    doctor: bool = False

    @property
    def names_brokers(self) -> bool:
        """Whether addresses were given on the command line."""
        return bool(self.amqp or self.management or self.redis)


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; ``--help``, ``--version`` and mistakes end the program, as argparse does."""
    given = vars(_parser().parse_args(arguments))
    return Options(**{name: value for name, value in given.items() if value is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="warren", description="Watch RabbitMQ, Redis and Celery in one window.", allow_abbrev=False
    )
    where = parser.add_argument_group("what to watch")
    where.add_argument("--demo", action="store_true", help="start a private sandbox with traffic and watch it")
    where.add_argument("--profile", metavar="NAME", help="open this saved profile")
    where.add_argument("--amqp", metavar="URL", help="amqp://user:password@host:5672/vhost (never stored)")
    where.add_argument("--management", metavar="URL", help="http://host:15672; derived from --amqp when left out")
    where.add_argument("--redis", metavar="URL", help="redis://:password@host:6379/0 (never stored)")
    look = parser.add_argument_group("how to show it")
    look.add_argument("--theme", choices=THEMES)
    look.add_argument("--page", choices=PAGES)
    trial = parser.add_argument_group("for trials and pictures")
    trial.add_argument("--seconds", type=_seconds, metavar="N", help="end after N seconds (with --demo: of live data)")
    trial.add_argument("--shots", type=Path, metavar="DIR", help="write pictures of every page, in both themes")
    trial.add_argument("--report", type=Path, metavar="FILE", help="write what was seen and measured, as JSON")
    trial.add_argument(
        "--temp-home", action="store_true", help="keep settings, profiles and logs in a folder that goes"
    )
    parser.add_argument("--doctor", action="store_true", help="check this machine and the profile, then end")
    parser.add_argument("--version", action="version", version=f"warren {__version__}")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds
