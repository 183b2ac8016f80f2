"""The command line: ``python -m broker_client COMMAND``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from broker_client import (
    __version__,
    move_command,
    peek_command,
    publish_command,
    route_command,
    status_command,
    tap_command,
    whereis_command,
)
from broker_client.lab import sandbox_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit code (2 = the command line was wrong)."""
    parser = argparse.ArgumentParser(prog="python -m broker_client", description="Look at RabbitMQ, Redis and Celery.")
    parser.add_argument("--version", action="version", version=f"warren {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, words, command in (
        ("status", "one look at everything a profile names", status_command),
        ("publish", "publish messages, and say what became of each", publish_command),
        ("peek", "look into a queue; says first what that does to it", peek_command),
        ("tap", "copy messages from now on, without touching anybody's queue", tap_command),
        ("move", "move or copy messages from a queue, losing none", move_command),
        ("route", "where a message would go, and why; nothing is published", route_command),
        ("whereis", "where one task is now, and who says so", whereis_command),
        ("sandbox", "run a private RabbitMQ and Redis until told to stop", sandbox_command),
    ):
        subparser = commands.add_parser(name, help=words, description=words)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    args = parser.parse_args(arguments)
    return int(args.run(args))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone.
        sys.stderr.close()
        sys.exit(1)
