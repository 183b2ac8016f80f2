"""An exchange's type as a letter and a colour: the same in the topology's picture and in tables."""

from __future__ import annotations

LETTERS = {"direct": "D", "fanout": "F", "headers": "H", "topic": "T", "default": "*", "missing": "?"}
"""Every other type is an X."""

TOKENS = {
    "direct": "series1",
    "fanout": "series2",
    "headers": "series3",
    "topic": "series4",
    "default": "idle",
    "missing": "crit",
}
OTHER_TYPE = "series5"


def letter_of(kind: str) -> str:
    return LETTERS.get(kind, "X")


def token_of(kind: str) -> str:
    """The theme's token for the type."""
    return TOKENS.get(kind, OTHER_TYPE)
