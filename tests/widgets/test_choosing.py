"""Segments, chips and the filter box: choosing by mouse and by key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dashboard.widgets.chips import ChipRow
from dashboard.widgets.filter_box import FilterBox
from dashboard.widgets.filters import Filter
from dashboard.widgets.segmented import Segmented

COUNTS = (("ok", "Succeeded", "ok", 18_432), ("bad", "Failed", "crit", 37), ("wait", "Pending", "idle", None))
LEFT = Qt.MouseButton.LeftButton


def shown_segments(qtbot: QtBot) -> Segmented:
    segments = Segmented((("300", "5 min"), ("1800", "30 min"), ("7200", "2 h")), "1800", name="Time range")
    qtbot.addWidget(segments)
    segments.show()
    return segments


def test_exactly_one_segment_is_taken_and_arrows_go_round(qtbot: QtBot) -> None:
    segments = shown_segments(qtbot)
    chosen: list[str] = []
    segments.chosen.connect(chosen.append)
    for _ in range(2):
        QTest.keyClick(segments, Qt.Key.Key_Right)
    assert chosen == ["7200", "300"]
    assert segments.current == "300"


def test_setting_a_segment_is_silent_and_an_unknown_one_changes_nothing(qtbot: QtBot) -> None:
    segments = shown_segments(qtbot)
    chosen: list[str] = []
    segments.chosen.connect(chosen.append)
    segments.set_current("7200")
    segments.set_current("never")
    assert (segments.current, chosen) == ("7200", [])


def test_segments_are_one_stop_of_the_tab_key(qtbot: QtBot) -> None:
    segments = shown_segments(qtbot)
    stops = [part for part in segments.children() if getattr(part, "focusPolicy", None)]
    assert sum(part.focusPolicy() == Qt.FocusPolicy.StrongFocus for part in stops) == 1  # type: ignore[attr-defined]


def shown_chips(qtbot: QtBot) -> ChipRow:
    chips = ChipRow("States")
    qtbot.addWidget(chips)
    chips.set_counts(COUNTS)
    chips.show()
    return chips


def test_a_click_wants_a_chip_and_a_second_one_lets_it_go(qtbot: QtBot) -> None:
    chips = shown_chips(qtbot)
    chosen: list[tuple[str, ...]] = []
    chips.chosen_changed.connect(chosen.append)
    for key in ("bad", "ok", "bad"):
        QTest.mouseClick(chips.chip(key), LEFT)
    assert chosen == [("bad",), ("ok", "bad"), ("ok",)]


def test_new_counts_keep_what_is_wanted_and_a_chip_that_leaves_is_said(qtbot: QtBot) -> None:
    chips = shown_chips(qtbot)
    chips.set_chosen(("bad",))
    chosen: list[tuple[str, ...]] = []
    chips.chosen_changed.connect(chosen.append)
    chips.set_counts([("bad", "Failed", "crit", 38), *COUNTS[:1]])
    assert (chips.chosen, chosen) == (("bad",), [])
    chips.set_counts(COUNTS[:1])
    assert chosen == [()]


def test_a_chip_is_read_out_with_every_digit(qtbot: QtBot) -> None:
    chips = shown_chips(qtbot)
    assert chips.chip("ok").accessibleName() == "Succeeded 18,432"
    assert chips.chip("wait").accessibleName() == "Pending"


def test_typing_filters_after_a_short_pause_and_escape_takes_it_back_at_once(qtbot: QtBot) -> None:
    box = FilterBox()
    qtbot.addWidget(box)
    heard: list[Filter] = []
    box.pattern_changed.connect(heard.append)
    QTest.keyClicks(box, "mail")
    assert not heard
    qtbot.waitUntil(lambda: bool(heard))
    assert [found.text for found in heard] == ["mail"]
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert box.pattern.empty
    assert box.text() == ""


def test_an_unfinished_regular_expression_is_marked_and_explained(qtbot: QtBot) -> None:
    box = FilterBox()
    qtbot.addWidget(box)
    box.setText("/(/")
    box.flush()
    assert box.property("wrong") == "true"
    assert "not a regular expression" in box.accessibleDescription()


def test_down_leaves_the_box_with_the_newest_filter(qtbot: QtBot) -> None:
    box = FilterBox()
    qtbot.addWidget(box)
    box.setText("mail")
    with qtbot.waitSignal(box.down_pressed):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.pattern.text == "mail"
