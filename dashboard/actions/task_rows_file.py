"""Writes tasks to a file as the table shows them: which columns, which tasks, in which order. Runs on a job's thread.

A CSV file is opened by spreadsheets, which take a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula and
would run it: such a text gets an apostrophe in front. Times are UTC in ISO 8601, durations seconds; unknown is empty.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from broker_client.errors import BadInput

if TYPE_CHECKING:
    from broker_client.tasks.records import TaskRow

CSV, JSON = ".csv", ".json"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_TIMES = frozenset({"received", "started", "finished", "eta", "updated"})


class ExportColumn(NamedTuple):
    """A field of :class:`TaskRow` and the title of its column."""

    field: str
    title: str


class Exported(NamedTuple):
    """What was written. ``whole`` is False when it was stopped; then there is no file."""

    path: Path
    tasks: int
    whole: bool = True


def write_tasks(
    path: Path,
    ending: str,
    columns: tuple[ExportColumn, ...],
    pieces: Iterator[tuple[TaskRow, ...]],
    go_on: Callable[[int], bool],
) -> Exported:
    """Write CSV when ``ending`` is :data:`CSV`, else JSON. ``go_on(count)`` hears how many are written and says whether
    to go on. Raises :class:`BadInput` when the file cannot be written; a file that was there before stays until this
    one is whole."""
    spare = path.with_name(f"{path.name}.part")
    write = _csv_piece if ending == CSV else _json_piece
    count, whole = 0, True
    try:
        with open(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(_head(ending, columns))
            for rows in pieces:
                out.write(write(rows, columns, first=count == 0))
                count += len(rows)
                if not go_on(count):
                    whole = False
                    break
            out.write(b"" if write is _csv_piece else b"\n]\n")
        if whole:
            spare.replace(path)
    except OSError as problem:
        raise BadInput(f"{path} cannot be written", problem.strerror or str(problem)) from None
    finally:
        with suppress(OSError):
            spare.unlink(missing_ok=True)
    return Exported(path, count, whole)


def ending_of(path: Path, chosen: str) -> str:
    """How to write a file: as its name ends, if it ends with :data:`CSV` or :data:`JSON`, else as ``chosen``."""
    own = path.suffix.lower()
    return own if own in (CSV, JSON) else chosen


def safe_cell(text: str) -> str:
    """``text`` as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _head(ending: str, columns: tuple[ExportColumn, ...]) -> bytes:
    if ending == CSV:
        return b"\xef\xbb\xbf" + _as_csv([[safe_cell(column.title) for column in columns]])
    return b"["


def _csv_piece(rows: tuple[TaskRow, ...], columns: tuple[ExportColumn, ...], *, first: bool) -> bytes:
    return _as_csv([[_cell(_value(row, column.field)) for column in columns] for row in rows])


def _json_piece(rows: tuple[TaskRow, ...], columns: tuple[ExportColumn, ...], *, first: bool) -> bytes:
    lines = [msgspec.json.encode({column.field: _value(row, column.field) for column in columns}) for row in rows]
    return (b"\n" if first or not lines else b",\n") + b",\n".join(lines)


def _as_csv(lines: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return safe_cell(value) if isinstance(value, str) else str(value)


def _value(row: TaskRow, field: str) -> Any:
    value = getattr(row, field)
    if field in _TIMES:
        return _iso(value) if value else None
    return value


def _iso(epoch: float) -> str | None:
    try:
        return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None
