"""PURE: reads one value out of the text of a call's arguments: JSON, or the ``repr`` that Celery's events carry.

A text that was cut is read as far as it goes, also within a string, and only at its first step.
"""

from __future__ import annotations

import ast
import json
import re
from functools import lru_cache
from typing import Any

_MISSING = object()
_MOST_CHARS = 4096
_NAMED = (
    r"""(['"]){name}\1\s*:\s*(?:'((?:[^'\\]|\\.)*)(?:'|\\?\Z)|"((?:[^"\\]|\\.)*)(?:"|\\?\Z)|([^\s,{{}}\[\]()'"]+))"""
)
_ESCAPED = re.compile(r"\\([\\'\"])")


def value_at(text: str, path: str) -> str | None:
    """The value that ``path`` (``user``, ``items.0.sku``) leads to, as a text; ``None`` = there is none."""
    call = parsed_call(text)
    if call is _MISSING:
        return _read_roughly(text, path)
    value = call
    for step in path.split("."):
        if isinstance(value, dict):
            value = _entry(value, step)
        elif isinstance(value, list | tuple) and step.isdecimal() and len(step) < 10 and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
        if value is _MISSING:
            return None
    return value if isinstance(value, str) else _spelled(value)


def keys_of(text: str) -> tuple[str, ...]:
    """The names of the keyword arguments in ``text``."""
    call = parsed_call(text)
    return tuple(key for key in call if isinstance(key, str)) if isinstance(call, dict) else ()


@lru_cache(maxsize=4096)
def parsed_call(text: str) -> Any:
    """What the text says. Evaluates nothing but literals."""
    if len(text) > _MOST_CHARS:
        return _MISSING
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return _MISSING


def _entry(value: dict[Any, Any], step: str) -> Any:
    found = value.get(step, _MISSING)
    if found is _MISSING:
        lowered = step.lower()
        found = next((other for key, other in value.items() if str(key).lower() == lowered), _MISSING)
    return found


def _spelled(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    try:
        return json.dumps(value, default=str, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return repr(value)[:_MOST_CHARS]


def _read_roughly(text: str, path: str) -> str | None:
    if "." in path:
        return None
    found = re.search(_NAMED.format(name=re.escape(path)), text, re.IGNORECASE)
    if found is None:
        return None
    return next((_ESCAPED.sub(r"\1", part) for part in found.groups()[1:] if part is not None), None)
