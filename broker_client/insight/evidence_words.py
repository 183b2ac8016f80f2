"""Figures as a sentence writes them: ``18.4k``, ``41 /s``, ``2 h 8 m``. PURE. For evidence and the command line."""

from __future__ import annotations

UNKNOWN = "unknown"


def count(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    for limit, unit, divisor in ((10_000, "", 1), (1_000_000, "k", 1e3), (1e9, "M", 1e6), (float("inf"), "G", 1e9)):
        if abs(value) < limit:
            return f"{value:,.0f}" if not unit else f"{value / divisor:.1f}{unit}"
    return UNKNOWN


def rate(value: float | None) -> str:
    """Per second: one decimal below 100."""
    if value is None:
        return UNKNOWN
    return f"{value:.1f}" if abs(value) < 100 else count(value)


def span(seconds: float | None) -> str:
    if seconds is None:
        return UNKNOWN
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} m"
    if whole < 86_400:
        return f"{whole // 3_600} h {whole % 3_600 // 60} m"
    return f"{whole // 86_400} d {whole % 86_400 // 3_600} h"


def size(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    for unit in ("B", "KB", "MB", "GB"):
        if abs(value) < 1024:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"
