"""PURE: long texts kept beside the records, bounded by their total size; the oldest go first."""

from __future__ import annotations

from collections import OrderedDict


class KeptTexts:
    """Texts by key, at most ``max_chars`` characters together."""

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._chars = 0

    def put(self, key: str, text: str) -> None:
        self.drop(key)
        self._texts[key] = text
        self._chars += len(text)
        while self._chars > self._max_chars:
            self.drop(next(iter(self._texts)))

    def get(self, key: str) -> str | None:
        return self._texts.get(key)

    def drop(self, key: str) -> None:
        text = self._texts.pop(key, None)
        if text is not None:
            self._chars -= len(text)
