"""What the result backend may hold of a task."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.result_value import MAX_VALUE_BYTES, decode_detail, decode_value, epoch_of, stored

DONE = "2026-11-23T07:51:01.107776+00:00"


def meta(**fields: Any) -> bytes:
    known = {"status": "SUCCESS", "result": 5, "traceback": None, "children": [], "date_done": DONE, "task_id": "t"}
    return json.dumps({**known, **fields}).encode()


EXTENDED: dict[str, Any] = {
    "name": "shop.add",
    "args": [2, 3],
    "kwargs": {},
    "worker": "w1@h",
    "retries": 0,
    "queue": "celery",
}


def raised(kind: str, *arguments: Any) -> dict[str, Any]:
    return {"exc_type": kind, "exc_message": list(arguments), "exc_module": "builtins"}


def test_an_extended_success_tells_all() -> None:
    fact = decode_value("t", stored(meta(**EXTENDED)))
    assert (fact.state, fact.name, fact.args, fact.kwargs, fact.worker) == (
        "SUCCESS",
        "shop.add",
        "[2, 3]",
        "{}",
        "w1@h",
    )
    assert fact.done_at == pytest.approx(epoch_of(DONE))
    assert (fact.result, fact.exception, fact.queue, fact.retries) == ("5", None, "celery", 0)


def test_a_failure_names_its_exception_as_python_would_write_it() -> None:
    fact = decode_value("t", stored(meta(**EXTENDED, status="FAILURE", result=raised("ValueError", "boom", 2))))
    assert fact.exception == "ValueError('boom', 2)"
    assert fact.result is None
    assert not fact.never_run


def test_a_chain_step_that_never_ran_is_told_from_a_failed_one() -> None:
    fields = {**EXTENDED, "worker": None, "queue": None, "status": "FAILURE", "result": raised("ValueError", "boom")}
    assert decode_value("t", stored(meta(**fields))).never_run
    plain = meta(status="FAILURE", result=raised("ValueError", "boom"))
    assert not decode_value("t", stored(plain)).never_run
    unknown = meta(status="FAILURE", result=raised("NotRegistered", "x"), name=None, worker=None)
    assert not decode_value("t", stored(unknown)).never_run


def test_started_knows_its_worker_and_no_time() -> None:
    value = meta(status="STARTED", result={"pid": 1, "hostname": "w1@h"}, date_done=None)
    fact = decode_value("t", stored(value))
    assert (fact.state, fact.worker, fact.done_at, fact.result) == ("STARTED", "w1@h", None, None)


def test_a_state_of_the_users_own_is_kept() -> None:
    fact = decode_value("t", stored(meta(status="PROGRESS", result={"done": 1}, date_done=None)))
    assert (fact.state, fact.result) == ("PROGRESS", '{"done": 1}')


def test_a_pickle_is_never_unpickled_and_still_tells_its_state() -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (pytest.fail, ("a pickle was loaded",))

    value = pickle.dumps({"status": "FAILURE", "result": Bomb(), "task_id": "t"})
    detail = decode_detail("t", stored(value))
    assert detail.fact.state == "FAILURE"
    assert detail.form == "pickle"
    assert detail.exception is not None and detail.exception.endswith("('a pickle was loaded')")


def test_what_is_not_json_gets_a_word_of_its_own() -> None:
    for value in (b"", b"{", b"\xff\xfe", b"[1]", b'{"status": 3}', b"[" * 50_000, b"\x80", b"\x80\x05junk"):
        fact = decode_value("t", stored(value))
        assert fact.state == "UNKNOWN"
        assert fact.exception


def test_deep_json_nan_and_lone_surrogates_are_survived() -> None:
    deep = b'{"status":"SUCCESS","result":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    assert decode_value("t", stored(deep)).state == "SUCCESS"
    odd = decode_value("t", stored(b'{"status":"SUCCESS","result":NaN,"name":"\\ud800"}'))
    assert (odd.state, odd.result, odd.name) == ("SUCCESS", "NaN", "\\ud800")


@pytest.mark.parametrize(
    ("result", "more"),
    [
        (b"[" * 60_000 + b"]" * 60_000, b""),
        (b"9" * 6_000, b',"retries":' + b"9" * 5_000),
        (b"1", b',"name":"\xff\xfe"'),
        (b"[1, 2,", b""),
    ],
    ids=["too deep", "too long a number", "not UTF-8", "broken"],
)
def test_of_a_value_that_cannot_be_read_whole_the_state_is_read_from_its_ends(result: bytes, more: bytes) -> None:
    value = stored(b'{"status":"FAILURE","result":%b,"date_done":"%b"%b}' % (result, DONE.encode(), more))
    fact = decode_value("t", value)
    assert fact.state == "FAILURE"
    assert fact.done_at == pytest.approx(epoch_of(DONE))
    detail = decode_detail("t", value)
    assert detail.result is not None and detail.result.startswith('{"status":"FAILURE"')
    assert detail.complete and detail.words.endswith(" bytes of JSON of which only the ends can be read")


def test_of_a_huge_value_state_and_call_are_read_from_its_ends() -> None:
    value = meta(result="x" * (MAX_VALUE_BYTES + 1), **EXTENDED)
    excerpt = stored(value)
    assert len(excerpt.head) + len(excerpt.tail) < 100_000
    fact = decode_value("t", excerpt)
    assert (fact.state, fact.name, fact.args) == ("SUCCESS", "shop.add", "[2, 3]")
    detail = decode_detail("t", excerpt)
    assert not detail.complete
    assert detail.result is not None and detail.result.startswith('{"status": "SUCCESS", "result": "xxx')
    assert "only an excerpt" in detail.words


def test_children_of_a_chain_and_of_a_group_are_found() -> None:
    children = [[["next", None], None], [["group-id", None], [[["a", None], None], [["b", None], None]]]]
    assert decode_detail("t", stored(meta(children=children))).children == ("next", "a", "b")
    assert decode_detail("t", stored(meta(children={"odd": 1}))).children == ()


def test_times_without_a_zone_are_utc_and_nonsense_is_unknown() -> None:
    assert epoch_of("2026-11-23T07:51:01") == epoch_of("2026-11-23T07:51:01Z")
    assert epoch_of("yesterday") is None
    assert epoch_of(None) is None


@given(st.binary(max_size=300))
def test_any_bytes_become_a_fact(value: bytes) -> None:
    assert decode_value("t", stored(value)).state
    assert decode_detail("t", stored(value)).fact.state


@given(
    st.dictionaries(
        st.sampled_from(["status", "result", "args", "worker", "retries", "children", "date_done"]),
        st.none() | st.integers() | st.text() | st.lists(st.integers()),
    )
)
def test_any_fields_become_a_fact(fields: dict[str, Any]) -> None:
    value = stored(meta(**fields))
    assert decode_value("t", value).id == "t"
    assert decode_detail("t", value).fact.id == "t"
