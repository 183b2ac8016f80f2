"""What a benchmark finds: figures with their spread, what they are compared with and the target they must meet."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Spread:
    """The values of several runs of one thing, at least one."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        return cls(tuple(values))

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    def percentile(self, share: float) -> float:
        """The smallest value that at least ``share`` (0 to 1) of the values do not exceed."""
        ordered = sorted(self.values)
        rank = -(-share * len(ordered) // 1)
        return ordered[max(0, min(len(ordered), int(rank)) - 1)]


@dataclass(frozen=True)
class Target:
    """A bound. ``value``: ours is at most it. ``share``: ours is at most that share of the peer's. ``gain``: the
    peer's is at least that many times ours. ``at_least_share``: ours is at least that share of the peer's."""

    kind: Literal["value", "share", "gain", "at_least_share"]
    bound: float

    def met(self, ours: float, peer: float | None) -> bool:
        if self.kind == "value":
            return ours <= self.bound
        if peer is None:
            return False
        if self.kind == "at_least_share":
            return ours >= self.bound * peer
        if self.kind == "share":
            return ours <= self.bound * peer
        return peer >= self.bound * ours


@dataclass(frozen=True)
class Figure:
    """One line of the table. Without a target it is there to be read, not judged."""

    name: str
    ours: Spread
    unit: str
    target: Target | None = None
    peer: Spread | None = None
    peer_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours as a multiple of the peer's; ``None`` when there is no peer or it is zero."""
        if self.peer is None or self.peer.median == 0:
            return None
        return self.ours.median / self.peer.median

    @property
    def met(self) -> bool | None:
        """Whether the target is met; ``None`` when there is none."""
        if self.target is None:
            return None
        return self.target.met(self.ours.median, self.peer.median if self.peer else None)


@dataclass(frozen=True)
class Findings:
    """Everything one benchmark found. ``method`` is its docstring: what was compared with what, and how."""

    name: str
    method: str
    figures: tuple[Figure, ...]
    took_s: float
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a benchmark's ``run`` hands back."""

    figures: tuple[Figure, ...]
    remarks: tuple[str, ...] = ()


def one(value: float) -> Spread:
    """A figure that was taken once."""
    return Spread((float(value),))
