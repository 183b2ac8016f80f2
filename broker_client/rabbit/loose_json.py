"""Values out of JSON that promises nothing: the value in the wanted type, or ``None``. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any


def count_of(value: Any) -> int | None:
    return value if type(value) is int else int(value) if type(value) is float else None


def number_of(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) else None


def flag_of(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def text_of(value: Any) -> str | None:
    # 3.x writes an absent text as null, "" or "none".
    return value if isinstance(value, str) and value not in ("", "none", "undefined") else None


def texts_of(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def map_of(value: Any) -> dict[str, Any]:
    # An empty object comes as [] from 3.x (bindings, policies, totals).
    return value if isinstance(value, dict) else {}


def rows_of(value: Any) -> Iterable[dict[str, Any]]:
    return (row for row in value if isinstance(row, dict)) if isinstance(value, list) else ()


def epoch_of(value: Any) -> float | None:
    """Both forms of ``idle_since``: 2026-11-23T09:23:33.208+00:00 (3.9 and later) and 2016-06-01 10:20:30 (before)."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
