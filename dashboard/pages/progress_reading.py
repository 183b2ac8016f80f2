"""How far a task says it is, from what it stores under a state of its own. PURE: JSON text in, share and words out.

Celery knows no form for it; these are the names that applications use.
"""

from __future__ import annotations

import math

import msgspec

from dashboard.look.wording import full_count, shorten, visible

_MOST_CHARS = 20_000
_DONE = ("current", "done", "completed", "finished", "processed", "i", "step", "n")
_TOTAL = ("total", "of", "count", "all", "steps", "max")
_PERCENT = ("percent", "percentage", "pct", "progress")
_WORDS = ("status", "message", "description", "text", "msg", "stage")
_WORDS_CHARS = 120


class Progress(msgspec.Struct, frozen=True):
    """``share`` between 0 and 1, ``None`` = it does not say; ``words``: ``1 of 2 · resizing``."""

    share: float | None
    words: str


def read_progress(text: str) -> Progress | None:
    """``None`` when it tells nothing of the kind."""
    if len(text) > _MOST_CHARS:
        return None
    try:
        told = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        share = _share_of_percent(told)
        return Progress(share, f"{share:.0%}") if share is not None else None
    named = {str(name).lower(): value for name, value in told.items()}
    said = next((value for name in _WORDS if isinstance(value := named.get(name), str) and value), "")
    told_words = shorten(visible(said), _WORDS_CHARS)
    done, total = _first_number(named, _DONE), _first_number(named, _TOTAL)
    if done is not None and total is not None and total > 0:
        amount = f"{_figure(done)} of {_figure(total)}"
        return Progress(min(1.0, max(0.0, done / total)), " · ".join(filter(None, (amount, told_words))))
    percent = next((share for name in _PERCENT if (share := _share_of_percent(named.get(name))) is not None), None)
    if percent is not None:
        return Progress(percent, " · ".join(filter(None, (f"{percent:.0%}", told_words))))
    return Progress(None, told_words) if told_words else None


def _first_number(named: dict[str, object], names: tuple[str, ...]) -> float | None:
    return next((number for name in names if (number := _number(named.get(name))) is not None), None)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _share_of_percent(value: object) -> float | None:
    """``0.5`` and ``50`` both mean half; a whole 1 is one percent."""
    number = _number(value)
    if number is None or not 0 <= number <= 100:
        return None
    return number if isinstance(value, float) and number <= 1 else number / 100


def _figure(number: float) -> str:
    return full_count(int(number)) if number == int(number) else f"{number:g}"
