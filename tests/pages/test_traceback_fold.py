"""The fold shows the line that the reader wrote, whatever stands around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.pages.traceback_fold import READ_CHARS, fold

CELERY = """Traceback (most recent call last):
  File "/srv/venv/lib/python3.11/site-packages/celery/app/trace.py", line 479, in trace_task
    R = retval = fun(*args, **kwargs)
                 ^^^^^^^^^^^^^^^^^^^^
  File "/srv/venv/lib/python3.11/site-packages/celery/app/trace.py", line 779, in __protected_call__
    return self.run(*args, **kwargs)
  File "/srv/shop/mail.py", line 41, in send_receipt
    smtp.send(order)
  File "/usr/lib/python3.11/smtplib.py", line 398, in send
    raise SMTPServerDisconnected('please run connect() first')
smtplib.SMTPServerDisconnected: please run connect() first
"""


def test_the_innermost_frame_of_ones_own_code_is_shown() -> None:
    folded = fold(CELERY)
    assert folded.frame is not None
    assert (folded.frame.file, folded.frame.line, folded.frame.function) == ("/srv/shop/mail.py", 41, "send_receipt")
    assert folded.frame.code == "smtp.send(order)"
    assert folded.frame.place == "shop/mail.py:41"


def test_the_exception_is_the_headline_and_the_raw_text_is_kept() -> None:
    folded = fold(CELERY)
    assert folded.headline == "smtplib.SMTPServerDisconnected: please run connect() first"
    assert folded.raw == CELERY
    assert folded.hidden == 3


def test_of_a_chain_of_exceptions_the_last_one_counts() -> None:
    first = 'Traceback (most recent call last):\n  File "/a/inner.py", line 1, in f\n    1/0\nZeroDivisionError: x\n'
    last = 'Traceback (most recent call last):\n  File "/a/outer.py", line 2, in g\n    f()\nValueError: y\n'
    folded = fold(f"{first}\nDuring handling of the above exception, another exception occurred:\n\n{last}")
    assert folded.frame is not None and folded.frame.file == "/a/outer.py"
    assert folded.headline == "ValueError: y"


def test_a_message_of_several_lines_stays_whole() -> None:
    frames = 'Traceback (most recent call last):\n  File "/a/b.py", line 1, in f\n    go()\n'
    text = f"{frames}ValueError: one\n  two\nthree\n"
    assert fold(text).headline == "ValueError: one\n  two\nthree"


def test_an_application_installed_as_a_package_is_still_ones_own() -> None:
    text = CELERY.replace("/srv/shop/", "/srv/venv/lib/python3.11/site-packages/shop/")
    frame = fold(text).frame
    assert frame is not None and frame.function == "send_receipt"


def test_a_project_in_a_folder_named_celery_is_ones_own() -> None:
    text = CELERY.replace("/srv/shop/", "/srv/celery/shop/")
    frame = fold(text).frame
    assert frame is not None and frame.file == "/srv/celery/shop/mail.py"


def test_paths_of_windows_are_understood() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "C:\\app\\tasks.py", line 3, in work\n    boom()\n'
        '  File "C:\\app\\venv\\Lib\\site-packages\\requests\\api.py", line 9, in get\n    raise Timeout\n'
        "requests.exceptions.Timeout\n"
    )
    frame = fold(text).frame
    assert frame is not None and frame.place == "app/tasks.py:3"


def test_without_any_frame_there_is_only_the_text() -> None:
    folded = fold("NotRegistered('shop.gone')")
    assert folded.frame is None and folded.frames == ()
    assert folded.headline == "NotRegistered('shop.gone')"


def test_only_library_frames_give_the_innermost_of_them() -> None:
    frames = 'Traceback (most recent call last):\n  File "/x/site-packages/celery/app/trace.py", line 1, in a\n    b\n'
    text = f"{frames}E: z\n"
    frame = fold(text).frame
    assert frame is not None and frame.function == "a"


@pytest.mark.parametrize("text", ["", "\n\n", "Traceback (most recent call last):", 'File "', "   ^^^^"])
def test_scraps_are_not_an_error(text: str) -> None:
    assert fold(text).raw == text


def test_a_huge_text_is_read_from_its_end_only() -> None:
    text = "x" * 5_000_000 + "\n" + CELERY
    folded = fold(text)
    assert folded.frame is not None and folded.frame.function == "send_receipt"
    assert len(folded.raw) > READ_CHARS


@given(st.text(max_size=400))
def test_any_text_can_be_folded(text: str) -> None:
    assert fold(text).raw == text
