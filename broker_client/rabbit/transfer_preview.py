"""What a transfer would find, without touching a message: source and target are asked for, nothing is delivered."""

from __future__ import annotations

from broker_client.profile import Profile, Secrets
from broker_client.rabbit.frame_channel import FrameChannel, Turns
from broker_client.rabbit.target import TargetChannel
from broker_client.rabbit.transfer_plan import TransferPlan


def preview(profile: Profile, secrets: Secrets, plan: TransferPlan) -> int:
    """Ready messages in the source; raises :class:`NotFound` and the like for source or target."""
    turns = Turns()
    try:
        source = FrameChannel(turns, profile, secrets, "warren preview")
        try:
            ready = source.ready_count(plan.source.name)
            TargetChannel(turns, profile, secrets, plan).close()
            return ready
        finally:
            source.close()
    finally:
        turns.close()
