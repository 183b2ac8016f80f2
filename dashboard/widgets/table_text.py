"""Rows of a table as text for the clipboard. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.look.wording import visible
from dashboard.models.keyed_table import Column, Row


def tab_separated(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """A line of titles and a line per row, with every digit; what a spreadsheet takes."""
    lines = ["\t".join(visible(column.exact(row)) for column in columns) for row in rows]
    return "\n".join(["\t".join(column.title for column in columns), *lines])
