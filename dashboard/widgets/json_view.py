"""A text view that lays JSON out and colours it. What is not JSON is shown as it is."""

from __future__ import annotations

import json
import re

import msgspec
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QWidget

from dashboard.look.theme import theme, themes
from dashboard.widgets.text_view import CAP_CHARS, LONG_LINE_CHARS, TextView

COLOURED_CHARS = 64 * 1024
"""Colouring more than this would hold the window up."""
_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?P<key>\s*:)?"""
    r"|(?P<number>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)"
    r"|\b(?P<word>true|false|null|True|False|None)\b"
)
_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.")
_LAST_CONTROL = "\x9f"
_COLOR = {"key": "info", "text": "ok", "number": "warn", "word": "accent"}


def pretty_json(text: str) -> str | None:
    """``text`` indented by two, or ``None`` when it is not a JSON object or array.

    Figures keep all their digits; letters written as ``\\u00fc`` become letters. For a long text use another thread.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return _ESCAPE.sub(_as_letter, msgspec.json.format(text, indent=2))
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None


def _as_letter(escape: re.Match[str]) -> str:
    letter = str(json.loads(f'"{escape.group()}"'))
    return letter if letter > _LAST_CONTROL and letter.isprintable() else escape.group()


class JsonView(TextView):
    """``show_text`` lays out what is short enough; for a longer text call :func:`pretty_json` elsewhere first."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._highlighter = _Highlighter(self.document())
        self._colored = True

    def show_text(self, text: str) -> None:
        pretty = pretty_json(text) if len(text) <= CAP_CHARS else None
        shown = text if pretty is None else pretty
        self._color(len(shown) <= COLOURED_CHARS)
        super().show_text(shown)

    def _color(self, colored: bool) -> None:
        if colored is not self._colored:
            self._colored = colored
            self._highlighter.setDocument(self.document() if colored else None)


class _Highlighter(QSyntaxHighlighter):
    """Colours keys, texts, numbers and words, of JSON and of Python's own spelling of values."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self._dress()
        themes.changed.connect(self._redress)

    def highlightBlock(self, text: str) -> None:
        if len(text) > LONG_LINE_CHARS:
            return
        for found in _TOKEN.finditer(text):
            kind = found.lastgroup or "text"
            start, end = found.span("text" if kind == "key" else kind)
            self.setFormat(start, end - start, self._formats[kind])

    def _dress(self) -> None:
        for kind, token in _COLOR.items():
            self._formats[kind] = QTextCharFormat()
            self._formats[kind].setForeground(theme().color(token))

    def _redress(self) -> None:
        self._dress()
        self.rehighlight()
