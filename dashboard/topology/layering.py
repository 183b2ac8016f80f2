"""The order and the heights within columns, so that few lines cross and most of them run straight. PURE.

It knows nothing of brokers: points with a column, lines between them. A line over several columns holds a place free in
each column between.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

Point = TypeVar("Point", bound=Hashable)
Knot = tuple[int, int]
"""A line's free place: number of the line, column."""

KNOT_PITCH = 34.0
_SWEEPS = 8
_PULLS = 14
_ROOM_BETWEEN = 8.0


class Heights(NamedTuple, Generic[Point]):
    """The middle of each point, and of the knots of each line from left to right."""

    of_point: dict[Point, float]
    of_line: list[list[tuple[int, float]]]
    """For each line: column and height of its knots."""


def heights_of(
    column_of: Mapping[Point, int], lines: Sequence[tuple[Point, Point]], pitch_of: Mapping[Point, float]
) -> Heights[Point]:
    """Lines run from a lower to a higher column. ``pitch_of`` is the room each point wants."""
    net = _Net(column_of, lines, pitch_of)
    net.order()
    net.pull()
    net.squeeze()
    knots: list[list[tuple[int, float]]] = [[] for _ in lines]
    for place, (number, column) in sorted(net.knots.items(), key=lambda item: item[1]):
        knots[number].append((column, net.y[place]))
    return Heights({point: net.y[place] for point, place in net.place_of.items()}, knots)


class _Net(Generic[Point]):
    """Points and knots as numbers."""

    def __init__(
        self, column_of: Mapping[Point, int], lines: Sequence[tuple[Point, Point]], pitch_of: Mapping[Point, float]
    ) -> None:
        self.place_of: dict[Point, int] = {point: place for place, point in enumerate(column_of)}
        self.pitch = [pitch_of[point] for point in column_of]
        columns = list(column_of.values())
        self.knots: dict[int, Knot] = {}
        self.before: list[list[int]] = [[] for _ in columns]
        self.after: list[list[int]] = [[] for _ in columns]
        for number, (source, target) in enumerate(lines):
            last = self.place_of[source]
            for column in range(column_of[source] + 1, column_of[target]):
                place = len(columns)
                columns.append(column)
                self.pitch.append(KNOT_PITCH)
                self.before.append([])
                self.after.append([])
                self.knots[place] = (number, column)
                self._tie(last, place)
                last = place
            self._tie(last, self.place_of[target])
        self.rows: list[list[int]] = [[] for _ in range(max(columns, default=-1) + 1)]
        for place, column in enumerate(columns):
            self.rows[column].append(place)
        self.rank = [0] * len(columns)
        self.y = [0.0] * len(columns)

    def _tie(self, source: int, target: int) -> None:
        self.after[source].append(target)
        self.before[target].append(source)

    # ---- order --------------------------------------------------------------------------------------------------

    def order(self) -> None:
        """Sort each column by where its neighbours are, to and fro; keep the order with the fewest crossings."""
        self._number()
        best, fewest = [list(row) for row in self.rows], self._crossings()
        for sweep in range(_SWEEPS):
            forth = sweep % 2 == 0
            for row in self.rows if forth else reversed(self.rows):
                self._sort(row, self.before if forth else self.after)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best
        self._number()

    def _sort(self, row: list[int], beside: Sequence[Sequence[int]]) -> None:
        rank = self.rank
        row.sort(
            key=lambda place: (
                sum(rank[other] for other in beside[place]) / len(beside[place]) if beside[place] else rank[place]
            )
        )
        for number, place in enumerate(row):
            rank[place] = number

    def _number(self) -> None:
        for row in self.rows:
            for number, place in enumerate(row):
                self.rank[place] = number

    def _crossings(self) -> int:
        crossed = 0
        for row in self.rows:
            seen: list[int] = []
            for place in row:
                ends = sorted(self.rank[other] for other in self.after[place])
                crossed += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return crossed

    # ---- heights ------------------------------------------------------------------------------------------------

    def pull(self) -> None:
        """Draw every point to the middle of its neighbours, as far as the order in its column allows."""
        for row in self.rows:
            self._settle(row, [0.0] * len(row))
        for turn in range(_PULLS):
            both = turn >= _PULLS // 2
            forth = turn % 2 == 0
            for row in self.rows if forth else reversed(self.rows):
                wanted = []
                for place in row:
                    beside = (
                        (*self.before[place], *self.after[place])
                        if both
                        else (self.before[place] if forth else self.after[place])
                    )
                    wanted.append(sum(self.y[other] for other in beside) / len(beside) if beside else self.y[place])
                self._settle(row, wanted)

    def _settle(self, row: Sequence[int], wanted: Sequence[float]) -> None:
        """The heights nearest to ``wanted`` (least squares) that keep the order and the pitch."""
        offset = 0.0
        offsets, pools = [], list[tuple[float, int]]()
        for number, place in enumerate(row):
            if number:
                offset += (self.pitch[row[number - 1]] + self.pitch[place]) / 2
            offsets.append(offset)
            value, weight = wanted[number] - offset, 1
            while pools and pools[-1][0] >= value:
                other, count = pools.pop()
                value, weight = (value * weight + other * count) / (weight + count), weight + count
            pools.append((value, weight))
        number = 0
        for value, weight in pools:
            for _ in range(weight):
                self.y[row[number]] = value + offsets[number]
                number += 1

    def squeeze(self) -> None:
        """Take out bands that are empty in every column, and let the highest point begin at zero."""
        spans = sorted((self.y[place] - self.pitch[place] / 2, place) for place in range(len(self.y)))
        end, cut = 0.0, 0.0
        for number, (top, place) in enumerate(spans):
            if number == 0:
                cut = top
            elif top > end + _ROOM_BETWEEN:
                cut += top - end - _ROOM_BETWEEN
            end = max(end, top + self.pitch[place]) if number else top + self.pitch[place]
            self.y[place] -= cut
