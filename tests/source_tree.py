"""The project's own Python files, parsed once, for tests about how the house is built."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("broker_client", "dashboard", "resources", "tests")


class Import(NamedTuple):
    """One import of one module: dotted name, line, and whether it stands inside a function."""

    name: str
    line: int
    late: bool


class Source:
    """One Python file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, self.place)

    @cached_property
    def module(self) -> str:
        return self.place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(self._imports(self.tree, late=False))

    def _imports(self, node: ast.AST, late: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, child.lineno, late) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                yield from self._from_imports(child, late)
            else:
                inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from self._imports(child, late or inside)

    @staticmethod
    def _from_imports(statement: ast.ImportFrom, late: bool) -> Iterator[Import]:
        package = statement.module or ""
        for alias in statement.names:
            whole = f"{package}.{alias.name}"
            yield Import(whole if whole in module_names() else package, statement.lineno, late)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Each call with the dotted name of what is called (``"self.x.y"``, or ``""`` where it has none)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield dotted(node.func), node

    def strings(self) -> Iterator[tuple[str, int]]:
        """Each string in the code with its line, docstrings left out."""
        said = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                yield node.value, node.lineno


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""


@cache
def _paths() -> tuple[Path, ...]:
    inside = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return (*sorted(ROOT.glob("*.py")), *inside)


@cache
def module_names() -> frozenset[str]:
    places = (path.relative_to(ROOT).as_posix() for path in _paths())
    return frozenset(place.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for place in places)


@cache
def sources() -> tuple[Source, ...]:
    return tuple(Source(path) for path in _paths())


def sources_in(*prefixes: str) -> tuple[Source, ...]:
    return tuple(source for source in sources() if source.place.startswith(prefixes))


@cache
def import_graph() -> dict[str, frozenset[str]]:
    """Which of our modules each of our modules imports when it is loaded."""
    return {
        source.module: frozenset(
            found.name for found in source.imports if not found.late and found.name in module_names()
        )
        for source in sources()
    }


@cache
def needs(module: str) -> frozenset[str]:
    """Every package outside the project that one of our modules needs, now or late, through our other modules too."""
    seen, waiting, packages = set[str](), [module], set[str]()
    by_name = {source.module: source for source in sources()}
    while waiting:
        name = waiting.pop()
        if name in seen or name not in by_name:
            continue
        seen.add(name)
        for found in by_name[name].imports:
            if found.name in module_names():
                waiting.append(found.name)
            else:
                packages.add(found.name.split(".")[0])
    return frozenset(packages)
