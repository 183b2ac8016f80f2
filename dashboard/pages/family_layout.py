"""Places the tasks of a family: what came first at the left, what it led to at the right. PURE: members in, boxes out.

Many tasks of one name that did well stand in one box; a task in trouble, or the one that is looked at, never does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import structs

from broker_client.tasks.family import FamilyMember, TaskFamily

BOX_WIDTH, BOX_HEIGHT = 172, 42
GAP_X, GAP_Y, LABEL_PX, MARGIN = 44, 8, 20, 12
_FRAME_PX = 6
_CENTRED_PX = 640
"""Columns of a picture that is not higher stand in the middle of it; of a higher one they begin at its top."""
FOLD_FROM = 6
"""So many alike are drawn as one."""
_CALM = frozenset({"SUCCESS", "PENDING", "RECEIVED", "STARTED", ""})
_TROUBLE = ("FAILURE", "REJECTED", "RETRY", "REVOKED")

Fold = tuple[tuple[str, ...], str | None, str | None, str]
"""What the members of one box have in common: parents, group, name, state."""


class Box(msgspec.Struct, frozen=True):
    """One task, or ``count`` alike (then ``fold`` says which). Pixels, from the left and the top."""

    member: FamilyMember
    x: int
    y: int
    count: int = 1
    fold: Fold | None = None

    @property
    def key(self) -> object:
        return self.fold or self.member.id

    @property
    def is_trouble(self) -> bool:
        return self.member.state in _TROUBLE


class Line(msgspec.Struct, frozen=True):
    """From the right edge of box ``start`` to the left edge of box ``end`` (numbers of boxes)."""

    start: int
    end: int
    guessed: bool = False


class Frame(msgspec.Struct, frozen=True):
    """A group or the header of a chord, behind its boxes."""

    x: int
    y: int
    height: int
    words: str


class FamilyPlan(msgspec.Struct, frozen=True):
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    frames: tuple[Frame, ...] = ()
    width: int = 0
    height: int = 0

    def box_of(self, task_id: str) -> Box | None:
        """The box that a task has for itself."""
        return next((box for box in self.boxes if box.member.id == task_id and box.fold is None), None)


def plan(family: TaskFamily, unfolded: frozenset[Fold] = frozenset()) -> FamilyPlan:
    """Where everything stands; ``unfolded`` are boxes that were opened."""
    members = {member.id: member for member in family.members}
    depths = _depths(members)
    boxes = _boxes(family, members, unfolded)
    box_of = {task_id: number for number, (_member, ids, _fold) in enumerate(boxes) for task_id in ids}
    columns: defaultdict[int, list[int]] = defaultdict(list)
    for number, (member, _ids, _fold) in enumerate(boxes):
        columns[depths[member.id]].append(number)
    sizes = Counter(member.group_id for member in members.values() if member.group_id and not member.body)
    chords = {member.group_id for member in members.values() if member.body}
    chords |= {members[parent].group_id for one in members.values() if one.body for parent in one.parents[:1]}
    rows: dict[int, float] = {}
    placed: dict[int, Box] = {}
    frames: list[Frame] = []
    heights: dict[int, int] = {}
    for column in sorted(columns):
        ordered = _in_order(columns[column], boxes, box_of, rows)
        y, x, group, top = MARGIN, MARGIN + column * (BOX_WIDTH + GAP_X), None, MARGIN
        for row, number in enumerate(ordered):
            member, ids, fold = boxes[number]
            own = member.group_id if member.group_id and not member.body and sizes[member.group_id] > 1 else None
            if own != group:
                _close(frames, group, x, top, y, sizes, chords)
                if own is not None:
                    y += LABEL_PX
                group, top = own, y
            placed[number] = Box(member, x, y, len(ids), fold)
            rows[number] = float(row)
            y += BOX_HEIGHT + GAP_Y
        _close(frames, group, x, top, y, sizes, chords)
        heights[x] = y
    tallest = max(heights.values(), default=0)
    if tallest <= _CENTRED_PX:
        placed = {n: structs.replace(box, y=box.y + (tallest - heights[box.x]) // 2) for n, box in placed.items()}
        frames = [structs.replace(one, y=one.y + (tallest - heights[one.x + _FRAME_PX]) // 2) for one in frames]
    lines = {
        (box_of[parent], box_of[member.id]): member.guessed
        for member in members.values()
        for parent in member.parents
        if parent in box_of and box_of[parent] != box_of[member.id]
    }
    return FamilyPlan(
        tuple(placed[number] for number in range(len(boxes))),
        tuple(Line(start, end, guessed) for (start, end), guessed in sorted(lines.items())),
        tuple(frames),
        2 * MARGIN + len(columns) * (BOX_WIDTH + GAP_X) - GAP_X if columns else 0,
        tallest + MARGIN - GAP_Y if columns else 0,
    )


def _close(
    frames: list[Frame],
    group: str | None,
    x: int,
    top: int,
    y: int,
    sizes: Mapping[str, int],
    chords: set[str | None],
) -> None:
    if group is not None:
        kind = "Chord" if group in chords else "Group"
        frames.append(
            Frame(x - _FRAME_PX, top - LABEL_PX, y - GAP_Y - top + LABEL_PX + 6, f"{kind} of {sizes[group]:,}")
        )


def _depths(members: Mapping[str, FamilyMember]) -> dict[str, int]:
    """How many steps come before each; a ring of parents, which only a broken broker tells, is cut."""
    depths: dict[str, int] = {}
    for first in members:
        trail, open_ids = [first], {first}
        while trail:
            one = trail[-1]
            missing = next(
                (p for p in members[one].parents if p in members and p not in depths and p not in open_ids), None
            )
            if missing is not None:
                trail.append(missing)
                open_ids.add(missing)
                continue
            known = (depths[parent] for parent in members[one].parents if parent in depths)
            depths.setdefault(one, max(known, default=-1) + 1)
            trail.pop()
    return depths


_Alike = tuple[FamilyMember, tuple[str, ...], Fold | None]


def _boxes(family: TaskFamily, members: Mapping[str, FamilyMember], unfolded: frozenset[Fold]) -> list[_Alike]:
    needed = {parent for member in members.values() if not member.body for parent in member.parents}
    alike: defaultdict[Fold, list[FamilyMember]] = defaultdict(list)
    single: list[_Alike] = []
    for member in family.members:
        calm = member.state in _CALM and not member.body and member.id not in needed and member.id != family.task_id
        fold = (member.parents, member.group_id, member.name, member.state)
        if calm and fold not in unfolded:
            alike[fold].append(member)
        else:
            single.append((member, (member.id,), None))
    for fold, group in alike.items():
        if len(group) >= FOLD_FROM:
            single.append((group[0], tuple(member.id for member in group), fold))
        else:
            single.extend((member, (member.id,), None) for member in group)
    return single


def _in_order(
    numbers: Iterable[int], boxes: Sequence[_Alike], box_of: Mapping[str, int], rows: Mapping[int, float]
) -> list[int]:
    """Near their parents, groups together, trouble first."""

    def place(number: int) -> tuple[float, str, int, float, str]:
        member = boxes[number][0]
        before = [rows[box_of[parent]] for parent in member.parents if box_of.get(parent) in rows]
        middle = sum(before) / len(before) if before else 0.0
        trouble = _TROUBLE.index(member.state) if member.state in _TROUBLE else len(_TROUBLE)
        return middle, member.group_id or "", trouble, member.at or float("inf"), member.id

    return sorted(numbers, key=place)
