"""A move in words: before it is done, while it runs, and what became of every message."""

from __future__ import annotations

from broker_client.rabbit.entities import QueueKey
from broker_client.rabbit.transfer_plan import Doubt, Progress, Receipt, Trouble, to_exchange, to_queue
from dashboard.dialogs.move_words import dry_words, progress_words, receipt_tone, receipt_words, verb_words

SOURCE = QueueKey("/", "dead")


def test_before_anything_is_touched_it_is_said_how_many_go_where() -> None:
    plan = to_queue(SOURCE, "orders", first=100)
    assert dry_words(plan, 1_204).startswith("100 of 1,204 ready messages would be moved to queue “orders”.")
    assert verb_words(plan, 1_204) == "Move 100 messages" and verb_words(plan, 1) == "Move 1 message"
    copy = to_exchange(SOURCE, "shop", copy=True, match="key:order")
    assert "would be copied to exchange “shop”, each with its own key" in dry_words(copy, 9)
    assert "marks them as redelivered" in dry_words(copy, 9) and verb_words(copy, 9) == "Copy those that match"
    assert "no ready messages" in dry_words(plan, 0)


def test_progress_counts_what_is_confirmed() -> None:
    assert progress_words(Progress(1_204, 900, 820, 12, 2.0)) == (
        "820 of 1,204 confirmed, 410.0 a second, 80 on their way, 12 did not match"
    )


def test_messages_in_doubt_are_named_and_never_called_failed() -> None:
    doubts = (Doubt("ab" * 16, "m-7", "no confirm"), Doubt("cd" * 16, "", "no confirm"))
    receipt = Receipt("dead", "queue orders", "failed", 9, 7, in_doubt=doubts, trouble=Trouble("it went away"))
    words = receipt_words(receipt)
    assert "In doubt: 2 messages" in words and "m-7" in words and "cd" * 16 in words
    assert "It went away." in words and receipt_tone(receipt) == "crit"
    assert receipt_tone(Receipt("a", "b", "done", 1, 1)) == "ok"
    assert receipt_tone(Receipt("a", "b", "stopped", 2, 1)) == "warn"
