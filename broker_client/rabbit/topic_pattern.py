"""Topic bindings: does a pattern match a routing key, why not, and which of many do. PURE.

A key is a list of words between dots. ``*`` stands for exactly one word, ``#`` for any number, none too. Words may be
empty: ``a..b`` has three. The empty key has no word at all, so ``#`` matches it and ``*`` does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

ROOM = 1_000_000
"""How many entries the memory of a :class:`TopicIndex` may hold before it starts again."""


def words_of(key: str) -> list[str]:
    """The words of a routing key or of a pattern."""
    return key.split(".") if key else []


class TopicPattern:
    """One pattern, taken apart once so that it can be asked many times."""

    __slots__ = ("_counts", "_ending", "_head", "_least", "_middle", "_open", "_tail", "_wants", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        runs = _runs(words_of(text))
        self._open = len(runs) > 1
        self._least = sum(map(len, runs))
        self._head = _fixed(runs[0], 0)
        self._tail = _fixed(runs[-1], -len(runs[-1])) if self._open else ()
        self._ending = len(runs[-1]) if self._open else 0
        self._middle = tuple(tuple(run) for run in runs[1:-1] if run)
        self._wants = {place: f"`{text}` {_demand(place, word)}" for place, word in (*self._head, *self._tail)}
        self._counts: dict[int, str] = {}

    def miss(self, words: Sequence[str]) -> str | None:
        """Why the words of a key do not match, as a sentence without full stop; ``None`` when they do."""
        count = len(words)
        if count != self._least and (count < self._least or not self._open):
            return self._counts.get(count) or self._wrong_count(count)
        for place, word in self._head:
            if words[place] != word:
                return f"{self._wants[place]}{words[place]}`"
        if self._open:
            for place, word in self._tail:
                if words[place] != word:
                    return f"{self._wants[place]}{words[place]}`"
            if self._middle and (run := self._without_place(words)):
                return f"`{self.text}` wants `{'.'.join(run)}` in between, the key has it nowhere there"
        return None

    def _wrong_count(self, count: int) -> str:
        least = "at least " if self._open else ""
        plural = "" if self._least == 1 else "s"
        wanted = f"{least}{self._least} word{plural}" if self._least else "an empty key"
        words = f"`{self.text}` needs {wanted}, the key has {count or 'none'}"
        self._counts[count] = words
        return words

    def _without_place(self, words: Sequence[str]) -> tuple[str, ...] | None:
        """The first run between two ``#`` that does not fit, each taken as far left as it goes."""
        at = self._least - self._ending - sum(map(len, self._middle))
        end = len(words) - self._ending
        for run in self._middle:
            while at + len(run) <= end and not _same(run, words, at):
                at += 1
            if at + len(run) > end:
                return run
            at += len(run)
        return None


def _runs(words: Iterable[str]) -> list[list[str]]:
    """The words between the ``#``; one more run than there are ``#``."""
    runs: list[list[str]] = [[]]
    for word in words:
        if word == "#":
            runs.append([])
        else:
            runs[-1].append(word)
    return runs


def _fixed(run: Sequence[str], start: int) -> tuple[tuple[int, str], ...]:
    return tuple((start + offset, word) for offset, word in enumerate(run) if word != "*")


def _demand(place: int, word: str) -> str:
    if place >= 0:
        where = f"word {place + 1}"
    else:
        where = "the last word" if place == -1 else f"word {-place} from the end"
    return f"wants `{word}` as {where}, the key has `"


def _same(run: Sequence[str], words: Sequence[str], at: int) -> bool:
    return all(word in ("*", words[at + offset]) for offset, word in enumerate(run))


class _Node:
    """A place in the tree of patterns: everything that may follow a beginning."""

    __slots__ = ("children", "ends", "hash", "is_hash", "star")

    def __init__(self, is_hash: bool = False) -> None:
        self.children: dict[str, _Node] = {}
        self.star: _Node | None = None
        self.hash: _Node | None = None
        self.is_hash = is_hash
        self.ends: list[int] = []

    def grow(self, word: str) -> _Node:
        if word == "*":
            self.star = self.star or _Node()
            return self.star
        if word == "#":
            self.hash = self.hash or _Node(is_hash=True)
            return self.hash
        return self.children.setdefault(word, _Node())


class _State(Generic[T]):
    """All places that the words so far can lead to, where each next word leads, and the answer if none follows."""

    __slots__ = ("answer", "nodes", "other", "then")

    def __init__(self, nodes: tuple[_Node, ...], answer: T) -> None:
        self.nodes = nodes
        self.answer = answer
        self.then: dict[str, _State[T]] = {}
        self.other: _State[T] | None = None
        """Where a word leads that no pattern holds."""


class TopicIndex(Generic[T]):
    """Finds all patterns that match a key in one pass over its words, however many patterns there are.

    It remembers what it worked out, so a key costs about one look-up a word. ``answer`` turns the ascending numbers
    of the matching patterns into what :meth:`find` returns; it is called once for each set of patterns seen.
    """

    def __init__(self, patterns: Iterable[str], answer: Callable[[tuple[int, ...]], T], room: int = ROOM) -> None:
        self._root = _Node()
        self._vocabulary: set[str] = set()
        self._answer = answer
        self._room = room
        for number, pattern in enumerate(patterns):
            node = self._root
            for word in words_of(pattern):
                node = node.grow(word)
                self._vocabulary.add(word)
            node.ends.append(number)
        self._forget()

    def find(self, words: Sequence[str]) -> T:
        state = self._start
        for word in words:
            state = state.then.get(word) or self._step(state, word)
        return state.answer

    def _forget(self) -> None:
        self._left = self._room
        self._states: dict[frozenset[_Node], _State[T]] = {}
        self._start = self._state(_with_hashes([self._root]))

    def _step(self, state: _State[T], word: str) -> _State[T]:
        known = word in self._vocabulary
        if not known and state.other is not None:
            return state.other
        found: list[_Node] = []
        for node in state.nodes:
            if node.is_hash:
                found.append(node)
            if known and (child := node.children.get(word)) is not None:
                found.append(child)
            if node.star is not None:
                found.append(node.star)
        if self._left < 0:
            self._forget()
        following = self._state(_with_hashes(found))
        self._left -= 1
        if known:
            state.then[word] = following
        else:
            state.other = following
        return following

    def _state(self, nodes: dict[_Node, None]) -> _State[T]:
        identity = frozenset(nodes)
        state = self._states.get(identity)
        if state is None:
            ends = sorted(number for node in nodes for number in node.ends)
            state = self._states[identity] = _State(tuple(nodes), self._answer(tuple(ends)))
            self._left -= 1 + len(nodes) + len(ends)
        return state


def _with_hashes(nodes: Iterable[_Node]) -> dict[_Node, None]:
    """The nodes, each once, and those that a ``#`` reaches from them without taking a word."""
    found: dict[_Node, None] = {}
    for node in nodes:
        place: _Node | None = node
        while place is not None:
            found[place] = None
            place = place.hash
    return found
