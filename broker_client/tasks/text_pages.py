"""PURE: the texts of all tasks in long strings, so that a word is found among a million without touching each of them.

A record's ``entry`` says where its text lies. A page that is full is written when there is time, or when somebody
searches. A text that changes goes to the newest page; what it was stays behind, without its record, until few records
are left on its page.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from itertools import accumulate, islice

from broker_client.tasks.task_record import TaskRecord

_PAGE = 1024
_SHIFT = _PAGE.bit_length() - 1
_WORTH_KEEPING = _PAGE // 4
_PART, _END = "\0", "\1"
NO_ENTRY = -1


def search_text(record: TaskRecord) -> str:
    """Id, arguments and exception in lower case, parted by ``NUL``."""
    return _PART.join((record.id, record.args or "", record.kwargs or "", record.exception or "")).lower()


def text_parts(text: str) -> list[str]:
    """What :func:`search_text` joined."""
    return text.split(_PART)


class _Page:
    """Up to ``_PAGE`` records, and their texts in one string once it is written; ``records[i]`` is ``None`` when its
    text is no more."""

    __slots__ = ("alive", "joined", "records", "starts")

    def __init__(self) -> None:
        self.records: list[TaskRecord | None] = []
        self.joined = ""
        self.starts = array("I")
        self.alive = 0

    def write(self) -> None:
        texts = ["" if record is None else search_text(record) for record in self.records]
        lengths = accumulate((len(text) + 1 for text in texts), initial=0)
        self.starts.extend(islice(lengths, len(texts)))
        self.joined = _END.join(texts) + _END

    def hits(self, needle: str) -> list[TaskRecord]:
        if not self.joined and len(self.records) == _PAGE:
            self.write()
        if not self.joined:
            return [record for record in self.records if record is not None and needle in search_text(record)]
        joined, starts, records = self.joined, self.starts, self.records
        find, found = joined.find, []
        place = find(needle)
        while place >= 0:
            index = bisect_right(starts, place)
            record = records[index - 1]
            if record is not None:
                found.append(record)
            if index == len(starts):
                break
            place = find(needle, starts[index])
        return found


class TextPages:
    """All texts. Not for needles that hold the characters 0 or 1."""

    def __init__(self) -> None:
        self._pages: dict[int, _Page] = {0: _Page()}
        self._newest = 0
        self._unwritten: deque[int] = deque()

    def put(self, record: TaskRecord) -> None:
        """Take up the record's text, in place of the one it had."""
        if record.entry != NO_ENTRY:
            self.drop(record)
        page = self._page_with_room()
        record.entry = (self._newest << _SHIFT) | len(page.records)
        page.records.append(record)
        page.alive += 1

    def _page_with_room(self) -> _Page:
        page = self._pages[self._newest]
        if len(page.records) == _PAGE:
            self._unwritten.append(self._newest)
            self._newest += 1
            page = self._pages[self._newest] = _Page()
        return page

    @property
    def is_behind(self) -> bool:
        """Whether there are full pages that are not written yet. A search writes those it goes through."""
        return bool(self._unwritten)

    def write_one(self) -> None:
        """Write one full page, so that no search has to."""
        page = self._pages.get(self._unwritten.popleft())
        if page is not None and not page.joined:
            page.write()

    def drop(self, record: TaskRecord) -> None:
        """Forget the record's text."""
        number = record.entry >> _SHIFT
        page = self._pages[number]
        page.records[record.entry & (_PAGE - 1)] = None
        page.alive -= 1
        record.entry = NO_ENTRY
        if page.alive < _WORTH_KEEPING and number != self._newest:
            del self._pages[number]
            for other in page.records:
                if other is not None:
                    other.entry = NO_ENTRY
                    self.put(other)

    def __len__(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    def hits(self, needle: str) -> Iterator[list[TaskRecord]]:
        """The records whose text has ``needle`` (lower case), page by page, the newest texts first. One that changes
        meanwhile may miss."""
        for number in reversed(list(self._pages)):
            page = self._pages.get(number)
            if page is not None:
                yield page.hits(needle)
