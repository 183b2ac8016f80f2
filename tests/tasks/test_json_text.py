"""JSON says the same with its letters written out, whatever it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.tasks.json_text import with_letters


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (r'["M\u00fcller", "\ud83d\ude00"]', '["Müller", "😀"]'),
        (r'{"\u540d": "\u00C9t\u00e9"}', '{"名": "Été"}'),
        (r'["a\\u00fcb"]', r'["a\\u00fcb"]'),
        (r'["\\\u00fc"]', r'["\\ü"]'),
        (r'["\u0022\u005c\u003c"]', r'["\"\\<"]'),
        (r'["\u0000\u0001\n\"\u0085"]', r'["\u0000\u0001\n\"\u0085"]'),
        (r'["\ud83d", "\ude00\ud83d"]', r'["\ud83d", "\ude00\ud83d"]'),
        (r'["cut \u00', r'["cut \u00'),
        ("ends with \\", "ends with \\"),
        (r"\u00fc\xff not JSON", r"ü\xff not JSON"),
    ],
)
def test_only_printable_characters_are_written_out(text: str, written: str) -> None:
    assert with_letters(text) == written


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda part: st.lists(part) | st.dictionaries(st.text(), part))
)
def test_json_says_what_it_said(value: object) -> None:
    written = with_letters(json.dumps(value))
    assert json.loads(written) == value
    assert "\0" not in written and "\1" not in written


@given(st.text(alphabet='\\u0dD83ceEfF9"x\0'))
def test_any_text_is_taken(text: str) -> None:
    assert with_letters(text).count("\0") == text.count("\0")
