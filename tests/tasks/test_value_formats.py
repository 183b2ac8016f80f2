"""Results of applications with serializers and compression of their own: read as far as that is safe, never run."""

from __future__ import annotations

import bz2
import collections
import decimal
import gzip
import lzma
import pickle
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker_client.tasks.pickle_reading import MOST_FIELDS, MOST_PARTS, read_mapping
from broker_client.tasks.result_value import MAX_VALUE_BYTES, decode_detail, decode_value, stored
from broker_client.tasks.value_formats import MOST_UNPACKED_BYTES, read_foreign, unpack

MAGIC = b"\x00celery-compressed\x00"
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class Shop:
    def __init__(self) -> None:
        self.name = "north"


@settings(max_examples=20)
@given(st.dictionaries(st.text(), plain, max_size=8), st.integers(2, pickle.HIGHEST_PROTOCOL))
def test_plain_values_come_out_of_a_pickle_as_they_are(value: dict[str, Any], protocol: int) -> None:
    assert read_mapping(pickle.dumps(value, protocol)) == value


def test_objects_in_a_pickle_become_words_and_exceptions_keep_type_and_arguments() -> None:
    value = {
        "status": "FAILURE",
        "result": KeyError("sku", 7),
        "args": (decimal.Decimal("1.5"), {1, 2}, b"\x00", Shop()),
        "kwargs": {"when": collections.OrderedDict(a=1), 5: "five"},
    }
    detail = decode_detail("t", stored(pickle.dumps(value)))
    assert (detail.fact.state, detail.exception, detail.form) == ("FAILURE", "KeyError('sku', 7)", "pickle")
    assert detail.args is not None and "<decimal.Decimal('1.5')>" in detail.args
    assert detail.args.count("Shop(") == 1 and "north" in detail.args
    assert detail.kwargs is not None and '"5": "five"' in detail.kwargs


def test_nothing_that_a_pickle_names_is_called() -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (pytest.fail, ("a pickle was loaded",))

    detail = decode_detail("t", stored(pickle.dumps({"status": "SUCCESS", "result": Bomb(), "args": (Bomb(),)})))
    assert detail.result is not None and "a pickle was loaded" in detail.result


def test_a_pickle_that_names_itself_or_one_list_a_billion_times_stays_small() -> None:
    laughs: list[Any] = ["ha"]
    for _ in range(60):
        laughs = [laughs] * 10
    itself: dict[str, Any] = {"status": "SUCCESS"}
    itself["result"] = itself
    assert len(str(read_mapping(pickle.dumps({"status": "SUCCESS", "result": laughs})))) < 20 * MOST_PARTS
    assert "SUCCESS" in str(read_mapping(pickle.dumps(itself)))
    assert read_mapping(pickle.dumps({"numbers": list(range(10_000))}), 1_000) is None
    assert len(read_mapping(pickle.dumps({str(n): n for n in range(100)})) or ()) == MOST_FIELDS


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(value: bytes) -> None:
    for made in (value, b"\x80\x04" + value, b"\x8c" + value, MAGIC + value, MAGIC + b"application/x-gzip\0" + value):
        assert decode_value("t", stored(made)).state
        assert decode_detail("t", stored(made)).fact.state


def test_of_a_long_or_cut_pickle_the_state_is_still_told() -> None:
    many = pickle.dumps({"status": "SUCCESS", "result": list(range(20_000)), "name": "shop.add"})
    assert decode_value("t", stored(many)).state == "SUCCESS"
    assert decode_detail("t", stored(many)).fact.name == "shop.add"
    huge = stored(
        pickle.dumps({"status": "PROGRESS", "result": ["x" * 1_000] + ["y" * 500] * 10 + list("ab" * 900_000)})
    )
    assert not huge.complete and decode_value("t", huge).state == "PROGRESS"
    detail = decode_detail("t", huge)
    assert (detail.fact.state, detail.form) == ("PROGRESS", "pickle") and "only an excerpt" in detail.words


def test_messagepack_is_read() -> None:
    value = {"status": "RETRY", "result": {"exc_type": "OSError", "exc_message": [5]}, "args": [1], "name": "shop.add"}
    detail = decode_detail("t", stored(msgspec.msgpack.encode(value)))
    assert (detail.fact.state, detail.fact.name, detail.args) == ("RETRY", "shop.add", "[1]")
    assert (detail.exception, detail.form) == ("OSError(5)", "MessagePack")
    assert read_foreign(b"\x81\xa6status", 9).fields is None


def test_of_yaml_only_plain_fields_are_taken() -> None:
    text = (
        "args:\n- 0.1\ndate_done: '2026-11-23T15:41:19+00:00'\nname: shop.add\nresult:\n  exc_message:\n  - no good\n"
        "  exc_module: builtins\n  exc_type: ValueError\nretries: 2\nstatus: FAILURE\nworker: null\n"
    )
    detail = decode_detail("t", stored(text.encode()))
    fact = detail.fact
    assert (fact.state, fact.name, fact.retries, detail.exception) == (
        "FAILURE",
        "shop.add",
        2,
        "ValueError('no good')",
    )
    assert detail.form == "YAML" and fact.done_at is not None
    evil = decode_detail("t", stored(b"status: SUCCESS\nresult: !!python/object/apply:os.system ['true']\n"))
    assert evil.fact.state == "SUCCESS" and evil.result is not None and "os.system" in evil.result


@pytest.mark.parametrize(
    ("method", "pack"),
    [("application/x-gzip", gzip.compress), ("application/x-bz2", bz2.compress), ("application/x-lzma", lzma.compress)],
)
def test_a_compressed_result_is_unpacked(method: str, pack: Any) -> None:
    raw = MAGIC + method.encode() + b"\0" + pack(b'{"status":"SUCCESS","result":5,"name":"shop.add"}')
    detail = decode_detail("t", stored(raw))
    assert (detail.fact.name, detail.result, detail.form) == ("shop.add", "5", method)


def test_a_bomb_is_unpacked_only_so_far_and_an_unknown_method_is_named() -> None:
    bomb = MAGIC + b"application/x-gzip\0" + gzip.compress(b'{"status": "SUCCESS", "result": "' + b"x" * (64 << 20))
    unpacked = unpack(bomb)
    assert (len(unpacked.raw), unpacked.cut) == (MOST_UNPACKED_BYTES, True)
    assert len(bomb) < MAX_VALUE_BYTES and decode_value("t", stored(bomb)).state == "SUCCESS"
    strange = decode_detail("t", stored(MAGIC + b"application/x-brotli\0abc"))
    assert (strange.fact.state, strange.result) == ("UNKNOWN", f"application/x-brotli, {len(MAGIC) + 24} bytes")
