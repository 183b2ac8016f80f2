"""What a search finds is what each of its conditions says of each task, however it is worked out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from broker_client.tasks.board import TaskBoard
from broker_client.tasks.call_text import keys_of, value_at
from broker_client.tasks.events import Event
from broker_client.tasks.kind_indexes import MAX_KINDS
from broker_client.tasks.query_language import Both, Either, Node, Not, parse_query
from broker_client.tasks.query_match import text_test
from broker_client.tasks.records import TaskQuery, TaskWindow
from broker_client.tasks.result_value import decode_value, stored
from broker_client.tasks.search import WindowFinder
from broker_client.tasks.task_record import TaskRecord
from tests.tasks.test_search import finished

T0 = 1_790_000_000.0
NAMES = ("shop.charge", "shop.mail", "stock.Sync")
WORKERS = ("w1@h", "w2@h")
QUEUES = ("fast", "slow")
WORDS = ("eu-west", "card", "7", "mail", "w1@h", "boom")
CONDITIONS = (
    *(f"name{how}{name}" for how in ":=" for name in ("shop", "shop.mail", "SHOP.*", "*.sync")),
    *(f"state:{state}" for state in ("failure", "suc", "*ED")),
    *(
        "worker=w1@h",
        "queue:fast",
        "args:card",
        "kwargs.user=7",
        "kwargs.user:1",
        "exception:boom*9",
        "id=t17",
        "id:t1",
    ),
    *("runtime>0.5", "runtime<=0.2", "retries>0", "retries=1", "age<40", "age>100", "result:ok"),
    *WORDS,
)


@pytest.fixture
def shop() -> TaskBoard:
    return fill(TaskBoard(), 400)


def fill(board: TaskBoard, tasks: int, seed: int = 5) -> TaskBoard:
    draw = random.Random(seed)
    for number in range(tasks):
        fields: dict[str, Any] = {
            "name": draw.choice(NAMES),
            "args": draw.choice(("('card',)", "()", "(7, 'Eu-West')")),
        }
        kwargs = draw.choice(("{}", "{'user': 7}", '{"user": 17}'))
        steps = [Event("task-sent", f"t{number}", "gen@web", T0 + number, queue=draw.choice(QUEUES), **fields)]
        steps.append(Event("task-received", f"t{number}", draw.choice(WORKERS), T0 + number, kwargs=kwargs, **fields))
        if draw.random() < 0.8:
            end = draw.choice(("succeeded", "failed"))
            wrong = f"ValueError('boom {number}')" if end == "failed" else None
            done = Event(f"task-{end}", f"t{number}", steps[-1].hostname, T0 + number + 0.5, exception=wrong)
            done.runtime, done.retries = draw.random(), draw.choice((None, 0, 1))
            done.result = "'ok'" if end == "succeeded" else None
            steps.append(done)
        for event in steps:
            board.fold_events([event], event.timestamp)
    return board


def holds(node: Node, record: TaskRecord, now: float) -> bool:
    """The plain meaning of a tree, record by record."""
    match node:
        case Both(parts):
            return all(holds(part, record, now) for part in parts)
        case Either(parts):
            return any(holds(part, record, now) for part in parts)
        case Not(part):
            return not holds(part, record, now)
    if node.number is not None:
        value = now - record.updated if node.field == "age" else record.runtime_s
        value = record.retries if node.field == "retries" else value
        sign = {"<": -1, "<=": -1, ">": 1, ">=": 1, "=": 0}[node.how]
        differs = None if value is None else (value > node.number) - (value < node.number)
        return differs == sign or (differs == 0 and node.how in ("<=", ">="))
    words = ("name", "id", "args", "kwargs", "worker", "queue", "exception")
    texts = [getattr(record, field) for field in ((node.field,) if node.field else words)]
    if node.path:
        texts = [value_at(text, node.path) for text in texts if text is not None]
    return any(text is not None and text_test(node)(text) for text in texts)


def found(finder: WindowFinder, text: str, now: float) -> set[str]:
    window: TaskWindow = finished(finder, TaskQuery(text=text, count=1000), now)
    assert not window.problem and window.matching == len(window.rows)
    return {row.id for row in window.rows}


def meant(board: TaskBoard, text: str, now: float) -> set[str]:
    node = parse_query(text)
    assert node is not None
    records = [record for _kind, shelf in board.indexes.shelves() for s in shelf.seconds() for record in shelf.slot(s)]
    return {record.id for record in records if holds(node, record, now)}


@pytest.mark.parametrize("text", CONDITIONS)
def test_each_condition_finds_what_it_says(shop: TaskBoard, text: str) -> None:
    now = T0 + 401
    for line in (text, f"!{text}"):
        assert found(WindowFinder(shop), line, now) == meant(shop, line, now)


def test_any_tree_finds_what_it_says_and_keeps_doing_so_while_tasks_change(shop: TaskBoard) -> None:
    draw = random.Random(3)
    now = T0 + 401
    for turn in range(60):
        line = _random_line(draw, 3)
        finder = WindowFinder(shop)
        assert found(finder, line, now) == meant(shop, line, now), line
        fill(shop, 20, seed=turn)
        assert found(finder, line, now) == meant(shop, line, now), line


def _random_line(draw: random.Random, depth: int) -> str:
    if depth == 0 or draw.random() < 0.3:
        return draw.choice(("", "", "!")) + draw.choice(CONDITIONS)
    parts = [_random_line(draw, depth - 1) for _ in range(draw.randint(2, 3))]
    return draw.choice(("", "NOT ")) + "(" + draw.choice((" ", " OR ")).join(parts) + ")"


def test_more_kinds_than_there_are_shelves_are_found_too() -> None:
    board = TaskBoard()
    for number in range(MAX_KINDS + 500):
        sent = Event("task-sent", f"t{number}", "gen@web", T0 + number % 50, name=f"job{number:05}", queue="celery")
        board.fold_events([sent], T0 + 60)
    assert len(board.indexes.by_kind) <= MAX_KINDS + 1
    for number in (3, MAX_KINDS + 499):
        assert found(WindowFinder(board), f"name=job{number:05}", T0 + 60) == {f"t{number}"}
        assert found(WindowFinder(board), f"job{number:05}", T0 + 60) == {f"t{number}"}
    finder = WindowFinder(board)
    assert found(finder, "name=later", T0 + 60) == set()
    board.fold_events([Event("task-sent", f"t{MAX_KINDS + 1}", "gen", T0 + 60, name="later")], T0 + 60)
    assert found(finder, "name=later", T0 + 60) == {f"t{MAX_KINDS + 1}"}


def test_a_time_range_counts_and_pages_exactly(shop: TaskBoard) -> None:
    finder = WindowFinder(shop)
    every = finished(finder, TaskQuery(count=1000), T0 + 500).rows

    def inside(keep: Callable[[float], bool], **fields: float) -> None:
        window = finished(finder, TaskQuery(count=1000, **fields), T0 + 500)  # type: ignore[arg-type]
        assert [row.id for row in window.rows] == [row.id for row in every if keep(row.updated)]
        assert window.matching == len(window.rows)

    for width in (0, 3, 6):
        shop.indexes.widen_to(width)
        inside(lambda at: at >= T0 + 100.5, since=T0 + 100.5)
        inside(lambda at: at < T0 + 33, until=T0 + 33)
        inside(lambda at: T0 + 10 <= at < T0 + 11, since=T0 + 10, until=T0 + 11)
        inside(lambda at: at >= T0 + 400, within_s=100.0)


def test_age_moves_on_while_nothing_arrives(shop: TaskBoard) -> None:
    finder = WindowFinder(shop)
    young = found(finder, "age<50", T0 + 400)
    assert found(finder, "age<50", T0 + 410) < young
    either = found(finder, "age<50 OR name=nothing", T0 + 400)
    assert found(finder, "age<50 OR name=nothing", T0 + 410) < either


def test_slots_widen_while_a_search_is_open() -> None:
    board = TaskBoard()
    finder = WindowFinder(board)
    assert found(finder, "job", T0) == set()
    for number in range(20_000):
        board.fold_events([Event("task-received", f"t{number}", "w", T0 + 7 * number, name="job")], T0 + 7 * number)
    assert board.indexes.width > 0
    window = finished(finder, TaskQuery(text="t1", count=1000), T0)
    assert window.matching == len(meant(board, "t1", T0))


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("{'user': 7}", "user", "7"),
        ('{"user": {"id": "x"}}', "user.id", "x"),
        ("{'items': [{'sku': 'A'}]}", "items.0.sku", "A"),
        ('{"on": true, "off": null}', "on", "true"),
        ("{'on': True}", "ON", "true"),
        ("{'a': <Thing>, 'user': 'x y', 'b': ...", "user", "x y"),
        ("{'user': 17, 'rest': 'cut…", "user", "17"),
        ("{'user': 17, 'rest': 'cut…", "rest", "cut…"),
        ("{'user': 17, 'rest': 'cut...", "rest", "cut..."),
        ('{"user": "say \\"hi\\" or C:\\\\tm…', "user", 'say "hi" or C:\\tm…'),
        ("{'user': 'it\\'s', 'rest': <Thing>}", "user", "it's"),
        ("{'user': 'cut after a \\", "user", "cut after a "),
        ("{'rest': 'x', 'user': ", "user", None),
        ("{'user': 7}", "other", None),
        ("(1, 2)", "user", None),
        ("{" * 300, "user", None),
    ],
)
def test_a_keyword_argument_is_read_from_json_and_repr(text: str, path: str, value: str | None) -> None:
    assert value_at(text, path) == value


SPELLED: dict[str, tuple[object, tuple[str, ...]]] = {
    "nothing": (None, ("kwargs.x=None", "kwargs.x=null", "kwargs.x:NULL", "kwargs.x:none")),
    "path": (
        "C:\\tmp",
        (r'kwargs.x="C:\\tmp"', r"kwargs.x=C:\tmp", r"kwargs.x:C:\t", r"kwargs.x=*:\tmp", r"kwargs.x:\t"),
    ),
    "quotes": ('say "it\'s"', ('kwargs.x="say \\"it\'s\\""', "kwargs.x:it's", "kwargs.x=say*it*")),
    "line": ("one\ntwo", ('kwargs.x="one\ntwo"', "kwargs.x=one*two")),
    "list": (["a", "Q"], ('kwargs.x:["a"', "kwargs.x.1=q")),
    "long": ("z" * 600, ("kwargs.x:zzz", "kwargs.x=zzz*")),
    "letters": ("é😀", ("kwargs.x=É😀",)),
}


@pytest.mark.parametrize("what", SPELLED)
def test_a_keyword_argument_is_found_however_json_and_repr_spell_it(what: str) -> None:
    _value, lines = SPELLED[what]
    board = TaskBoard()
    for kind, (other, _lines) in SPELLED.items():
        board.fold_events([Event("task-received", f"repr-{kind}", "w", T0, name="job", kwargs=repr({"x": other}))], T0)
        stored_value = {"status": "SUCCESS", "result": 1, "kwargs": {"x": other}, "date_done": "2026-09-21T14:01:07"}
        board.fold_result(decode_value(f"json-{kind}", stored(json.dumps(stored_value).encode())), T0, pushed=False)
    for line in lines:
        assert found(WindowFinder(board), line, T0) == meant(board, line, T0) == {f"repr-{what}", f"json-{what}"}, line


def test_a_value_that_only_contains_none_is_not_nothing() -> None:
    board = TaskBoard()
    for number, text in enumerate(("{'x': 'nonesuch'}", "{'x': None}", "{'x': [None]}", "{'y': None}")):
        board.fold_events([Event("task-received", f"t{number}", "w", T0, name="job", kwargs=text)], T0)
    assert found(WindowFinder(board), "kwargs.x=none", T0) == {"t1"}
    assert found(WindowFinder(board), "kwargs.x:none", T0) == {"t0", "t1"}
    assert found(WindowFinder(board), "NOT kwargs.x=null", T0) == {"t0", "t2", "t3"}


def test_the_names_of_arguments_are_known() -> None:
    assert keys_of("{'user': 7, 'b': [1]}") == ("user", "b")
    assert keys_of("{'user': <T>}") == keys_of("x") == ()
