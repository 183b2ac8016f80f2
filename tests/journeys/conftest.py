"""Pages on live brokers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.open_window import OpenWindow
from tests.page_stage import Stage


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """What a page is handed; connect it to a sandbox."""
    stage = Stage(qapp, tmp_path)
    yield stage
    stage.close()


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[OpenWindow]:
    """The whole window at a first start; connect it to a sandbox. At its end nothing of it runs on."""
    opened = OpenWindow(qtbot, qapp, tmp_path)
    yield opened
    opened.close()
