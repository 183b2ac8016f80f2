"""Pages without a window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.page_stage import Stage


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """What a page is handed; nothing is connected."""
    stage = Stage(qapp, tmp_path)
    yield stage
    stage.close()
