"""Finds, in the text of a Python traceback, the line that the reader wrote. PURE: text in, frames out.

A traceback may come from anywhere, be cut anywhere and hold anything: whatever is not recognised is left to ``raw``.
"""

from __future__ import annotations

import re

import msgspec

READ_CHARS = 200_000
"""Only this much of the end is looked at: the last frames and the exception stand there."""

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?\s*$')
_START = "Traceback (most recent call last):"
_MARKERS = re.compile(r"^\s*[\^~]+[\^~\s]*$")
_REPEATED = re.compile(r"^\s*\[Previous line repeated \d+ more times?\]$")
_INSTALLED = re.compile(r"/(site|dist)-packages/")
_STANDARD = re.compile(r"(^<frozen |/lib(64)?/python\d(\.\d+)?/|/python\d+/lib/)", re.IGNORECASE)
_MACHINERY = re.compile(
    r"(^|/)(celery/(app|worker|backends|utils|concurrency|fixups)/|celery/(local|canvas|result)\.py|kombu/|billiard/)"
)


class Frame(msgspec.Struct, frozen=True):
    """One call of the traceback, outermost first. ``code`` is the source line, empty when it was not there."""

    file: str
    line: int
    function: str
    code: str = ""

    @property
    def place(self) -> str:
        """Where, short enough for a line: the last two parts of the path and the line number."""
        parts = self.file.replace("\\", "/").split("/")
        return f"{'/'.join(parts[-2:])}:{self.line}"


class FoldedTraceback(msgspec.Struct, frozen=True):
    """``frame`` is the one to look at first, ``frames`` are all of the last exception, ``headline`` names it."""

    raw: str
    headline: str = ""
    frame: Frame | None = None
    frames: tuple[Frame, ...] = ()

    @property
    def hidden(self) -> int:
        """How many frames the folded view leaves out."""
        return max(0, len(self.frames) - 1)


def fold(text: str) -> FoldedTraceback:
    """Fold ``text``: the innermost frame of the reader's own code, or the innermost of all when there is none."""
    tail = text[-READ_CHARS:]
    start = tail.rfind(_START)
    lines = tail[start:].splitlines()[1:] if start >= 0 else tail.splitlines()
    frames, rest = _read_frames(lines)
    return FoldedTraceback(text, _headline(rest), _first_to_look_at(frames), tuple(frames))


def _read_frames(lines: list[str]) -> tuple[list[Frame], list[str]]:
    frames: list[Frame] = []
    rest: list[str] = []
    for line in lines:
        match = _FRAME.match(line)
        if match:
            frames.append(Frame(match["file"], int(match["line"]), match["function"] or ""))
            rest = []
        elif frames and not frames[-1].code and not rest and line[:1].isspace() and line.strip():
            frames[-1] = msgspec.structs.replace(frames[-1], code=line.strip())
        elif not _MARKERS.match(line) and not _REPEATED.match(line):
            rest.append(line)
    return frames, rest


def _headline(rest: list[str]) -> str:
    """The exception and its message: what follows the last frame, without a cause's epilogue."""
    words = [line for line in rest if line.strip()]
    while words and words[0][:1].isspace():
        words.pop(0)
    return "\n".join(words)


def _first_to_look_at(frames: list[Frame]) -> Frame | None:
    for is_foreign in (_is_library, _is_machinery):
        for frame in reversed(frames):
            if not is_foreign(frame.file.replace("\\", "/")):
                return frame
    return frames[-1] if frames else None


def _is_library(path: str) -> bool:
    return bool(_INSTALLED.search(path)) or _is_machinery(path)


def _is_machinery(path: str) -> bool:
    """Celery itself or the standard library; an application that is installed as a package is neither."""
    inside = _INSTALLED.split(path)[-1]
    return bool(_MACHINERY.search(inside)) or (inside == path and bool(_STANDARD.search(path)))
