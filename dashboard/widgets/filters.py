"""The little filter language of tables. PURE.

``mail`` keeps what contains "mail" in any case, ``mail !dead`` what has the one and not the other, ``/^mail/`` what the
regular expression finds, ``!/dead$/`` what it does not. A regular expression that is not finished, or that could
take for ever, is left out, and the filter says why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TERM = re.compile(r"""(?P<no>!?)(?:/(?P<regex>(?:[^/\\]|\\.)*)/(?=\s|$)|"(?P<quoted>[^"]*)"|(?P<word>\S+))""")
_REPEATED_REPEAT = re.compile(r"\([^()]*[+*}][^()]*\)[+*{]")
_MAX_CHARS = 500


@dataclass(frozen=True)
class _Term:
    wanted: bool
    text: str = ""
    pattern: re.Pattern[str] | None = None

    def holds(self, folded: str, text: str) -> bool:
        found = self.pattern.search(text) is not None if self.pattern is not None else self.text in folded
        return found is self.wanted


@dataclass(frozen=True)
class Filter:
    """A parsed filter. ``error`` says in words what could not be understood; such parts are left out."""

    text: str = ""
    terms: tuple[_Term, ...] = ()
    error: str = ""

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Read what a person typed; never raises."""
        terms: list[_Term] = []
        error = ""
        if len(text) > _MAX_CHARS:
            text, error = text[:_MAX_CHARS], f"only the first {_MAX_CHARS} characters are used"
        for found in _TERM.finditer(text):
            wanted = not found["no"]
            if found["regex"] is not None:
                pattern, problem = _compile(found["regex"])
                if pattern is not None:
                    terms.append(_Term(wanted, pattern=pattern))
                error = error or problem
                continue
            word = found["quoted"] if found["quoted"] is not None else found["word"]
            if word and word != "!":
                terms.append(_Term(wanted, word.casefold()))
        return cls(text.strip(), tuple(terms), error)

    @property
    def empty(self) -> bool:
        """Whether everything passes."""
        return not self.terms

    def matches(self, text: str) -> bool:
        """Whether ``text`` satisfies every part of the filter."""
        if not self.terms:
            return True
        folded = text.casefold()
        return all(term.holds(folded, text) for term in self.terms)


def _compile(source: str) -> tuple[re.Pattern[str] | None, str]:
    """The regular expression, or why there is none."""
    if _REPEATED_REPEAT.search(source):
        return None, f"/{source}/ repeats a repetition, which may take for ever: simplify it"
    try:
        return re.compile(source, re.IGNORECASE), ""
    except (re.error, OverflowError, RecursionError) as problem:
        return None, f"/{source}/ is not a regular expression: {problem}"
