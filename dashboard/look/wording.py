"""Numbers, times and foreign text as words for the screen. PURE: no Qt, no clock; unknown is a dash, never 0."""

from __future__ import annotations

import html
import math
import re
import time

DASH = "—"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3_600, 86_400, 31_557_600
_SIZE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")

# Control characters, direction marks, zero-width characters, line separators and lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_NAMED_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def count(number: float | None) -> str:
    """A number of things: ``9,210``, ``18.4k``, ``1.2M``."""
    if number is None or not math.isfinite(number):
        return DASH
    size = abs(number)
    if size < 9_999.5:
        return f"{number:,.0f}"
    for unit, scale in (("k", 1e3), ("M", 1e6), ("G", 1e9)):
        if size < 999.95 * scale:
            return f"{number / scale:.1f}{unit}"
    return f"{number / 1e12:,.1f}T"


def full_count(number: float | None) -> str:
    """Every digit: ``30,587``."""
    return DASH if number is None or not math.isfinite(number) else f"{number:,.0f}"


def rate(per_second: float | None) -> str:
    """Events per second, without a unit: ``0.0``, ``0.02``, ``126.4``, ``2,310``, ``18.4k``."""
    if per_second is None or not math.isfinite(per_second):
        return DASH
    size = abs(per_second)
    if 0.005 <= size < 0.095:
        return f"{per_second:.2f}"
    return f"{per_second:.1f}" if size < 999.95 else count(per_second)


def number(value: float | None) -> str:
    """A plain number on an axis or in a legend: ``0.5``, ``12``, ``575``, ``30.6k``."""
    if value is None or not math.isfinite(value):
        return DASH
    if abs(value) < 9.95 and abs(value - round(value)) > 0.005:
        return f"{value:.2f}" if abs(value) < 0.1 else f"{value:.1f}"
    return count(value)


def span(seconds: float | None) -> str:
    """A duration, at most two units: ``12 ms``, ``4.2 s``, ``52 s``, ``2 m 5 s``, ``2 h 8 m``, ``3 d 4 h``."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if seconds < 0:
        return f"-{span(-seconds)}"
    if seconds < 0.9995:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < 10 * _MINUTE:
        return _two_units(whole, _MINUTE, "m", 1, "s")
    if whole < _HOUR:
        return f"{whole // _MINUTE} m"
    if whole < _DAY:
        return _two_units(whole, _HOUR, "h", _MINUTE, "m")
    return _two_units(whole, _DAY, "d", _HOUR, "h") if whole < _YEAR else "over a year"


def _two_units(whole: int, large: int, large_name: str, small: int, small_name: str) -> str:
    rest = whole % large // small
    head = f"{whole // large} {large_name}"
    return f"{head} {rest} {small_name}" if rest else head


def age(seconds: float | None) -> str:
    """How long ago: ``now``, ``41 s ago``."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    return "now" if seconds < 1 else f"{span(math.floor(seconds) if seconds < 10 else seconds).replace('.0', '')} ago"


def size(size_bytes: float | None) -> str:
    """Bytes in decimal units: ``512 B``, ``9.4 kB``, ``38 MB``."""
    if size_bytes is None or not math.isfinite(size_bytes):
        return DASH
    amount = float(size_bytes)
    for unit in _SIZE_UNITS:
        if abs(amount) < 999.5 or unit == _SIZE_UNITS[-1]:
            digits = 1 if unit != "B" and abs(amount) < 9.95 else 0
            return f"{amount:,.{digits}f} {unit}"
        amount /= 1_000
    raise AssertionError("the last unit always returns")


def clock(epoch: float | None) -> str:
    """The local time of day: ``07:25:03``."""
    return _local(epoch, "%H:%M:%S")


def moment(epoch: float | None) -> str:
    """Local date and time: ``2026-11-23 07:25:03``."""
    return _local(epoch, "%Y-%m-%d %H:%M:%S")


def _local(epoch: float | None, pattern: str) -> str:
    if epoch is None or not math.isfinite(epoch):
        return DASH
    try:
        return time.strftime(pattern, time.localtime(epoch))
    except (OverflowError, ValueError, OSError):
        return DASH


def visible(text: str, *, keep_lines: bool = False) -> str:
    """``text`` with every character that hides or reorders others written as an escape, such as ``\\u202e``.

    ``keep_lines`` leaves line feeds and tabs alone, for views that show many lines.
    """
    if _HIDDEN.search(text) is None:
        return text
    return _HIDDEN.sub(lambda found: _escape(found.group(), keep_lines), text)


def _escape(character: str, keep_lines: bool) -> str:
    if keep_lines and character in "\n\t":
        return character
    if character in _NAMED_ESCAPES:
        return _NAMED_ESCAPES[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shorten(text: str, limit: int = 200) -> str:
    """At most ``limit`` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def sentences(*parts: str) -> str:
    """Clauses, such as an error's what, why and remedy, as sentences. ``redis-server`` keeps its case."""
    told = [part.strip().rstrip(".") for part in parts if part.strip()]
    return " ".join(f"{part[0].upper() if part.split()[0].isalpha() else part[0]}{part[1:]}." for part in told if part)


def menu_text(text: str) -> str:
    """Foreign text for a button, menu or tab, where a single ``&`` would mark a shortcut."""
    return visible(text).replace("&", "&&")


def tip(text: str) -> str:
    """Foreign text as a tool tip: escaped, so that it is never read as HTML, and wrapped by Qt."""
    shown = html.escape(visible(shorten(text, 2_000), keep_lines=True), quote=False)
    return f"<qt>{shown.replace(chr(10), '<br>')}</qt>"
