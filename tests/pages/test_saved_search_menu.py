"""Searches with a name: what each asks stands beside it, and none is lost without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dashboard.actions.saved_searches import MOST_SAVED, SavedSearch, SavedSearches
from dashboard.pages.saved_search_menu import NameDialog, what_it_asks
from dashboard.settings import Settings


@pytest.fixture
def full(qtbot: QtBot, tmp_path: Path) -> SavedSearches:
    searches = SavedSearches(Settings(tmp_path / "settings.ini"), "shop")
    assert all(searches.save(SavedSearch(f"n{number:03}")) for number in range(MOST_SAVED))
    return searches


@pytest.mark.parametrize("name", ["a first one", "z last one"])
def test_one_too_many_is_refused_and_replaces_none(full: SavedSearches, name: str) -> None:
    before = full.all()
    assert not full.save(SavedSearch(name))
    assert full.all() == before
    assert full.save(SavedSearch("n000", "name:mail"))
    assert full.all()[0] == SavedSearch("n000", "name:mail") and len(full.all()) == MOST_SAVED


def test_that_there_is_no_room_is_said_before_it_is_saved(full: SavedSearches, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = NameDialog(SavedSearch(""), {search.name for search in full.all()}, parent)
    dialog.name.setText("z last one")
    assert not dialog.save_button.isEnabled() and "forget one first" in dialog.words.text()
    dialog.name.setText("n007")
    assert dialog.save_button.isEnabled() and dialog.words.text() == "A search of this name is replaced."


def test_a_search_of_only_a_time_range_says_which() -> None:
    assert what_it_asks(SavedSearch("x", within_s=300.0)) == "last 5 minutes"
    assert what_it_asks(SavedSearch("x", states=("FAILURE",), within_s=3600.0)) == "Failure · last hour"
    assert " to " in what_it_asks(SavedSearch("x", since=1_790_000_000.0, until=1_790_003_600.0))
    assert what_it_asks(SavedSearch("x")) == "all tasks"
