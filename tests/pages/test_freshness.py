"""Ages, sources and reasons in words."""

from __future__ import annotations

import pytest

from dashboard.pages import freshness
from dashboard.store.app_state import Health, Stamp

STAMP = Stamp(at=100.0, source="management API", interval_s=2.0)
LIVE = Health("management", "live")


def test_a_fresh_panel_names_source_and_age() -> None:
    assert freshness.source_words(STAMP, 102.0) == "management API · 2 s ago"
    assert freshness.source_words(STAMP, 100.3) == "management API · 0.3 s ago"
    assert freshness.source_words(None, 102.0) == ""


def test_a_fresh_panel_is_not_stale() -> None:
    assert freshness.stale_reason(LIVE, STAMP, 103.0) is None


def test_a_service_that_is_down_says_why_and_when_it_is_tried_again() -> None:
    down = Health("management", "down", what="Cannot read queues", why="connection refused", next_try=117.0)
    reason = freshness.stale_reason(down, STAMP, 114.0)
    assert reason == "From 14 s ago: Cannot read queues: connection refused · next try in 3 s"


def test_a_refusal_names_what_is_missing_and_waits_for_a_person() -> None:
    refused = Health(
        "management",
        "refused",
        what="Cannot read queues",
        why="not allowed",
        remedy="Give the user the tag monitoring",
    )
    reason = freshness.stale_reason(refused, STAMP, 101.0)
    assert reason is not None
    assert "Give the user the tag monitoring" in reason
    assert "waits for you" in reason


def test_silence_of_a_live_service_is_stale_too() -> None:
    reason = freshness.stale_reason(LIVE, STAMP, 130.0)
    assert reason == "From 30 s ago: no news from the management API"


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("connecting", "Connecting to the management API …"),
        ("down", "No answer from the management API"),
        ("refused", "Refused by the management API"),
        ("off", "Not connected"),
    ],
)
def test_before_the_first_data_a_panel_says_what_it_waits_for(state: str, title: str) -> None:
    assert freshness.waiting(Health("management", state), 100.0).title == title


def test_nothing_stale_is_claimed_before_the_first_data() -> None:
    assert freshness.stale_reason(Health("management", "down"), None, 100.0) is None
