"""The journal: on the disk before anything is sent, locked while its process lives, telling what is in doubt after."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from broker_client.errors import BadInput, BrokerError, Conflict, NotFound
from broker_client.ledger import Journal, Ledger, State, default_folder

INTENTS = [(1, b"a" * 16, "one"), (2, b"b" * 16, ""), (3, b"c" * 16, "three")]
DIES_MID_WAY = """
import os, signal, sys
from pathlib import Path
from broker_client.ledger import Ledger, State
journal = Ledger(Path(sys.argv[1])).begin("transfer", {"from": "q"})
journal.write([(1, b"a" * 16, "one"), (2, b"b" * 16, "two")])
journal.write([(3, b"c" * 16, "three")], [(1, 1, State.CONFIRMED)])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "journals")


def begun(ledger: Ledger) -> Journal:
    journal = ledger.begin("transfer", {"from": "q"})
    journal.write(INTENTS)
    return journal


def test_a_killed_process_leaves_what_is_in_doubt(ledger: Ledger) -> None:
    ran = subprocess.run([sys.executable, "-c", DIES_MID_WAY, str(ledger.folder)], timeout=30, check=False)
    assert ran.returncode == -9
    (operation,) = ledger.unfinished()
    assert (operation.kind, operation.subject, operation.confirmed) == ("transfer", {"from": "q"}, 1)
    assert [item.label for item in operation.in_doubt] == ["two", "three"]
    assert not operation.running


def test_an_operation_that_runs_is_nobody_elses(ledger: Ledger) -> None:
    with begun(ledger) as journal:
        (operation,) = ledger.unfinished()
        assert operation.running
        with pytest.raises(Conflict):
            ledger.open(journal.id)
    assert not ledger.unfinished()[0].running


def test_outcomes_are_told_in_ranges_and_never_undone(ledger: Ledger) -> None:
    with begun(ledger) as journal:
        journal.write([], [(1, 2, State.CONFIRMED)])
        journal.write([], [(2, 3, State.KEPT)])
        assert [item.state for item in journal.items()] == [State.CONFIRMED, State.CONFIRMED, State.KEPT]
        assert journal.items(State.INTENDED) == ()
        assert journal.last_number() == 3


def test_what_is_forgotten_is_still_counted(ledger: Ledger) -> None:
    with begun(ledger) as journal:
        journal.write([], [(1, 2, State.CONFIRMED)])
        journal.forget([1, 3])
        assert [item.number for item in journal.items()] == [2]
        assert journal.confirmed_count() == 2


def test_an_operation_can_be_taken_up_again_and_finished(ledger: Ledger) -> None:
    begun(ledger).close()
    (operation,) = ledger.unfinished()
    with ledger.open(operation.id) as journal:
        assert journal.subject == {"from": "q"}
        journal.write([(4, b"d" * 16, "four")])
        journal.finish()
    assert ledger.unfinished() == ()
    assert list(ledger.folder.iterdir()) == []


def test_only_its_owner_reads_a_journal(ledger: Ledger) -> None:
    with begun(ledger) as journal:
        assert stat.S_IMODE(ledger.folder.stat().st_mode) == 0o700
        for path in ledger.folder.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        assert journal.path.is_file()


def test_operations_that_cannot_be_opened_are_explained(ledger: Ledger, tmp_path: Path) -> None:
    assert ledger.unfinished() == ()
    with pytest.raises(NotFound):
        ledger.open("nothing")
    with pytest.raises(BadInput):
        ledger.open("../outside")
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokerError, match="journal cannot be written"):
        Ledger(tmp_path / "file").begin("transfer", {})


def test_an_empty_file_may_be_one_that_is_being_made(ledger: Ledger) -> None:
    ledger.folder.mkdir()
    (ledger.folder / "young.journal").touch()
    assert ledger.unfinished() == ()
    assert (ledger.folder / "young.journal").exists()


def test_journals_are_kept_with_the_state_of_the_user() -> None:
    assert default_folder({"XDG_STATE_HOME": "/s"}) == Path("/s/warren/journals")
    assert default_folder({"HOME": "/h"}) == Path("/h/.local/state/warren/journals")
