"""Keys fall into families, and figures of a sample are told from figures of everything."""

from __future__ import annotations

import pytest

from broker_client.tasks.key_census import MOST_FAMILIES, FamilyRow, KeyCensus, Measured
from broker_client.tasks.key_family import (
    BINDINGS,
    CHORDS,
    GROUPS,
    OTHER,
    QUEUES,
    REPLIES,
    RESULTS,
    UNACKED,
    Family,
    binding_queue,
    family_of,
)
from broker_client.tasks.lifetimes import Lifetimes
from broker_client.tasks.result_census import ResultCensus
from broker_client.tasks.result_value import ResultFact

ID = b"0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("key", "family"),
    [
        (b"celery-task-meta-" + ID, Family(RESULTS, "celery-task-meta-*")),
        (b"shop_celery-task-meta-" + ID, Family(RESULTS, "shop_celery-task-meta-*")),
        (b"celery-taskset-meta-" + ID, Family(GROUPS, "celery-taskset-meta-*")),
        (b"celery-taskset-meta-" + ID + b".j", Family(CHORDS, "celery-taskset-meta-*.j")),
        (b"_kombu.binding.celery", Family(BINDINGS, "_kombu.binding.*")),
        (b"_kombu.binding_permanent.celery", Family(BINDINGS, "_kombu.binding_*")),
        (b"celery\x06\x163", Family(QUEUES, "celery")),
        (b"unacked_index", Family(UNACKED, "unacked_index")),
        (b"shop:unacked", Family(UNACKED, "shop:unacked")),
        (ID + b".reply.celery.pidbox", Family(REPLIES, "*.reply.celery.pidbox")),
        (b"session:alice", Family(OTHER, "session:*")),
        (b"user:42:cart", Family(OTHER, "user:*:cart")),
        (b"plain", Family(OTHER, "plain")),
        (b"\xff\xfe", Family(OTHER, "\\xff\\xfe")),
        (b"packed and unacked things", Family(OTHER, "packed and unacked things")),
    ],
)
def test_a_key_belongs_to_what_celery_keeps_in_it_or_to_names_like_its_own(key: bytes, family: Family) -> None:
    assert family_of(key) == family


def census(*keys: bytes) -> KeyCensus:
    made = KeyCensus()
    for key in keys:
        made.note(key)
    return made


def row(made: KeyCensus, pattern: str) -> FamilyRow:
    return next(row for row in made.rows() if row.pattern == pattern)


def test_a_list_is_a_queue_when_a_binding_names_it() -> None:
    made = census(b"celery", b"celery\x06\x169", b"billing", b"other")
    assert binding_queue(b"celery\x06\x16\x06\x16celery") == "celery"
    made.note_queues(["celery", "billing"])
    assert {row.kind for row in made.rows() if row.pattern in ("celery", "billing")} == {QUEUES}
    assert row(made, "other").kind == OTHER


def test_sizes_of_some_keys_stand_for_all_and_say_so() -> None:
    made = KeyCensus()
    for number in range(10):
        family = made.note(b"session:%d" % number)
        if number < 4:
            made.measure(family, Measured(b"session:%d" % number, "string", 100 + number, None if number else 60.0))
    found = row(made, "session:*")
    assert found.sampled and (found.count, found.measured) == (10, 4)
    assert found.size_bytes == pytest.approx(1015)
    assert found.never_expires == pytest.approx(7.5)
    assert (found.largest_bytes, found.largest_key) == (103, b"session:3")
    assert found.ttl_longest_s == 60.0


def test_nothing_measured_is_unknown_and_not_zero() -> None:
    found = row(census(b"a:1", b"a:2"), "a:*")
    assert (found.size_bytes, found.never_expires, found.ttl_median_s) == (None, None, None)


def test_a_crowd_of_names_is_bounded() -> None:
    made = census(*(b"%s" % "".join(chr(97 + int(c)) for c in str(number)).encode() for number in range(2_000)))
    assert len(made.rows()) == MOST_FAMILIES + 1
    assert sum(row.count for row in made.rows()) == 2_000


def test_results_are_told_by_task_and_state() -> None:
    made = ResultCensus()
    for number in range(3):
        made.read(ResultFact(str(number), "SUCCESS", 100.0 + number, "shop.mail"), 50, 3_600.0)
    made.read(ResultFact("x", "FAILURE", 90.0, "shop.mail"), 450, None)
    made.read(ResultFact("y", "SUCCESS"), 20, 10.0)
    mail, nameless = made.rows(10)
    assert mail.name == "shop.mail" and nameless.name is None
    assert mail.sampled and mail.count == pytest.approx(8) and mail.size_bytes == pytest.approx(1_200)
    assert dict(mail.states) == {"SUCCESS": 6.0, "FAILURE": 2.0}
    assert mail.never_expires == pytest.approx(2)
    assert (mail.oldest, mail.newest) == (90.0, 102.0)
    assert not made.rows(5)[0].sampled


def test_lifetimes_stay_bounded_and_keep_their_middle() -> None:
    lifetimes = Lifetimes()
    for number in range(100_001):
        lifetimes.add(float(number))
    assert lifetimes.median_s == pytest.approx(50_000, rel=0.02)
    assert lifetimes.longest_s == 100_000
    assert lifetimes.never_of(10) == 0
