"""Tasks in a file: as shown, safe in a spreadsheet, whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker_client.errors import BadInput
from broker_client.tasks.records import TaskRow
from dashboard.actions.task_rows_file import CSV, JSON, ExportColumn, ending_of, safe_cell, write_tasks

COLUMNS = tuple(
    map(ExportColumn._make, (("id", "Id"), ("name", "Task"), ("received", "Received"), ("retries", "Retries")))
)
ROWS = (
    TaskRow("t1", "SUCCESS", "shop.mail", received=1_790_000_000.5, retries=0),
    TaskRow("t2", "FAILURE", '=HYPERLINK("http://x","y")'),
    TaskRow("t3", "FAILURE", 'a,\n"b" é\udcff'),
)


def pieces() -> Iterator[tuple[TaskRow, ...]]:
    yield ROWS[:2]
    yield ROWS[2:]


def test_csv_has_the_columns_in_their_order_and_no_formula(tmp_path: Path) -> None:
    told: list[int] = []

    def go_on(count: int) -> bool:
        told.append(count)
        return True

    written = write_tasks(tmp_path / "tasks.csv", CSV, COLUMNS, pieces(), go_on)
    with (tmp_path / "tasks.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["Id", "Task", "Received", "Retries"]
    assert lines[1] == ["t1", "shop.mail", "2026-09-21T14:13:20.500+00:00", "0"]
    assert lines[2] == ["t2", '\'=HYPERLINK("http://x","y")', "", ""]
    assert lines[3][1] == 'a,\n"b" é\\udcff'
    assert (written.tasks, told) == (3, [2, 3])
    assert (tmp_path / "tasks.csv").stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "  =1", "\uff1d1"])
def test_every_beginning_of_a_formula_is_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_json_keeps_types_and_unknown_is_null(tmp_path: Path) -> None:
    rows = iter([ROWS[:2], ()])
    write_tasks(tmp_path / "tasks.json", JSON, COLUMNS, rows, lambda _count: True)
    first, second = json.loads((tmp_path / "tasks.json").read_bytes())
    assert first == {"id": "t1", "name": "shop.mail", "received": "2026-09-21T14:13:20.500+00:00", "retries": 0}
    assert second["received"] is None and second["retries"] is None
    write_tasks(tmp_path / "none.json", JSON, COLUMNS, iter(()), lambda _count: True)
    assert json.loads((tmp_path / "none.json").read_bytes()) == []


@pytest.mark.parametrize(
    ("name", "chosen", "ending"),
    [("report.2026-11-24", CSV, CSV), ("report.2026-11-24", JSON, JSON), ("a.CSV", JSON, CSV), ("a.json", CSV, JSON)],
)
def test_the_format_is_the_chosen_one_unless_the_name_ends_with_another(name: str, chosen: str, ending: str) -> None:
    assert ending_of(Path(name), chosen) == ending


def test_a_dot_in_the_name_makes_no_other_format(tmp_path: Path) -> None:
    write_tasks(tmp_path / "report.2026-11-24", CSV, COLUMNS, pieces(), lambda _count: True)
    with (tmp_path / "report.2026-11-24").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == ["Id", "Task", "Received", "Retries"]


def test_a_stopped_export_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "tasks.csv"
    file.write_text("before")
    assert not write_tasks(file, CSV, COLUMNS, pieces(), lambda _count: False).whole
    assert (file.read_text(), list(tmp_path.iterdir())) == ("before", [file])


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        write_tasks(tmp_path / "no" / "tasks.csv", CSV, COLUMNS, pieces(), lambda _count: True)
