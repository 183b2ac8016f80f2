"""Views of foreign text and lists of fields: literal, cut where huge, readable where JSON."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from dashboard.look.theme import theme
from dashboard.widgets.field_list import Field, FieldList
from dashboard.widgets.json_view import JsonView, pretty_json
from dashboard.widgets.text_view import CAP_CHARS, LONG_LINE_CHARS, TextView

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture
def view(qtbot: QtBot) -> TextView:
    view = TextView("Traceback")
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.show()
    return view


def test_a_text_is_shown_literally_and_cannot_be_changed(view: TextView) -> None:
    view.show_text("<b>bold</b>\n\u202edrow\x1b[0m")
    assert view.toPlainText() == "<b>bold</b>\n\\u202edrow\\x1b[0m"
    assert view.isReadOnly()


def test_a_huge_text_is_cut_and_then_shown_whole(qtbot: QtBot, view: TextView) -> None:
    text = "a line of a traceback\n" * 40_000
    view.show_text(text)
    assert len(view.toPlainText()) == CAP_CHARS
    assert view.is_cut
    view.show_all()
    qtbot.waitUntil(lambda: not view.is_cut, timeout=20_000)
    assert view.toPlainText() == text


def test_another_text_ends_the_showing_of_the_first(qtbot: QtBot, view: TextView) -> None:
    view.show_text("x\n" * 400_000)
    view.show_all()
    view.show_text("short")
    qtbot.waitUntil(lambda: view.toPlainText() == "short" and not view.is_cut)


def test_one_endless_line_is_not_wrapped_and_shown_quickly(view: TextView) -> None:
    start = time.thread_time()
    view.show_text("x" * (LONG_LINE_CHARS * 10))
    view.grab()
    assert view.lineWrapMode() == QPlainTextEdit.LineWrapMode.NoWrap
    assert time.thread_time() - start < 1.0
    view.show_text("short")
    assert view.lineWrapMode() == QPlainTextEdit.LineWrapMode.WidgetWidth


def test_the_same_text_again_leaves_the_reader_where_he_was(view: TextView) -> None:
    text = "line\n" * 500
    view.show_text(text)
    view.verticalScrollBar().setValue(200)
    view.show_text(text)
    assert view.verticalScrollBar().value() == 200


@given(st.lists(json_values) | st.dictionaries(st.text(), json_values), st.booleans())
def test_json_keeps_its_meaning(value: object, ascii_only: bool) -> None:
    pretty = pretty_json(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace").decode())
    assert pretty is not None
    assert json.loads(pretty) == value


@given(st.text())
def test_no_text_is_too_strange_to_be_tried_as_json(text: str) -> None:
    for tried in (text, f"[{text}", f"[{text}]", f'["{text}"]'):
        pretty_json(tried)


def test_figures_keep_all_their_digits() -> None:
    assert pretty_json('{"a":12345678901234567890,"b":1.10}') == '{\n  "a": 12345678901234567890,\n  "b": 1.10\n}'


def test_letters_are_written_as_letters_and_what_hides_stays_an_escape() -> None:
    assert pretty_json('["M\\u00fcller \\ud83d\\ude00 \\u202e \\" \\\\u00fc"]') == (
        '[\n  "Müller 😀 \\u202e \\" \\\\u00fc"\n]'
    )


@pytest.mark.parametrize("text", ["", "plain", "12", "(1, 'x')", "[1,", "[" * 50_000, "[NaN]"])
def test_what_is_not_json_is_shown_as_it_is(qtbot: QtBot, text: str) -> None:
    view = JsonView()
    qtbot.addWidget(view)
    view.show_text(text)
    assert view.toPlainText() == text


def test_json_is_coloured_by_what_it_is(qtbot: QtBot) -> None:
    view = JsonView("Result")
    qtbot.addWidget(view)
    view.show_text('{"name": "x", "n": 1}')
    view.grab()
    block = view.document().findBlockByNumber(1)
    qtbot.waitUntil(lambda: len(block.layout().formats()) == 2)
    assert [part.format.foreground().color() for part in block.layout().formats()] == [theme().info, theme().ok]


def test_a_long_json_text_is_laid_out_and_not_coloured(qtbot: QtBot) -> None:
    view = JsonView()
    qtbot.addWidget(view)
    view.show_text(json.dumps(list(range(20_000))))
    assert view.toPlainText().startswith("[\n  0,\n  1,")
    view.grab()
    assert not view.document().findBlockByNumber(1).layout().formats()


def test_fields_are_changed_in_place_and_copied_whole(qtbot: QtBot) -> None:
    fields = FieldList()
    qtbot.addWidget(fields)
    long = "x" * 5_000
    fields.show_fields([Field("Id", "1"), Field("Worker", ""), Field("Text", long)])
    rows = [child for child in fields.children() if child.isWidgetType()]
    fields.show_fields([Field("Id", "2", mono=True), Field("Worker", "", help="Who ran it"), Field("Text", long)])
    assert [child for child in fields.children() if child.isWidgetType()] == rows
    assert fields.copy(2) == long
    assert QGuiApplication.clipboard().text() == long
    fields.show_fields([Field("Id", "2")])
    assert fields.fields == (Field("Id", "2"),)
