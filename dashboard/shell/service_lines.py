"""What the status bar says of each service, in words. Pure: the time is given."""

from __future__ import annotations

from dashboard.look import wording
from dashboard.shell.status_bar import ServiceLine
from dashboard.store.app_state import AppState, Health

_TONES = {"live": "ok", "connecting": "idle", "down": "crit", "refused": "crit", "off": "idle"}
_RANK = ("refused", "down", "connecting", "live", "off")


def service_lines(state: AppState, now: float) -> tuple[ServiceLine, ...]:
    """One line for RabbitMQ, Redis and Celery each, as far as they are configured."""
    rabbit = _worst(state.health_of("management"), state.health_of("amqp"))
    redis, celery = state.health_of("redis"), state.health_of("celery")
    lines = []
    if rabbit.state != "off":
        lines.append(_line(_rabbit_name(state), rabbit, now))
    if redis.state != "off":
        lines.append(_line(_redis_name(state), redis, now))
    if celery.state != "off":
        lines.append(_celery_line(state, celery, now))
    return tuple(lines)


def refreshed_words(state: AppState, now: float) -> str:
    """``Refreshed 1 s ago, every 2 s``: of the broker's totals, else of whatever comes."""
    part = state.overview or state.redis or state.tasks
    if part is None:
        return ""
    return f"Refreshed {wording.age(now - part.stamp.at)}, every {part.stamp.interval_s:.0f} s"


def trouble_words(health: Health, now: float) -> str:
    """Why it is not live, and when it is tried again."""
    failed = health.why or health.what or "no answer"
    if health.state == "refused":
        return f"{failed} · waits for you"
    if health.next_try is None:
        return failed
    left_s = health.next_try - now
    return f"{failed} · trying again" if left_s <= 0 else f"{failed} · retry in {max(1, round(left_s))} s"


def _worst(first: Health, second: Health) -> Health:
    return min((first, second), key=lambda health: _RANK.index(health.state))


def _line(name: str, health: Health, now: float) -> ServiceLine:
    tone = _TONES[health.state]
    if health.state == "live":
        return ServiceLine(name, "warn" if health.why else tone, _latency(health.latency_ms), _tip(name, health))
    if health.state == "connecting":
        return ServiceLine(name, tone, "connecting…", _tip(name, health))
    return ServiceLine(name, tone, trouble_words(health, now), _tip(name, health), health.service)


def _celery_line(state: AppState, health: Health, now: float) -> ServiceLine:
    line = _line("Celery", health, now)
    if health.state != "live":
        return line
    silent = state.tasks is not None and any(worker.status == "silent" for worker in state.tasks.snapshot.workers)
    tone = "warn" if silent or health.what else "ok"
    service = health.service if health.what else ""
    words = f"{health.detail} · {trouble_words(health, now)}" if health.what else health.detail
    return line._replace(tone=tone, words=words, service=service)


def _tip(name: str, health: Health) -> str:
    parts = (health.what, health.why, health.remedy)
    return "\n".join((name, *(part for part in parts if part)))


def _latency(latency_ms: float | None) -> str:
    if latency_ms is None:
        return ""
    return f"{latency_ms:.1f} ms" if latency_ms < 9.95 else f"{latency_ms:,.0f} ms"


def _rabbit_name(state: AppState) -> str:
    return f"RabbitMQ {state.overview.overview.rabbitmq_version}" if state.overview else "RabbitMQ"


def _redis_name(state: AppState) -> str:
    return f"Redis {state.redis.facts.version}" if state.redis else "Redis"
