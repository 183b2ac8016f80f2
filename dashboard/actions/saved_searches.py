"""Searches that a person gave a name to, kept with the settings of each profile. No Qt in it but the settings' own."""

from __future__ import annotations

import msgspec

from dashboard.places import name_on_disk
from dashboard.settings import Settings

MOST_SAVED = 100
MOST_NAME_CHARS = 80


class SavedSearch(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a search shows: words, states, time range and order."""

    name: str
    text: str = ""
    states: tuple[str, ...] = ()
    within_s: float | None = None
    since: float | None = None
    until: float | None = None
    sort: str = "updated"
    descending: bool = True


class SavedSearches:
    """Those of one profile, by name."""

    def __init__(self, settings: Settings, profile: str) -> None:
        self._settings = settings
        self._key = f"searches/{name_on_disk(profile)}"

    def all(self) -> tuple[SavedSearch, ...]:
        kept = self._settings.layout(self._key)
        try:
            return msgspec.json.decode(kept, type=tuple[SavedSearch, ...]) if kept else ()
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return ()

    def save(self, search: SavedSearch) -> bool:
        """Keep it; one of the same name is replaced. ``False`` = there are :data:`MOST_SAVED` others, and all stays."""
        others = [one for one in self.all() if one.name != search.name]
        if len(others) >= MOST_SAVED:
            return False
        self._write(sorted([*others, search], key=lambda one: one.name.casefold()))
        return True

    def drop(self, name: str) -> None:
        self._write([one for one in self.all() if one.name != name])

    def _write(self, searches: list[SavedSearch]) -> None:
        self._settings.keep_layout(self._key, msgspec.json.encode(searches))
