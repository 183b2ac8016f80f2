"""Cards, figures, marks and labels: honest about age and the unknown, literal, and readable aloud."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from dashboard.look.theme import theme, tone_color
from dashboard.widgets.badge import Badge
from dashboard.widgets.button import Button, IconButton
from dashboard.widgets.card import Card
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.kpi_card import KpiCard
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.sparkline import Sparkline
from dashboard.widgets.state_mark import StateMark
from dashboard.widgets.value_bar import Bar


def test_a_stale_card_is_dimmed_and_says_why(qtbot: QtBot) -> None:
    card = Card("Queues", "2 s ago")
    qtbot.addWidget(card)
    body = QWidget()
    body.setStyleSheet("background: white")
    card.body.addWidget(body, 1)
    card.resize(400, 200)
    card.show()
    middle = card.rect().center()
    bright = card.grab().toImage().pixelColor(middle).lightness()
    card.set_stale("no answer for 12 s")
    assert card.stale_reason == card.accessibleDescription() == "no answer for 12 s"
    assert card.grab().toImage().pixelColor(middle).lightness() < bright
    card.set_stale(None)
    assert card.accessibleDescription() == ""
    assert card.grab().toImage().pixelColor(middle).lightness() == bright


def test_a_figure_is_read_out_as_one_sentence(qtbot: QtBot) -> None:
    card = KpiCard("Ready messages")
    qtbot.addWidget(card)
    card.show_value("30,587", "", "+4,120 in 30 min", "warn", (1, 2, None, 3))
    assert card.accessibleName() == "Ready messages: 30,587, +4,120 in 30 min"
    card.show_value("—")
    assert card.accessibleName() == "Ready messages: unknown"


def test_figures_in_a_row_are_equally_wide_and_none_is_clipped(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    cards = [KpiCard(title) for title in ("Ready messages", "Published", "Workers online")]
    for card, value in zip(cards, ("1,230,587", "126.4", "3"), strict=True):
        card.show_value(value, "/s", "a note that is far too long for such a narrow card", trend=(1, 2, 3))
        row.addWidget(card)
    window.resize(640, 140)
    window.show()
    assert len({card.width() for card in cards}) == 1
    figure = next(label for label in cards[0].findChildren(PlainLabel) if label.text() == "1,230,587")
    assert figure.width() >= figure.fontMetrics().horizontalAdvance(figure.text())


def test_a_label_shows_html_as_text_and_elides_with_a_tip(qtbot: QtBot) -> None:
    label = PlainLabel("<b>a very long name of a queue</b>\u202e", "small", elide="right")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text().endswith("\\u202e")
    assert "&lt;b&gt;" in label.toolTip()
    label.resize(600, 20)
    assert not label.toolTip()


@pytest.mark.parametrize("tone", ["ok", "warn", "crit", "info"])
def test_a_state_has_a_mark_in_its_colour_and_a_word(qtbot: QtBot, tone: str) -> None:
    mark = StateMark(tone)
    qtbot.addWidget(mark)
    image = mark.grab().toImage()
    drawn = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert tone_color(tone).name() in drawn
    assert mark.accessibleName() not in ("", tone)


def test_marks_differ_by_shape_alone(qtbot: QtBot) -> None:
    shapes = set()
    for tone in ("ok", "warn", "crit", "idle"):
        mark = StateMark(tone)
        qtbot.addWidget(mark)
        mark.setAutoFillBackground(True)
        image = mark.grab().toImage()
        ground = image.pixelColor(0, 0)
        shapes.add(tuple(image.pixelColor(x, y) != ground for x in range(12) for y in range(12)))
    assert len(shapes) == 4


def test_a_gap_in_a_sparkline_stays_empty(qtbot: QtBot) -> None:
    trend = Sparkline((5, 5, 5, None, None, None, 5, 5, 5))
    qtbot.addWidget(trend)
    trend.resize(90, 30)
    trend.setAutoFillBackground(True)
    image = trend.grab().toImage()
    ground = image.pixelColor(0, 0)
    columns = [any(image.pixelColor(x, y) != ground for y in range(30)) for x in range(90)]
    assert columns[10]
    assert not columns[45]
    assert columns[80]


def test_an_unknown_share_is_an_empty_groove(qtbot: QtBot) -> None:
    bar = Bar(None)
    qtbot.addWidget(bar)
    bar.resize(84, 6)
    assert bar.accessibleName() == "unknown"
    assert bar.grab().toImage().pixelColor(10, 3) == theme().raised
    bar.set_share(0.5, "crit")
    assert bar.accessibleName() == "50%"
    assert bar.grab().toImage().pixelColor(10, 3) == theme().crit
    bar.set_share(7.0)
    assert bar.share == 1.0


def test_buttons_and_badges_never_read_foreign_text_as_a_shortcut(qtbot: QtBot) -> None:
    button, badge = Button("Keys & memory"), Badge("a & b\u202e", "crit")
    for widget in (button, badge):
        qtbot.addWidget(widget)
    assert button.text() == "Keys && memory"
    assert button.accessibleName() == "Keys & memory"
    assert badge.accessibleName() == "a & b\\u202e"
    assert IconButton("copy", "Copy the id").accessibleName() == "Copy the id"


def test_an_empty_state_says_why_and_offers_one_thing_to_do(qtbot: QtBot) -> None:
    empty = EmptyState("No queues yet", "A queue appears as soon as one is declared.", "Start a sandbox")
    qtbot.addWidget(empty)
    empty.show()
    assert (empty.accessibleName(), empty.accessibleDescription()[:7]) == ("No queues yet", "A queue")
    with qtbot.waitSignal(empty.action_requested):
        QTest.mouseClick(empty.findChildren(Button)[0], Qt.MouseButton.LeftButton)
    empty.say("No queue matches")
    assert not empty.findChildren(Button)[0].isVisible()
