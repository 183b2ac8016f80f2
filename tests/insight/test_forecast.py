"""When a queue will be empty."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_client.insight.forecast import drain


@pytest.mark.parametrize(
    ("ready", "rate_in", "rate_out", "word", "seconds"),
    [
        (None, 1.0, 1.0, "unknown", None),
        (10, None, None, "unknown", None),
        (0, 100.0, 1.0, "empty", None),
        (18_400, 41.2, 0.0, "never", None),
        (18_400, 41.2, None, "never", None),
        (9_210, 126.4, 98.1, "growing", None),
        (37, 24.6, 24.6, "steady", None),
        (8, 17.2, 17.3, "steady", None),
        (2_304, 3.1, 3.4, "draining", 7_680),
        (412, 88.0, 91.5, "draining", 117.7),
        (500, None, 10.0, "draining", 50),
    ],
)
def test_the_word_fits_the_flow(
    ready: int | None, rate_in: float | None, rate_out: float | None, word: str, seconds: float | None
) -> None:
    found, in_s = drain(ready, rate_in, rate_out)
    assert found == word
    assert in_s == (None if seconds is None else pytest.approx(seconds, rel=0.01))


rates = st.none() | st.floats(0, 1e6)


@given(st.none() | st.integers(0, 10**9), rates, rates)
def test_seconds_come_only_with_draining(ready: int | None, rate_in: float | None, rate_out: float | None) -> None:
    word, seconds = drain(ready, rate_in, rate_out)
    assert (seconds is not None) == (word == "draining")
    assert seconds is None or seconds > 0
