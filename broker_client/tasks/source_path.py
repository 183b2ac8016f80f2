"""Where a process that we start finds this package."""

from __future__ import annotations

import os
from pathlib import Path


def source_path() -> str:
    """The module path of the new process: the folder this package lies in, before what is set already."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
