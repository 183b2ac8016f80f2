"""When a queue will be empty. PURE."""

from __future__ import annotations

STEADY_SHARE = 0.02
"""In and out that differ by less than this share are the same: rates are not known more exactly."""

_LONGEST_S = 30 * 86_400.0


def drain(ready: int | None, rate_in: float | None, rate_out: float | None) -> tuple[str, float | None]:
    """``(word, seconds)`` for ``ready`` messages at these rates per second.

    Words: ``empty``, ``steady``, ``growing``, ``never`` (nothing goes out), ``draining`` (only then with seconds) or
    ``unknown``. A rate that the broker never counted (``None``) beside one that it did is 0.
    """
    if ready is None:
        return "unknown", None
    if ready == 0:
        return "empty", None
    if rate_in is None and rate_out is None:
        return "unknown", None
    incoming, outgoing = rate_in or 0.0, rate_out or 0.0
    if outgoing <= 0:
        return "never", None
    net = outgoing - incoming
    if abs(net) <= STEADY_SHARE * max(incoming, outgoing):
        return "steady", None
    if net < 0:
        return "growing", None
    seconds = ready / net
    return ("draining", seconds) if seconds <= _LONGEST_S else ("steady", None)
