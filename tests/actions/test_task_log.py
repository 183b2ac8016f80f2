"""What was done to a task is remembered per profile, also after a restart and behind a broken line."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from broker_client.errors import BadInput
from dashboard.actions.jobs import Jobs
from dashboard.actions.notices import Notices
from dashboard.actions.task_log import MOST_NOTES, MOST_WORDS, TaskLog, TaskNote, add_notes, read_notes
from dashboard.places import name_on_disk

SOON_MS = 30_000


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    assert jobs.drain(SOON_MS / 1000)


@pytest.fixture
def log(jobs: Jobs, tmp_path: Path) -> TaskLog:
    log = TaskLog(jobs, Notices(), tmp_path, parent=jobs)
    log.open("shop/prod")
    return log


def test_notes_are_told_per_task_and_are_there_the_next_time(log: TaskLog, tmp_path: Path, qtbot: QtBot) -> None:
    log.note("a", 1.0, "Revoked")
    log.note("b", 2.0, "Sent")
    log.note("a", 3.0, "x" * 2_000)
    assert log.of("a") == (TaskNote("a", 1.0, "Revoked"), TaskNote("a", 3.0, "x" * MOST_WORDS))
    file = tmp_path / f"{name_on_disk('shop/prod')}.jsonl"
    qtbot.waitUntil(lambda: file.exists() and len(read_notes(file)) == 3, timeout=SOON_MS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    log.open("other")
    assert log.of("a") == ()
    log.open("shop/prod")
    qtbot.waitUntil(lambda: len(log.of("a")) == 2 and len(log.of("b")) == 1, timeout=SOON_MS)


def test_many_tasks_are_noted_at_once(log: TaskLog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(log.changed, timeout=SOON_MS):
        log.note_all((str(number) for number in range(MOST_NOTES + 7)), 1.0, "Forgotten")
    assert log.of("6") == () and len(log.of("7")) == 1


def test_each_note_is_told_once_though_the_profile_is_left_and_opened_again_at_once(
    jobs: Jobs, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tmp_path / f"{name_on_disk('shop')}.jsonl"
    add_notes(file, [TaskNote("a", 1.0, "before")])
    log = TaskLog(jobs, Notices(), tmp_path, parent=jobs)
    log.open("shop")
    log.note("a", 2.0, "now")
    log.open("other")
    log.open("shop")
    assert [note.words for note in log.of("a")] == ["now"]
    qtbot.waitUntil(lambda: not jobs._running and len(read_notes(file)) == 2, timeout=SOON_MS)
    assert [note.words for note in log.of("a")] == ["before", "now"]


def test_without_a_profile_nothing_is_noted(log: TaskLog, tmp_path: Path) -> None:
    log.open("")
    log.note("a", 1.0, "Revoked")
    assert log.of("a") == ()
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_was_cut_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    add_notes(file, [TaskNote("a", 1.0, "first")])
    with file.open("ab") as out:
        out.write(b'{"task_id":"a","when":2.0,"wor')
    add_notes(file, [TaskNote("a", 3.0, "third\n\u202e")])
    assert [note.words for note in read_notes(file)] == ["first", "third\n\u202e"]


def test_a_long_file_is_cut_to_its_newest_notes(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    add_notes(file, [TaskNote(str(number), 0.0, "w") for number in range(MOST_NOTES + 2_000)])
    grown = file.stat().st_size
    notes = read_notes(file)
    assert (len(notes), notes[-1].task_id) == (MOST_NOTES, str(MOST_NOTES + 1_999))
    assert file.stat().st_size < grown
    assert read_notes(file) == notes


def test_a_folder_in_the_way_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    file.mkdir(parents=True)
    with pytest.raises(BadInput, match="cannot be kept"):
        add_notes(file, [TaskNote("a", 1.0, "w")])
    with pytest.raises(BadInput, match="cannot be read"):
        read_notes(file)
