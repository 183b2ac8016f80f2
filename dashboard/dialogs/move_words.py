"""A move in words: what would be done, how far it is, what became of every message. PURE."""

from __future__ import annotations

from broker_client.rabbit.transfer_plan import Doubt, Progress, Receipt, TransferPlan
from dashboard.look.wording import full_count, rate, sentences, span, visible

MOST_NAMED = 20


def dry_words(plan: TransferPlan, ready: int) -> str:
    """``1,204 of 1,204 ready messages would be moved to queue “b”. Nothing has been touched.``"""
    if not ready:
        return "The queue has no ready messages. Those with a consumer cannot be moved."
    verb = "copied" if plan.copy else "moved"
    target = target_words(plan)
    if plan.chosen is not None:
        count = len(plan.chosen)
        chosen = "The message that was chosen" if count == 1 else f"The {_messages(count)} that were chosen"
        told = f"{chosen} would be {verb} to {target}, as far as {'it is' if count == 1 else 'they are'} there"
    elif plan.match:
        told = f"Those of {full_count(ready)} ready messages that match would be {verb} to {target}"
    else:
        most = ready if plan.first is None else min(plan.first, ready)
        told = f"{full_count(most)} of {full_count(ready)} ready messages would be {verb} to {target}"
    picks = plan.chosen is not None or bool(plan.match)
    others = "The others are taken out and put back, which marks them as redelivered" if picks else ""
    away = "" if plan.keep_expiration else "An expiration of their own is taken off"
    return sentences(told, others, away, "Nothing has been touched yet")


def verb_words(plan: TransferPlan, ready: int) -> str:
    """The button: the verb, and the number where it is known."""
    verb = "Copy" if plan.copy else "Move"
    if plan.match:
        return f"{verb} those that match"
    count = len(plan.chosen) if plan.chosen is not None else ready if plan.first is None else min(plan.first, ready)
    return f"{verb} {_messages(count)}"


def progress_words(progress: Progress) -> str:
    """``820 of 1,204 confirmed, 1,900 a second, 12 did not match``."""
    speed = progress.confirmed / progress.took_s if progress.took_s > 0 else 0.0
    parts = (
        f"{full_count(progress.confirmed)} of {full_count(progress.total)} confirmed",
        f"{rate(speed)} a second",
        f"{full_count(progress.sent - progress.confirmed)} on their way" if progress.sent > progress.confirmed else "",
        f"{full_count(progress.skipped)} did not match" if progress.skipped else "",
    )
    return ", ".join(part for part in parts if part)


def far_of(progress: Progress) -> tuple[int, int, str]:
    """How much is done, of how much, and that in words."""
    return progress.confirmed + progress.skipped, progress.total, progress_words(progress)


def kept_far(progress: Progress) -> tuple[int, int, str]:
    """The same of messages that are kept in a file."""
    words = f"{full_count(progress.confirmed)} of {full_count(progress.total)} messages are kept in a file"
    return progress.confirmed + progress.skipped, progress.total, words


def put_back_far(progress: Progress) -> tuple[int, int, str]:
    """The same of messages that go back from a file."""
    words = f"{full_count(progress.confirmed)} of {full_count(progress.total)} messages are back"
    return progress.confirmed, progress.total, words


def receipt_words(receipt: Receipt, *, copied: bool = False) -> str:
    """What became of them, a line each; messages in doubt are named."""
    verb = "copied" if copied else "moved"
    ended = {"done": "Done", "stopped": "Stopped", "failed": "It came to a halt"}.get(receipt.ended, receipt.ended)
    speed = f" ({rate(receipt.confirmed / receipt.took_s)} a second)" if receipt.took_s > 1 else ""
    took = f" in {span(receipt.took_s)}{speed}" if receipt.confirmed else ""
    lines = [f"{ended}: {_messages(receipt.confirmed)} {verb} to {visible(receipt.target)}{took}."]
    left = receipt.total - receipt.confirmed - receipt.skipped - receipt.refused - receipt.already
    counts = (
        (left if receipt.ended == "stopped" and not copied else 0, "stayed where they were."),
        (receipt.skipped, "did not match and stayed."),
        (receipt.refused, "were not taken by the target and stayed."),
        (receipt.already, "had been sent before and were only acknowledged."),
        (receipt.may_come_back, "were sent, but the source may show them again."),
    )
    lines += [f"{full_count(count)} {words}" for count, words in counts if count]
    if receipt.trouble is not None:
        trouble = receipt.trouble
        lines.append(sentences(trouble.what, trouble.why, trouble.remedy))
    lines += doubt_lines(receipt.in_doubt)
    return "\n".join(lines)


def doubt_lines(doubts: tuple[Doubt, ...]) -> list[str]:
    """Every message of which nobody can say whether it has arrived."""
    if not doubts:
        return []
    lines = [f"In doubt: {_messages(len(doubts))}, sent without an answer and kept at the source:"]
    lines += [f"    {visible(doubt.label) if doubt.label else doubt.identity}" for doubt in doubts[:MOST_NAMED]]
    if len(doubts) > MOST_NAMED:
        lines.append(f"    and {full_count(len(doubts) - MOST_NAMED)} more")
    return lines


def receipt_tone(receipt: Receipt) -> str:
    if receipt.ended == "failed" or receipt.in_doubt:
        return "crit" if receipt.ended == "failed" else "warn"
    return "warn" if receipt.ended == "stopped" or receipt.refused else "ok"


def target_words(plan: TransferPlan) -> str:
    if plan.exchange == "":
        return f"queue “{visible(plan.routing_key or '')}”"
    key = f" with the key “{visible(plan.routing_key)}”" if plan.routing_key is not None else ", each with its own key"
    return f"exchange “{visible(plan.exchange)}”{key}"


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{full_count(count)} messages"
