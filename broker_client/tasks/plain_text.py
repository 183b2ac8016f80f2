"""PURE: turn any text a broker sends into one that can be encoded, cut and shown."""

from __future__ import annotations

ELLIPSIS = "…"


def printable(text: str) -> str:
    """Return ``text`` with lone surrogates as ``\\udXXX`` escapes, so that it can always be encoded as UTF-8."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def from_bytes(raw: bytes | bytearray | memoryview) -> str:
    """Decode UTF-8; bytes that are not UTF-8 become ``\\xNN`` escapes."""
    return bytes(raw).decode("utf-8", "backslashreplace")


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` characters; a cut text ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
