"""Templates and history are kept per profile, on a job's thread, and nothing in them is ever lost by a broken file."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from broker_client.errors import BadInput
from dashboard.actions.draft_book import (
    MOST_BODY_CHARS,
    MOST_HISTORY,
    DraftBook,
    Drafts,
    Kept,
    read_drafts,
    write_drafts,
)
from dashboard.actions.jobs import Jobs
from dashboard.actions.notices import Notices
from dashboard.actions.publish_draft import Draft
from dashboard.places import name_on_disk

SOON_MS = 30_000
FILE = f"{name_on_disk('shop/prod')}.json"
HELLO = Draft(exchange="shop", routing_key="order.created", headers={"n": {"$short": 5}}, body="hello")


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    assert jobs.drain(SOON_MS / 1000)


def open_profile(book: DraftBook, profile: str, qtbot: QtBot) -> None:
    """Open it, and wait until its file was read."""
    told: list[Drafts] = []
    book.changed.connect(lambda: told.append(book.drafts))
    book.open(profile)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=SOON_MS)


def opened(
    jobs: Jobs, folder: Path, qtbot: QtBot, profile: str = "shop/prod", notices: Notices | None = None
) -> DraftBook:
    book = DraftBook(jobs, notices or Notices(), folder, parent=jobs)
    open_profile(book, profile, qtbot)
    return book


def test_what_is_kept_is_there_the_next_time(jobs: Jobs, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "messages" / FILE
    book = opened(jobs, tmp_path / "messages", qtbot)
    book.save("order", HELLO)
    book.remember(Kept(HELLO, at=5.5, outcome="confirmed: mail", tone="ok"))
    qtbot.waitUntil(lambda: file.exists() and read_drafts(file) == book.drafts, timeout=SOON_MS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = opened(jobs, tmp_path / "messages", qtbot)
    assert [kept.name for kept in again.drafts.templates] == ["order"]
    assert again.drafts.history[0].draft == HELLO


def test_a_history_that_is_not_wanted_is_not_kept_and_that_is_remembered(
    jobs: Jobs, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / FILE
    book = opened(jobs, tmp_path, qtbot)
    book.save("order", HELLO)
    book.remember(Kept(HELLO, at=1.0))
    book.keep_history(False)
    book.remember(Kept(HELLO, at=2.0))
    assert [kept.at for kept in book.drafts.history] == [1.0], "what was kept before stays until it is cleared"
    book.clear_history()
    qtbot.waitUntil(lambda: file.exists() and read_drafts(file) == book.drafts, timeout=SOON_MS)
    assert b"hello" in file.read_bytes(), "templates stay"
    again = opened(jobs, tmp_path, qtbot)
    assert not again.drafts.keeps_history and again.drafts.history == () and len(again.drafts.templates) == 1
    again.remember(Kept(HELLO, at=3.0))
    assert again.drafts.history == ()
    open_profile(again, "another", qtbot)
    assert again.drafts.keeps_history, "each profile for itself"


def test_what_was_published_before_the_file_was_read_is_not_kept_either(
    jobs: Jobs, tmp_path: Path, qtbot: QtBot
) -> None:
    write_drafts(tmp_path / FILE, Drafts(keeps_history=False))
    book = DraftBook(jobs, Notices(), tmp_path, parent=jobs)
    book.open("shop/prod")
    book.remember(Kept(HELLO, at=1.0))
    qtbot.waitUntil(lambda: not book.drafts.keeps_history, timeout=SOON_MS)
    assert book.drafts.history == ()


def test_each_profile_has_its_own(jobs: Jobs, tmp_path: Path, qtbot: QtBot) -> None:
    book = opened(jobs, tmp_path, qtbot)
    book.save("order", HELLO)
    qtbot.waitUntil(lambda: read_drafts(tmp_path / FILE) == book.drafts, timeout=SOON_MS)
    open_profile(book, "another", qtbot)
    assert book.drafts == Drafts()
    assert "/" not in name_on_disk("../../etc/passwd")


def test_changing_to_and_fro_loses_nothing(jobs: Jobs, tmp_path: Path, qtbot: QtBot) -> None:
    book = opened(jobs, tmp_path, qtbot)
    book.save("one", HELLO)
    book.save("two", HELLO)
    book.open("another")
    open_profile(book, "shop/prod", qtbot)
    assert [kept.name for kept in book.drafts.templates] == ["one", "two"]
    assert [kept.name for kept in read_drafts(tmp_path / FILE).templates] == ["one", "two"]


def test_the_history_is_bounded_and_long_bodies_are_not_kept(jobs: Jobs, tmp_path: Path, qtbot: QtBot) -> None:
    book = opened(jobs, tmp_path, qtbot)
    for number in range(MOST_HISTORY + 5):
        book.remember(Kept(HELLO, at=float(number)))
    assert len(book.drafts.history) == MOST_HISTORY
    assert book.drafts.history[0].at == MOST_HISTORY + 4
    book.remember(Kept(Draft(body="x" * (MOST_BODY_CHARS + 1)), at=9e9))
    assert book.drafts.history[0].cut and book.drafts.history[0].draft.body == ""
    qtbot.waitUntil((tmp_path / FILE).exists, timeout=SOON_MS)


def test_a_template_is_replaced_by_name_and_dropped(jobs: Jobs, tmp_path: Path, qtbot: QtBot) -> None:
    book = opened(jobs, tmp_path, qtbot)
    book.save("order", HELLO)
    book.save("order", Draft(body="newer"))
    assert [kept.draft.body for kept in book.drafts.templates] == ["newer"]
    book.drop(book.drafts.templates[0])
    assert book.drafts == Drafts()


def test_a_file_that_cannot_be_read_is_told_and_never_written_over(jobs: Jobs, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / FILE
    file.write_text("{ broken")
    notices = Notices()
    book = DraftBook(jobs, notices, tmp_path, parent=jobs)
    book.open("shop/prod")
    qtbot.waitUntil(lambda: bool(notices.recent), timeout=SOON_MS)
    assert "cannot be read" in notices.recent[0].title
    book.save("order", HELLO)
    assert file.read_text() == "{ broken"
    with pytest.raises(BadInput, match="templates cannot be read"):
        read_drafts(file)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(BadInput, match="cannot be kept"):
        write_drafts(tmp_path / "taken" / "x.json", Drafts())
