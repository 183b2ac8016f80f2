"""PURE: read what a pickle holds without unpickling it: its opcodes are followed, nothing that they name is called.

Plain values (texts, numbers, lists, mappings ...) come out as they are; an object comes out as words such as
``<decimal.Decimal('1.5')>``, an exception as its type and arguments.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Callable
from typing import Any

MOST_OPCODES = 200_000
MOST_FIELDS = 40
MOST_PARTS = 20_000
"""So many values at most come out of a field: a pickle of a few bytes can name one list again and again."""
MOST_DEPTH = 40
OBJECT_CHARS = 400
TOO_MUCH = "…"
_BROKEN = (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, MemoryError, struct.error)
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_EMPTY = {"EMPTY_LIST": "list", "EMPTY_DICT": "dict", "EMPTY_SET": "set"}
_MARKED = {"LIST": "list", "TUPLE": "tuple", "DICT": "dict", "FROZENSET": "set"}
_IGNORED = frozenset({"PROTO", "FRAME", "READONLY_BUFFER"})
_MARK = object()


class _Part:
    """A container, a name or an object: ``kind`` is ``list``, ``tuple``, ``set``, ``dict``, ``name`` or ``object``."""

    __slots__ = ("items", "kind", "name")

    def __init__(self, kind: str, items: list[Any], name: str = "") -> None:
        self.kind = kind
        self.items = items
        self.name = name


class Raised:
    """An object in the place of a result: what was raised, when the task failed."""

    __slots__ = ("arguments", "module", "type")

    def __init__(self, name: str, arguments: list[Any]) -> None:
        self.module, _, self.type = name.rpartition(".")
        self.arguments = arguments


def read_mapping(raw: bytes, most_opcodes: int = MOST_OPCODES) -> dict[str, Any] | None:
    """The mapping that a pickle holds, with plain values; an object right inside it is a :class:`Raised`. Of one that
    is cut, or has more than ``most_opcodes`` opcodes, its first plain fields. ``None`` when there are none."""
    stack: list[Any] = []
    try:
        top = _follow(raw, most_opcodes, stack)
    except _BROKEN:
        return _salvaged(stack)
    try:
        if not isinstance(top, _Part) or top.kind != "dict":
            return None
        pairs = list(zip(top.items[::2], top.items[1::2], strict=True))[:MOST_FIELDS]
        return {name: _outer(value, [MOST_PARTS]) for name, value in pairs if isinstance(name, str)}
    except _BROKEN:
        return None


def _salvaged(stack: list[Any]) -> dict[str, Any] | None:
    """The plain fields that were on their way into the outer mapping."""
    if len(stack) < 4 or not isinstance(stack[0], _Part) or stack[0].kind != "dict" or stack[1] is not _MARK:
        return None
    found: dict[str, Any] = {}
    for name, value in zip(stack[2::2], stack[3::2], strict=False):
        if not isinstance(name, str) or not (value is None or isinstance(value, str | int | float)):
            break
        found[name] = value
    return found or None


def _follow(raw: bytes, most: int, stack: list[Any]) -> Any:
    memo: dict[Any, Any] = {}
    for count, (opcode, argument, _position) in enumerate(pickletools.genops(raw)):
        if count > most:
            raise ValueError("too many opcodes")
        name = opcode.name
        if name == "STOP":
            return stack[-1]
        if name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name.endswith("PUT"):
            memo[argument] = stack[-1]
        elif name.endswith("GET"):
            stack.append(memo[argument])
        elif name not in _IGNORED:
            _apply(name, argument, stack)
    raise ValueError("no end")


def _apply(name: str, argument: Any, stack: list[Any]) -> None:
    if name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name in _EMPTY:
        stack.append(_Part(_EMPTY[name], []))
    elif name in _TUPLES:
        count = _TUPLES[name]
        items = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        stack.append(_Part("tuple", items))
    elif name in _MARKED:
        items = _to_mark(stack)
        stack.append(_Part(_MARKED[name], items))
    elif name in _ACTS:
        _ACTS[name](argument, stack)
    elif argument is not None and not name.startswith("EXT"):
        stack.append(argument)
    else:
        stack.append(_Part("name", [], f"<{name.lower()}>"))


def _to_mark(stack: list[Any]) -> list[Any]:
    items: list[Any] = []
    while (item := stack.pop()) is not _MARK:
        items.append(item)
    return items[::-1]


def _append(_argument: Any, stack: list[Any]) -> None:
    item = stack.pop()
    stack[-1].items.append(item)


def _extend(_argument: Any, stack: list[Any]) -> None:
    items = _to_mark(stack)
    stack[-1].items.extend(items)


def _set_item(_argument: Any, stack: list[Any]) -> None:
    pair = stack[-2:]
    del stack[-2:]
    stack[-1].items.extend(pair)


def _name(argument: Any, stack: list[Any]) -> None:
    module, _, name = argument.partition(" ")
    stack.append(_Part("name", [], f"{module}.{name}"))


def _stacked_name(_argument: Any, stack: list[Any]) -> None:
    name, module = stack.pop(), stack.pop()
    stack.append(_Part("name", [], f"{module}.{name}"))


def _make(_argument: Any, stack: list[Any]) -> None:
    arguments, maker = stack.pop(), stack.pop()
    stack.append(_Part("object", _items_of(arguments), _name_of(maker)))


def _make_with_names(_argument: Any, stack: list[Any]) -> None:
    named = stack.pop()
    _make(None, stack)
    stack[-1].items.extend(_items_of(named)[1::2])


def _make_marked(argument: Any, stack: list[Any]) -> None:
    items = _to_mark(stack)
    name = argument.replace(" ", ".", 1) if argument else _name_of(items.pop(0))
    stack.append(_Part("object", items, name))


def _build(_argument: Any, stack: list[Any]) -> None:
    """What an object is filled with is kept only where its maker was given nothing."""
    state = stack.pop()
    made = stack[-1]
    if isinstance(made, _Part) and made.kind == "object" and not made.items:
        made.items = [state]


def _drop_to_mark(_argument: Any, stack: list[Any]) -> None:
    _to_mark(stack)


def _drop(_argument: Any, stack: list[Any]) -> None:
    stack.pop()


_ACTS: dict[str, Callable[[Any, list[Any]], None]] = {
    "MARK": lambda _argument, stack: stack.append(_MARK),
    "APPEND": _append,
    "APPENDS": _extend,
    "ADDITEMS": _extend,
    "SETITEM": _set_item,
    "SETITEMS": _extend,
    "GLOBAL": _name,
    "STACK_GLOBAL": _stacked_name,
    "REDUCE": _make,
    "NEWOBJ": _make,
    "NEWOBJ_EX": _make_with_names,
    "INST": _make_marked,
    "OBJ": _make_marked,
    "BUILD": _build,
    "POP": _drop,
    "POP_MARK": _drop_to_mark,
    "DUP": lambda _argument, stack: stack.append(stack[-1]),
}


def _items_of(part: Any) -> list[Any]:
    return list(part.items) if isinstance(part, _Part) else [part]


def _name_of(part: Any) -> str:
    return part.name if isinstance(part, _Part) else TOO_MUCH


# ---- what comes out ----------------------------------------------------------------------------------------------


def _outer(value: Any, budget: list[int]) -> Any:
    if isinstance(value, _Part) and value.kind == "object":
        return Raised(value.name, [_plain(item, budget, 1) for item in value.items])
    return _plain(value, budget, 0)


def _plain(value: Any, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > MOST_DEPTH:
        return TOO_MUCH
    if not isinstance(value, _Part):
        return repr(value) if isinstance(value, bytes | bytearray) else value
    if value.kind == "name":
        return value.name
    if value.kind == "object":
        said = ", ".join(repr(_plain(item, budget, depth + 1)) for item in value.items[:20])
        words = f"<{value.name}({said})>"
        return words if len(words) <= OBJECT_CHARS else words[: OBJECT_CHARS - 2] + TOO_MUCH + ">"
    if value.kind == "dict":
        pairs = zip(value.items[::2], value.items[1::2], strict=False)
        return {_key(name, budget, depth): _plain(item, budget, depth + 1) for name, item in pairs}
    return [_plain(item, budget, depth + 1) for item in value.items[: max(0, budget[0]) + 1]]


def _key(name: Any, budget: list[int], depth: int) -> str:
    return name if isinstance(name, str) else str(_plain(name, budget, depth + 1))
