"""PURE: JSON with its letters as they are: most writers spell ``ü`` as ``\\u00fc``, which nobody reads or searches for.

It works on any text, whole, cut or broken: what is no escape of a printable character stays as it stands.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.)", re.DOTALL
)
_SIGNS = {'"': '\\"', "\\": "\\\\"}


def with_letters(text: str) -> str:
    """``text`` with its escaped characters written out. Control characters, quotes, backslashes and lone surrogates
    stay escaped: it says what it said."""
    return _ESCAPE.sub(_written_out, text)


def _written_out(escape: re.Match[str]) -> str:
    high, low, single = escape.groups()
    if high:
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10 | int(low, 16) & 0x3FF))
    if not single:
        return escape[0]
    code = int(single, 16)
    if code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000:
        return escape[0]
    return _SIGNS.get(chr(code), chr(code))
