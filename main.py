"""Start Warren: ``python main.py --help``."""

from __future__ import annotations

import sys

from dashboard.app import run
from dashboard.options import parse


def main() -> int:
    """Run the window and return the process's exit code."""
    return run(parse(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
