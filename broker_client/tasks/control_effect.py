"""PURE: what every remote control command has in common: what is sent, and how its effect can be seen afterwards.

A worker's "ok" only means that it took the command; whether the effect is there, a second look tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from broker_client.errors import BadInput
from broker_client.tasks.pidbox import Questions
from broker_client.tasks.plain_text import cut, printable

DONE, ANSWERED, REFUSED, SILENT = "done", "answered", "refused", "silent"
MAX_NAME_BYTES = 255
_MOST_WORDS = 400
_POOL_CANNOT = ("does not implement", "'TaskPool' object has no attribute")

Looks = Mapping[str, Any]
"""Method to the answer of one worker; a method that it did not answer is missing."""


class Control(msgspec.Struct, frozen=True):
    """One command. Subclasses say what is sent, what is asked for the second look, and what it shows."""

    method: ClassVar[str] = ""
    compares: ClassVar[bool] = False
    """Whether the look is taken before the command too, because only the difference shows the effect."""
    gives_up_mailbox: ClassVar[bool] = False
    """Whether its effect is that the worker listens no more; it then replies nothing."""
    takes_s: ClassVar[float] = 3.0
    """How long it may take until the effect can be seen."""

    def arguments(self) -> dict[str, Any]:
        """What is sent. Raises BadInput when a worker would only refuse it."""
        return {}

    def look(self) -> Questions:
        """What is asked afterwards; empty = the reply itself is all there is to see."""
        return {}

    def seen(self, reply: Any, before: Looks, after: Looks) -> str:
        """What the second look shows, in words; empty = the effect is not there (yet)."""
        return reply_words(reply)

    def why_unseen(self, stats: Any) -> str:
        """Why a worker of these statistics never shows the effect; empty = nothing known prevents it."""
        return ""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command at one worker."""

    worker: str
    verdict: str
    """``done`` (and seen), ``answered`` (but not seen), ``refused`` (with its words) or ``silent`` (which is not
    dead)."""
    words: str
    took_s: float | None = None
    """From sending to what ``verdict`` says; ``None`` = no answer."""


class Report(msgspec.Struct, frozen=True):
    """What became of one command at each worker, by name. ``nobody`` = there was not one worker to send it to."""

    method: str
    outcomes: tuple[Outcome, ...] = ()

    @property
    def nobody(self) -> bool:
        return not self.outcomes

    def count(self, verdict: str) -> int:
        return sum(outcome.verdict == verdict for outcome in self.outcomes)


def refusal_of(reply: Any) -> str | None:
    """The words of a worker that refused; ``None`` = it did not."""
    if isinstance(reply, dict) and "error" in reply:
        return plain_error(reply["error"])
    return None


def plain_error(error: Any) -> str:
    """``Pool restarts not enabled`` of ``ValueError('Pool restarts not enabled')``."""
    words = cut(printable(str(error)), _MOST_WORDS)
    if any(sign in words for sign in _POOL_CANNOT):
        return "its kind of pool cannot do this"
    kind, bracket, rest = words.partition("(")
    if bracket and kind.isidentifier() and rest.endswith(")") and rest[:1] in ("'", '"') and rest[-2:-1] == rest[:1]:
        return rest[1:-2] if kind != "KeyError" else f"it does not know “{rest[1:-2]}”"
    return words


def reply_words(reply: Any) -> str:
    """A worker's own words of success."""
    if isinstance(reply, dict) and "ok" in reply:
        return cut(printable(str(reply["ok"])), _MOST_WORDS)
    return cut(printable(str(reply)), _MOST_WORDS)


def check_word(text: str, what: str) -> str:
    """``text`` if it can name a ``what``; raises BadInput."""
    if not text.strip():
        raise BadInput(f"the {what} is missing")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        raise BadInput(f"the {what} is too long", f"{MAX_NAME_BYTES} bytes are allowed")
    if any(ord(char) < 32 or "\ud800" <= char <= "\udfff" for char in text):
        raise BadInput(f"the {what} cannot be used", "it holds a control character", "remove it")
    return text


def check_whole(number: int, what: str, least: int, most: int = 10_000) -> int:
    if not least <= number <= most:
        raise BadInput(f"the {what} cannot be {number}", f"from {least} to {most:,} is allowed")
    return number
