"""A family of tasks as boxes and lines: folded where all is well, never where it is not."""

from __future__ import annotations

from broker_client.tasks.family import FamilyMember, TaskFamily
from dashboard.pages.family_layout import FOLD_FROM, FamilyPlan, plan
from dashboard.pages.family_words import second_line, sentence, short_name, summary


def task(
    task_id: str, *parents: str, state: str = "SUCCESS", group: str | None = None, at: float = 1.0
) -> FamilyMember:
    return FamilyMember(task_id, state, "shop.mail.send", parents, group, at=at)


def chord(size: int, *failed: str) -> TaskFamily:
    header = [task(f"m{n}", state="FAILURE" if f"m{n}" in failed else "SUCCESS", group="g") for n in range(size)]
    parents = tuple(member.id for member in header)
    body = FamilyMember("body", "FAILURE" if failed else "SUCCESS", None, parents, None, body=True)
    return TaskFamily("body", (*header, body))


def columns(made: FamilyPlan) -> list[list[str]]:
    places = sorted({box.x for box in made.boxes})
    return [[box.member.id for box in sorted(made.boxes, key=lambda b: b.y) if box.x == x] for x in places]


def test_a_chain_goes_from_left_to_right() -> None:
    made = plan(TaskFamily("b", (task("a"), task("b", "a"), task("c", "b"))))
    assert columns(made) == [["a"], ["b"], ["c"]]
    assert len({box.y for box in made.boxes}) == 1
    assert [(made.boxes[line.start].member.id, made.boxes[line.end].member.id) for line in made.lines] == [
        ("a", "b"),
        ("b", "c"),
    ]


def test_one_failure_among_two_hundred_stands_alone_and_first() -> None:
    made = plan(chord(200, "m137"))
    assert len(made.boxes) == 3
    assert columns(made)[0][0] == "m137"
    folded = next(box for box in made.boxes if box.fold)
    assert (folded.count, folded.is_trouble) == (199, False)
    assert second_line(folded.member, folded.count) == "199 tasks · success"
    assert [frame.words for frame in made.frames] == ["Chord of 200"]
    assert len(made.lines) == 2


def test_a_fold_that_was_opened_shows_everyone() -> None:
    folded = next(box for box in plan(chord(FOLD_FROM)).boxes if box.fold)
    assert folded.fold is not None
    opened = plan(chord(FOLD_FROM), frozenset({folded.fold}))
    assert len(opened.boxes) == FOLD_FROM + 1 and not any(box.fold for box in opened.boxes)


def test_the_task_that_is_looked_at_and_those_with_children_are_never_folded() -> None:
    crowd = [task(f"t{n}", "root") for n in range(50)]
    made = plan(TaskFamily("t7", (task("root"), *crowd, task("child", "t9"))))
    alone = {box.member.id for box in made.boxes if not box.fold}
    assert alone == {"root", "t7", "t9", "child"}


def test_boxes_never_overlap_and_stay_inside() -> None:
    members = [task("root")]
    members += [task(f"a{n}", "root", group="g1", state="STARTED" if n % 2 else "FAILURE") for n in range(12)]
    members += [task(f"b{n}", f"a{n}", state="RETRY") for n in range(12)]
    made = plan(TaskFamily("root", tuple(members)))
    seen = set[tuple[int, int]]()
    for box in made.boxes:
        assert (box.x, box.y) not in seen and 0 <= box.x < made.width and 0 <= box.y < made.height
        seen.add((box.x, box.y))
    for one in made.boxes:
        assert all(abs(one.y - other.y) >= 42 for other in made.boxes if other.x == one.x and other is not one)


def test_a_ring_of_parents_is_cut() -> None:
    made = plan(TaskFamily("a", (task("a", "c"), task("b", "a"), task("c", "b"))))
    assert len(made.boxes) == 3


def test_a_family_is_summed_up_in_words() -> None:
    family = chord(3, "m1")
    never = FamilyMember("n", "FAILURE", "shop.next", ("m1",), never_run=True, guessed=True)
    unseen = FamilyMember("u")
    told = TaskFamily("n", (*family.members, never, unseen), left_out=4)
    words = "6 tasks: 2 failed, 1 not run, 1 not seen yet, 2 succeeded and 4 more that are not drawn"
    assert summary(told) == words
    assert summary(TaskFamily("n", (unseen,), 4_999)).endswith("and at least 4,999 more that are not drawn")
    assert "concluded" in sentence(never) and "Not run" in sentence(never)
    assert (short_name(unseen), short_name(family.members[-1])) == ("Name unknown", "Body of the chord")


def test_a_hostile_name_is_made_visible() -> None:
    assert "\u202e" not in short_name(FamilyMember("x", "SUCCESS", "shop.\u202egnp")) + sentence(
        FamilyMember("x\u202e", "SUCCESS", "<b>\u202e</b>")
    )
