"""What tasks report of their progress, in the many forms that applications have for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pages.progress_reading import read_progress


@pytest.mark.parametrize(
    ("text", "share", "words"),
    [
        ('{"done": 1, "of": 2}', 0.5, "1 of 2"),
        ('{"current": 30, "total": 120, "status": "resizing"}', 0.25, "30 of 120 · resizing"),
        ('{"percent": 40}', 0.4, "40%"),
        ('{"progress": 0.75, "message": "almost"}', 0.75, "75% · almost"),
        ('{"Current": 7, "Total": 3}', 1.0, "7 of 3"),
        ('{"status": "warming up"}', None, "warming up"),
        ("55", 0.55, "55%"),
    ],
)
def test_known_forms_are_read(text: str, share: float | None, words: str) -> None:
    progress = read_progress(text)
    assert progress is not None
    assert (progress.share, progress.words) == (share, words)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"done": 1}', '{"done": true, "total": 0}', "1e999", '"x"'])
def test_what_tells_nothing_is_left_alone(text: str) -> None:
    assert read_progress(text) is None


@given(st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    read_progress(text)
    read_progress(f'{{"done": {text}, "total": 5}}')
