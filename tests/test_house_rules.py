"""How the house is built, held by tests. Each message says what to do instead."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import PySide6
import pytest

from tests.source_tree import ROOT, Source, dotted, import_graph, module_names, needs, sources, sources_in

SLOW_PACKAGES = {"pyqtgraph", "requests", "celery", "kombu", "keyring", "pika", "redis", "PySide6", "numpy", "tomlkit"}
SLOW_PACKAGES |= {"ctypes", "logging"}  # of the standard library
NETWORK_PACKAGES = {"socket", "ssl", "http", "requests", "pika", "redis", "kombu", "celery", "amqp", "select"}
_PURE = {
    "rabbit": ("entities routing topology"),
    "tasks": (
        "records events board failure_tally found_results id_index inspection leaving_order life_cycle "
        "resting_index resting_page resting_search resting_tasks result_value search task_lookup task_record "
        "time_index worker_book whereabouts"
    ),
    "retry": ("failures plan"),
    "insight": ("findings rates diagnosis forecast alerts"),
}
PURE_FILES = {f"broker_client/{folder}/{name}.py" for folder, names in _PURE.items() for name in names.split()}
CLOCK_CALLS = {
    *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "sleep")),
    *(f"datetime.{name}" for name in ("now", "utcnow", "today", "datetime.now", "date.today")),
    "date.today",
}
MAY_CATCH_EVERYTHING = {"broker_client/tasks/source_loop.py", "dashboard/feeds/feed.py", "dashboard/actions/jobs.py"}
PAGES = {
    f"dashboard.pages.{page}"
    for page in (
        "overview",
        "queues",
        "exchanges",
        "topology_page",
        "messages",
        "tasks",
        "workers",
        "schedules",
        "task_types_page",
        "redis_page",
        "connect",
    )
}
NOBODY_KNOWS_WHAT_IS_IN_IT = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
NOBODY_KNOWS_WHAT_IS_IN_IT |= {"tools", "stuff"}
LONGEST_FILE = 400

GROUND = ("broker_client.errors", "broker_client.profile", "broker_client.ledger")
REDIS = ("broker_client.redis_server", "broker_client.redis_condition", "broker_client.redis_keys")
RABBIT = (*GROUND, "broker_client.rabbit", *REDIS)
TASKS = (*RABBIT, "broker_client.tasks")
LOOK = ("dashboard.look", "resources")
WIDGETS = (*LOOK, "dashboard.widgets", "dashboard.models.keyed_table")  # the table widget draws its columns
STORE = ("broker_client", "dashboard.store")
MAY_IMPORT: dict[str, tuple[tuple[str, ...], str]] = {
    "broker_client.errors": (GROUND, "the ground stands on nothing of ours"),
    "broker_client.profile": (GROUND, "the ground stands on nothing but the ground"),
    "broker_client.ledger": (GROUND, "the ground stands on nothing but the ground"),
    "broker_client.rabbit": (RABBIT, "rabbit stands on errors, profile and ledger"),
    "broker_client.redis_server": (RABBIT, "redis_server stands on errors, profile and ledger"),
    "broker_client.tasks": (TASKS, "tasks stands on rabbit and the ground"),
    "broker_client.retry": ((*TASKS, "broker_client.retry"), "retry stands on tasks, rabbit and the ground"),
    "broker_client.insight": ((*TASKS, "broker_client.insight"), "insight stands on tasks, rabbit and the ground"),
    "broker_client": (("broker_client",), "the library knows no window: hand the fact back and let dashboard show it"),
    "dashboard.look": (LOOK, "look knows nothing but resources: take plain values"),
    "dashboard.widgets": (WIDGETS, "widgets take plain values and know only look: read the entity in the page"),
    "dashboard.models": (
        ("broker_client", *LOOK, "dashboard.models"),
        "models know entities and look: let app.py connect them to the store",
    ),
    "dashboard.topology": (
        ("broker_client", *WIDGETS, "dashboard.models", "dashboard.topology"),
        "the picture takes facts as they are: let the page read the store",
    ),
    "dashboard.store": (STORE, "the store folds facts and knows no one who shows or brings them"),
    "dashboard.feeds": ((*STORE, "dashboard.feeds"), "feeds know broker_client: let app.py connect them to the store"),
}
"""Longest matching prefix of a module -> what of ours it may import, and why."""


def fail_on(findings: Iterator[str]) -> None:
    """Fail with one line per finding."""
    found = tuple(findings)
    assert not found, "\n" + "\n".join(found)


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def rule_for(module: str) -> tuple[tuple[str, ...], str] | None:
    rooms = [room for room in MAY_IMPORT if within(module, (room,))]
    return MAY_IMPORT[max(rooms, key=len)] if rooms else None


def test_each_room_imports_only_what_it_stands_on() -> None:
    def findings() -> Iterator[str]:
        for source in sources_in("broker_client/", "dashboard/"):
            allowed, reason = rule_for(source.module) or (None, "")
            for found in source.imports:
                ours = within(found.name, ("broker_client", "dashboard", "resources", "tests"))
                if allowed and ours and found.name != "broker_client" and not within(found.name, allowed):
                    yield f"{source.place}:{found.line} imports {found.name}: {reason}"

    fail_on(findings())


def test_the_library_knows_no_qt() -> None:
    fail_on(
        f"{source.place}:{found.line} imports {found.name}: keep Qt in dashboard, return a frozen fact instead"
        for source in sources_in("broker_client/")
        for found in source.imports
        if found.name.split(".")[0] in {"PySide6", "pyqtgraph", "shiboken6"}
    )


def test_nothing_but_commands_uses_the_lab() -> None:
    def may(source: Source) -> bool:
        is_command = source.path.stem == "__main__" or source.path.stem.endswith("_command")
        return is_command or source.place.startswith("broker_client/lab/")

    fail_on(
        f"{source.place}:{found.line} imports {found.name}: the lab makes traffic; move what you need out of it"
        for source in sources_in("broker_client/")
        for found in source.imports
        if within(found.name, ("broker_client.lab",)) and not may(source)
    )


def test_pages_never_import_each_other() -> None:
    fail_on(
        f"{source.place}:{found.line} imports {found.name}: go there with context.go(page, subject), "
        "or move the shared part to widgets or models"
        for source in sources_in("dashboard/pages/")
        for found in source.imports
        if found.name in PAGES and found.name != source.module
    )


def test_only_the_composition_root_knows_the_feeds() -> None:
    fail_on(
        f"{source.place}:{found.line} imports {found.name}: read the store, and ask through context"
        for source in sources_in("dashboard/pages/", "dashboard/dialogs/", "dashboard/widgets/", "dashboard/models/")
        for found in source.imports
        if within(found.name, ("dashboard.feeds", "dashboard.app", "dashboard.window"))
    )


def test_there_are_no_import_cycles() -> None:
    fail_on(f"{' -> '.join(cycle)}: move what both need into a third file" for cycle in cycles(import_graph()))


def cycles(graph: dict[str, frozenset[str]]) -> Iterator[list[str]]:
    """Each cycle found on a depth-first walk."""
    done = set[str]()

    def walk(module: str, trail: list[str]) -> Iterator[list[str]]:
        if module in trail:
            yield [*trail[trail.index(module) :], module]
        elif module not in done:
            for other in sorted(graph.get(module, ())):
                yield from walk(other, [*trail, module])
            done.add(module)

    for module in sorted(graph):
        yield from walk(module, [])


def test_imports_inside_functions_only_keep_slow_libraries_out_of_start_up() -> None:
    def is_slow(name: str) -> bool:
        packages = needs(name) if name in module_names() else {name.split(".")[0]}
        return bool(packages & SLOW_PACKAGES)

    fail_on(
        f"{source.place}:{found.line} imports {found.name} inside a function: move it to the top of the file"
        for source in sources_in("broker_client/", "dashboard/")
        for found in source.imports
        if found.late and not is_slow(found.name)
    )


def test_pure_files_import_no_network_and_read_no_clock() -> None:
    def findings() -> Iterator[str]:
        for source in sources_in("broker_client/", "dashboard/"):
            if source.place not in PURE_FILES and "PURE" not in source.docstring:
                continue
            for found in source.imports:
                if found.name.split(".")[0] in NETWORK_PACKAGES or found.name == "urllib.request":
                    yield f"{source.place}:{found.line} imports {found.name}: a pure file takes the answer instead"
            for name, call in source.calls():
                if name in CLOCK_CALLS:
                    yield f"{source.place}:{call.lineno} reads the clock: this file is pure, take the time as argument"

    fail_on(findings())


def test_the_library_prints_nothing() -> None:
    fail_on(
        f"{source.place}:{call.lineno} prints: return the fact, and let a command or the window say it"
        for source in sources_in("broker_client/")
        if source.path.stem != "__main__" and not source.path.stem.endswith("_command")
        for name, call in source.calls()
        if name == "print"
    )


def test_nothing_catches_everything_but_the_feed_loop_and_the_job_runner() -> None:
    fail_on(
        f"{source.place}:{node.lineno} catches everything: name the errors you can act on"
        for source in sources_in("broker_client/", "dashboard/", "main.py")
        if source.place not in MAY_CATCH_EVERYTHING
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node) and not re_raises(node)
    )


def catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or dotted(handler.type) in {"Exception", "BaseException"}


def re_raises(handler: ast.ExceptHandler) -> bool:
    return any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def test_files_are_short_and_named_for_their_one_job() -> None:
    def findings() -> Iterator[str]:
        for source in sources():
            lines = source.text.count("\n")
            if lines > LONGEST_FILE:
                yield f"{source.place} has {lines} lines: split it, at most {LONGEST_FILE}"
            if source.path.stem in NOBODY_KNOWS_WHAT_IS_IN_IT:
                yield f"{source.place}: name it for the one job it does"
            if source.text.strip() and not source.docstring and source.path.stem != "__init__":
                yield f"{source.place} has no docstring: say what it owns and must not do"

    fail_on(findings())


def test_a_file_name_is_used_once() -> None:
    names = Counter(source.path.name for source in sources())
    fail_on(
        f"{source.place}: {source.path.name} is used {names[source.path.name]} times, give each a name of its own"
        for source in sources()
        if names[source.path.name] > 1 and source.path.stem not in {"__init__", "__main__", "conftest"}
    )


def test_the_entry_point_is_thin() -> None:
    assert (ROOT / "main.py").read_text(encoding="utf-8").count("\n") < 60, (
        "main.py only parses and calls dashboard.app"
    )


def test_colours_and_style_live_in_resources() -> None:
    def findings() -> Iterator[str]:
        for source in sources_in("dashboard/"):
            for text, line in source.strings():
                if re.search(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8}|[0-9a-fA-F]{3})\b(?!;)", text):
                    yield f"{source.place}:{line} holds a colour: give it a name in resources/themes/*.toml"
            for name, call in source.calls():
                if name.endswith("setStyleSheet") and any(
                    isinstance(a, ast.Constant | ast.JoinedStr) for a in call.args
                ):
                    yield f"{source.place}:{call.lineno} holds a style sheet: move it to resources/style.qss"

    fail_on(findings())


def test_labels_never_interpret_what_a_broker_wrote() -> None:
    fail_on(
        f"{source.place}:{call.lineno} makes a QLabel: use widgets.plain_label.PlainLabel, which shows HTML as text"
        for source in sources_in("dashboard/")
        if source.place != "dashboard/widgets/plain_label.py"
        for name, call in source.calls()
        if name.split(".")[-1] == "QLabel"
    )


DANGEROUS_CALLS = {
    "pickle.loads": "never unpickle what a broker holds: show its size and opcodes",
    "pickle.load": "never unpickle what a broker holds",
    "yaml.load": "use tomllib or json",
    "eval": "use ast.literal_eval",
    "exec": "there is no need",
    "os.system": "use subprocess with a list",
}


def test_nothing_runs_or_trusts_foreign_text() -> None:
    def findings() -> Iterator[str]:
        for source in sources_in("broker_client/", "dashboard/", "main.py"):
            for name, call in source.calls():
                if name in DANGEROUS_CALLS:
                    yield f"{source.place}:{call.lineno} calls {name}: {DANGEROUS_CALLS[name]}"
                for word in call.keywords:
                    if isinstance(word.value, ast.Constant) and (word.arg, word.value.value) in FORBIDDEN_SETTINGS:
                        yield f"{source.place}:{call.lineno} says {word.arg}={word.value.value!r}: leave it out"

    fail_on(findings())


FORBIDDEN_SETTINGS = {("shell", True), ("verify", False)}


def test_tests_wait_for_something() -> None:
    waits = {"time.sleep", "sleep", "qtbot.wait", "QTest.qWait", "QTest.qSleep"}
    fail_on(
        f"{source.place}:{call.lineno} calls {name}: wait for a condition, with tests.waiting.until or qtbot.waitUntil"
        for source in sources_in("tests/")
        if not source.place.startswith("tests/bench/")
        for name, call in source.calls()
        if name in waits and not defines(source, name)
    )


def defines(source: Source, name: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in source.tree.body)


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile(r"\b(?:TODO|FIXME|NotImplementedError)\b|pytest\.(?:mark\.)?skip|pytest\.mark\.xfail")
    fail_on(
        f"{source.place}:{number} is unfinished: finish it, or leave it out ({found.group()})"
        for source in sources()
        for number, line in enumerate(source.text.splitlines(), 1)
        if (found := marks.search(line)) and source.place != "tests/test_house_rules.py"
    )


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda lock: lock.name)
def test_lock_files_name_no_registry(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text and "-index" not in text, "lock with --no-emit-index-url, and no --find-links"
    assert "--hash=sha256:" in text, "lock with --generate-hashes"


def test_this_qt_does_not_lose_references_on_this_python() -> None:
    version = PySide6.__version_info__[:2]
    assert not (version == (6, 12) and sys.version_info < (3, 12)), (
        "PySide6 6.12 aborts on Python 3.11: install from the lock"
    )


REFERENCE_COUNT = """
import sys
from PySide6.QtCore import QObject, Signal
class Source(QObject):
    told = Signal(int)
source = Source()
before = sys.getrefcount(True), sys.getrefcount(None)
for number in range(20_000):
    source.told.emit(number)
    source.parent()
after = sys.getrefcount(True), sys.getrefcount(None)
assert all(abs(new - old) < 100 for new, old in zip(after, before)), (before, after)
"""


def test_twenty_thousand_signals_cost_no_reference() -> None:
    run = subprocess.run(
        [sys.executable, "-c", REFERENCE_COUNT], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr


def test_the_rules_notice_when_they_are_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that can find nothing protects nothing."""
    assert list(cycles({"a": frozenset({"b"}), "b": frozenset({"a"})})) == [["a", "b", "a"]]
    handler = ast.parse("try:\n  pass\nexcept Exception:\n  pass").body[0]
    assert isinstance(handler, ast.Try) and catches_everything(handler.handlers[0])
    rule: Callable[[str], tuple[tuple[str, ...], str] | None] = rule_for
    allowed = rule("dashboard.widgets.card")
    assert allowed is not None and not within("broker_client.rabbit.entities", allowed[0])
