"""How many messages a tap has seen, kept and lost. PURE."""

from __future__ import annotations

import msgspec


class TapCounts(msgspec.Struct, frozen=True):
    """How many messages so far. Nothing is dropped without standing here: ``received`` = ``kept`` + ``filtered`` +
    ``passed``; of those kept, ``pushed_out`` are no longer in the ring; ``purged`` never came here because they came
    too fast. ``uncounted``: the broker dropped more, and nobody knows how many. ``waiting`` are in the queue now."""

    received: int = 0
    kept: int = 0
    filtered: int = 0
    passed: int = 0
    """Came while the tap was paused."""
    pushed_out: int = 0
    purged: int = 0
    uncounted: bool = False
    waiting: int = 0
    bytes: int = 0
    rate_per_s: float = 0.0
    paused: bool = False

    @property
    def dropped(self) -> int:
        return self.pushed_out + self.purged
