"""What a real Celery worker leaves in a Redis that is its broker too: counted, told in Celery's words, forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

import msgspec
import pytest
from celery import group
from redis import Redis

from broker_client.errors import BadInput, NotFound
from broker_client.lab.guard import Guard
from broker_client.profile import Profile, Secrets
from broker_client.redis_keys import Census, take_census
from broker_client.tasks.clue_gatherer import ClueGatherer
from broker_client.tasks.control import Inspector
from broker_client.tasks.control_effect import DONE, REFUSED, SILENT, Outcome
from broker_client.tasks.forget_results import Choice, ForgetPlan, forget, plan_forgetting
from broker_client.tasks.key_census import FamilyRow
from broker_client.tasks.mailbox import open_mailbox
from broker_client.tasks.redis_sender import list_name
from broker_client.tasks.redis_transport import TransportReader
from broker_client.tasks.remote_control import RemoteControl
from broker_client.tasks.result_ownership import OTHER_NAME, OTHER_TASK, OTHER_TYPE, OTHER_VALUE
from broker_client.tasks.task_controls import RateLimit
from broker_client.tasks.task_message import TaskCall
from broker_client.tasks.task_sender import send_task
from broker_client.tasks.whereabouts import whereabouts
from broker_client.tasks.worker_controls import Ping, PoolGrow
from tests.conftest import Brokers
from tests.live.empty_redis import empty_database
from tests.live.running_worker import RunningWorker, start_worker
from tests.waiting import until

META = b"celery-task-meta-"


class Shop(NamedTuple):
    """One Redis database as broker and result backend, with one worker on it."""

    profile: Profile
    secrets: Secrets
    redis: Redis
    worker: RunningWorker

    def census(self) -> Census:
        return take_census(self.profile, self.secrets, share=1.0)


@pytest.fixture(scope="module")
def shop(sandbox: Brokers, guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with empty_database(sandbox.profile, sandbox.secrets) as (there, client):
        profile = msgspec.structs.replace(there, amqp_url="", management_url="")
        folder = tmp_path_factory.mktemp("redis-shop")
        worker = start_worker(guard, folder, profile, sandbox.secrets, "w1")
        try:
            results = [worker.send("add", 1, number) for number in range(6)]
            results += [worker.send("fail"), worker.send("big", 5_000)]
            for result in results:
                result.get(timeout=30, propagate=False)
            with pytest.warns(DeprecationWarning, match="setex"):  # Celery's own call of redis-py
                together = group(worker.app.tasks["tests.add"].s(1, 1))()
                together.save()
            until(lambda: together.ready() and not client.exists("unacked", "celery"), words="all is acknowledged")
            client.set("session:1", "x" * 100, ex=3600)
            client.set("session:2", "x" * 100)
            yield Shop(profile, sandbox.secrets, client, worker)
        finally:
            worker.close()


def family(census: Census, pattern: str) -> FamilyRow:
    return next(row for row in census.families if row.pattern == pattern)


def test_every_key_has_its_family_and_its_room(shop: Shop) -> None:
    def whole() -> Census | None:
        # For a moment now and then the worker has a lock there.
        return found if (found := shop.census()).counted == shop.redis.dbsize() else None

    census = until(whole)
    assert census is not None and census.finished
    results = family(census, "celery-task-meta-*")
    assert results.kind == "results" and results.count >= 8 and not results.sampled
    assert results.size_bytes is not None and results.size_bytes > 5_000
    assert results.largest_bytes is not None and results.largest_bytes > 5_000
    assert results.ttl_longest_s is not None and 86_000 < results.ttl_longest_s <= 86_400
    assert results.never_expires == 0
    sessions = family(census, "session:*")
    assert (sessions.kind, sessions.count, sessions.never_expires) == ("other", 2, 1.0)
    assert family(census, "_kombu.binding.*").types == ("set",)
    assert "celery" in census.queues
    assert family(census, "celery-taskset-meta-*").kind == "groups"


def test_results_are_counted_by_task_and_state(shop: Shop) -> None:
    rows = {row.name: row for row in shop.census().results}
    assert dict(rows["tests.fail"].states) == {"FAILURE": 1}
    assert rows["tests.add"].count >= 6 and not rows["tests.add"].sampled
    assert rows["tests.big"].size_bytes > 5_000
    assert rows["tests.big"].newest is not None


def test_a_walk_that_nobody_wants_any_more_ends_and_says_that_it_is_not_all(shop: Shop) -> None:
    census = take_census(shop.profile, shop.secrets, wanted=lambda: False)
    assert not census.finished and census.counted == 0


def test_a_large_database_is_sampled_and_says_so(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broker_client.redis_keys.MEASURED_AT_MOST", 100)
    pipeline = shop.redis.pipeline(transaction=False)
    for number in range(3_000):
        pipeline.set(f"cart:{number}", "y" * 200, ex=3600)
    pipeline.execute()
    told: list[Census] = []
    census = take_census(shop.profile, shop.secrets, tell=told.append, share=1.0)
    carts = family(census, "cart:*")
    assert carts.count == 3_000 and carts.sampled and 100 <= carts.measured < 1_000
    measured = shop.redis.memory_usage("cart:1") or 0
    assert carts.size_bytes == pytest.approx(3_000 * measured, rel=0.1)
    shop.redis.delete(*(f"cart:{number}" for number in range(3_000)))


# ---- forgetting -----------------------------------------------------------------------------------------------------


def plan_for(shop: Shop, choice: Choice) -> ForgetPlan:
    plan = plan_forgetting(shop.profile, shop.secrets, choice)
    assert plan is not None
    return plan


def test_a_plan_names_what_would_go_and_changes_nothing(shop: Shop) -> None:
    before = shop.redis.dbsize()
    plan = plan_for(shop, Choice(states=("FAILURE",)))
    assert (len(plan.doomed), plan.states, plan.names) == (1, (("FAILURE", 1),), (("tests.fail", 1),))
    assert plan.looked_at >= 8 and plan.size_bytes > 100
    assert shop.redis.dbsize() == before
    assert not plan_for(shop, Choice(older_than_s=3_600)).doomed
    assert not plan_for(shop, Choice(never_expires=True)).doomed
    assert not plan_for(shop, Choice(names=("tests.nothing",))).doomed
    with pytest.raises(BadInput):
        plan_for(shop, Choice(states=()))


def test_only_the_planned_results_are_forgotten_and_celery_calls_them_pending(shop: Shop) -> None:
    gone, kept = shop.worker.send("echo", "a"), shop.worker.send("echo", "b")
    for result in (gone, kept):
        result.get(timeout=30)
    until(lambda: not shop.redis.exists("unacked"), words="the worker has acknowledged them")
    plan = plan_for(shop, Choice(names=("tests.echo",)))
    plan = msgspec.structs.replace(plan, doomed=tuple(one for one in plan.doomed if gone.id.encode() in one.key))
    others = shop.redis.dbsize() - 1
    assert forget(shop.profile, shop.secrets, plan).count == 1
    assert shop.redis.dbsize() == others
    assert shop.worker.app.AsyncResult(gone.id).state == "PENDING"
    assert shop.worker.app.AsyncResult(kept.id).state == "SUCCESS"
    assert forget(shop.profile, shop.secrets, plan).gone == 1


def test_a_result_written_again_since_the_plan_is_kept(shop: Shop) -> None:
    keys = [META + b"same", META + b"other"]
    for key in keys:
        shop.redis.set(key, json.dumps({"status": "SUCCESS", "result": 1, "name": "tests.again"}))
    plan = plan_for(shop, Choice(names=("tests.again",), never_expires=True))
    assert len(plan.doomed) == 2
    shop.redis.set(keys[1], json.dumps({"status": "SUCCESS", "result": 2, "name": "tests.again"}))
    done = forget(shop.profile, shop.secrets, plan)
    assert (done.count, done.kept) == (1, 1)
    assert shop.redis.exists(*keys) == 1
    shop.redis.delete(*keys)


def test_a_key_that_is_no_result_is_never_deleted(shop: Shop) -> None:
    plan = plan_for(shop, Choice(states=("FAILURE",)))
    foreign = msgspec.structs.replace(plan.doomed[0], key=b"session:1")
    with pytest.raises(BadInput):
        forget(shop.profile, shop.secrets, msgspec.structs.replace(plan, doomed=(foreign,)))
    assert shop.redis.exists("session:1")


def test_only_what_is_celerys_under_the_chosen_prefix_is_forgotten_and_the_rest_is_counted(shop: Shop) -> None:
    def value(task_id: str, name: str = "tests.mine") -> str:
        return json.dumps({"status": "SUCCESS", "result": 5, "name": name, "task_id": task_id})

    mine = {"celery-task-meta-m1": value("m1"), "celery-task-meta-m2": value("m2")}
    theirs = {"shop_celery-task-meta-m3": value("m3"), "backup:celery-task-meta-m1": value("m1")}
    strange = {
        "my-celery-task-meta-stats": value("m4"),
        "notes about celery-task-meta-keys": value("keys"),
        "celery-task-meta-": value(""),
        "celery-task-meta-null": "null",
        "app:celery-task-meta-count": "17",
    }
    for key, text in {**mine, **theirs, **strange}.items():
        shop.redis.set(key, text)
    shop.redis.lpush("celery-task-meta-list", "a")
    plan = plan_for(shop, Choice(names=("tests.mine",)))
    assert {key for key, _name, _state in plan.examples} == set(mine)
    assert plan.prefixes == ((b"", 2), (b"backup:", 1), (b"shop_", 1))
    assert dict(plan.left_alone) == {OTHER_NAME: 2, OTHER_VALUE: 2, OTHER_TYPE: 1, OTHER_TASK: 1}
    assert forget(shop.profile, shop.secrets, plan).count == 2
    assert shop.redis.exists(*theirs, *strange, "celery-task-meta-list") == 8 and not shop.redis.exists(*mine)
    prefixed = plan_for(shop, Choice(names=("tests.mine",), prefix=b"shop_"))
    with pytest.raises(BadInput):
        forget(shop.profile, shop.secrets, msgspec.structs.replace(prefixed, choice=plan.choice))
    assert forget(shop.profile, shop.secrets, prefixed).count == 1
    assert not shop.redis.exists("shop_celery-task-meta-m3") and shop.redis.exists("backup:celery-task-meta-m1")
    shop.redis.delete(*theirs, *strange, "celery-task-meta-list")


# ---- Celery over Redis ----------------------------------------------------------------------------------------------


def test_waiting_and_held_tasks_are_seen_without_taking_them(shop: Shop) -> None:
    reader = TransportReader(shop.profile, shop.secrets)
    held = shop.worker.hold()
    until(lambda: reader.read(["celery"]).held, words="the worker holds a task")
    waiting = [shop.worker.send("echo", number, priority=step) for number, step in enumerate((0, 3, 9))]
    try:
        now = reader.read(["celery", "nothing", "session:1"])
        celery, nothing, wrong = now.queues
        tasks = reader.waiting("celery")
    finally:
        reader.close()
    assert now.unacked is not None and now.unacked >= 1 and now.oldest_unacked_at is not None
    first = now.held[0]
    assert first.task is not None and (first.queue, first.task.id) == ("celery", held.id)
    assert dict(celery.steps)[9] == 1 and celery.size_bytes
    assert celery.ready == len(tasks) >= 2
    assert (nothing.ready, wrong.ready) == (0, None)
    assert [task.id for task in tasks if task.priority == 9] == [waiting[2].id]
    assert tasks[0].name == "tests.echo" and tasks[-1].priority == 9
    held.release()
    for result in (*waiting, held.result):
        result.get(timeout=30)


def test_workers_over_redis_are_asked_and_controlled(shop: Shop) -> None:
    name, control = shop.worker.hostname, RemoteControl(shop.profile, shop.secrets)

    def verdicts() -> dict[str, str]:
        report = control.send(Ping(), [name, "nobody@nowhere"], 0.6)
        return {outcome.worker: outcome.verdict for outcome in report.outcomes}

    until(lambda: verdicts() == {name: DONE, "nobody@nowhere": SILENT})
    (limited,) = control.send(RateLimit("tests.big", "7/m"), [name], 30.0, look_s=30.0).outcomes
    assert (limited.verdict, limited.words) == (DONE, "at most 7/m")
    (refused,) = control.send(PoolGrow(1), [name], 30.0).outcomes
    assert (refused.verdict, refused.words) == (REFUSED, "its kind of pool cannot do this")
    inspector = Inspector(shop.profile, shop.secrets)
    (facts,) = inspector.inspect_all(frozenset({name}), 30.0).workers
    inspector.close()
    assert (facts.name, facts.pool, facts.queues) == (name, "solo", ("celery",))
    assert shop.redis.smembers("_kombu.binding.reply.celery.pidbox") == set()
    assert open_mailbox(shop.profile, shop.secrets, "test").listens(name)


def test_a_task_is_found_in_a_queue_that_is_a_list(shop: Shop) -> None:
    """Its place is read, not guessed: nothing is taken."""
    busy = shop.worker.hold()
    first, second = (shop.worker.send("add", number, 1, queue="side") for number in (1, 2))
    gatherer = ClueGatherer(shop.profile, shop.secrets)
    told = whereabouts(gatherer.gather(second.id, queue="side"))
    assert (told.verdict, told.queue, told.ahead, told.ahead_at_most) == ("waiting", "side", 1, False)
    assert whereabouts(gatherer.gather(first.id, queue="side")).ahead == 0
    assert shop.redis.llen("side") == 2
    busy.release()
    busy.result.get(timeout=30)
    assert whereabouts(gatherer.gather(busy.id)).verdict == "finished"
    until(lambda: whereabouts(gatherer.gather("never-sent")).verdict == "never_seen")
    gatherer.close()
    shop.redis.delete("side")


def test_a_task_is_sent_to_a_worker_over_redis(shop: Shop) -> None:
    for priority in (None, 0, 5, 200):
        call = TaskCall("tests.add", "celery", str(uuid4()), "[20, 22]", priority=priority)
        send_task(shop.profile, shop.secrets, call)
        assert shop.worker.app.AsyncResult(call.task_id).get(timeout=30) == 42
    with pytest.raises(NotFound, match="nobody would take the task"):
        send_task(shop.profile, shop.secrets, TaskCall("tests.add", "nowhere", str(uuid4())))
    assert not shop.redis.exists("nowhere")
    lists = [list_name("q", priority) for priority in (None, 2, 3, 8, 255)]
    assert lists == ["q", "q", "q\x06\x163", "q\x06\x166", "q\x06\x169"]


def test_a_redis_that_no_worker_listens_to_is_not_waited_for(shop: Shop) -> None:
    nobody = msgspec.structs.replace(shop.profile, redis_url=shop.profile.redis_url.rpartition("/")[0] + "/0")
    heard: list[Outcome] = []
    report = RemoteControl(nobody, shop.secrets).send(Ping(), deadline_s=60.0, on_reply=heard.append)
    assert report.nobody and not heard
